using System.Numerics;

namespace Intarsia;

/// <summary>Cuts the rows of a matrix into the pieces of <see cref="HybTopology"/> and sorts them into buckets.</summary>
internal sealed class HybPieces(WeightLayout layout, int depth)
{
    private readonly int _width = HybTopology.PartitionWidth(layout, depth);
    private readonly int _buckets = layout.BucketExponent + 1;
    private readonly List<Piece> _pieces = [];
    private readonly List<int> _columns = [];

    /// <summary>Where what a row has in the partition of its entry <paramref name="begin"/> ends.</summary>
    public static int RunEnd(ReadOnlySpan<int> columns, int begin, int partitionWidth)
    {
        int end = begin + 1;
        for (int partition = columns[begin] / partitionWidth; end < columns.Length && columns[end] / partitionWidth == partition;)
            end++;
        return end;
    }

    /// <summary>The narrowest bucket that holds so many entries; the last for more, whose rest stays in it, behind its full pieces.</summary>
    public static int BucketOf(int length, int exponent) => Math.Min(BitOperations.Log2((uint)length * 2 - 1), exponent);

    /// <summary>Adds a row by its columns, which ascend; rows come in ascending order.</summary>
    public void AddRow(int row, ReadOnlySpan<int> columns)
    {
        int widest = 1 << layout.BucketExponent;
        for (int begin = 0, end; begin < columns.Length; begin = end)
        {
            end = RunEnd(columns, begin, _width);
            int first = columns[begin] / _width * _buckets + BucketOf(end - begin, layout.BucketExponent);
            for (int at = begin; at < end; at += Math.Min(widest, end - at))
                _pieces.Add(new Piece(first, row, _columns.Count + at, Math.Min(widest, end - at)));
        }

        _columns.AddRange(columns);
    }

    /// <summary>The number of pieces of each bucket, the row of each piece and the columns of all places.</summary>
    public (int[] BucketPieces, int[] PieceRows, int[] Columns) Sort(int padding)
    {
        var counts = new int[layout.Partitions * _buckets];
        foreach (Piece piece in _pieces)
            counts[piece.Bucket]++;

        int[] firstPiece = new int[counts.Length], firstPlace = new int[counts.Length];
        Int128 places = 0;
        for (int bucket = 0, pieces = 0; bucket < counts.Length; bucket++)
        {
            (firstPiece[bucket], firstPlace[bucket]) = (pieces, Extents.RequireArrayLength(places, "places of the buckets"));
            pieces += counts[bucket];
            places += (Int128)counts[bucket] << (bucket % _buckets);
        }

        var rows = new int[_pieces.Count];
        var columns = new int[Extents.RequireArrayLength(places, "places of the buckets")];
        Array.Fill(columns, padding);
        ReadOnlySpan<int> all = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_columns);
        foreach (Piece piece in _pieces)
        {
            rows[firstPiece[piece.Bucket]++] = piece.Row;
            all.Slice(piece.Begin, piece.Length).CopyTo(columns.AsSpan(firstPlace[piece.Bucket]));
            firstPlace[piece.Bucket] += 1 << (piece.Bucket % _buckets);
        }

        return (counts, rows, columns);
    }

    private readonly record struct Piece(int Bucket, int Row, int Begin, int Length);
}
