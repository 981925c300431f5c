namespace Intarsia;

/// <summary>
/// The integers of a number format whose elements are codes: 16 for codes of four bits, 4 for two, 2 for one. Signed ones of four bits have the sign in the top bit and the magnitude below; the code of −0, which would be a
/// second 0, is not used; <see cref="NumberType"/> has the types of four bits, and those of three to eight. Those of two bits are two's complement, of which ternary weights do not use −2.
/// </summary>
/// <remarks>Guo et al., "ANT: Exploiting Adaptive Numerical Data Type for Low-bit Deep Neural Network Quantization", MICRO'22, sections 3 and 4; float4: OCP Microscaling Formats 1.0, section 5.3.3, times two.</remarks>
public static class CodeTable
{
    /// <summary>Entries of a table of four bits.</summary>
    public const int Length = 16;

    private static readonly short[] Flint = Integers(NumberType.Flint(4, isSigned: false)), SignedFlint = Integers(NumberType.Flint(4, isSigned: true));
    private static readonly short[] PowerOfTwo = Integers(NumberType.PowerOfTwo(4, isSigned: false)), SignedPowerOfTwo = Integers(NumberType.PowerOfTwo(4, isSigned: true));
    private static readonly short[] Float = Integers(NumberType.Float(3, 1, isSigned: false)), SignedFloat = Integers(NumberType.Float(2, 1, isSigned: true));
    private static readonly short[] TwosComplement = [0, 1, -2, -1], Quarters = [0, 1, 2, 3], Ternary = [0, 1, 0, -1], Bits = [0, 1], Signs = [-1, 1];

    /// <summary>The integer of each code, 16, 4 or 2 of them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The format has no table.</exception>
    public static ReadOnlySpan<short> Of(NumberFormat format) =>
        Find(format) ?? throw new ArgumentOutOfRangeException(nameof(format), format, $"{format} has no table of integers; {nameof(NumberFormat.Flint4)}, {nameof(NumberFormat.PowerOfTwo4)}, {nameof(NumberFormat.Float4)} and their unsigned kinds do, and those of two bits and of one.");

    /// <summary>True for formats that have a table.</summary>
    public static bool Exists(NumberFormat format) => Find(format) is not null;

    /// <summary>The table of a format, or null.</summary>
    internal static short[]? Find(NumberFormat format) => format switch
    {
        NumberFormat.Flint4 => SignedFlint,
        NumberFormat.UFlint4 => Flint,
        NumberFormat.PowerOfTwo4 => SignedPowerOfTwo,
        NumberFormat.UPowerOfTwo4 => PowerOfTwo,
        NumberFormat.Float4 => SignedFloat,
        NumberFormat.UFloat4 => Float,
        NumberFormat.Int2 => TwosComplement,
        NumberFormat.UInt2 => Quarters,
        NumberFormat.Ternary => Ternary,
        NumberFormat.UInt1 => Bits,
        NumberFormat.Binary => Signs,
        _ => null,
    };

    /// <summary>The code of the integer of a table that is nearest to a number; of two as near, that of the greater magnitude.</summary>
    internal static int Nearest(ReadOnlySpan<short> table, double value)
    {
        int best = 0;
        double error = double.PositiveInfinity;
        for (int code = 0; code < table.Length; code++)
        {
            double distance = Math.Abs(value - table[code]);
            if (distance < error || (distance == error && Math.Abs(table[code]) > Math.Abs(table[best]))) (best, error) = (code, distance);
        }
        return best;
    }

    /// <summary>The format whose table a type of four bits is, or null.</summary>
    internal static NumberFormat? OfType(NumberType type)
    {
        for (NumberFormat format = NumberFormat.Flint4; format <= NumberFormat.UFloat4; format++)
            if (Find(format).AsSpan().SequenceEqual(Integers(type))) return format;
        return null;
    }

    /// <summary>The integers of a type that 16 bits hold, by code; those beyond are the largest of 16 bits.</summary>
    private static short[] Integers(NumberType type) => Array.ConvertAll(type.Values.ToArray(), short.CreateSaturating);
}
