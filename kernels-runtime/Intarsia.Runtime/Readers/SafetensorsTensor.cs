using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Intarsia;

/// <summary>One tensor of a <see cref="SafetensorsFile"/>: what the header says of it, and its elements on demand.</summary>
public sealed class SafetensorsTensor
{
    private readonly SafetensorsFile _file;
    private readonly long[] _shape;

    internal SafetensorsTensor(SafetensorsFile file, string name, SafetensorsType type, long[] shape, long elementCount, long begin, long end)
    {
        _file = file;
        _shape = shape;
        Name = name;
        Type = type;
        ElementCount = elementCount;
        Begin = begin;
        End = end;
    }

    /// <summary>The name in the header.</summary>
    public string Name { get; }

    /// <summary>How the elements are stored.</summary>
    public SafetensorsType Type { get; }

    /// <summary>The extents, outermost first; empty for a scalar.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>The product of the extents; 1 for a scalar.</summary>
    public long ElementCount { get; }

    /// <summary>Bytes the elements take.</summary>
    public long SizeInBytes => End - Begin;

    /// <summary>First byte, counted from the end of the header.</summary>
    internal long Begin { get; }

    /// <summary>The byte behind the last, counted from the end of the header.</summary>
    internal long End { get; }

    /// <summary>The bytes as they stand in the file: little-endian, row-major.</summary>
    /// <exception cref="IntarsiaFormatException">The file was cut short after it was opened, or the tensor is too large for one array.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public byte[] GetBytes()
    {
        RequireArrayLength(SizeInBytes, "bytes");
        byte[] bytes = new byte[SizeInBytes];
        _file.Read(this, bytes);
        return bytes;
    }

