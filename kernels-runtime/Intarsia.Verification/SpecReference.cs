using Intarsia.Compiler.Specs;

namespace Intarsia.Verification;

/// <summary>
/// The first oracle: computes what a <see cref="KernelSpec"/> says from dense, unpacked operands in plain loops, in binary64 and 64-bit integers. It knows no planner, layout, packer or decoder, so that
/// an error in one of those cannot hide here as well. See docs/oracles.md for the error bound.
/// </summary>
public static class SpecReference
{
    /// <summary>Computes the expected result of one call and the error allowed in each element.</summary>
    /// <exception cref="ArgumentException">An operand is missing or has a wrong length, or the chain asks for what the semantics do not have; the message names it.</exception>
    public static ReferenceResult Execute(KernelSpec spec, ReferenceOperands operands)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(operands);
        OperandChecks.Check(spec, operands);

        if (!spec.IsContraction) return LineReference.Start(spec, operands).Finish(spec, operands);
        Chain chain = spec.Rgms is not null ? RelationalReference.Multiply(spec, operands) : spec.Butterfly is not null ? ButterflyReference.Multiply(spec, operands) : NumberFormats.IsBinaryCoded(spec.Weights.Format) ? PlaneReference.Contract(spec, operands) : spec.IsIntegerContraction ? ContractIntegers(spec, operands) : ContractFloats(spec, operands, NumberFormats.HasBasis(spec.Weights.Format) ? BasisReference.Weights(spec, operands) : operands.Weights);
        return chain.Finish(spec, operands);
    }

    /// <summary>Σ (q − z)·x: 32-bit and wrapping (or 64-bit) over the whole depth, or within each scale group and then float across the groups.</summary>
    private static Chain ContractIntegers(KernelSpec spec, ReferenceOperands o)
    {
        bool grouped = spec.Weights.Scale == Per.Group && spec.Epilogue.Contains(Tpp.Dequantise);
        int groupLength = grouped ? spec.Weights.ScaleGroup : Math.Max(o.Depth, 1);
        int groups = grouped ? Groups(spec, o) : 1;
        var sums = new long[o.Columns];
        var chain = new Chain(o.Rows, o.Columns);
        for (int row = 0; row < o.Rows; row++)
        {
            for (int group = 0; group < groups; group++)
            {
                Array.Clear(sums);
                foreach ((double[] weights, double[] x) in Terms(spec, o, o.Weights))
                {
                    for (int k = group * groupLength; k < Math.Min(o.Depth, (group + 1) * groupLength); k++)
                    {
                        if (!IsStored(o, row, k)) continue;
                        long weight = (long)(weights[row * o.Depth + k] - ZeroPoint(spec, o, row, k));
                        if (weight == 0) continue;
                        for (int column = 0; column < o.Columns; column++) sums[column] += weight * (long)x[k * o.Columns + column];
                    }
                }
                for (int column = 0; column < o.Columns; column++)
                {
                    int wrapped = unchecked((int)sums[column]);
                    if (grouped) chain.AddScaledGroup(row, column, wrapped, (float)Scale(spec, o, row, group * groupLength), groups);
                    else chain.SetInteger(row, column, spec.Accumulator == Accumulator.Int64 ? sums[column] : wrapped);
                }
            }
        }
        return chain;
    }

    /// <summary>Σ a·b in binary64, with Σ|a·b| beside it for the bound.</summary>
    private static Chain ContractFloats(KernelSpec spec, ReferenceOperands o, double[] numbers)
    {
        bool sparse = spec.Weights.Pattern.Kind != Pattern.Dense;
        bool quantised = NumberFormats.IsInteger(spec.Weights.Format);
        bool readsOldY = spec.Batch is { HasBeta: true } && o.Beta != 0;
        int terms = spec.Operation == Operation.BatchReduceGemm ? o.BatchCount : 1;
        // One rounding for each product-and-sum, one for the output; scales add one product and one sum for each group; beta one of each.
        double roundings = (double)terms * o.Depth + 1 + (quantised ? 2 + Groups(spec, o) : 0) + Truncations(spec.Weights.Format) + Truncations(spec.X.Format) + (readsOldY ? 2 : 0);

        var chain = new Chain(o.Rows, o.Columns);
        var sum = new double[o.Columns];
        var magnitude = new double[o.Columns];
        var open = new bool[o.Columns];
        var flush = new BFloat16Flush(spec, o.Columns);
        var nonFinite = Terms(spec, o, numbers).Select(term => NonFiniteRows(o, term.X)).ToList();
        for (int row = 0; row < o.Rows; row++)
        {
            Array.Clear(sum);
            Array.Clear(magnitude);
            Array.Clear(open);
            flush.Clear();
            int term = 0;
            foreach ((double[] weights, double[] x) in Terms(spec, o, numbers))
            {
                bool[] infinities = nonFinite[term++];
                for (int k = 0; k < o.Depth; k++)
                {
                    double weight = IsStored(o, row, k) ? weights[row * o.Depth + k] : 0;
                    if (quantised && IsStored(o, row, k)) weight = (weight - ZeroPoint(spec, o, row, k)) * Scale(spec, o, row, k);
                    if (sparse && weight == 0)
                    {
                        // A kernel may or may not touch these activations (padding slots, vector rows): 0·∞ is open.
                        for (int column = 0; infinities[k] && column < o.Columns; column++) open[column] |= !double.IsFinite(x[k * o.Columns + column]);
                        continue;
                    }
                    for (int column = 0; column < o.Columns; column++)
                    {
                        double product = weight * x[k * o.Columns + column];
                        sum[column] += product;
                        magnitude[column] += Math.Abs(product);
                        open[column] |= flush.Add(column, weight, x[k * o.Columns + column]);
                    }
                }
            }
            for (int column = 0; column < o.Columns; column++)
            {
                if (readsOldY)
                {
                    double old = o.Beta * o.InitialY![row * o.Columns + column];
                    sum[column] += old;
                    magnitude[column] += Math.Abs(old);
                }
                chain.SetFloat(row, column, sum[column], magnitude[column], roundings, open[column], flush.Bound(column, o.Depth));
            }
        }
        return chain;
    }

    /// <summary>What reading ten bits of a significand may cost, in roundings of binary32: 2⁻¹⁰ to 2⁻²⁴.</summary>
    private static double Truncations(NumberFormat format) => format == NumberFormat.TensorFloat32 ? 1 << 14 : 0;

    /// <summary>Which rows of X hold anything that is not finite.</summary>
    private static bool[] NonFiniteRows(ReferenceOperands o, double[] x)
    {
        var rows = new bool[o.Depth];
        for (int i = 0; i < x.Length; i++)
            if (!double.IsFinite(x[i])) rows[i / o.Columns] = true;
        return rows;
    }

    private static IEnumerable<(double[] Weights, double[] X)> Terms(KernelSpec spec, ReferenceOperands o, double[] weights)
    {
        if (spec.Operation != Operation.BatchReduceGemm)
        {
            yield return (weights, o.X);
            yield break;
        }
        for (int term = 0; term < o.BatchCount; term++) yield return (o.BatchWeights[term], o.BatchX[term]);
    }

    private static bool IsStored(ReferenceOperands o, int row, int k) => o.Stored is null || o.Stored[row * o.Depth + k];

    private static int Groups(KernelSpec spec, ReferenceOperands o) => spec.Weights.Scale == Per.Group ? (o.Depth + spec.Weights.ScaleGroup - 1) / spec.Weights.ScaleGroup : 1;

    private static double Scale(KernelSpec spec, ReferenceOperands o, int row, int k) => PerGroup(spec, o, o.WeightScales, row, k, 1);

    private static double ZeroPoint(KernelSpec spec, ReferenceOperands o, int row, int k) => spec.Weights.Asymmetric ? PerGroup(spec, o, o.WeightZeroPoints, row, k, 0) : 0;

    private static double PerGroup(KernelSpec spec, ReferenceOperands o, double[]? values, int row, int k, double absent) => spec.Weights.Scale switch
    {
        _ when values is null => absent,
        Per.Tensor => values[0],
        Per.Row => values[row],
        Per.Group => values[row * Groups(spec, o) + k / spec.Weights.ScaleGroup],
        _ => absent,
    };
}
