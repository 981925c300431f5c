using System.Globalization;

namespace Intarsia;

/// <summary>
/// bfloat16: the upper half of a binary32 (1 sign, 8 exponent and 7 fraction bits). A storage format: kernels widen it to <see cref="float"/>, which is exact, and
/// round back to nearest, ties to even.
/// </summary>
public readonly struct BFloat16 : IEquatable<BFloat16>, IComparable<BFloat16>
{
    private BFloat16(ushort bits) => Bits = bits;

    /// <summary>The 16 bits as they are stored.</summary>
    public ushort Bits { get; }

    /// <summary>Positive infinity.</summary>
    public static BFloat16 PositiveInfinity => new(0x7F80);

    /// <summary>A quiet NaN.</summary>
    public static BFloat16 NaN => new(0xFFC0);

    /// <summary>The largest finite value, (2 − 2⁻⁷)·2¹²⁷.</summary>
    public static BFloat16 MaxValue => new(0x7F7F);

    /// <summary>The smallest positive value, the subnormal 2⁻¹³³.</summary>
    public static BFloat16 Epsilon => new(0x0001);

    /// <summary>The value whose stored bits are <paramref name="bits"/>.</summary>
    public static BFloat16 FromBits(ushort bits) => new(bits);

    /// <summary>Rounds to nearest, ties to even. Overflow gives an infinity; a NaN stays one (made quiet, sign and upper payload kept).</summary>
    public static explicit operator BFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
            return new((ushort)((bits >> 16) | 0x0040));
        // Adds just under half a unit of the kept part, plus its lowest bit: exact ties round up only from an odd value.
        return new((ushort)((bits + 0x7FFFu + ((bits >> 16) & 1)) >> 16));
    }

    /// <summary>Widens; always exact.</summary>
    public static explicit operator float(BFloat16 value) => BitConverter.UInt32BitsToSingle((uint)value.Bits << 16);

    /// <summary>Equality of values: −0 equals +0, NaN equals nothing.</summary>
    public static bool operator ==(BFloat16 left, BFloat16 right) => (float)left == (float)right;

    /// <summary>Inequality of values.</summary>
    public static bool operator !=(BFloat16 left, BFloat16 right) => (float)left != (float)right;

    /// <summary>Order of values; false where either is NaN.</summary>
    public static bool operator <(BFloat16 left, BFloat16 right) => (float)left < (float)right;

    /// <summary>Order of values; false where either is NaN.</summary>
    public static bool operator >(BFloat16 left, BFloat16 right) => (float)left > (float)right;

    /// <summary>Order of values; false where either is NaN.</summary>
    public static bool operator <=(BFloat16 left, BFloat16 right) => (float)left <= (float)right;

    /// <summary>Order of values; false where either is NaN.</summary>
    public static bool operator >=(BFloat16 left, BFloat16 right) => (float)left >= (float)right;

    /// <inheritdoc/>
    public int CompareTo(BFloat16 other) => ((float)this).CompareTo((float)other);

    /// <inheritdoc/>
    /// <remarks>As for <see cref="float.Equals(float)"/>, NaN equals NaN here, so that the type works as a key.</remarks>
    public bool Equals(BFloat16 other) => ((float)this).Equals((float)other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BFloat16 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ((float)this).GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => ((float)this).ToString(CultureInfo.InvariantCulture);
}
