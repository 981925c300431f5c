using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// Dense integers of less than eight bits in panels for kernels whose lanes are rows, several to a byte: <c>[⌈rows/width⌉][turns][width][4]</c> bytes, whose field f holds the depth that stands
/// 4·f behind that of the first. The depth is padded with zeros to a multiple of the preparation's depth tile, the rows to one of the width; the interleave says how many fields a byte has.
/// Scales, where there are any, as <c>[panel][group][width]</c>, of one group where they are not per group.
/// </summary>
/// <remarks>Formats with a table of bytes keep their codes, and bring the table along, repeated to what four bits name: whatever stands above a code of one or two bits then names the same entry.</remarks>
/// <typeparam name="T"><see cref="sbyte"/> for the values as they are, <see cref="byte"/> for codes from 0, which are half their range more, or those of a table.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class FieldPanelWeights<T> : IPreparedWeights<FieldPanelWeights<T>>
    where T : unmanaged
{
    private readonly AlignedArray<byte> _values;
    private readonly AlignedArray<float> _scales;
    private readonly AlignedArray<sbyte> _table = new(RepeatedTable);
    private readonly AlignedArray<byte> _unsignedTable = new(RepeatedTable);
    private readonly AlignedArray<float> _singleTable = new(CodeTable.Length);

    /// <summary>A table for every 128 bits of the longest vector.</summary>
    private const int RepeatedTable = 4 * CodeTable.Length;

    private FieldPanelWeights(PackedMatrix matrix, Preparation<FieldPanelWeights<T>> preparation)
    {
        (int width, int fields, int chunk) = (preparation.Width, preparation.Interleave, preparation.DepthTile);
        if (fields is not (2 or 4 or 8) || chunk % (4 * fields) != 0 || width < 1)
            throw new ArgumentException($"Panels of {width} rows, {fields} weights to a byte, the depth in chunks of {chunk}: expected 2, 4 or 8 to a byte, and chunks of whole turns of {4 * fields}.", nameof(preparation));
        if (matrix.Layout.Asymmetric) throw new NotSupportedException($"Weights of several to a byte have no zero points; the matrix is {matrix.Layout}.");
        var source = new WeightSource<sbyte>(matrix);
        sbyte[] table = matrix.ByteTable();
        for (int i = 0; i < RepeatedTable && table.Length > 0; i++)
        {
            _table.Span[i] = table[i % table.Length];
            _unsignedTable.Span[i] = (byte)(table[i % table.Length] - IntegerFormats.Range(matrix.Layout.Format).Min);
        }
        float[] singles = matrix.SingleTable();
        for (int i = 0; i < CodeTable.Length && (singles.Length > 0 || fields == 2); i++) _singleTable.Span[i] = singles.Length > 0 ? singles[i % singles.Length] : i - 8;
        int bits = 8 / fields, groups = source.ScaleGroups, offset = typeof(T) == typeof(byte) && singles.Length == 0 ? 1 << (bits - 1) : 0;
        long turns = (matrix.Depth + chunk - 1) / chunk * (chunk / (4 * fields)), panels = (matrix.Rows + width - 1) / width;
        _values = new AlignedArray<byte>(panels * turns * width * 4);
        _scales = new AlignedArray<float>(matrix.Layout.Scale == Per.None ? 0 : panels * groups * width);

        int[] depth = [];
        sbyte[] values = [];
        Span<byte> target = _values.Span;
        for (int row = 0; row < matrix.Rows; row++)
        {
            int length = singles.Length > 0 ? matrix.ReadCodes(row, ref depth, ref values) : source.Read(row, ref depth, ref values);
            (int panel, int lane) = Math.DivRem(row, width);
            for (int entry = 0; entry < length; entry++)
            {
                (int turn, int within) = Math.DivRem(depth[entry], 4 * fields);
                target[(int)(((panel * turns + turn) * width + lane) * 4 + within % 4)] |= (byte)(((values[entry] + offset) & ((1 << bits) - 1)) << within / 4 * bits);
            }
            for (int group = 0; group < groups && _scales.Length > 0; group++)
                _scales.Span[(panel * groups + group) * width + lane] = matrix.Scales[source.ScaleIndex(row, group * Math.Max(matrix.Layout.ScaleGroup, 1))];
        }
    }

    /// <summary>The first four bytes of the first row.</summary>
    public ref byte Values => ref _values.First;

    /// <summary>The first scale.</summary>
    public ref float Scales => ref _scales.First;

    /// <summary>The first byte of the table, which stands there four times.</summary>
    public ref sbyte Table => ref _table.First;

    /// <summary>The same less the least integer of the format.</summary>
    public ref byte UnsignedTable => ref _unsignedTable.First;

    /// <summary>What the codes of unsigned bytes stand for as binary32 numbers, without their scale: the entries of the table, or −8 to 7.</summary>
    public ref float SingleTable => ref _singleTable.First;

    /// <inheritdoc/>
    public static FieldPanelWeights<T> Prepare(PackedMatrix matrix, Preparation<FieldPanelWeights<T>> preparation) => new(matrix, preparation);
}
