using Intarsia.Compiler.Tiles;

namespace Intarsia.Verification.Interpreter;

/// <summary>What the interpreter knows about element types: their ranges, rounding and wrapping.</summary>
internal static class ElementNumbers
{
    public static bool IsInteger(this ElementType type) => type > ElementType.BF16;

    public static int Bits(this ElementType type) => type switch
    {
        ElementType.F64 or ElementType.S64 => 64,
        ElementType.F32 or ElementType.S32 => 32,
        ElementType.F16 or ElementType.BF16 or ElementType.S16 or ElementType.U16 => 16,
        ElementType.S8 or ElementType.U8 => 8,
        ElementType.S4 or ElementType.U4 => 4,
        ElementType.U2 => 2,
        _ => 1,
    };

    public static bool IsUnsigned(this ElementType type) => type is ElementType.U16 or ElementType.U8 or ElementType.U4 or ElementType.U2 or ElementType.Bit;

    public static long Min(this ElementType type) => type.IsUnsigned() ? 0 : -1L << (type.Bits() - 1);

    public static long Max(this ElementType type) => type.IsUnsigned() ? (1L << type.Bits()) - 1 : type == ElementType.S64 ? long.MaxValue : (1L << (type.Bits() - 1)) - 1;

    /// <summary>Keeps the low bits, as hardware of that width does.</summary>
    public static long Wrap(this ElementType type, long value)
    {
        int unused = 64 - type.Bits();
        return type.IsUnsigned() ? (long)((ulong)value << unused >> unused) : value << unused >> unused;
    }

    /// <summary>The bits of an element without its sign.</summary>
    public static ulong Pattern(this ElementType type, long value) => type.Bits() == 64 ? (ulong)value : (ulong)value & ((1UL << type.Bits()) - 1);

    /// <summary>Rounds a real number to a float type, to nearest even.</summary>
    public static double Round(this ElementType type, double value) => type switch
    {
        ElementType.F64 => value,
        ElementType.F32 => (float)value,
        ElementType.F16 => (double)(Half)value,
        ElementType.BF16 => ReferenceMath.Round(value, NumberFormat.BFloat16),
        _ => throw new InvalidOperationException($"{type} is not a float type."),
    };

    /// <summary>Rounds an integer to a float type, by way of binary64, which holds every integer below 2⁵³.</summary>
    public static double Round(this ElementType type, long value) => type.Round((double)value);

    /// <summary>Bits of the significand, hidden bit included.</summary>
    public static int Precision(this ElementType type) => type switch { ElementType.F64 => 53, ElementType.F32 => 24, ElementType.F16 => 11, _ => 8 };
}
