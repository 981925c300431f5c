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

    /// <param name="format">A format that is stored.</param>
    /// <param name="codebook">The entries of the matrix's own table, where the format has one.</param>
    public static ValueCodec Of(NumberFormat format, ReadOnlySpan<float> codebook = default) => format switch
    {
        _ when Codebooks.IsOfFloats(format) => new TableCodec<float>(format, codebook.ToArray()),
        NumberFormat.PowerOfTwoBasis => new TableCodec<float>(format, Array.ConvertAll(CodeTable.Find(NumberFormat.PowerOfTwo4)!, value => (float)value)),
        _ when Codebooks.IsOfIntegers(format) => new TableCodec<int>(format, Array.ConvertAll(codebook.ToArray(), entry => (int)entry)),
        NumberFormat.Float32 or NumberFormat.TensorFloat32 => Float32Codec.Instance,
        NumberFormat.Float16 => Float16Codec.Instance,
        NumberFormat.BFloat16 => BFloat16Codec.Instance,
        NumberFormat.Int32 => Int32Codec.Instance,
        _ when CodeTable.Find(format) is { } table => new TableCodec<int>(format, Array.ConvertAll(table, value => (int)value)),
        _ when IntegerFormats.IsInteger(format) => IntegerCodec.Of(format),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "No packed layout stores this format."),
    };

    /// <summary>True where every bit of a slot is 0.</summary>
    public virtual bool IsZero(ReadOnlySpan<byte> store, int slot) => store.Slice(slot * (Bits / 8), Bits / 8).IndexOfAnyExcept((byte)0) < 0;

    /// <summary>Reads the codes in the given slots as they are stored.</summary>
    /// <exception cref="InvalidOperationException">The format has no codes.</exception>
    public virtual void ReadCodes(ReadOnlySpan<byte> store, ReadOnlySpan<int> slots, Span<byte> codes) => throw new InvalidOperationException("Only formats with a table have codes.");

    /// <summary>Rejects a value array whose unused bits are set, or that holds codes which are not used.</summary>
    public virtual void CheckPadding(ReadOnlySpan<byte> store, int slots)
    {
    }
}

/// <summary>A codec whose elements are read and written as T: <see cref="float"/> for floating-point formats, <see cref="int"/> for integers.</summary>
internal abstract class ValueCodec<T> : ValueCodec
    where T : unmanaged
{
    /// <summary>Reads the elements in the given slots.</summary>
    public abstract void Read(ReadOnlySpan<byte> store, ReadOnlySpan<int> slots, Span<T> values);

    /// <summary>Writes the elements in the given slots, rounding to nearest even where the format is narrower.</summary>
    public abstract void Write(Span<byte> store, ReadOnlySpan<int> slots, ReadOnlySpan<T> values);

    /// <summary>The index of the first element that cannot be written, or −1. Ranges of integers are checked elsewhere, in the elements' own type.</summary>
    public virtual int IndexOfForeign(ReadOnlySpan<T> values) => -1;
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

/// <summary>Integers of up to 9 bits, of 12 or of 16, signed (two's complement) or not, and codes of planes, lowest bits first; planes of signs as bits that are set where the sign is +1, so that an element is twice its code less the largest.</summary>
internal sealed class IntegerCodec : ValueCodec<int>
{
    private static readonly Dictionary<NumberFormat, IntegerCodec> Instances =
        Enum.GetValues<NumberFormat>().Where(format => IntegerFormats.IsInteger(format) && !Codebooks.IsOfIntegers(format) && !CodeTable.Exists(format)).ToDictionary(format => format, format => new IntegerCodec(format));

    private readonly int _unused;
    private readonly bool _isSigned;
    private readonly bool _isOdd;

    private IntegerCodec(NumberFormat format)
    {
        (Bits, _isSigned) = IntegerFormats.Of(format)!.Value;
        _isOdd = IntegerFormats.HasSignPlanes(format);
        _isSigned &= !_isOdd;
        _unused = 32 - Bits;
    }

    public override int Bits { get; }

    public static IntegerCodec Of(NumberFormat format) => Instances[format];

    public override void Read(ReadOnlySpan<byte> store, ReadOnlySpan<int> slots, Span<int> values)
    {
        for (int i = 0; i < slots.Length; i++)
        {
            int pattern = Pattern(store, slots[i]) << _unused;
            values[i] = _isSigned ? pattern >> _unused : pattern >>> _unused;
            if (_isOdd) values[i] = 2 * values[i] - ((1 << Bits) - 1);
        }
    }

    public override void Write(Span<byte> store, ReadOnlySpan<int> slots, ReadOnlySpan<int> values)
    {
        for (int i = 0; i < slots.Length; i++)
        {
            long bit = (long)slots[i] * Bits;
            int at = (int)(bit >> 3), shift = (int)(bit & 7), mask = (1 << Bits) - 1;
            // One byte, or two: no element reaches into a third.
            int bytes = (shift + Bits + 7) / 8, value = ((_isOdd ? (values[i] + mask) / 2 : values[i]) & mask) << shift;
            for (int b = 0; b < bytes; b++) store[at + b] = (byte)((store[at + b] & ~((mask << shift) >> (8 * b))) | (value >> (8 * b)));
        }
    }

    public override bool IsZero(ReadOnlySpan<byte> store, int slot) => Pattern(store, slot) == 0;

    public override int IndexOfForeign(ReadOnlySpan<int> values)
    {
        for (int i = 0; _isOdd && i < values.Length; i++)
            if (int.IsEvenInteger(values[i])) return i;
        return -1;
    }

    public override void CheckPadding(ReadOnlySpan<byte> store, int slots)
    {
        int used = (int)((long)slots * Bits % 8);
        if (used != 0 && store[^1] >> used != 0)
            throw new IntarsiaFormatException(used == 4 ? "unused high nibble of the last value byte" : $"unused {8 - used} bits of the last value byte", $"{store[^1] >> used}", "0");
    }

    /// <summary>The bits of an element, those above it 0.</summary>
    private int Pattern(ReadOnlySpan<byte> store, int slot)
    {
        long bit = (long)slot * Bits;
        int at = (int)(bit >> 3), shift = (int)(bit & 7);
        int low = store[at], high = shift + Bits > 8 ? store[at + 1] << 8 : 0;
        return ((low | high) >> shift) & ((1 << Bits) - 1);
    }
}
