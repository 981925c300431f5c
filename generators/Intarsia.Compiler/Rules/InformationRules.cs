using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Valid, but worth knowing.</summary>
internal static class InformationRules
{
    /// <summary>Columns up to which a product with packed weights is limited by memory, so that skipping bytes pays even at 2:4.</summary>
    private const int MemoryBoundColumns = 8;

    public static IEnumerable<RuleViolation> NMPays(KernelSpec spec)
    {
        PatternSpec pattern = spec.Weights.Pattern;
        if (pattern.Kind != Pattern.NM || pattern.N < 1 || pattern.N > pattern.M || 2 * pattern.N < pattern.M) yield break;
        // Rows that share their pattern share what it costs to look up.
        if (pattern.VectorLength > 1) yield break;
        if (spec.Columns is { IsConstant: true, Constant: <= MemoryBoundColumns }) yield break;
        int skipped = pattern.M - pattern.N;
        yield return DiagnosticTable.NMDoesNotPay.At(Part.Pattern, KernelRules.Text(pattern.N), KernelRules.Text(pattern.M),
            skipped == 0 ? "none" : $"{KernelRules.Text(skipped)} of {KernelRules.Text(pattern.M)}",
            spec.Columns.IsConstant ? KernelRules.Text(spec.Columns.Constant) : "a run-time number");
    }
}
