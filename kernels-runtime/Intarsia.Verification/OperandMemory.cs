using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Verification;

/// <summary>Lays logical operands out in memory as a spec says, and reads the result back.</summary>
internal class OperandMemory(KernelSpec spec, ReferenceOperands o, int gap)
{
    private PackedMatrix? _packed;
    private PackedMatrix? _graph;
    private Array? _y;
    private Array? _values;

    protected KernelSpec Spec => spec;

    protected ReferenceOperands Operands => o;

    /// <summary>Elements behind each line of an operand that has a leading dimension.</summary>
    protected int Gap => gap;

    /// <summary>The weights, or the result of a sampled product, packed at the first use.</summary>
    public PackedMatrix Packed => _packed ??= spec.Operation == Operation.Sddmm ? SampledResult.Pack(spec, o) : Pack();

    /// <summary>The edges of a relational product.</summary>
    public PackedMatrix Graph => _graph ??= RelationalReference.Pack(spec, o);

    private bool XIsTokenMajor => spec.X.Layout != MatrixLayout.RowMajor;

    private bool YIsTokenMajor => spec.Y.Layout != MatrixLayout.RowMajor;

    private int XRows => spec.IsContraction ? o.Depth : o.Rows;

    private bool AIsTokenMajor => spec.IsContraction && spec.Weights.Layout == MatrixLayout.TokenMajor;

    protected int WeightStride => (AIsTokenMajor ? o.Rows : o.Depth) + (spec.Weights.HasStride ? gap : 0);

    private int XLine => spec.X.Layout == MatrixLayout.BitPlanes ? PackedPlanes.LineLength(spec.X.Format, XRows) : XIsTokenMajor ? XRows : o.Columns;

    private int YLine => spec.Y.Layout == MatrixLayout.BitPlanes ? PackedPlanes.LineLength(spec.Y.Format, o.Rows) : YIsTokenMajor ? o.Rows : o.Columns;

    protected int XStride => XLine + (spec.X.HasStride ? gap : 0);

    protected int YStride => YLine + (spec.Y.HasStride ? gap : 0);

    public Dictionary<string, long> Sizes(IEnumerable<string> names) => names.ToDictionary(name => name, name => Size(name));

    protected virtual long Size(string name) => name switch
    {
        "rows" => o.Rows,
        "depth" => o.Depth,
        "columns" => o.Columns,
        KernelPlan.PartsSize => PlanOperands.Parts,
        KernelPlan.SourcesSize => o.Sources,
        KernelPlan.StoredSize => (spec.Rgms is null ? Packed : Graph).StoredElements,
        KernelPlan.SlotsSize => Packed.Slots,
        "ldw" => WeightStride,
        "ldx" => XStride,
        "ldy" => YStride,
        _ => throw new ArgumentException($"Size '{name}' is not known here."),
    };

    /// <summary>The operand that plays a role, as the caller would pass it.</summary>
    public virtual Array Operand(Role role, int ordinal, ElementType element) => role switch
    {
        Role.Weights when spec.Butterfly is not null => Convert(o.Weights, element),
        Role.Weights => Lay(o.Weights, o.Rows, o.Depth, AIsTokenMajor, WeightStride, element),
        Role.X when spec.X.Layout == MatrixLayout.BitPlanes => Planes(),
        Role.X when spec.Rgms is not null => Lay(o.X, o.Depth, o.Sources, true, XStride, element),
        Role.X => Lay(o.X, XRows, o.Columns, XIsTokenMajor, XStride, element),
        Role.Y => _y ??= Convert(Before(element), element),
        Role.Bias => Convert(o.Biases[ordinal], element),
        Role.Residual => Lay(o.Residuals[ordinal], o.Rows, o.Columns, YIsTokenMajor, YIsTokenMajor ? o.Rows : o.Columns, element),
        Role.Multiplier => Lay(o.Multipliers[ordinal], o.Rows, o.Columns, YIsTokenMajor, YIsTokenMajor ? o.Rows : o.Columns, element),
        Role.WeightScale => Convert(o.WeightScales ?? throw new ArgumentException("The scales of the weights are missing."), element),
        Role.XScale => Convert(o.XScales ?? throw new ArgumentException("The scales of the activations are missing."), element),
        Role.YScale => Convert([o.YScale], element),
        Role.Scale => Convert([o.Scale], element),
        Role.Gamma => Convert(o.Gamma ?? throw new ArgumentException("Gamma is missing."), element),
        Role.Beta => Convert(o.Shift ?? throw new ArgumentException("The shift of a layer norm is missing."), element),
        _ => throw new ArgumentException($"An operand for {role} is not known here."),
    };

    /// <summary>The values of the packed result, to be written in place.</summary>
    public Array Values(ElementType element) => _values ??= SampledResult.Values(Packed, element);

    public double[] ReadY()
    {
        if (spec.Operation == Operation.Sddmm) return SampledResult.Read(Packed, _values);
        var values = new double[o.Rows * o.Columns];
        if (values.Length == 0) return values;
        Array y = _y ?? throw new ArgumentException($"The plan of {spec} has no result.");
        if (spec.Y.Layout == MatrixLayout.BitPlanes)
        {
            var tokens = new int[values.Length];
            PackedPlanes.Unpack(spec.Y.Format, System.Runtime.InteropServices.MemoryMarshal.Cast<int, uint>((int[])y), o.Columns, o.Rows, tokens.AsSpan(), YStride);
            for (int i = 0; i < values.Length; i++) values[i] = tokens[i % o.Columns * o.Rows + i / o.Columns];
            return values;
        }
        for (int row = 0; row < o.Rows; row++)
            for (int column = 0; column < o.Columns; column++)
                values[row * o.Columns + column] = At(y, YIsTokenMajor ? column * YStride + row : row * YStride + column);
        return values;
    }

