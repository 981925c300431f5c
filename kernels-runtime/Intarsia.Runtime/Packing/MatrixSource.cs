using System.Numerics;
using System.Numerics.Tensors;

namespace Intarsia;

/// <summary>A matrix that is being packed, read row by row. T is <see cref="float"/>, or <see cref="int"/> for integers already quantised.</summary>
internal interface IMatrixSource<T>
    where T : unmanaged
{
    int Rows { get; }

    int Depth { get; }

    /// <summary>The largest number of entries a row can have.</summary>
    int MaxEntries { get; }

    /// <summary>Writes the columns of a row's entries, ascending, and returns how many there are. An explicitly stored zero is an entry only where <paramref name="keepZeros"/> says so.</summary>
    int Entries(int row, Span<int> columns, bool keepZeros);

    /// <summary>The row in dense form; elements that are not stored read as the number zero. Valid until the next call.</summary>
    ReadOnlySpan<T> Row(int row);
}

/// <summary>Dense floats; an entry is an element that is not zero (a NaN is an entry, −0 is not).</summary>
internal readonly ref struct DenseSource(ReadOnlySpan<float> dense, int rows, int depth) : IMatrixSource<float>
{
    private readonly ReadOnlySpan<float> _dense = dense;

    public int Rows => rows;

    public int Depth => depth;

    public int MaxEntries => rows == 0 ? 0 : depth;

    public int Entries(int row, Span<int> columns, bool keepZeros)
    {
        ReadOnlySpan<float> values = Row(row);
        int count = 0;
        for (int k = 0; k < values.Length; k++)
            if (values[k] != 0)
                columns[count++] = k;
        return count;
    }

    public ReadOnlySpan<float> Row(int row) => _dense.Slice(row * depth, depth);
}

/// <summary>Dense integers; an entry is an element whose value is not zero, that is, q other than its zero point.</summary>
internal readonly ref struct QuantisedSource<TElement>(ReadOnlySpan<TElement> dense, ReadOnlySpan<sbyte> zeroPoints, ScaleGrid grid, int rows, int depth) : IMatrixSource<int>
    where TElement : unmanaged, IBinaryInteger<TElement>
{
    private readonly ReadOnlySpan<TElement> _dense = dense;
    private readonly ReadOnlySpan<sbyte> _zeroPoints = zeroPoints;
    private readonly int[] _row = new int[rows == 0 ? 0 : depth];

    public int Rows => rows;

    public int Depth => depth;

    public int MaxEntries => rows == 0 ? 0 : depth;

    public int Entries(int row, Span<int> columns, bool keepZeros)
    {
        ReadOnlySpan<int> values = Row(row);
        int count = 0;
        for (int k = 0; k < values.Length; k++)
            if (values[k] != (_zeroPoints.IsEmpty ? 0 : _zeroPoints[grid.Index(row, k)]))
                columns[count++] = k;
        return count;
    }

    public ReadOnlySpan<int> Row(int row)
    {
        TensorPrimitives.ConvertTruncating(_dense.Slice(row * depth, depth), _row);
        return _row;
    }
}

/// <summary>Compressed sparse rows. Costs time in proportion to the entries: the dense form of a row is a scratch row in which only entries are touched.</summary>
/// <remarks><paramref name="values"/> are those of the matrix, or their quantised form; <paramref name="zeroPoints"/> is empty unless quantisation is asymmetric.</remarks>
internal sealed class CsrSource<T>(CsrMatrix matrix, T[] values, T[] zeroPoints, ScaleGrid grid) : IMatrixSource<T>
    where T : unmanaged, IEquatable<T>
{
    private readonly T[] _scratch = new T[matrix.Rows == 0 ? 0 : matrix.Depth];
    private int _scattered = -1;

    public int Rows => matrix.Rows;

    public int Depth => matrix.Depth;

    public int MaxEntries
    {
        get
        {
            int most = 0;
            for (int row = 0; row < Rows; row++)
                most = Math.Max(most, matrix.RowPointers[row + 1] - matrix.RowPointers[row]);
            return most;
        }
    }

    public int Entries(int row, Span<int> columns, bool keepZeros)
    {
        int count = 0;
        for (int i = matrix.RowPointers[row]; i < matrix.RowPointers[row + 1]; i++)
        {
            int column = matrix.ColumnIndices[i];
            // float.Equals takes −0 for +0, so a stored −0 is a zero, as in a dense source.
            if (keepZeros || !values[i].Equals(Zero(row, column)))
                columns[count++] = column;
        }

        return count;
    }

    public ReadOnlySpan<T> Row(int row)
    {
        if (_scattered >= 0)
            foreach (int column in matrix.ColumnIndices.AsSpan(matrix.RowPointers[_scattered]..matrix.RowPointers[_scattered + 1]))
                _scratch[column] = default;
        if (zeroPoints.Length > 0)
            for (int k = 0; k < Depth; k++)
                _scratch[k] = Zero(row, k);
        for (int i = matrix.RowPointers[row]; i < matrix.RowPointers[row + 1]; i++)
            _scratch[matrix.ColumnIndices[i]] = values[i];
        _scattered = row;
        return _scratch;
    }

    private T Zero(int row, int column) => zeroPoints.Length == 0 ? default : zeroPoints[grid.Index(row, column)];
}
