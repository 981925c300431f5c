using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules on extents and leading dimensions.</summary>
internal static class ExtentRules
{
    public static IEnumerable<RuleViolation> NotNegative(KernelSpec spec)
    {
        foreach ((string name, Extent extent) in new[] { ("Rows", spec.Rows), ("Depth", spec.Depth), ("Columns", spec.Columns) })
            if (extent.Constant < 0)
                yield return DiagnosticTable.NegativeExtent.At(Part.Operation, name, KernelRules.Text(extent.Constant));
    }

    public static IEnumerable<RuleViolation> LeadingDimensionNeedsSpan(KernelSpec spec)
    {
        if (spec.Weights is { HasStride: true, Storage: WeightStorage.Packed })
            yield return DiagnosticTable.StrideWithoutSpan.At(Part.WeightFormat, "weights", "a PackedMatrix");
    }
}
