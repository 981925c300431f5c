using System.Numerics;

namespace Quickstart.Trainer;

/// <summary>
/// Arithmetic whose bits are the same on every machine, so that training is reproducible to the byte: IEEE additions, multiplications, divisions and square roots in a
/// fixed order. No fused multiply-add, no library exponential, and vectors only across independent elements.
/// </summary>
public static class PortableMath
{
    /// <summary>target[i] += factor · source[i].</summary>
    public static void AddScaled(float factor, ReadOnlySpan<float> source, Span<float> target)
    {
        var factors = new Vector<float>(factor);
        int i = 0;
        for (; i <= target.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(target[i..]) + factors * new Vector<float>(source[i..])).CopyTo(target[i..]);
        for (; i < target.Length; i++)
        {
            float product = factor * source[i];
            target[i] += product;
        }
    }

    /// <summary>eˣ for −700 ≤ x ≤ 0 to about 1e-15: halved until small, Taylor series, squared back.</summary>
    public static double Exp(double x)
    {
        const int Halvings = 10;
        double small = Math.Max(x, -700) / (1 << Halvings), term = 1, sum = 1;
        for (int n = 1; n < 18; n++)
        {
            term *= small / n;
            sum += term;
        }
        for (int n = 0; n < Halvings; n++) sum *= sum;
        return sum;
    }
}