    /// <summary>
    /// The elements as binary32, row-major: <c>F32</c> as stored, <c>F16</c> and <c>BF16</c> widened (exact), <c>F64</c> rounded to nearest even.
    /// Values are not judged: infinities and NaNs come back as such.
    /// </summary>
    /// <exception cref="IntarsiaFormatException">The tensor holds no floating-point numbers of these types, or <see cref="GetBytes"/> fails.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public float[] GetFloats() => Type switch
    {
        SafetensorsType.Float32 => Convert(4, static bytes => BinaryPrimitives.ReadSingleLittleEndian(bytes)),
        SafetensorsType.Float16 => Convert(2, static bytes => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes)),
        SafetensorsType.BFloat16 => Convert(2, static bytes => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16)),
        SafetensorsType.Float64 => Convert(8, static bytes => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes)),
        _ => throw WrongType("F32, F16, BF16 or F64"),
    };

    /// <summary>The elements as 32-bit integers, row-major, from any integer type.</summary>
    /// <exception cref="IntarsiaFormatException">The tensor holds no integers, an element is outside the range of <see cref="int"/>, or <see cref="GetBytes"/> fails.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public int[] GetInt32s() => Type switch
    {
        SafetensorsType.Int8 => Convert(1, static bytes => (int)(sbyte)bytes[0]),
        SafetensorsType.UInt8 => Convert(1, static bytes => (int)bytes[0]),
        SafetensorsType.Int16 => Convert(2, static bytes => (int)BinaryPrimitives.ReadInt16LittleEndian(bytes)),
        SafetensorsType.UInt16 => Convert(2, static bytes => (int)BinaryPrimitives.ReadUInt16LittleEndian(bytes)),
        SafetensorsType.Int32 => Convert(4, static bytes => BinaryPrimitives.ReadInt32LittleEndian(bytes)),
        SafetensorsType.UInt32 => Convert(4, bytes => Narrow(BinaryPrimitives.ReadUInt32LittleEndian(bytes))),
        SafetensorsType.Int64 => Convert(8, bytes => Narrow(BinaryPrimitives.ReadInt64LittleEndian(bytes))),
        SafetensorsType.UInt64 => Convert(8, bytes => Narrow(BinaryPrimitives.ReadUInt64LittleEndian(bytes))),
        _ => throw WrongType("an integer type (I8, U8, I16, U16, I32, U32, I64, U64)"),
    };

    /// <summary>The elements of an <c>I8</c> tensor, row-major.</summary>
    /// <exception cref="IntarsiaFormatException">The tensor is not <c>I8</c>, or <see cref="GetBytes"/> fails.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public sbyte[] GetSBytes()
    {
        if (Type != SafetensorsType.Int8) throw WrongType("I8");
        RequireArrayLength(SizeInBytes, "bytes");
        sbyte[] values = new sbyte[SizeInBytes];
        _file.Read(this, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>
    /// Packs a tensor of shape [rows, depth] as weights. Floats are rounded or quantised as <see cref="PackedMatrix.Pack(ReadOnlySpan{float}, int, int, WeightLayout)"/> does;
    /// <c>I8</c> elements are taken as the integers of an integer layout, with the scales and zero points that the file keeps beside them.
    /// </summary>
    /// <param name="layout">The layout, for example that of the kernel that is to use the weights.</param>
    /// <param name="scales">For <c>I8</c>: as many as the layout says. For floats: none.</param>
    /// <param name="zeroPoints">For <c>I8</c> in an asymmetric layout: as many as scales.</param>
    /// <exception cref="ArgumentException">The layout is not valid or not one of integers for <c>I8</c>, or scales are given for floats.</exception>
    /// <exception cref="IntarsiaFormatException">The shape is not a matrix, the type can be no weight, or an element, scale or zero point does not fit the layout.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public PackedMatrix Pack(WeightLayout layout, ReadOnlySpan<float> scales = default, ReadOnlySpan<sbyte> zeroPoints = default)
    {
        if (_shape.Length != 2 || _shape[0] > int.MaxValue || _shape[1] > int.MaxValue)
            throw new IntarsiaFormatException($"shape of tensor '{Name}'", $"[{string.Join(", ", _shape)}]", "[rows, depth]");
        (int rows, int depth) = ((int)_shape[0], (int)_shape[1]);
        if (Type == SafetensorsType.Int8)
            return PackedMatrix.Pack(GetSBytes(), rows, depth, layout, scales, zeroPoints);
        if (!scales.IsEmpty || !zeroPoints.IsEmpty)
            throw new ArgumentException($"Tensor '{Name}' holds {SafetensorsTypes.Name(Type)}; scales and zero points belong to I8.", nameof(scales));
        return PackedMatrix.Pack(GetFloats(), rows, depth, layout);
    }

    /// <summary>Name, type and shape, for example <c>head.weight F32 [12, 64]</c>.</summary>
    public override string ToString() => $"{Name} {SafetensorsTypes.Name(Type)} [{string.Join(", ", _shape)}]";

    private T[] Convert<T>(int size, Func<ReadOnlySpan<byte>, T> read)
    {
        RequireArrayLength(ElementCount, "elements");
        byte[] bytes = GetBytes();
        T[] values = new T[ElementCount];
        for (int i = 0; i < values.Length; i++)
            values[i] = read(bytes.AsSpan(i * size, size));
        return values;
    }

    private int Narrow<T>(T value) where T : System.Numerics.INumber<T> =>
        value >= T.CreateSaturating(int.MinValue) && value <= T.CreateSaturating(int.MaxValue)
            ? int.CreateChecked(value)
            : throw new IntarsiaFormatException($"element of tensor '{Name}'", $"{value}", $"a value in {int.MinValue}…{int.MaxValue}");

    private IntarsiaFormatException WrongType(string expected) => new($"dtype of tensor '{Name}'", SafetensorsTypes.Name(Type), expected);

    private void RequireArrayLength(long length, string unit)
    {
        if (length > Array.MaxLength)
            throw new IntarsiaFormatException($"size of tensor '{Name}'", $"{length} {unit}", $"at most {Array.MaxLength} {unit}, what one array holds");
    }
}
