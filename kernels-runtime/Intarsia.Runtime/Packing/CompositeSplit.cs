namespace Intarsia;

/// <summary>Which entries each format of a composite takes: a function of the pattern and of nothing else, so that each goes to one of them and packing again gives the same.</summary>
internal static class CompositeSplit
{
    /// <summary>Cuts the places of a pattern in those that a format takes and those that it leaves to the formats behind it.</summary>
    /// <remarks>
    /// ELL: the first of each row. N:M: the entries in the first N columns of each group that have any in its V rows. Blocks and vectors: those of which at least the given share holds entries.
    /// CSR and hyb(c, k), and blocks and vectors without such a share, take all.
    /// </remarks>
    public static (CsrMatrix Taken, CsrMatrix Left) Take(WeightLayout format, CsrMatrix places)
    {
        bool[] taken = new bool[places.Count];
        switch (format.Pattern)
        {
            case Pattern.Ell:
                for (int row = 0; row < places.Rows; row++)
                    taken.AsSpan(places.RowPointers[row], Math.Min(format.Width, places.RowPointers[row + 1] - places.RowPointers[row])).Fill(true);
                break;
            case Pattern.NM:
                TakeColumns(format, places, taken);
                break;
            case Pattern.Bsr:
                TakeBlocks(format.BlockRows, format.BlockColumns, format.Fill, places, taken);
                break;
            case Pattern.VectorRows:
                TakeBlocks(format.V, 1, format.Fill, places, taken);
                break;
            default:
                taken.AsSpan().Fill(true);
                break;
        }

        return (Those(places, taken, true), Those(places, taken, false));
    }

    private static void TakeColumns(WeightLayout format, CsrMatrix places, bool[] taken)
    {
        var kept = new HashSet<int>();
        for (int first = 0; first < places.Rows; first += Math.Min(format.VectorLength, places.Rows - first))
        {
            (int begin, int end) = Rows(places, first, format.VectorLength);
            kept.Clear();
            int group = -1, count = 0;
            foreach (int column in places.ColumnIndices[begin..end].Distinct().Order())
            {
                if (column / format.M != group) (group, count) = (column / format.M, 0);
                if (count++ < format.N) kept.Add(column);
            }

            for (int i = begin; i < end; i++)
                taken[i] = kept.Contains(places.ColumnIndices[i]);
        }
    }

    private static void TakeBlocks(int blockRows, int blockColumns, int fill, CsrMatrix places, bool[] taken)
    {
        var counts = new Dictionary<int, int>();
        for (int first = 0; first < places.Rows; first += Math.Min(blockRows, places.Rows - first))
        {
            (int begin, int end) = Rows(places, first, blockRows);
            counts.Clear();
            for (int i = begin; i < end; i++)
            {
                int block = places.ColumnIndices[i] / blockColumns;
                counts[block] = counts.GetValueOrDefault(block) + 1;
            }

            long height = Math.Min(blockRows, places.Rows - first);
            for (int i = begin; i < end; i++)
            {
                // Of a block at the edge counts what lies in the matrix.
                int block = places.ColumnIndices[i] / blockColumns;
                long elements = height * Math.Min(blockColumns, places.Depth - (long)block * blockColumns);
                taken[i] = 100L * counts[block] >= fill * elements;
            }
        }
    }

    private static (int Begin, int End) Rows(CsrMatrix places, int first, int count) => (places.RowPointers[first], places.RowPointers[(int)Math.Min((long)first + count, places.Rows)]);

    private static CsrMatrix Those(CsrMatrix places, bool[] taken, bool which)
    {
        var pointers = new int[places.Rows + 1];
        var columns = new List<int>();
        for (int row = 0; row < places.Rows; row++)
        {
            for (int i = places.RowPointers[row]; i < places.RowPointers[row + 1]; i++)
                if (taken[i] == which)
                    columns.Add(places.ColumnIndices[i]);
            pointers[row + 1] = columns.Count;
        }

        return new CsrMatrix(places.Rows, places.Depth, pointers, [.. columns]);
    }
}
