namespace Intarsia;

/// <summary>
/// A number type of three to eight bits: what each of its codes stands for, in units of its smallest step, of which a scale makes numbers. Signed ones but integers have the sign in the top bit and the magnitude below; the code of −0, which would
/// be a second 0, is never the code of a number.
/// </summary>
/// <remarks>
/// Guo et al., "ANT: Exploiting Adaptive Numerical Data Type for Low-bit Deep Neural Network Quantization", MICRO'22, sections 3 and 4. Codes are found in closed form, by the leading one; of two numbers as near, that of the greater
/// magnitude is taken.
/// </remarks>
public sealed class NumberType
{
    /// <summary>Bits of a code.</summary>
    public const int FewestBits = 3, MostBits = 8;

    private enum Kind { Integer, Flint, Float }

    private readonly Kind _kind;
    private readonly int _significand;
    private readonly double[] _values;

    private NumberType(Kind kind, string name, int bits, bool isSigned, int significand = 0)
    {
        if (bits is < FewestBits or > MostBits)
            throw new ArgumentOutOfRangeException(nameof(bits), bits, $"A number type has {FewestBits} to {MostBits} bits, not {bits}.");
        (_kind, _significand, Name, Bits, IsSigned) = (kind, significand, (isSigned ? "" : "u") + name, bits, isSigned);
        _values = new double[1 << bits];
        for (int code = 0; code < _values.Length; code++)
        {
            int magnitude = code & ((1 << MagnitudeBits) - 1);
            bool isNegative = code != magnitude;
            _values[code] = kind == Kind.Integer ? magnitude - (isNegative ? 1 << MagnitudeBits : 0) : (isNegative && magnitude != 0 ? -1 : 1) * Magnitude(magnitude);
        }
        Largest = _values.Max();
    }

    /// <summary><c>flint6</c>, <c>upot5</c>, <c>float8e3m4</c>, <c>u</c> in front of those without a sign.</summary>
    public string Name { get; }

    /// <summary>Bits of a code, sign and all.</summary>
    public int Bits { get; }

    /// <summary>Half of the numbers are negative.</summary>
    public bool IsSigned { get; }

    /// <summary>The largest number.</summary>
    public double Largest { get; }

    /// <summary>The number of each code, 2^<see cref="Bits"/> of them, all of them integers. Powers of two of eight bits without a sign reach 2²⁵⁴.</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>
    /// The narrowest format of packed weights that holds the numbers: a format of their own, else <see cref="NumberFormat.ByteCodebook16"/> for up to four bits and <see cref="NumberFormat.ShortCodebook256"/> above, or bytes for
    /// integers. <see cref="NumberFormat.Codebook256"/>, of floats, where they are beyond 16 bits, as powers of two of six bits or more are.
    /// </summary>
    public NumberFormat Format
    {
        get
        {
            if (_kind == Kind.Integer) return Bits <= 4 ? IsSigned ? NumberFormat.Int4 : NumberFormat.UInt4 : IsSigned ? NumberFormat.Int8 : NumberFormat.UInt8;
            if (Bits == 4 && CodeTable.OfType(this) is { } own) return own;
            return Bits <= 4 && Largest <= sbyte.MaxValue ? NumberFormat.ByteCodebook16 : Largest <= Codebooks.LargestShort ? NumberFormat.ShortCodebook256 : NumberFormat.Codebook256;
        }
    }

    /// <summary>Integers: two's complement, or from 0.</summary>
    /// <param name="bits">3 to 8.</param>
    /// <param name="isSigned">Whether half of them are negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bits are fewer or more.</exception>
    public static NumberType Integer(int bits, bool isSigned) => new(Kind.Integer, FormattableString.Invariant($"int{bits}"), bits, isSigned);

    /// <summary>
    /// flint: integers as they are where the top bit of the magnitude is clear; where it is set, the leading one below it is the exponent and what is left the significand, so that numbers of middling magnitude have the most bits. From 1 to
    /// 2^(2(m − 1)), m the bits of the magnitude.
    /// </summary>
    /// <inheritdoc cref="Integer"/>
    public static NumberType Flint(int bits, bool isSigned) => new(Kind.Flint, FormattableString.Invariant($"flint{bits}"), bits, isSigned);

    /// <summary>Powers of two, and 0: 1, 2, 4 … 2^(2^m − 2), m the bits of the magnitude.</summary>
    /// <inheritdoc cref="Integer"/>
    public static NumberType PowerOfTwo(int bits, bool isSigned) => new(Kind.Float, FormattableString.Invariant($"pot{bits}"), bits, isSigned);

    /// <summary>Floats without infinities: an exponent of 0 has no leading one, as in IEEE 754, and the smallest number is 1.</summary>
    /// <param name="exponentBits">Bits of the exponent, at least 1.</param>
    /// <param name="significandBits">Bits of the significand, without the leading one; at least 0.</param>
    /// <param name="isSigned">Whether there is a sign, one bit more.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are other than 3 to 8 bits together, or one of the parts is too short.</exception>
    public static NumberType Float(int exponentBits, int significandBits, bool isSigned)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(exponentBits, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(significandBits);
        // Beyond any type, and no sum that wraps.
        int bits = Math.Min(exponentBits, 9) + Math.Min(significandBits, 9) + (isSigned ? 1 : 0);
        return new(Kind.Float, FormattableString.Invariant($"float{bits}e{exponentBits}m{significandBits}"), bits, isSigned, significandBits);
    }

