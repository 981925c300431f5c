using System.Numerics;

namespace Intarsia;

/// <summary>The facts of the integer formats that weights are stored in.</summary>
internal static class IntegerFormats
{
    /// <summary>Bits of an element and whether it has a sign; null for formats that are not integers, or not stored.</summary>
    public static (int Bits, bool IsSigned)? Of(NumberFormat format) => format switch
    {
        NumberFormat.Int16 => (16, true),
        NumberFormat.UInt16 => (16, false),
        NumberFormat.Int12 => (12, true),
        NumberFormat.UInt12 => (12, false),
        NumberFormat.Int8 => (8, true),
        NumberFormat.UInt8 => (8, false),
        NumberFormat.Int4 => (4, true),
        NumberFormat.UInt4 => (4, false),
        NumberFormat.ByteCodebook16 => (4, true),
        NumberFormat.ShortCodebook256 => (8, true),
        _ when PlanesOf(format) is > 0 and int planes => (planes, false),
        _ when BitPlanesOf(format) is > 0 and int planes => (planes, HasSignPlanes(format)),
        _ when CodeTable.Find(format) is { } table => (BitOperations.Log2((uint)table.Length), table.Min() < 0),
        _ => null,
    };

    /// <summary>Planes of a binary-coded format; 0 for every other one.</summary>
    public static int PlanesOf(NumberFormat format) => format is >= NumberFormat.BinaryCoded1 and <= NumberFormat.BinaryCoded8 ? format - NumberFormat.BinaryCoded1 + 1 : 0;

    /// <summary>Planes times powers of two that the elements of a format are sums of, bits or signs; 0 for every other one.</summary>
    public static int BitPlanesOf(NumberFormat format) => format switch
    {
        >= NumberFormat.Planes1 and <= NumberFormat.Planes8 => format - NumberFormat.Planes1 + 1,
        >= NumberFormat.SignPlanes1 and <= NumberFormat.SignPlanes8 => format - NumberFormat.SignPlanes1 + 1,
        _ => 0,
    };

    /// <summary>Whether those planes are signs: the elements are odd.</summary>
    public static bool HasSignPlanes(NumberFormat format) => format is >= NumberFormat.SignPlanes1 and <= NumberFormat.SignPlanes8;

    /// <summary>Whether a format may have zero points, which are signed bytes.</summary>
    public static bool HasZeroPoints(NumberFormat format) => format is NumberFormat.Int8 or NumberFormat.Int4 or (>= NumberFormat.Planes1 and <= NumberFormat.Planes7);

    /// <summary>Whether 0 is one of the integers of a format.</summary>
    public static bool HasZero(NumberFormat format) => format != NumberFormat.Binary && PlanesOf(format) == 0 && !HasSignPlanes(format);

    public static bool IsInteger(NumberFormat format) => Of(format) is not null;

    /// <summary>The least and the largest integer of a format.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The format is not an integer that is stored.</exception>
    public static (int Min, int Max) Range(NumberFormat format)
    {
        if (format == NumberFormat.ByteCodebook16) return (sbyte.MinValue, sbyte.MaxValue);
        if (format == NumberFormat.ShortCodebook256) return (-Codebooks.LargestShort, Codebooks.LargestShort);
        if (CodeTable.Find(format) is { } table) return (table.Min(), table.Max());
        (int bits, bool isSigned) = Of(format) ?? throw new ArgumentOutOfRangeException(nameof(format), format, "No packed layout stores this integer.");
        if (HasSignPlanes(format)) return (1 - (1 << bits), (1 << bits) - 1);
        return isSigned ? (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) : (0, (1 << bits) - 1);
    }

    /// <summary>Integers that a signed element of four bits holds, whatever they are stored in.</summary>
    public static bool FitsNibble(NumberFormat format) => IsInteger(format) && Range(format) is ( >= -8, <= 7);

    /// <summary>Rejects integers that are none of a format.</summary>
    /// <exception cref="IntarsiaFormatException">There is one; it is named by <paramref name="what"/> and its number.</exception>
    public static void Check(ReadOnlySpan<int> values, NumberFormat format, string what)
    {
        if (IndexOfForeign(values, format) is >= 0 and int bad) throw new IntarsiaFormatException($"{what} {bad}", $"{values[bad]}", Expected(format));
    }

    /// <summary>The index of the first integer that the format does not hold, or −1.</summary>
    public static int IndexOfForeign<T>(ReadOnlySpan<T> values, NumberFormat format)
        where T : unmanaged, IBinaryInteger<T>
    {
        // In the elements' own type: a limit, or an integer of a table, that it does not reach excludes nothing.
        if (CodeTable.Find(format) is { } table)
            return values.IndexOfAnyExcept([.. table.Where(value => short.CreateSaturating(T.CreateSaturating(value)) == value).Select(T.CreateSaturating)]);
        (int min, int max) = Range(format);
        int outside = values.IndexOfAnyExceptInRange(T.CreateSaturating(min), T.CreateSaturating(max));
        if (!HasSignPlanes(format) && format != NumberFormat.ShortCodebook256) return outside;
        for (int i = 0; i < (outside < 0 ? values.Length : outside); i++)
            if (!IsOf(int.CreateChecked(values[i]), format)) return i;
        return outside;
    }

    /// <summary>Whether an integer within the range of a format is one of it: those of sign planes are odd, those of a codebook have few significant bits.</summary>
    public static bool IsOf(int value, NumberFormat format) => HasSignPlanes(format) ? value % 2 != 0 : Codebooks.HoldsEntry(value, format);

    /// <summary>The range in a message: <c>−8 to 7, a 4-bit integer</c>, or the integers of a table.</summary>
    public static string Expected(NumberFormat format)
    {
        if (format == NumberFormat.ByteCodebook16) return "−128 to 127, a byte of a codebook";
        if (format == NumberFormat.ShortCodebook256) return $"−{Codebooks.LargestShort} to {Codebooks.LargestShort} with at most eight significant bits, an entry of a codebook of 16 bits";
        if (CodeTable.Find(format) is { } table && table.Max() - table.Min() >= table.Distinct().Count())
            return $"one of {string.Join(", ", table.Where(value => value >= 0).Select(value => value > 0 && table.Contains((short)-value) ? $"±{value}" : $"{value}").Distinct())}, an integer of {format}";
        (int min, int max) = Range(format);
        (int bits, bool isSigned) = Of(format)!.Value;
        if (HasSignPlanes(format)) return FormattableString.Invariant($"an odd number in −{max} to {max}, {bits} plane{(bits == 1 ? "" : "s")} of signs");
        if (CodeTable.Exists(format) && bits < 4 && max - min + 1 < 1 << bits) return FormattableString.Invariant($"−1 to 1, an integer of {format}");
        return FormattableString.Invariant($"{(min < 0 ? "−" : "")}{-min} to {max}, a{(isSigned ? bits == 8 ? "n" : "" : "n unsigned")} {bits}-bit integer");
    }
}
