using Intarsia.Compiler.Specs;

namespace Intarsia.Verification;

/// <summary>What <see cref="SpecReference"/> says of binary-coded weights: Σ α·Σ ±x over planes and scale groups, and offset·Σx. The sums of a plane are integers of 32 bits, which wrap, or floats.</summary>
internal static class PlaneReference
{
    public static Chain Contract(KernelSpec spec, ReferenceOperands o)
    {
        bool integers = spec.IsIntegerContraction;
        int planes = NumberFormats.Get(spec.Weights.Format).Planes, each = ScalesOfGroup(spec.Weights);
        int length = spec.Weights.Scale == Per.Group ? spec.Weights.ScaleGroup : Math.Max(o.Depth, 1), groups = spec.Weights.Scale == Per.Group ? (o.Depth + length - 1) / length : 1;
        var chain = new Chain(o.Rows, o.Columns);
        for (int row = 0; row < o.Rows; row++)
        {
            for (int column = 0; column < o.Columns; column++)
            {
                double sum = 0, magnitude = 0;
                bool overflows = false;
                for (int group = 0; group < groups; group++)
                {
                    for (int plane = 0; plane < each; plane++)
                    {
                        float scale = (float)Scale(spec.Weights, o, row, group, groups, plane, each);
                        double part = 0, all = 0;
                        for (int k = group * length; k < Math.Min(o.Depth, (group + 1) * length); k++)
                        {
                            double x = o.X[k * o.Columns + column];
                            // Behind the planes stands the offset, which multiplies the sum of all.
                            part += plane == planes || ((int)o.Weights[row * o.Depth + k] >> plane & 1) != 0 ? x : -x;
                            all += Math.Abs(x);
                        }
                        if (integers) chain.AddScaledGroup(row, column, unchecked((int)(long)part), scale, groups * each);
                        sum += scale * part;
                        magnitude += Math.Abs(scale) * all;
                        overflows |= double.IsFinite(all) && all > float.MaxValue;
                    }
                }
                // One rounding for each sum of a plane, the product with α and what adds those up.
                if (!integers) chain.SetFloat(row, column, sum, magnitude, (double)o.Depth + groups * each + 4, overflows);
            }
        }
        return chain;
    }

    /// <summary>Numbers of each scale group.</summary>
    public static int ScalesOfGroup(WeightSpec weights) => NumberFormats.Get(weights.Format) switch
    {
        { Planes: > 0 and int planes } => planes + (weights.Asymmetric ? 1 : 0),
        { Basis: > 0 and int order } => order * order,
        _ => 1,
    };

    private static double Scale(WeightSpec weights, ReferenceOperands o, int row, int group, int groups, int plane, int each) => o.WeightScales![weights.Scale switch
    {
        Per.Row => row * each + plane,
        Per.Group => (row * groups + group) * each + plane,
        _ => plane,
    }];
}
