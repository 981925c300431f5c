using Intarsia.Compiler.Specs;

namespace Intarsia.Verification.Tests.Planning;

/// <summary>Operands of products of planes: every number of their formats, scales that leave sums among them.</summary>
internal static class PlaneOperands
{
    /// <summary>A tier of each kind of vectors.</summary>
    public static readonly Tier[] Tiers = [Tier.Scalar, Tier.Vector128, Tier.Avx2, Tier.Avx512, Tier.Avx512Native, Tier.AdvSimdDp];

    /// <summary>Every format of planes times powers of two.</summary>
    public static readonly NumberFormat[] Formats = [.. NumberFormats.All.Where(row => row.BitPlanes > 0).Select(row => row.Format)];

    public static ReferenceOperands Draw(Random random, KernelSpec spec, int rows, int depth, int columns)
    {
        int scales = spec.Weights.Scale switch { Per.None => 0, Per.Tensor => 1, _ => rows };
        return new ReferenceOperands
        {
            Rows = rows,
            Depth = depth,
            Columns = columns,
            Weights = Numbers(random, spec.Weights.Format, rows * depth),
            WeightScales = scales == 0 ? null : [.. Enumerable.Range(0, scales).Select(_ => (double)random.NextSingle() + 0.125)],
            WeightZeroPoints = spec.Weights.Asymmetric ? Numbers(random, spec.Weights.Format, scales) : null,
            X = Numbers(random, spec.X.Format, depth * columns),
            XScales = spec.X.Scale switch { Per.Tensor => [0.25], Per.Token => [.. Enumerable.Range(0, columns).Select(_ => (double)random.NextSingle())], _ => null },
            // Results that fill the range of a format of planes and leave it at both ends; 3 for others.
            YScale = NumberFormats.Get(spec.Y.Format) is { BitPlanes: > 0 } y
                ? (float)(Math.Sqrt(depth + 1) * NumberFormats.Get(spec.Weights.Format).Max * NumberFormats.Get(spec.X.Format).Max / y.Max * 0.4)
                : 3,
            Biases = [.. spec.Epilogue.Where(step => step == Tpp.Bias).Select(_ => Enumerable.Range(0, rows).Select(row => (double)row).ToArray())],
        };
    }

    private static double[] Numbers(Random random, NumberFormat format, int count)
    {
        NumberFormatRow row = NumberFormats.Get(format);
        int step = row.HasSignPlanes ? 2 : 1;
        return [.. Enumerable.Range(0, count).Select(_ => (double)(row.Min + step * random.Next((row.Max - row.Min) / step + 1)))];
    }
}
