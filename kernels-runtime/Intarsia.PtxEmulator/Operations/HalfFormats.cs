namespace Intarsia.PtxEmulator.Operations;

/// <summary>A 16-bit floating-point format.</summary>
internal interface IHalfFormat
{
    static abstract float Load(uint bits);

    /// <summary>Rounds to nearest, ties to even.</summary>
    static abstract uint Store(float value);

    static abstract uint Store(double value);
}

internal struct Binary16 : IHalfFormat
{
    public static float Load(uint bits) => (float)BitConverter.UInt16BitsToHalf((ushort)bits);

    public static uint Store(float value) => float.IsNaN(value) ? 0x7FFFu : BitConverter.HalfToUInt16Bits((Half)value);

    public static uint Store(double value) => double.IsNaN(value) ? 0x7FFFu : BitConverter.HalfToUInt16Bits((Half)value);
}

internal struct BrainFloat16 : IHalfFormat
{
    public static float Load(uint bits) => BitConverter.UInt32BitsToSingle(bits << 16);

    public static uint Store(float value)
    {
        if (float.IsNaN(value)) return 0x7FFF;
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
    }

    public static uint Store(double value) => Store(Rounding.ToOdd(value));
}

internal static class Rounding
{
    /// <summary>binary64 to binary32 with an inexact result made odd, so that a further rounding to fewer bits is right.</summary>
    public static float ToOdd(double value)
    {
        float single = (float)value;
        if (single == value || double.IsNaN(value) || float.IsInfinity(single)) return float.IsInfinity(single) && double.IsFinite(value) ? MathF.CopySign(float.MaxValue, single) : single;
        // Toward zero first, then set the last bit.
        uint bits = BitConverter.SingleToUInt32Bits(single);
        if (Math.Abs((double)single) > Math.Abs(value)) bits--;
        return BitConverter.UInt32BitsToSingle(bits | 1);
    }

    /// <summary>a·b + c for factors whose product is exact in binary64, with an inexact sum made odd (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008).</summary>
    public static double MultiplyAddToOdd(double a, double b, double c)
    {
        double product = a * b;
        double sum = product + c;
        if (!double.IsFinite(sum)) return sum;
        double share = sum - product;
        double error = (product - (sum - share)) + (c - share);
        if (error == 0 || (BitConverter.DoubleToUInt64Bits(sum) & 1) != 0) return sum;
        return (error > 0) == (sum > 0) ? Math.BitIncrement(Math.Abs(sum)) * Math.Sign(sum) : Math.BitDecrement(Math.Abs(sum)) * Math.Sign(sum);
    }
}
