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
        NumberFormat.Int8 => new Codec<sbyte>(value => (sbyte)value, value => value),
        NumberFormat.UInt8 => new Codec<byte>(value => (byte)value, value => value),
        NumberFormat.Int32 => new Codec<int>(value => (int)value, value => value),
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
