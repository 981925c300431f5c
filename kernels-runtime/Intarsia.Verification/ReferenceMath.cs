namespace Intarsia.Verification;

/// <summary>The functions of the epilogue in binary64, and rounding to the narrow float formats, written out here so that the reference leans on nothing a kernel uses.</summary>
internal static class ReferenceMath
{
    /// <summary>x·Φ(x).</summary>
    public static double Gelu(double x)
    {
        if (double.IsNegativeInfinity(x)) return 0;
        return 0.5 * x * Erfc(-x / Math.Sqrt(2));
    }

    /// <summary>x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))) (Hendrycks and Gimpel, 2016).</summary>
    public static double GeluTanh(double x)
    {
        if (double.IsNegativeInfinity(x)) return 0;
        // 1 + tanh(t) = 2 / (1 + e^(−2t)), which does not cancel for negative t.
        return x / (1 + Math.Exp(-2 * Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    /// <summary>x·sigmoid(x).</summary>
    public static double Silu(double x) => double.IsNegativeInfinity(x) ? 0 : x / (1 + Math.Exp(-x));

    /// <summary>
    /// 1 − erf(x). Near zero the Maclaurin series of erf; further out the continued fraction of erfc (Abramowitz and Stegun, 7.1.6 and 7.1.14). Good to about 1e−15 relative to max(erfc, 1e−16).
    /// </summary>
    public static double Erfc(double x)
    {
        if (double.IsNaN(x)) return x;
        double magnitude = Math.Abs(x);
        if (magnitude < 2.5)
        {
            double term = x, sum = x;
            for (int n = 0; n < 200 && Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
            {
                term *= 2 * x * x / (2 * n + 3);
                sum += term;
            }
            return 1 - 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
        }
        if (magnitude > 27) return x > 0 ? 0 : 2;
        double fraction = 0;
        for (int n = 80; n >= 1; n--) fraction = n / 2.0 / (magnitude + fraction);
        double tail = Math.Exp(-x * x) / Math.Sqrt(Math.PI) / (magnitude + fraction);
        return x > 0 ? tail : 2 - tail;
    }

    /// <summary>Rounds to the nearest value of a float format, ties to even; past the largest finite value to infinity.</summary>
    public static double Round(double value, NumberFormat format)
    {
        (int precision, int minExponent, int maxExponent) = format switch
        {
            NumberFormat.Float32 => (24, -126, 127),
            NumberFormat.Float16 => (11, -14, 15),
            NumberFormat.BFloat16 => (8, -126, 127),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Not a float format."),
        };
        if (value == 0 || !double.IsFinite(value)) return value;
        int exponent = Math.Max(Math.ILogB(value), minExponent);
        double unit = Math.ScaleB(1, exponent - precision + 1);
        double rounded = Math.Round(value / unit, MidpointRounding.ToEven) * unit;
        return Math.Abs(rounded) >= Math.ScaleB(1, maxExponent + 1) ? Math.CopySign(double.PositiveInfinity, value) : rounded;
    }

    /// <summary>saturate(roundHalfToEven(value)); NaN becomes 0.</summary>
    public static double Saturate(double value, double min, double max) => double.IsNaN(value) ? 0 : Math.Clamp(Math.Round(value, MidpointRounding.ToEven), min, max);
}
