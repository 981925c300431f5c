using System.Numerics;
using Intarsia.Compiler.Specs;

namespace Intarsia.Verification;

/// <summary>
/// What <see cref="SpecReference"/> says of a product of butterfly factors (Dao et al., ICML'19; FABNet, Fan et al., MICRO'22), stage by stage in binary64: the stage of stride s takes x as [n/2s][2][s] to
/// y[q][i][r] = Σ_l t[q·s + r][i][l]·x[q][l][r]. The same stages of magnitudes stand beside it for the bound: an output is a sum over every path through the stages, and each stage rounds a product and a sum.
/// </summary>
internal static class ButterflyReference
{
    /// <summary>What a stage can lose below the normal range, as a magnitude that one rounding makes of it.</summary>
    private const double Subnormal = 2.350988701644575e-38;

    public static Chain Multiply(KernelSpec spec, ReferenceOperands o)
    {
        ButterflySpec butterfly = spec.Butterfly!;
        int length = butterfly.Length(o.Depth), stages = butterfly.Stages(o.Depth), total = butterfly.Blocks * stages, numbers = butterfly.OfStage(o.Depth), parts = butterfly.Parts;
        var chain = new Chain(o.Rows, o.Columns);
        for (int stack = 0; stack < butterfly.Stacks(o.Rows, o.Depth); stack++)
        {
            for (int column = 0; column < o.Columns; column++)
            {
                double[] value = new double[length], magnitude = new double[length];
                for (int k = 0; k < o.Depth; k++) (value[k], magnitude[k]) = (o.X[k * o.Columns + column], Math.Abs(o.X[k * o.Columns + column]));
                bool overflows = false;
                for (int stage = 0; stage < total; stage++)
                {
                    int step = stage % stages, stride = 1 << (butterfly.Falls(stage / stages) ? stages - 1 - step : step);
                    Apply(value, magnitude, stride, parts, o.Weights.AsSpan((stack * total + stage) * numbers, numbers));
                    // A finite sum that may leave binary32: what follows from it is open.
                    overflows |= magnitude.Any(sum => double.IsFinite(sum) && sum > float.MaxValue);
                }
                // A product and a sum for each of the terms of a stage, and the rounding of what comes out.
                for (int i = 0; i < length && stack * length + i < o.Rows; i++) chain.SetFloat(stack * length + i, column, value[i], magnitude[i], 2 * parts * total + 2, overflows);
            }
        }
        return chain;
    }

    /// <summary>One stage in place.</summary>
    private static void Apply(double[] value, double[] magnitude, int stride, int parts, ReadOnlySpan<double> factors)
    {
        for (int q = 0; q < value.Length / parts / (2 * stride); q++)
        {
            for (int r = 0; r < stride; r++)
            {
                int upper = (q * 2 * stride + r) * parts, lower = upper + stride * parts;
                ReadOnlySpan<double> t = factors.Slice(4 * parts * (q * stride + r), 4 * parts);
                if (parts == 1)
                {
                    (value[upper], value[lower]) = (t[0] * value[upper] + t[1] * value[lower], t[2] * value[upper] + t[3] * value[lower]);
                    (magnitude[upper], magnitude[lower]) = (
                        Math.Abs(t[0]) * magnitude[upper] + Math.Abs(t[1]) * magnitude[lower] + Subnormal,
                        Math.Abs(t[2]) * magnitude[upper] + Math.Abs(t[3]) * magnitude[lower] + Subnormal);
                    continue;
                }
                Complex x0 = new(value[upper], value[upper + 1]), x1 = new(value[lower], value[lower + 1]);
                Complex y0 = new Complex(t[0], t[1]) * x0 + new Complex(t[2], t[3]) * x1, y1 = new Complex(t[4], t[5]) * x0 + new Complex(t[6], t[7]) * x1;
                (value[upper], value[upper + 1], value[lower], value[lower + 1]) = (y0.Real, y0.Imaginary, y1.Real, y1.Imaginary);
                (double u, double v, double w, double z) = (magnitude[upper], magnitude[upper + 1], magnitude[lower], magnitude[lower + 1]);
                for (int i = 0; i < 2; i++)
                {
                    (double a, double b, double c, double d) = (Math.Abs(t[4 * i]), Math.Abs(t[4 * i + 1]), Math.Abs(t[4 * i + 2]), Math.Abs(t[4 * i + 3]));
                    int row = i == 0 ? upper : lower;
                    (magnitude[row], magnitude[row + 1]) = (a * u + b * v + c * w + d * z + Subnormal, a * v + b * u + c * z + d * w + Subnormal);
                }
            }
        }
    }
}
