using Intarsia.Compiler.Specs;

namespace Intarsia.Verification;

/// <summary>
/// What <see cref="SpecReference"/> says of weights that are coefficients of a basis: w[n·g + j] = Σ_i c[n·g + i]·B[i][j], added up in that order in binary32, B the basis of the row's scale group at that depth. Products with powers of two are
/// exact, so that this is one number however they are added.
/// </summary>
internal static class BasisReference
{
    /// <summary>The weights that the operands' coefficients and bases stand for.</summary>
    public static double[] Weights(KernelSpec spec, ReferenceOperands o)
    {
        int order = NumberFormats.Get(spec.Weights.Format).Basis, length = spec.Weights.Scale == Per.Group ? spec.Weights.ScaleGroup : Math.Max(o.Depth, 1), groups = (o.Depth + length - 1) / length;
        var weights = new double[o.Weights.Length];
        for (int row = 0; row < o.Rows; row++)
        {
            for (int k = 0; k < o.Depth; k++)
            {
                int group = spec.Weights.Scale switch { Per.Row => row, Per.Group => row * groups + k / length, _ => 0 };
                float sum = 0;
                for (int i = 0; i < order && k - k % order + i < o.Depth; i++)
                    sum += (float)o.Weights[row * o.Depth + k - k % order + i] * (float)o.WeightScales![(group * order + i) * order + k % order];
                weights[row * o.Depth + k] = sum;
            }
        }
        return weights;
    }
}
