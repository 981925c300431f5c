using Intarsia.Compiler.Specs;

namespace Intarsia.Verification;

/// <summary>
/// What <see cref="SpecReference"/> says of a relational product (RGMS; Ye et al., ASPLOS'23), edge by edge: node i is Σ_r (Σ_j a_r[i, j]·x[j])·W_r, in binary64 or in 64-bit integers. The same sums of magnitudes stand beside it for the bound. A relation
/// without an edge to a node has no part in it, whatever its weights are.
/// </summary>
internal static class RelationalReference
{
    /// <summary>What a sum over edges can lose below the normal range, as a magnitude that one rounding makes of it.</summary>
    private const double Subnormal = 2.350988701644575e-38;

    public static Chain Multiply(KernelSpec spec, ReferenceOperands o)
    {
        var chain = new Chain(o.Rows, o.Columns);
        for (int node = 0; node < o.Columns; node++)
        {
            if (spec.IsIntegerContraction) AddIntegers(spec.Rgms!.Relations, o, chain, node);
            else AddFloats(spec, o, chain, node);
        }
        return chain;
    }

    /// <summary>The edges as a user packs them.</summary>
    public static PackedMatrix Pack(KernelSpec spec, ReferenceOperands o)
    {
        var layout = new WeightLayout(Pattern.Csr, spec.Rgms!.Edges);
        int depth = spec.Rgms.Relations * o.Sources;
        return NumberFormats.IsInteger(spec.Rgms.Edges)
            ? PackedMatrix.Pack(Array.ConvertAll(o.Edges, edge => (int)edge), o.Columns, depth, layout)
            : PackedMatrix.Pack(Array.ConvertAll(o.Edges, edge => (float)edge), o.Columns, depth, layout);
    }

    /// <summary>Sums wrap at 32 bits, wherever they do: the ring of integers modulo 2³² does not notice.</summary>
    private static void AddIntegers(int relations, ReferenceOperands o, Chain chain, int node)
    {
        long[] sums = new long[o.Rows], gathered = new long[o.Depth];
        for (int relation = 0; relation < relations; relation++)
        {
            Array.Clear(gathered);
            for (int source = 0; source < o.Sources; source++)
            {
                long edge = (long)o.Edges[(node * relations + relation) * o.Sources + source];
                for (int k = 0; edge != 0 && k < o.Depth; k++) gathered[k] += edge * (long)o.X[k * o.Sources + source];
            }
            for (int row = 0; row < o.Rows; row++)
                for (int k = 0; k < o.Depth; k++) sums[row] = unchecked(sums[row] + gathered[k] * (long)o.Weights[(row * relations + relation) * o.Depth + k]);
        }
        for (int row = 0; row < o.Rows; row++) chain.SetInteger(row, node, unchecked((int)sums[row]));
    }

    private static void AddFloats(KernelSpec spec, ReferenceOperands o, Chain chain, int node)
    {
        int relations = spec.Rgms!.Relations, roundings = 2;
        double[] sums = new double[o.Rows], magnitudes = new double[o.Rows], gathered = new double[o.Depth], sizes = new double[o.Depth];
        bool overflows = false;
        for (int relation = 0; relation < relations; relation++)
        {
            Array.Clear(gathered);
            Array.Clear(sizes);
            int edges = 0;
            for (int source = 0; source < o.Sources; source++)
            {
                double edge = o.Edges[(node * relations + relation) * o.Sources + source];
                if (edge == 0) continue;
                edges++;
                for (int k = 0; k < o.Depth; k++)
                {
                    double product = edge * o.X[k * o.Sources + source];
                    gathered[k] += product;
                    sizes[k] += Math.Abs(product) + Subnormal;
                }
            }
            if (edges == 0) continue;
            // Each edge rounds a sum, each feature a product with it, and the relation is added to those before; quantised weights are scaled first.
            roundings = Math.Max(roundings, edges + o.Depth + relations + (NumberFormats.IsInteger(spec.Weights.Format) ? 3 : 2));
            overflows |= sizes.Any(size => double.IsFinite(size) && size > float.MaxValue);
            for (int row = 0; row < o.Rows; row++)
            {
                for (int k = 0; k < o.Depth; k++)
                {
                    double weight = o.Weights[(row * relations + relation) * o.Depth + k] * Scale(spec, o, row);
                    sums[row] += gathered[k] * weight;
                    magnitudes[row] += sizes[k] * Math.Abs(weight);
                }
            }
        }
        for (int row = 0; row < o.Rows; row++) chain.SetFloat(row, node, sums[row], magnitudes[row], roundings, overflows);
    }

    private static double Scale(KernelSpec spec, ReferenceOperands o, int row) => spec.Weights.Scale switch
    {
        Per.Tensor => o.WeightScales![0],
        Per.Row => o.WeightScales![row],
        _ => 1,
    };
}
