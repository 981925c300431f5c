namespace Intarsia;

/// <summary>
/// A plain matrix in compressed sparse rows, as it comes from a file or another library. The constructor checks it completely; explicitly stored zeros are allowed.
/// Without values it is a pattern, which stands for a matrix of ones.
/// </summary>
public sealed class CsrMatrix
{
    /// <summary>Checks and wraps the arrays; they are not copied and must not be changed afterwards.</summary>
    /// <param name="rows">Number of rows, at least 0.</param>
    /// <param name="depth">Number of columns, at least 0.</param>
    /// <param name="rowPointers">rows + 1 positions into the columns, the first 0, never falling, the last the number of entries.</param>
    /// <param name="columnIndices">The column of each entry, strictly ascending within a row.</param>
    /// <param name="values">The value of each entry, or null for a pattern alone.</param>
    /// <exception cref="IntarsiaFormatException">An array breaks one of these rules.</exception>
    public CsrMatrix(int rows, int depth, int[] rowPointers, int[] columnIndices, float[]? values = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(depth);
        ArgumentNullException.ThrowIfNull(rowPointers);
        ArgumentNullException.ThrowIfNull(columnIndices);
        Check(rows, depth, rowPointers, columnIndices);
        if (values is not null && values.Length != columnIndices.Length)
            throw new IntarsiaFormatException("CSR values length", $"{values.Length}", $"{columnIndices.Length}, the number of column indices");
        Rows = rows;
        Depth = depth;
        RowPointers = rowPointers;
        ColumnIndices = columnIndices;
        Values = values;
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Depth { get; }

    /// <summary>rows + 1 positions into <see cref="ColumnIndices"/>.</summary>
    public int[] RowPointers { get; }

    /// <summary>The column of each entry, ascending within a row.</summary>
    public int[] ColumnIndices { get; }

    /// <summary>The value of each entry, or null for a pattern alone.</summary>
    public float[]? Values { get; }

    /// <summary>Number of stored entries.</summary>
    public int Count => ColumnIndices.Length;

    /// <summary>Collects the non-zero elements of a dense rows×depth matrix in row-major order.</summary>
    public static CsrMatrix FromDense(ReadOnlySpan<float> dense, int rows, int depth)
    {
        Extents.RequireDense(dense.Length, rows, depth, nameof(dense));
        var pointers = new int[rows + 1];
        for (int row = 0; row < rows; row++)
        {
            int count = 0;
            foreach (float value in dense.Slice(row * depth, depth))
                count += value != 0 ? 1 : 0;
            pointers[row + 1] = pointers[row] + count;
        }

        var columns = new int[pointers[rows]];
        var values = new float[pointers[rows]];
        int next = 0;
        for (int i = 0; i < dense.Length; i++)
        {
            if (dense[i] == 0)
                continue;
            columns[next] = i % depth;
            values[next++] = dense[i];
        }

        return new CsrMatrix(rows, depth, pointers, columns, values);
    }

    /// <summary>Collects entries in any order, as lists of edges have them. Those of one row and column are added up, in the order of the list; a sum of 0 stays stored.</summary>
    /// <param name="rows">Number of rows, at least 0.</param>
    /// <param name="depth">Number of columns, at least 0.</param>
    /// <param name="row">The row of each entry.</param>
    /// <param name="column">The column of each entry.</param>
    /// <param name="values">The value of each entry; empty for ones, which count.</param>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An extent is negative.</exception>
    /// <exception cref="IntarsiaFormatException">An entry has a row or a column that there is not; it is named.</exception>
    public static CsrMatrix FromCoordinates(int rows, int depth, ReadOnlySpan<int> row, ReadOnlySpan<int> column, ReadOnlySpan<float> values = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(depth);
        if (column.Length != row.Length || (!values.IsEmpty && values.Length != row.Length))
            throw new ArgumentException($"There are {row.Length} rows, {column.Length} columns and {values.Length} values of entries; expected as many of each, or no values.", nameof(column));
        var pointers = new int[rows + 1];
        for (int entry = 0; entry < row.Length; entry++)
        {
            Extents.RequireIndex(row[entry], rows, "row of entry", entry);
            Extents.RequireIndex(column[entry], depth, "column of entry", entry);
            pointers[row[entry] + 1]++;
        }
        for (int i = 0; i < rows; i++) pointers[i + 1] += pointers[i];

        // The column and the number of each entry in one key: sorted by column, and entries of one column stay in their order.
        int[] next = [.. pointers];
        var keys = new long[row.Length];
        for (int entry = 0; entry < row.Length; entry++) keys[next[row[entry]]++] = ((long)column[entry] << 32) | (uint)entry;
        var columns = new int[row.Length];
        var numbers = new float[row.Length];
        int kept = 0;
        for (int i = 0, begin = 0; i < rows; i++)
        {
            int first = kept;
            Span<long> line = keys.AsSpan(begin..pointers[i + 1]);
            line.Sort();
            begin = pointers[i + 1];
            foreach (long key in line)
            {
                float value = values.IsEmpty ? 1 : values[(int)key];
                if (kept > first && columns[kept - 1] == (int)(key >> 32)) numbers[kept - 1] += value;
                else (columns[kept], numbers[kept++]) = ((int)(key >> 32), value);
            }
            pointers[i + 1] = kept;
        }
        return new CsrMatrix(rows, depth, pointers, columns[..kept], numbers[..kept]);
    }

    /// <summary>Writes every element of the matrix, zeros included, to a rows×depth row-major span; a pattern gives ones.</summary>
    public void ToDense(Span<float> dense)
    {
        Extents.RequireDense(dense.Length, Rows, Depth, nameof(dense));
        dense.Clear();
        for (int row = 0; row < Rows; row++)
            for (int i = RowPointers[row]; i < RowPointers[row + 1]; i++)
                dense[row * Depth + ColumnIndices[i]] = Values is null ? 1 : Values[i];
    }

    /// <summary>The same places with the values that a dense rows×depth row-major matrix has there, zeros among them.</summary>
    /// <exception cref="ArgumentException">The length is not rows × depth.</exception>
    /// <exception cref="IntarsiaFormatException">An element that is not zero stands where this pattern has no place.</exception>
    public CsrMatrix WithValues(ReadOnlySpan<float> dense)
    {
        Extents.RequireDense(dense.Length, Rows, Depth, nameof(dense));
        var values = new float[Count];
        for (int row = 0, next = 0; row < Rows; row++)
        {
            for (int k = 0; k < Depth; k++)
            {
                float value = dense[row * Depth + k];
                if (next < RowPointers[row + 1] && ColumnIndices[next] == k)
                    values[next++] = value;
                else if (value != 0)
                    throw new IntarsiaFormatException($"element in row {row}, column {k}", $"{value}", "0, because the pattern has no place for it");
            }
        }

        return new CsrMatrix(Rows, Depth, RowPointers, ColumnIndices, values);
    }

    /// <summary>Reads each row as a row of <paramref name="vectorLength"/>×1 vectors: the result has every row that many times, without values.</summary>
    public CsrMatrix ExpandVectorRows(int vectorLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vectorLength, 1);
        int rows = checked(Rows * vectorLength);
        var pointers = new int[rows + 1];
        var columns = new int[checked(Count * vectorLength)];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<int> source = ColumnIndices.AsSpan(RowPointers[row / vectorLength]..RowPointers[row / vectorLength + 1]);
            source.CopyTo(columns.AsSpan(pointers[row]));
            pointers[row + 1] = pointers[row] + source.Length;
        }

        return new CsrMatrix(rows, Depth, pointers, columns);
    }

    /// <summary>Validates CSR indices; the loader of packed matrices shares it.</summary>
    internal static void Check(int rows, int depth, ReadOnlySpan<int> rowPointers, ReadOnlySpan<int> columnIndices)
    {
        if (rowPointers.Length != rows + 1L)
            throw new IntarsiaFormatException("CSR row pointers length", $"{rowPointers.Length}", $"{rows + 1L}, one more than the rows");
        if (rowPointers[0] != 0)
            throw new IntarsiaFormatException("CSR row pointer 0", $"{rowPointers[0]}", "0");
        for (int row = 0; row < rows; row++)
        {
            int begin = rowPointers[row], end = rowPointers[row + 1];
            if (end < begin || end > columnIndices.Length)
                throw new IntarsiaFormatException($"CSR row pointer {row + 1}", $"{end}", $"between {begin} and the number of entries, {columnIndices.Length}");
            Extents.CheckAscending(columnIndices[begin..end], depth, $"row {row}");
        }

        if (rowPointers[rows] != columnIndices.Length)
            throw new IntarsiaFormatException($"CSR row pointer {rows}", $"{rowPointers[rows]}", $"the number of entries, {columnIndices.Length}");
    }
}
