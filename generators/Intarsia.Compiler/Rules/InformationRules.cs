using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Valid, but worth knowing.</summary>
internal static class InformationRules
{
    /// <summary>Columns up to which a product with packed weights is limited by memory, so that skipping bytes pays even at 2:4.</summary>
    private const int MemoryBoundColumns = 8;

    /// <summary>Planes that are multiplied as the integers they are, because something else in the declaration leaves nothing to count.</summary>
    public static IEnumerable<RuleViolation> PlanesAreCounted(KernelSpec spec)
    {
        WeightSpec weights = spec.Weights;
        if (!NumberFormats.IsBitPlanes(weights.Format) || !NumberFormats.IsBitPlanes(spec.X.Format) || spec.Operation is not (Operation.Gemm or Operation.Spmm) || weights.Storage != WeightStorage.Packed) yield break;
        (string? found, string wayOut) = weights.Pattern.Kind != Pattern.Dense && NumberFormats.HasZero(weights.Format) ? ($"the pattern is {weights.Pattern}, whose rows gather single elements of X", "use dense weights")
            : weights.Pattern.Kind != Pattern.Dense ? (null, "")
            : weights.Scale == Per.Group ? ("the weights have a scale per group, within which sums end", "use Per.Row")
            : spec.Accumulator == Accumulator.Int64 ? ("the accumulator is Int64, and bits are counted in 32", "remove the accumulator, or declare Accumulator.Int32Wrap") : (null, "");
        if (found is not null) yield return DiagnosticTable.PlanesAsIntegers.At(Part.WeightFormat, weights.Format.ToString(), spec.X.Format.ToString(), found, wayOut);
    }

    public static IEnumerable<RuleViolation> NMPays(KernelSpec spec)
    {
        PatternSpec pattern = spec.Weights.Pattern;
        if (pattern.Kind != Pattern.NM || pattern.N < 1 || pattern.N > pattern.M || 2 * pattern.N < pattern.M) yield break;
        // Rows that share their pattern share what it costs to look up.
        if (pattern.VectorLength > 1) yield break;
        if (spec.Columns is { IsConstant: true, Constant: <= MemoryBoundColumns }) yield break;
        // A permutation costs a third of a multiply-add where vectors are long: half of the products, each with one, are less than all.
        if (2 * pattern.N == pattern.M && PlanBuilder.PlacedFloats(spec, Tier.Avx512) > 0) yield break;
        int skipped = pattern.M - pattern.N;
        yield return DiagnosticTable.NMDoesNotPay.At(Part.Pattern, KernelRules.Text(pattern.N), KernelRules.Text(pattern.M),
            skipped == 0 ? "none" : $"{KernelRules.Text(skipped)} of {KernelRules.Text(pattern.M)}",
            spec.Columns.IsConstant ? KernelRules.Text(spec.Columns.Constant) : "a run-time number");
    }
}
