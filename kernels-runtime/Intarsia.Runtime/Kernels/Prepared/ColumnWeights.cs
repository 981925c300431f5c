using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// Sparse weights column by column, for kernels that leave out columns whose activation is zero (EIE, ISCA'16). The rows are cut into parts of neighbours with about as many entries each, one for each thread; in a part every column is a run of
/// entries in ascending order, <c>gaps[entries]</c> and <c>values[entries]</c>. A gap below 255 is the number of rows between an entry and the one before it; 255 stands for as many rows and no entry. The lanes of the canonical layout are
/// merged: a processor that takes one entry at a time gains by long runs, whose end it guesses wrong once for a column, and not once for every lane of it.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="short"/> or <see cref="int"/>; <see cref="byte"/> for codes of a codebook of floats, which comes along.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ColumnWeights<T> : IPreparedWeights<ColumnWeights<T>>
    where T : unmanaged
{
    private const byte Skip = byte.MaxValue;

    private readonly AlignedArray<T> _values;
    private readonly AlignedArray<byte> _gaps;
    private readonly AlignedArray<int> _columnStarts;
    private readonly AlignedArray<int> _partGroups;
    private readonly AlignedArray<float> _table;

    private ColumnWeights(PackedMatrix matrix, int parts)
    {
        // Rows are groups: the pattern has no vectors.
        _partGroups = StreamWeights<T>.CutGroups(matrix, parts);
        _columnStarts = new AlignedArray<int>(parts * (long)matrix.Depth + 1);
        _table = new AlignedArray<float>(typeof(T) == typeof(byte) ? matrix.Codebook.Length : 0);
        if (_table.Length > 0) matrix.Codebook.CopyTo(_table.Span);

        Span<int> starts = _columnStarts.Span;
        var next = new int[parts * (long)matrix.Depth];
        Walk(matrix, (column, gap, _) => next[column] = checked(next[column] + 1 + gap / Skip));
        for (int i = 0; i < next.Length; i++)
        {
            starts[i + 1] = checked(starts[i] + next[i]);
            next[i] = starts[i];
        }

        _values = new AlignedArray<T>(starts[^1]);
        _gaps = new AlignedArray<byte>(starts[^1]);
        Walk(matrix, (column, gap, value) =>
        {
            for (; gap >= Skip; gap -= Skip) _gaps.Span[next[column]++] = Skip;
            _gaps.Span[next[column]] = (byte)gap;
            _values.Span[next[column]++] = value;
        });
    }

    /// <summary>The first value, or code.</summary>
    public ref T Values => ref _values.First;

    /// <summary>The gap before the first entry.</summary>
    public ref byte Gaps => ref _gaps.First;

    /// <summary>The first entry of the first column of the first part; one more than there are columns in all parts.</summary>
    public ref int ColumnStarts => ref _columnStarts.First;

    /// <summary>The first row of the first part; one more than there are parts.</summary>
    public ref int PartGroups => ref _partGroups.First;

    /// <summary>What the codes stand for.</summary>
    public ref float SingleTable => ref _table.First;

    /// <inheritdoc/>
    public static ColumnWeights<T> Prepare(PackedMatrix matrix, Preparation<ColumnWeights<T>> preparation)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentNullException.ThrowIfNull(preparation);
        return new(matrix, preparation.Parts);
    }

    /// <summary>Visits the elements row by row: the column among those of all parts, the rows since the last element of it, the value.</summary>
    private void Walk(PackedMatrix matrix, Action<int, int, T> visit)
    {
        var source = new WeightSource<T>(matrix);
        int[] depth = [];
        T[] values = [];
        sbyte[] codes = [];
        var last = new int[matrix.Depth];
        for (int part = 0; part + 1 < _partGroups.Length; part++)
        {
            Array.Fill(last, _partGroups.Span[part] - 1);
            for (int row = _partGroups.Span[part]; row < _partGroups.Span[part + 1]; row++)
            {
                bool isCode = typeof(T) == typeof(byte);
                int length = isCode ? matrix.ReadCodes(row, ref depth, ref codes) : source.Read(row, ref depth, ref values);
                for (int entry = 0; entry < length; entry++)
                {
                    int column = depth[entry];
                    visit(part * matrix.Depth + column, row - last[column] - 1, isCode ? (T)(object)(byte)codes[entry] : values[entry]);
                    last[column] = row;
                }
            }
        }
    }
}
