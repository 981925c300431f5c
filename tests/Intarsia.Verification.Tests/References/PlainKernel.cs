using Intarsia.Compiler.Specs;

namespace Intarsia.Verification.Tests.References;

/// <summary>A mistake that a kernel may make.</summary>
public enum Mistake
{
    /// <summary>None.</summary>
    None,

    /// <summary>The last, incomplete lanes of the depth are left out.</summary>
    DropsTail,

    /// <summary>Row r is scaled by the scale of row r + 1 (or of the next group).</summary>
    SwapsScale,

    /// <summary>One row is never written.</summary>
    SkipsRow,

    /// <summary>Activations are read one depth element too far.</summary>
    OffByOne,

    /// <summary>The steps of the chain run in the wrong order.</summary>
    SwapsSteps,
}

/// <summary>
/// A kernel as a SIMD backend writes it, in binary32: eight partial sums with fused multiply-adds, folded at the end; single-precision library functions in the epilogue. Written apart from the reference, to see
/// that its bound lets honest kernels through and nothing else.
/// </summary>
internal static class PlainKernel
{
    private const int Lanes = 8;

    public static double[] Run(KernelSpec spec, ReferenceOperands o, Mistake mistake)
    {
        var y = new double[o.Rows * o.Columns];
        for (int r = mistake == Mistake.SkipsRow ? 1 : 0; r < o.Rows; r++)
        {
            for (int c = 0; c < o.Columns; c++)
            {
                int depth = mistake == Mistake.DropsTail ? o.Depth / Lanes * Lanes : o.Depth;
                double accumulator = spec.IsIntegerContraction ? Integers(spec, o, r, c, depth, mistake) : Floats(spec, o, r, c, depth, mistake);
                y[r * o.Columns + c] = Epilogue(spec, o, r, c, accumulator, mistake);
            }
        }
        return y;
    }

    private static float Floats(KernelSpec spec, ReferenceOperands o, int r, int c, int depth, Mistake mistake)
    {
        var partial = new float[Lanes];
        for (int k = 0; k < depth; k++)
        {
            float weight = (float)o.Weights[r * o.Depth + k];
            if (o.WeightScales is not null) weight = (weight - (float)(o.WeightZeroPoints?[ScaleAt(spec, o, r, k, Mistake.None)] ?? 0)) * (float)o.WeightScales[ScaleAt(spec, o, r, k, mistake)];
            partial[k % Lanes] = MathF.FusedMultiplyAdd(weight, (float)o.X[Source(o, k, mistake) * o.Columns + c], partial[k % Lanes]);
        }
        return partial.Sum();
    }

    /// <summary>The raw accumulator, or with groups the scaled float.</summary>
    private static double Integers(KernelSpec spec, ReferenceOperands o, int r, int c, int depth, Mistake mistake)
    {
        bool grouped = spec.Weights.Scale == Per.Group;
        int length = grouped ? spec.Weights.ScaleGroup : Math.Max(1, depth), sum = 0;
        float scaled = 0;
        for (int begin = 0; begin < depth; begin += length)
        {
            if (grouped) sum = 0;
            for (int k = begin; k < Math.Min(depth, begin + length); k++)
            {
                int weight = (int)o.Weights[r * o.Depth + k] - (int)(o.WeightZeroPoints?[ScaleAt(spec, o, r, k, Mistake.None)] ?? 0);
                sum = unchecked(sum + weight * (int)o.X[Source(o, k, mistake) * o.Columns + c]);
            }
            if (grouped) scaled = MathF.FusedMultiplyAdd(sum, (float)o.WeightScales![ScaleAt(spec, o, r, begin, mistake)], scaled);
        }
        return grouped ? scaled : sum;
    }

    private static int Source(ReferenceOperands o, int k, Mistake mistake) => mistake == Mistake.OffByOne ? Math.Min(k + 1, o.Depth - 1) : k;

    private static int ScaleAt(KernelSpec spec, ReferenceOperands o, int r, int k, Mistake mistake)
    {
        int at = spec.Weights.Scale switch
        {
            Per.Row => r,
            Per.Group => r * ((o.Depth + spec.Weights.ScaleGroup - 1) / spec.Weights.ScaleGroup) + k / spec.Weights.ScaleGroup,
            _ => 0,
        };
        return mistake == Mistake.SwapsScale ? (at + 1) % o.WeightScales!.Length : at;
    }

    private static double Epilogue(KernelSpec spec, ReferenceOperands o, int r, int c, double accumulator, Mistake mistake)
    {
        int bias = 0, residual = 0, multiplier = 0, at = r * o.Columns + c;
        IEnumerable<Tpp> steps = mistake == Mistake.SwapsSteps ? spec.Epilogue.Reverse() : spec.Epilogue;
        if (spec.IsIntegerContraction && !spec.Epilogue.Contains(Tpp.Dequantise))
        {
            int raw = (int)accumulator;
            foreach (Tpp step in steps) raw = step == Tpp.Relu ? Math.Max(raw, 0) : unchecked(raw + (int)o.Biases[bias++][r]);
            return raw;
        }
        float v = (float)accumulator;
        foreach (Tpp step in steps)
        {
            switch (step)
            {
                case Tpp.Dequantise:
                    if (spec.Weights.Scale is Per.Tensor or Per.Row) v *= (float)o.WeightScales![ScaleAt(spec, o, r, 0, mistake)];
                    if (spec.X.Scale != Per.None) v *= (float)o.XScales![spec.X.Scale == Per.Token ? c : 0];
                    break;
                case Tpp.Bias: v += (float)o.Biases[bias++][r]; break;
                case Tpp.Relu: v = MathF.Max(v, 0); break;
                case Tpp.Gelu: v = 0.5f * v * (1 + Erf(v * 0.70710678f)); break;
                case Tpp.GeluTanh: v = 0.5f * v * (1 + MathF.Tanh(0.7978846f * (v + 0.044715f * v * v * v))); break;
                case Tpp.Silu: v /= 1 + MathF.Exp(-v); break;
                case Tpp.Residual: v += (float)o.Residuals[residual++][at]; break;
                case Tpp.Multiply: v *= (float)o.Multipliers[multiplier++][at]; break;
                case Tpp.Requantise: return Saturate(v / (float)o.YScale, spec.Y.Format);
            }
        }
        return spec.Y.Format switch { NumberFormat.Float16 => (double)(Half)v, NumberFormat.BFloat16 => (float)(BFloat16)v, _ => v };
    }

    private static double Saturate(float v, NumberFormat format) =>
        float.IsNaN(v) ? 0 : Math.Clamp(MathF.Round(v), format == NumberFormat.Int8 ? -128 : 0, format == NumberFormat.Int8 ? 127 : 255);

    /// <summary>Abramowitz and Stegun 7.1.26: good to 1.5e−7, the quality of a fast kernel.</summary>
    private static float Erf(float x)
    {
        double t = 1 / (1 + 0.3275911 * Math.Abs(x));
        double tail = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * Math.Exp(-(double)x * x);
        return (float)Math.CopySign(1 - tail, x);
    }
}
