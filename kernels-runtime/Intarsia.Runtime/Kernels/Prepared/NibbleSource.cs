
namespace Intarsia.Kernels;

/// <summary>
/// What stands in four bits of a weight for GPUs: the integer, of formats whose integers fit; the code, of those that have a table of sixteen integers, which comes along, and of coefficients of a basis, which are such integers. Rows of any
/// pattern, those of a vector group read together.
/// </summary>
internal sealed class NibbleSource
{
    private readonly PackedMatrix _matrix;
    private readonly WeightSource<sbyte> _integers;
    private readonly AlignedArray<sbyte> _table;
    private readonly AlignedArray<Half> _halfTable;
    private readonly AlignedArray<BFloat16> _bfloat16Table;
    private int[] _depth = [];
    private sbyte[] _codes = [];
    private int _read = -1, _length;

    /// <param name="matrix">The weights.</param>
    /// <exception cref="NotSupportedException">Four bits do not hold them.</exception>
    public NibbleSource(PackedMatrix matrix)
    {
        NumberFormat format = matrix.Layout.Format;
        float[] numbers = matrix.Layout.BasisOrder > 0 || format == NumberFormat.ByteCodebook16 || CodeTable.Find(format) is { Length: CodeTable.Length } ? matrix.SingleTable() : [];
        if ((numbers.Length == 0 && !IntegerFormats.FitsNibble(format)) || matrix.Layout.Asymmetric)
            throw new NotSupportedException($"Weights in four bits are integers from −8 to 7 without zero points, or codes for sixteen integers of a table; the matrix is {matrix.Layout}.");
        (_matrix, _integers, HasCodes) = (matrix, new WeightSource<sbyte>(matrix), numbers.Length > 0);
        sbyte[] bytes = HasCodes ? matrix.ByteTable() : [];
        (_table, _halfTable, _bfloat16Table) = (new AlignedArray<sbyte>(bytes.Length), new AlignedArray<Half>(numbers.Length), new AlignedArray<BFloat16>(numbers.Length));
        bytes.CopyTo(_table.Span);
        for (int i = 0; i < numbers.Length; i++) (_halfTable.Span[i], _bfloat16Table.Span[i]) = ((Half)numbers[i], (BFloat16)numbers[i]);
    }

    /// <summary>The names of the arrays of <see cref="Table(int)"/>.</summary>
    public static string[] TableNames => [nameof(NibbleWeights.Table), nameof(NibbleWeights.HalfTable), nameof(NibbleWeights.BFloat16Table)];

    /// <summary>Four bits are a code, not an integer.</summary>
    public bool HasCodes { get; }

    /// <summary>The first number of the table as a signed byte; there is none where the format has larger ones.</summary>
    public ref sbyte FirstByte => ref _table.First;

    /// <summary>The same as binary16.</summary>
    public ref Half FirstHalf => ref _halfTable.First;

    /// <summary>The same as bfloat16.</summary>
    public ref BFloat16 FirstBFloat16 => ref _bfloat16Table.First;

    /// <summary>Scales per group as <c>[group][row]</c>; none where they are not per group.</summary>
    public AlignedArray<float> ScalesByGroup() => _integers.ScalesByGroup();

    /// <summary>The bytes of a table; empty where the matrix has none.</summary>
    /// <param name="index">The place among <see cref="TableNames"/>.</param>
    public ReadOnlySpan<byte> Table(int index) => index switch
    {
        0 => DeviceBytes.Of(_table.Span),
        1 => DeviceBytes.Of(_halfTable.Span),
        _ => DeviceBytes.Of(_bfloat16Table.Span),
    };

    /// <summary>Reads one row: dense depth and four bits of each entry.</summary>
    public int ReadRow(int row, ref int[] depth, ref sbyte[] values)
    {
        if (!HasCodes) return _integers.ReadRow(row, ref depth, ref values);
        (int group, int lane) = Math.DivRem(row, _matrix.VectorLength);
        if (_matrix.VectorLength == 1) return _matrix.ReadCodes(row, ref depth, ref values);
        if (_read != group) (_length, _read) = (_matrix.ReadCodes(group, ref _depth, ref _codes), group);
        if (depth.Length < _length) depth = new int[_length];
        if (values.Length < _length) values = new sbyte[_length];
        _depth.AsSpan(0, _length).CopyTo(depth);
        for (int entry = 0; entry < _length; entry++) values[entry] = _codes[entry * _matrix.VectorLength + lane];
        return _length;
    }
}
