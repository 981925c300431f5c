using Intarsia.Compiler.Tiles;

namespace Intarsia.Verification.Interpreter;

/// <summary>A buffer at run time: a typed array with shape and strides, and, where the program is to fill it, which elements it has filled.</summary>
internal sealed class BufferData
{
    private readonly Array _array;
    private readonly long[] _strides;
    private readonly bool[]? _written;
    private int[]? _owner;

    public BufferData(BufferDecl declaration, long[] shape, long[]? strides, Array? array)
    {
        Declaration = declaration;
        Shape = shape;
        _strides = strides ?? DenseStrides(shape);
        long needed = shape.Contains(0) ? 0 : 1 + shape.Zip(_strides, (extent, stride) => (extent - 1) * stride).Sum();
        if (_strides.Any(stride => stride < 0)) throw new TileProgramException($"Buffer '{Name}' has a negative stride.");
        _array = array ?? Allocate(declaration.Element, needed);
        long available = (long)_array.Length * PerItem(declaration.Element);
        if (needed > available)
            throw new TileProgramException($"Buffer '{Name}' of shape {Text(shape)} with strides {Text(_strides)} needs {needed} elements of {declaration.Element}; the array has {available}.");
        if (declaration.LowBytesAreZero && !(_array is Half[] halves && halves.All(half => (BitConverter.HalfToUInt16Bits(half) & 255) == 0)))
            throw new TileProgramException($"The low bytes of buffer '{Name}' are said to be zero; expected elements of binary16 that have none.");
        if (declaration.Role is BufferRole.Scratch or BufferRole.Common or BufferRole.Output) _written = new bool[needed];
    }

    public BufferDecl Declaration { get; }

    public string Name => Declaration.Name;

    public ElementType Element => Declaration.Element;

    public long[] Shape { get; }

    /// <summary>Flat position of a coordinate that lies inside.</summary>
    public long Flat(ReadOnlySpan<long> at)
    {
        long flat = 0;
        for (int d = 0; d < at.Length; d++) flat += at[d] * _strides[d];
        return flat;
    }

    /// <summary>Elements from one coordinate of a dimension to the next.</summary>
    public long Stride(System.Index dimension) => _strides[dimension];

    public bool IsWritten(long flat) => _written is null || _written[flat];

    /// <summary>The coordinate of an element the program has not written, in row-major order; null when it wrote them all.</summary>
    public long[]? FirstUnwritten()
    {
        if (_written is null || Shape.Contains(0)) return null;
        var at = new long[Shape.Length];
        while (true)
        {
            if (!_written[Flat(at)]) return at;
            int d = at.Length - 1;
            while (d >= 0 && ++at[d] == Shape[d]) at[d--] = 0;
            if (d < 0) return null;
        }
    }

    /// <summary>What the buffer held is gone.</summary>
    public void Forget()
    {
        if (_written is not null) Array.Clear(_written);
    }

    /// <summary>Which part of a <see cref="Statement.Parts"/> stored the element: 0 for none.</summary>
    public int Owner(long flat) => _owner is null ? 0 : _owner[flat];

    public void SetOwner(long flat, int part) => (_owner ??= new int[Math.Max(_array.Length * PerItem(Element), 1)])[flat] = part;

    public void ClearOwners() => _owner = null;

    // By element type and not by the type of the array: to the run time a byte[] is an sbyte[], too.
    public long ReadInteger(long flat) => Element switch
    {
        ElementType.S64 => ((long[])_array)[flat],
        ElementType.S32 => ((int[])_array)[flat],
        ElementType.S16 => ((short[])_array)[flat],
        ElementType.U16 => ((ushort[])_array)[flat],
        ElementType.S8 => ((sbyte[])_array)[flat],
        ElementType.U8 => ((byte[])_array)[flat],
        ElementType.S4 => ElementType.S4.Wrap(((byte[])_array)[flat / 2] >> (int)(flat % 2 * 4)),
        ElementType.U4 => ElementType.U4.Wrap(((byte[])_array)[flat / 2] >> (int)(flat % 2 * 4)),
        ElementType.U2 => (((byte[])_array)[flat / 4] >> (int)(flat % 4 * 2)) & 3,
        ElementType.Bit => (((byte[])_array)[flat / 8] >> (int)(flat % 8)) & 1,
        _ => throw new InvalidOperationException($"{Element} is not an integer."),
    };