    private PackedMatrix Pack()
    {
        WeightLayout layout = PackedLayouts.Of(spec.Weights);
        CsrMatrix? known = spec.Weights.Pattern.Known is { } pattern ? new CsrMatrix(pattern.Rows, pattern.Depth, [.. pattern.RowPointers], [.. pattern.Columns]) : null;
        if (NumberFormats.HasBasis(spec.Weights.Format))
            return PackedMatrix.Pack(new BasisMatrix(Array.ConvertAll(o.Weights, w => (sbyte)w), Array.ConvertAll(o.WeightScales!, s => (float)s), o.Rows, o.Depth, layout.Scale, layout.ScaleGroup), layout);
        (double[] weights, int rows, int depth) = PackedLayouts.AsPacked(spec.Weights, o.Weights, o.Rows, o.Depth * (spec.Rgms?.Relations ?? 1));
        if (!NumberFormats.IsInteger(spec.Weights.Format))
        {
            float[] dense = Array.ConvertAll(weights, w => (float)w);
            return known is null ? PackedMatrix.Pack(dense, rows, depth, layout) : PackedMatrix.Pack(known.WithValues(dense), layout);
        }
        int[] integers = Array.ConvertAll(weights, w => (int)w);
        float[] scales = o.WeightScales is null ? [] : Array.ConvertAll(o.WeightScales, s => (float)s);
        sbyte[] zeroPoints = o.WeightZeroPoints is null ? [] : Array.ConvertAll(o.WeightZeroPoints, z => (sbyte)z);
        return known is null ? PackedMatrix.Pack(integers, rows, depth, layout, scales, zeroPoints) : PackedMatrix.Pack(integers, known, layout, scales, zeroPoints);
    }

    /// <summary>X in planes. Bits behind the last element of a token are set: no kernel may look at them.</summary>
    private int[] Planes()
    {
        int depth = XRows, planes = NumberFormats.Get(spec.X.Format).BitPlanes, words = XLine / planes;
        var tokens = new int[depth * o.Columns];
        for (int k = 0; k < depth; k++)
            for (int column = 0; column < o.Columns; column++) tokens[column * depth + k] = (int)o.X[k * o.Columns + column];
        var packed = new uint[Length(o.Columns, XLine, XStride)];
        PackedPlanes.Pack<int>(spec.X.Format, tokens, o.Columns, depth, packed, XStride);
        for (int column = 0; column < o.Columns && depth % PackedPlanes.WordBits != 0; column++)
            for (int plane = 0; plane < planes; plane++) packed[column * XStride + (words - 1) * planes + plane] |= uint.MaxValue << depth % PackedPlanes.WordBits;
        return System.Runtime.InteropServices.MemoryMarshal.Cast<uint, int>(packed).ToArray();
    }

    private static Array Lay(double[] logical, int rows, int columns, bool turned, int stride, ElementType element)
    {
        var lines = new double[Length(turned ? columns : rows, turned ? rows : columns, stride)];
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++) lines[turned ? column * stride + row : row * stride + column] = logical[row * columns + column];
        return Convert(lines, element);
    }

    protected static int Length(int lines, int length, int stride) => lines == 0 || length == 0 ? 0 : (lines - 1) * stride + length;

    /// <summary>What lies in the result before the call: the old value where it is read, else NaN, or a number that no kernel gives everywhere by accident.</summary>
    private double[] Before(ElementType element)
    {
        var lines = new double[Length(YIsTokenMajor ? o.Columns : o.Rows, YLine, YStride)];
        Array.Fill(lines, element is ElementType.F32 or ElementType.F16 or ElementType.BF16 ? double.NaN : 99);
        if (o.InitialY is not { } old || o.Beta == 0) return lines;
        for (int row = 0; row < o.Rows; row++)
            for (int column = 0; column < o.Columns; column++) lines[YIsTokenMajor ? column * YStride + row : row * YStride + column] = old[row * o.Columns + column];
        return lines;
    }

    protected static Array Convert(double[] values, ElementType element) => element switch
    {
        ElementType.F32 => Array.ConvertAll(values, v => (float)v),
        ElementType.F16 => Array.ConvertAll(values, v => (Half)v),
        ElementType.BF16 => Array.ConvertAll(values, v => (BFloat16)(float)v),
        ElementType.S64 => Array.ConvertAll(values, v => (long)v),
        ElementType.S32 => Array.ConvertAll(values, v => (int)v),
        ElementType.S16 => Array.ConvertAll(values, v => (short)v),
        ElementType.U16 => Array.ConvertAll(values, v => (ushort)v),
        ElementType.S4 or ElementType.U4 => Nibbles(values),
        ElementType.S8 => Array.ConvertAll(values, v => (sbyte)v),
        ElementType.U8 => Array.ConvertAll(values, v => (byte)v),
        _ => throw new ArgumentException($"Operands of {element} are not known here."),
    };

    /// <summary>Two to a byte, the even element in the low nibble.</summary>
    private static byte[] Nibbles(double[] values)
    {
        var bytes = new byte[(values.Length + 1) / 2];
        for (int i = 0; i < values.Length; i++) bytes[i / 2] |= (byte)(((int)values[i] & 15) << i % 2 * 4);
        return bytes;
    }

    private static double At(Array array, int i) => array switch
    {
        float[] a => ElementValue.ToDouble(a[i]),
        Half[] a => ElementValue.ToDouble(a[i]),
        BFloat16[] a => ElementValue.ToDouble(a[i]),
        int[] a => a[i],
        long[] a => a[i],
        _ when array.GetType() == typeof(sbyte[]) => ((sbyte[])array)[i],
        _ => ((byte[])array)[i],
    };
}