    /// <summary>
    /// What ANT chooses from: integers, flint, powers of two, and a float with two bits of exponent at four bits with a sign and three else. Left out are those beyond 16 bits: what powers of two of six bits have above those of five is
    /// less than 2⁻¹⁴ of the largest, which no squared error shows.
    /// </summary>
    /// <inheritdoc cref="Integer"/>
    public static IReadOnlyList<NumberType> Candidates(int bits, bool isSigned)
    {
        int magnitude = bits - (isSigned ? 1 : 0), exponent = Math.Min(3, magnitude - 1);
        NumberType[] all = [Integer(bits, isSigned), Flint(bits, isSigned), PowerOfTwo(bits, isSigned), Float(exponent, magnitude - exponent, isSigned)];
        return [.. all.Where(type => type.Largest <= Codebooks.LargestShort)];
    }

    /// <summary>The number of a code.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The code is negative, or has more bits.</exception>
    public double Decode(int code) => (uint)code < (uint)_values.Length ? _values[code] : throw new ArgumentOutOfRangeException(nameof(code), code, $"A code of {Name} is 0 to {_values.Length - 1}.");

    /// <summary>The code of the number nearest to another one, which is given in units of the smallest step; of two as near, that of the greater magnitude. What is out of range takes the last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">NaN.</exception>
    public int Encode(double value)
    {
        if (double.IsNaN(value)) throw new ArgumentOutOfRangeException(nameof(value), value, "NaN has no code.");
        if (_kind == Kind.Integer)
        {
            double nearest = Math.Clamp(Math.Round(value, MidpointRounding.AwayFromZero), IsSigned ? -Largest - 1 : 0, Largest);
            return (int)nearest & ((1 << Bits) - 1);
        }
        if (value < 0 && !IsSigned) return 0;
        double y = Math.Min(Math.Abs(value), Largest);
        int code = _kind == Kind.Flint ? EncodeFlint(y) : EncodeFloat(y);
        return value < 0 && code != 0 ? code | 1 << MagnitudeBits : code;
    }

    /// <summary>The codebook of a matrix whose numbers are those of the type times a scale, for kernels of float activations: 16 or 256 numbers by code. It serves every type, those beyond 16 bits, too.</summary>
    /// <param name="scale">Positive; what the number 1 stands for.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale is not positive, or makes the largest number exceed binary32.</exception>
    public float[] Codebook(double scale)
    {
        if (!(scale > 0) || !float.IsFinite((float)(Largest * scale)))
            throw new ArgumentOutOfRangeException(nameof(scale), scale, FormattableString.Invariant($"A scale is positive, and {Largest} times it, the largest number of {Name}, no more than binary32 holds."));
        var codebook = new float[Bits <= 4 ? 16 : 256];
        for (int code = 0; code < codebook.Length; code++) codebook[code] = code < _values.Length ? (float)(_values[code] * scale) : 0;
        return codebook;
    }

    /// <summary><see cref="Name"/>.</summary>
    public override string ToString() => Name;

    private int MagnitudeBits => Bits - (IsSigned ? 1 : 0);

    private double Magnitude(int code)
    {
        if (_kind == Kind.Float)
        {
            int exponent = code >> _significand, rest = code & ((1 << _significand) - 1);
            return exponent == 0 ? rest : Math.ScaleB((1 << _significand) + rest, exponent - 1);
        }
        int top = 1 << (MagnitudeBits - 1), low = code & (top - 1);
        if (code < top) return code;
        return low == 0 ? top * top : low << (2 * LeadingZeros(low) + 1);
    }

    /// <summary>Zeros before the leading one of the bits below the top one.</summary>
    private int LeadingZeros(int low) => MagnitudeBits - 2 - System.Numerics.BitOperations.Log2((uint)low);

    private int EncodeFlint(double y)
    {
        int below = MagnitudeBits - 1, top = 1 << below;
        double whole = Math.Round(y, MidpointRounding.AwayFromZero);
        if (whole < top) return (int)whole;
        // Region z reaches from 2^(below + z) to twice that, in steps of 2^(2z + 1). What rounds up to the first one belongs to it.
        int zeros = Math.Clamp(Math.ILogB(y) - below, 0, below - 1);
        int low = (int)Math.Round(Math.ScaleB(y, -2 * zeros - 1), MidpointRounding.AwayFromZero);
        if (low == 1 << (below - zeros)) low >>= 2;
        return top | low;
    }

    private int EncodeFloat(double y)
    {
        int exponent = y < 1 ? 0 : Math.Max(0, Math.ILogB(y) - _significand);
        // A significand that rounds up to the next power of two carries into the exponent.
        return (exponent << _significand) + (int)Math.Round(Math.ScaleB(y, -exponent), MidpointRounding.AwayFromZero);
    }
}
