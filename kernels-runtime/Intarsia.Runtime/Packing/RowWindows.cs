namespace Intarsia;

/// <summary>
/// What sparse graph translation gains (TC-GNN, USENIX ATC'23, section 4): a window of 16 rows needs one 16×8 block for each 8 of its distinct columns, where a grid of such blocks needs one for each 8 adjacent columns that hold any.
/// <see cref="Pattern.RowWindows"/> stores the former.
/// </summary>
/// <param name="OnGrid">Blocks of the grid, columns where the matrix has them, that hold an entry.</param>
/// <param name="Condensed">Blocks behind the translation.</param>
public readonly record struct RowWindows(long OnGrid, long Condensed)
{
    /// <summary>Rows of a window and of its blocks.</summary>
    public const int Rows = WindowTopology.WindowRows;

    /// <summary>Columns of a block.</summary>
    public const int Columns = WindowTopology.BlockColumns;

    /// <summary>The part of the blocks that condensing saves, 0 to 1; 0 of a matrix without entries.</summary>
    public double Reduction => OnGrid == 0 ? 0 : 1 - (double)Condensed / OnGrid;

    /// <summary>Counts the blocks of a matrix, in time n·log n in its entries. Entries of value 0 count: they are stored.</summary>
    /// <param name="matrix">A matrix of any size, symmetric or not.</param>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    public static RowWindows Count(CsrMatrix matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        long grid = 0, condensed = 0;
        for (int first = 0; first < matrix.Rows; first += Rows)
        {
            int end = Math.Min(first + Rows, matrix.Rows);
            int[] columns = matrix.ColumnIndices[matrix.RowPointers[first]..matrix.RowPointers[end]];
            Array.Sort(columns);
            int distinct = 0;
            for (int i = 0; i < columns.Length; i++)
            {
                if (i == 0 || columns[i] != columns[i - 1]) distinct++;
                if (i == 0 || columns[i] / Columns != columns[i - 1] / Columns) grid++;
            }

            condensed += (distinct + Columns - 1) / Columns;
        }

        return new RowWindows(grid, condensed);
    }
}
