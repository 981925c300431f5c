namespace Intarsia;

/// <summary>Checks pieces that come from a file: each matrix has one form in hyb(c, k), and what is loaded is that.</summary>
internal sealed class HybCheck(WeightLayout layout, int rows, int depth, int[] counts)
{
    private const int Padding = -1;

    private readonly int _width = HybTopology.PartitionWidth(layout, depth);
    private readonly int _buckets = layout.BucketExponent + 1;

    /// <summary>1 + the latest partition in which each row has been met, and the pieces that it had so far.</summary>
    private readonly int[] _met = new int[rows];
    private readonly int[] _found = new int[rows];

    /// <exception cref="IntarsiaFormatException">A rule of the format is broken.</exception>
    public void Run(int[] bucketPieces, int[] pieceRows, int[] columns)
    {
        for (int i = 0, piece = 0, place = 0; i < bucketPieces.Length; i++)
        {
            int first = piece, width = 1 << (i % _buckets);
            for (int end = piece + bucketPieces[i]; piece < end; piece++, place += width)
            {
                int row = pieceRows[piece], before = piece > first ? pieceRows[piece - 1] : -1;
                string where = $"piece {piece} (partition {i / _buckets}, bucket {i % _buckets})";
                bool last = i % _buckets == _buckets - 1, goesOn = last && piece > first && row == before, isCut = last && piece + 1 < end && pieceRows[piece + 1] == row;
                if (row >= rows || (row <= before && !goesOn) || row < 0)
                    throw new IntarsiaFormatException($"hyb row of {where}", $"{row}", $"more than {before}{(last ? ", or the same where the piece before it is full" : "")}, and less than {rows}");
                if (!goesOn && _met[row] == i / _buckets + 1)
                    throw new IntarsiaFormatException($"hyb row of {where}", $"{row}, which has been in this partition", "each row in one bucket of a partition");
                _met[row] = i / _buckets + 1;
                _found[row]++;
                int previous = goesOn ? columns[place - 1] : -1;
                CheckColumns(columns.AsSpan(place, width), i / _buckets, previous, isCut ? width : goesOn ? 1 : width / 2 + 1, where);
            }
        }

        for (int row = 0; row < rows; row++)
            if (_found[row] != counts[row])
                throw new IntarsiaFormatException($"hyb pieces of row {row}", $"{counts[row]}", $"{_found[row]}, as many as the buckets have");
    }

    private void CheckColumns(ReadOnlySpan<int> places, int partition, int previous, int least, string where)
    {
        int length = places.IndexOf(Padding), begin = (int)Math.Min((long)partition * _width, depth), end = (int)Math.Min((partition + 1L) * _width, depth);
        if (length < 0) length = places.Length;
        if (length < least)
            throw new IntarsiaFormatException($"hyb elements of {where}", $"{length}", $"{least} to {places.Length}");
        int stray = places[length..].IndexOfAnyExcept(Padding);
        if (stray >= 0)
            throw new IntarsiaFormatException($"hyb padding index {length + stray} of {where}", $"{places[length + stray]}", $"{Padding}");
        Extents.CheckAscending(places[..length], end, where);
        if (places[0] < begin || places[0] <= previous)
            throw new IntarsiaFormatException($"column index 0 of {where}", $"{places[0]}", $"{Math.Max(begin, previous + 1L)} to {end - 1L}");
    }
}
