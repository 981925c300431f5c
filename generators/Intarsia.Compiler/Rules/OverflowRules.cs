using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>The width of the integer accumulator, checked from depth and ranges.</summary>
internal static class OverflowRules
{
    public static IEnumerable<RuleViolation> SumFitsAccumulator(KernelSpec spec)
    {
        if (!spec.IsIntegerContraction || !FormatRules.PairFits(spec) || spec.Accumulator != Accumulator.Default) yield break;
        long weight = MaxWeight(spec.Weights), x = MaxMagnitude(spec.X.Format);

        // A run-time depth, a number of edges that only the graph knows, or a run-time number of batch terms, gives nothing to check: the sum wraps, as documented. Unless two products are too many: that is no sum at all.
        long products = spec.Depth.IsConstant && spec.Rgms is null ? Products(spec.Weights, spec.Depth.Constant) : 2;
        if (products * weight * x <= int.MaxValue) yield break;
        long depth = LargestDepth(spec.Weights, int.MaxValue / (weight * x));
        string shorter = depth > 1 ? $"reduce the depth to {KernelRules.Text(depth)} or less, use Per.Group scales, or " : "";
        yield return DiagnosticTable.Overflow.At(Part.Operation, KernelRules.Text(products), spec.Weights.Format.ToString(), KernelRules.Text(weight), spec.X.Format.ToString(), KernelRules.Text(x),
            KernelRules.Text(products * weight * x), shorter);
    }

    /// <summary>Products that one 32-bit sum holds: those of a scale group, and of an N:M pattern only the stored ones.</summary>
    private static long Products(WeightSpec weights, int depth)
    {
        long dense = weights is { Scale: Per.Group, ScaleGroup: > 0 } ? Math.Min(weights.ScaleGroup, depth) : depth;
        if (weights.Pattern.AsRead is not { Kind: Pattern.NM, N: > 0, M: > 0 } pattern) return dense;
        long whole = dense / pattern.M, rest = dense % pattern.M;
        return whole * pattern.N + Math.Min(rest, pattern.N);
    }

    private static long LargestDepth(WeightSpec weights, long products) =>
        weights.Pattern.AsRead is { Kind: Pattern.NM, N: > 0, M: > 0 } pattern ? products / pattern.N * pattern.M : products;

    /// <summary>Planes are summed one by one. With a zero point the factor is q − z, which spans the whole range of the format.</summary>
    private static long MaxWeight(WeightSpec weights)
    {
        NumberFormatRow row = NumberFormats.Get(weights.Format);
        if (row.Planes > 0) return 1;
        return weights.Asymmetric ? (long)row.Max - row.Min : MaxMagnitude(weights.Format);
    }

    private static long MaxMagnitude(NumberFormat format)
    {
        NumberFormatRow row = NumberFormats.Get(format);
        return Math.Max(Math.Abs((long)row.Min), row.Max);
    }
}
