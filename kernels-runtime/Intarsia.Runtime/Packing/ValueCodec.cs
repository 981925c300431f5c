using System.Buffers.Binary;

namespace Intarsia;

/// <summary>
/// How one number format lies in the value array of a packed matrix: little-endian, element s ("slot" s) at bit s·<see cref="Bits"/>. A new storage format is a new
/// class here and a line in <see cref="Of"/>.
/// </summary>
internal abstract class ValueCodec
{
    /// <summary>Bits of one element.</summary>
    public abstract int Bits { get; }

    /// <summary>Bytes of so many elements; the last byte may be part used.</summary>
    public int ByteCount(int slots) => Extents.RequireArrayLength(((Int128)slots * Bits + 7) / 8, "bytes of values");

    public static ValueCodec Of(NumberFormat format) => format switch
    {
        NumberFormat.Float32 or NumberFormat.TensorFloat32 => Float32Codec.Instance,
        NumberFormat.Float16 => Float16Codec.Instance,
        NumberFormat.BFloat16 => BFloat16Codec.Instance,
        NumberFormat.Int8 => Int8Codec.Instance,
        NumberFormat.Int4 => Int4Codec.Instance,
        NumberFormat.Int32 => Int32Codec.Instance,
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "No packed layout stores this format."),
    };

    /// <summary>True where every bit of a slot is 0.</summary>
    public virtual bool IsZero(ReadOnlySpan<byte> store, int slot) => store.Slice(slot * (Bits / 8), Bits / 8).IndexOfAnyExcept((byte)0) < 0;

    /// <summary>Rejects a value array whose unused bits are set.</summary>
    public virtual void CheckPadding(ReadOnlySpan<byte> store, int slots)
    {
    }
}

/// <summary>A codec whose elements are read and written as T: <see cref="float"/> for floating-point formats, <see cref="sbyte"/> for integers, <see cref="int"/> for sums of 32 bits.</summary>
internal abstract class ValueCodec<T> : ValueCodec
    where T : unmanaged
{
    /// <summary>Reads the elements in the given slots.</summary>
    public abstract void Read(ReadOnlySpan<byte> store, ReadOnlySpan<int> slots, Span<T> values);

    /// <summary>Writes the elements in the given slots, rounding to nearest even where the format is narrower.</summary>
    public abstract void Write(Span<byte> store, ReadOnlySpan<int> slots, ReadOnlySpan<T> values);
}

internal sealed class Float32Codec : ValueCodec<float>
{
    public static readonly Float32Codec Instance = new();

    public override int Bits => 32;

    public override void Read(ReadOnlySpan<byte> store, ReadOnlySpan<int> slots, Span<float> values)
    {
        for (int i = 0; i < slots.Length; i++)
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(store[(4 * slots[i])..]);
    }

    public override void Write(Span<byte> store, ReadOnlySpan<int> slots, ReadOnlySpan<float> values)
    {
        for (int i = 0; i < slots.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(store[(4 * slots[i])..], values[i]);
    }
}

internal sealed class Float16Codec : ValueCodec<float>
{
    public static readonly Float16Codec Instance = new();

    public override int Bits => 16;

    public override void Read(ReadOnlySpan<byte> store, ReadOnlySpan<int> slots, Span<float> values)
    {
        for (int i = 0; i < slots.Length; i++)
            values[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(store[(2 * slots[i])..]);
    }

    public override void Write(Span<byte> store, ReadOnlySpan<int> slots, ReadOnlySpan<float> values)
    {
        for (int i = 0; i < slots.Length; i++)
            BinaryPrimitives.WriteHalfLittleEndian(store[(2 * slots[i])..], (Half)values[i]);
    }
}

internal sealed class BFloat16Codec : ValueCodec<float>
{
    public static readonly BFloat16Codec Instance = new();

    public override int Bits => 16;

    public override void Read(ReadOnlySpan<byte> store, ReadOnlySpan<int> slots, Span<float> values)
    {
        for (int i = 0; i < slots.Length; i++)
            values[i] = (float)BFloat16.FromBits(BinaryPrimitives.ReadUInt16LittleEndian(store[(2 * slots[i])..]));
    }

    public override void Write(Span<byte> store, ReadOnlySpan<int> slots, ReadOnlySpan<float> values)
    {
        for (int i = 0; i < slots.Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(store[(2 * slots[i])..], ((BFloat16)values[i]).Bits);
    }
}

internal sealed class Int8Codec : ValueCodec<sbyte>
{
    public static readonly Int8Codec Instance = new();

    public override int Bits => 8;

    public override void Read(ReadOnlySpan<byte> store, ReadOnlySpan<int> slots, Span<sbyte> values)
    {
        for (int i = 0; i < slots.Length; i++)
            values[i] = (sbyte)store[slots[i]];
    }

    public override void Write(Span<byte> store, ReadOnlySpan<int> slots, ReadOnlySpan<sbyte> values)
    {
        for (int i = 0; i < slots.Length; i++)
            store[slots[i]] = (byte)values[i];
    }
}

/// <summary>Two to a byte: the even slot in the low nibble, the odd one in the high nibble.</summary>
internal sealed class Int4Codec : ValueCodec<sbyte>
{
    public static readonly Int4Codec Instance = new();

    public override int Bits => 4;

    public override void Read(ReadOnlySpan<byte> store, ReadOnlySpan<int> slots, Span<sbyte> values)
    {
        for (int i = 0; i < slots.Length; i++)
        {
            int nibble = store[slots[i] >> 1] >> (4 * (slots[i] & 1));
            values[i] = (sbyte)((nibble << 28) >> 28);
        }
    }

    public override void Write(Span<byte> store, ReadOnlySpan<int> slots, ReadOnlySpan<sbyte> values)
    {
        for (int i = 0; i < slots.Length; i++)
        {
            int shift = 4 * (slots[i] & 1);
            ref byte pair = ref store[slots[i] >> 1];
            pair = (byte)((pair & (0xF0 >> shift)) | ((values[i] & 0xF) << shift));
        }
    }

    public override bool IsZero(ReadOnlySpan<byte> store, int slot) => ((store[slot >> 1] >> (4 * (slot & 1))) & 0xF) == 0;

    public override void CheckPadding(ReadOnlySpan<byte> store, int slots)
    {
        if ((slots & 1) != 0 && store[^1] >> 4 != 0)
            throw new IntarsiaFormatException("unused high nibble of the last value byte", $"{store[^1] >> 4}", "0");
    }
}
