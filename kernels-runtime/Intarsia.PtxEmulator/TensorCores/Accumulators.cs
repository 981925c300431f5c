namespace Intarsia.PtxEmulator.TensorCores;

/// <summary>The last step of D = A·B + C: adding C, rounding once, and putting the bits into registers.</summary>
internal static class Accumulators
{
    private const uint SingleNaN = 0x7FFFFFFF;
    private const ushort HalfNaN = 0x7FFF;

    /// <summary>Rounds a sum to binary32, to nearest, ties to even. A NaN becomes the canonical one.</summary>
    public static uint Single(double sum) => double.IsNaN(sum) ? SingleNaN : BitConverter.SingleToUInt32Bits((float)sum);

    /// <summary>Rounds a sum to binary16, to nearest, ties to even, once (never by way of binary32).</summary>
    public static ushort Half(double sum)
    {
        ulong bits = BitConverter.DoubleToUInt64Bits(sum), magnitude = bits & long.MaxValue;
        int sign = (int)(bits >> 48) & 0x8000;
        double absolute = BitConverter.UInt64BitsToDouble(magnitude);
        if (double.IsNaN(sum)) return HalfNaN;
        if (absolute >= 65520) return (ushort)(sign | 0x7C00);
        if (absolute < 1.0 / (1 << 14)) return (ushort)(sign | (int)Math.Round(absolute * (1 << 24), MidpointRounding.ToEven));
        // 42 of the 52 bits go. The carry of rounding up may run into the exponent, which is what it should do.
        ulong rounded = magnitude + (1UL << 41) - 1 + (magnitude >> 42 & 1);
        return (ushort)(sign | (int)(rounded >> 42) - ((1023 - 15) << 10));
    }

    /// <summary>Adds an exact integer sum to an accumulator: wraps, or stops at the ends of the range (<c>.satfinite</c>).</summary>
    public static uint Integer(int sum, uint accumulator, bool saturate) =>
        saturate ? (uint)(int)Math.Clamp((long)sum + (int)accumulator, int.MinValue, int.MaxValue) : (uint)sum + accumulator;

    /// <summary>D's registers from the products and C's registers, both <c>[register * Lanes + lane]</c> in the layout; they may be the same memory. An empty C stands for zeros.</summary>
    public static void Store(ReadOnlySpan<double> products, ReadOnlySpan<uint> c, Span<uint> d, FragmentLayout layout, bool half)
    {
        ReadOnlySpan<int> positions = layout.Positions;
        for (int i = 0; i < positions.Length; i++)
        {
            int at = positions[i];
            uint old = c.IsEmpty ? 0 : c[i];
            d[i] = half
                ? Half(products[at] + HalfValue(old)) | (uint)Half(products[at + 1] + HalfValue(old >>> 16)) << 16
                : Single(products[at] + BitConverter.UInt32BitsToSingle(old));
        }
    }

    /// <summary>As the other <c>Store</c>, for integers.</summary>
    public static void Store(ReadOnlySpan<int> products, ReadOnlySpan<uint> c, Span<uint> d, FragmentLayout layout, bool saturate)
    {
        ReadOnlySpan<int> positions = layout.Positions;
        for (int i = 0; i < positions.Length; i++) d[i] = Integer(products[positions[i]], c.IsEmpty ? 0 : c[i], saturate);
    }

    private static double HalfValue(uint word)
    {
        uint magnitude = word & 0x7FFF;
        if (magnitude is < 0x400 or >= 0x7C00) return (double)BitConverter.UInt16BitsToHalf((ushort)word);
        return BitConverter.UInt64BitsToDouble((ulong)(word & 0x8000) << 48 | ((ulong)magnitude << 42) + (1023UL - 15 << 52));
    }
}
