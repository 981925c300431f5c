using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules on weights that a kernel multiplies by the transpose of.</summary>
internal static class TransposeRules
{
    public static IEnumerable<RuleViolation> TransposeIsPossible(KernelSpec spec)
    {
        PatternSpec pattern = spec.Pattern;
        if (!pattern.Transposed) yield break;
        (string why, string wayOut)? obstacle = spec.Operation switch
        {
            Operation.Sddmm => ("a result is written where it is stored", "remove Transposed, and give it to the kernel that reads the result; the product itself is transposed by exchanging its two factors"),
            not Operation.Spmm => ($"[{Operations.Get(spec.Operation).Attribute}] has no index of columns to read them through", "pack the transpose of dense weights"),
            _ when pattern.Kind == Pattern.Dense => null,
            _ when pattern.File is not null => ("a kernel of a pattern that is known is written row by row", "leave File or Transposed out"),
            _ when NumberFormats.HasBasis(spec.Weights.Format) => ("neighbours in a row have their bases in common", "pack the transpose of the numbers"),
            _ => null,
        };
        if (obstacle is { } found) yield return DiagnosticTable.TransposeImpossible.At(Part.Pattern, pattern.Kind.ToString(), found.why, found.wayOut);
    }

    /// <summary>A scale for each row of W is one for each step of the depth of Wᵀ·X: it would have to be multiplied in before the sum.</summary>
    public static IEnumerable<RuleViolation> ScalesAreOfTheWhole(KernelSpec spec)
    {
        if (spec is { Operation: Operation.Spmm, IsTransposed: true, Weights.Scale: Per.Row or Per.Group } && !NumberFormats.HasBasis(spec.Weights.Format))
            yield return DiagnosticTable.TransposedScale.At(Part.WeightFormat, spec.Weights.Scale.ToString().ToLowerInvariant());
    }
}