    public double ReadReal(long flat) => Element switch
    {
        ElementType.F64 => ((double[])_array)[flat],
        ElementType.F32 => ((float[])_array)[flat],
        ElementType.F16 => (double)((Half[])_array)[flat],
        ElementType.BF16 => (float)((BFloat16[])_array)[flat],
        _ => ReadInteger(flat),
    };

    public void WriteInteger(long flat, long value)
    {
        switch (Element)
        {
            case ElementType.S64: ((long[])_array)[flat] = value; break;
            case ElementType.S32: ((int[])_array)[flat] = (int)value; break;
            case ElementType.S16: ((short[])_array)[flat] = (short)value; break;
            case ElementType.U16: ((ushort[])_array)[flat] = (ushort)value; break;
            case ElementType.S8: ((sbyte[])_array)[flat] = (sbyte)value; break;
            case ElementType.U8: ((byte[])_array)[flat] = (byte)value; break;
            case ElementType.S4 or ElementType.U4: Insert(ref ((byte[])_array)[flat / 2], (int)(flat % 2) * 4, 15, value); break;
            case ElementType.U2: Insert(ref ((byte[])_array)[flat / 4], (int)(flat % 4) * 2, 3, value); break;
            case ElementType.Bit: Insert(ref ((byte[])_array)[flat / 8], (int)(flat % 8), 1, value); break;
            default: throw new InvalidOperationException($"{Element} is not an integer.");
        }
        if (_written is not null) _written[flat] = true;
    }

    public void WriteReal(long flat, double value)
    {
        switch (Element)
        {
            case ElementType.F64: ((double[])_array)[flat] = value; break;
            case ElementType.F32: ((float[])_array)[flat] = (float)value; break;
            case ElementType.F16: ((Half[])_array)[flat] = (Half)value; break;
            case ElementType.BF16: ((BFloat16[])_array)[flat] = (BFloat16)(float)ElementType.BF16.Round(value); break;
            default: throw new InvalidOperationException($"{Element} is not a float type.");
        }
        if (_written is not null) _written[flat] = true;
    }

    public static string Text(IEnumerable<long> values) => "[" + string.Join(",", values) + "]";

    private static void Insert(ref byte target, int shift, int mask, long value) => target = (byte)((target & ~(mask << shift)) | ((int)value & mask) << shift);

    private static int PerItem(ElementType element) => element switch { ElementType.S4 or ElementType.U4 => 2, ElementType.U2 => 4, ElementType.Bit => 8, _ => 1 };

    private static long[] DenseStrides(long[] shape)
    {
        var strides = new long[shape.Length];
        long stride = 1;
        for (int d = shape.Length - 1; d >= 0; d--)
        {
            strides[d] = stride;
            stride *= shape[d];
        }
        return strides;
    }

    private static Array Allocate(ElementType element, long elements)
    {
        long items = (elements + PerItem(element) - 1) / PerItem(element);
        return element switch
        {
            ElementType.F64 => new double[items],
            ElementType.F32 => new float[items],
            ElementType.F16 => new Half[items],
            ElementType.BF16 => new BFloat16[items],
            ElementType.S64 => new long[items],
            ElementType.S32 => new int[items],
            ElementType.S16 => new short[items],
            ElementType.U16 => new ushort[items],
            ElementType.S8 => new sbyte[items],
            _ => new byte[items],
        };
    }

    /// <summary>The type of the array that holds a buffer.</summary>
    public static Type ArrayType(ElementType element) => element switch
    {
        ElementType.F64 => typeof(double[]),
        ElementType.F32 => typeof(float[]),
        ElementType.F16 => typeof(Half[]),
        ElementType.BF16 => typeof(BFloat16[]),
        ElementType.S64 => typeof(long[]),
        ElementType.S32 => typeof(int[]),
        ElementType.S16 => typeof(short[]),
        ElementType.U16 => typeof(ushort[]),
        ElementType.S8 => typeof(sbyte[]),
        _ => typeof(byte[]),
    };
}
