using System.Runtime.InteropServices;

namespace Intarsia.ProductSpace.Operands;

/// <summary>Reads and writes the elements of an operand as numbers.</summary>
public abstract class ElementCodec
{
    public static ElementCodec Of(NumberFormat format) => format switch
    {
        NumberFormat.Float32 or NumberFormat.TensorFloat32 => new Codec<float>(value => (float)value, value => value),
        NumberFormat.Float16 => new Codec<Half>(value => (Half)value, value => (double)value),
        NumberFormat.BFloat16 => new Codec<BFloat16>(value => (BFloat16)(float)value, value => (float)value),
        NumberFormat.Int8 or (>= NumberFormat.SignPlanes1 and <= NumberFormat.SignPlanes7) => new Codec<sbyte>(value => (sbyte)value, value => value),
        NumberFormat.UInt8 or (>= NumberFormat.Planes1 and <= NumberFormat.Planes8) => new Codec<byte>(value => (byte)value, value => value),
        NumberFormat.Int32 => new Codec<int>(value => (int)value, value => value),
        NumberFormat.Int64 => new Codec<long>(value => (long)value, value => value),
        NumberFormat.Int16 or NumberFormat.SignPlanes8 => new Codec<short>(value => (short)value, value => value),
        NumberFormat.UInt16 => new Codec<ushort>(value => (ushort)value, value => value),
        NumberFormat.Int4 or NumberFormat.UInt4 => new NibbleCodec(),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "No element type of its own."),
    };

    /// <summary>Adds an operand of this element type, full of sentinels.</summary>
    public abstract void Add(OperandBag bag, string name, int lines, int length, int stride, bool guardAfter);

    /// <summary>Adds an operand of so many elements.</summary>
    public abstract void AddExtent(OperandBag bag, string name, int elements, bool guardAfter);

    /// <summary>Declares an operand as a list of terms.</summary>
    public abstract void AddList(OperandBag bag, string name, IReadOnlyList<int> offsets, int length);

    /// <summary>Declares an operand as a table of addresses.</summary>
    public abstract void AddAddresses(OperandBag bag, string name, IReadOnlyList<int> offsets);

    /// <summary>Bytes of an element.</summary>
    public abstract int Size { get; }

    public abstract void Write(Span<byte> bytes, int at, double value);

    public abstract double Read(ReadOnlySpan<byte> bytes, int at);

    /// <summary>Two to a byte, the even element in the low nibble; read back without a sign, which no operand needs.</summary>
    private sealed class NibbleCodec : ElementCodec
    {
        public override int Size => 1;

        public override void Add(OperandBag bag, string name, int lines, int length, int stride, bool guardAfter)
        {
            int elements = lines == 0 || length == 0 ? 0 : (lines - 1) * stride + length;
            bag.AddExtent<byte>(name, (elements + 1) / 2, lines, length, stride, guardAfter).Clear();
        }

        public override void AddExtent(OperandBag bag, string name, int elements, bool guardAfter) => throw new NotSupportedException("No term of a batch has four bits.");

        public override void AddList(OperandBag bag, string name, IReadOnlyList<int> offsets, int length) => throw new NotSupportedException("No term of a batch has four bits.");

        public override void AddAddresses(OperandBag bag, string name, IReadOnlyList<int> offsets) => throw new NotSupportedException("No term of a batch has four bits.");

        public override void Write(Span<byte> bytes, int at, double value) => bytes[at / 2] = (byte)(bytes[at / 2] & (0xF0 >> (at % 2 * 4)) | ((int)value & 15) << at % 2 * 4);

        public override double Read(ReadOnlySpan<byte> bytes, int at) => bytes[at / 2] >> at % 2 * 4 & 15;
    }

    private sealed unsafe class Codec<T>(Func<double, T> encode, Func<T, double> decode) : ElementCodec where T : unmanaged
    {
        public override int Size => sizeof(T);

        public override void Add(OperandBag bag, string name, int lines, int length, int stride, bool guardAfter) => bag.Add<T>(name, lines, length, stride, guardAfter);

        public override void AddExtent(OperandBag bag, string name, int elements, bool guardAfter) => bag.Add<T>(name, 1, elements, elements, guardAfter);

        public override void AddList(OperandBag bag, string name, IReadOnlyList<int> offsets, int length) => bag.AddList<T>(name, offsets, length);

        public override void AddAddresses(OperandBag bag, string name, IReadOnlyList<int> offsets) => bag.AddAddresses<T>(name, offsets);

        public override void Write(Span<byte> bytes, int at, double value) => MemoryMarshal.Cast<byte, T>(bytes)[at] = encode(value);

        public override double Read(ReadOnlySpan<byte> bytes, int at) => decode(MemoryMarshal.Cast<byte, T>(bytes)[at]);
    }
}
