using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules on sums of 64 bits: what they go with, and that a raw result is as wide as its sum.</summary>
internal static class WideSumRules
{
    /// <summary>The sum is an integer of 64 bits.</summary>
    private static bool IsWide(KernelSpec spec) => spec.Accumulator == Accumulator.Int64 && spec.IsIntegerContraction && FormatRules.PairFits(spec);

    public static IEnumerable<RuleViolation> WideSumIsPossible(KernelSpec spec)
    {
        if (!IsWide(spec)) yield break;
        if (spec.Operation == Operation.BatchReduceGemm)
            yield return DiagnosticTable.WideSum.At(Part.Operation, "the blocks of a batch-reduce GEMM are summed in 32 bits", "remove it");
        else if (spec.Weights.Scale == Per.Group && spec.Epilogue.Contains(Tpp.Dequantise))
            yield return DiagnosticTable.WideSum.At(Part.Operation, "the weights have a scale per group, within which sums are of 32 bits", "use Per.Row, or remove it");
        else if (spec.Epilogue.Count > 0 && !spec.Epilogue.Contains(Tpp.Dequantise) && FormatRules.IsRawOutput(spec.Y.Format))
            yield return DiagnosticTable.WideSum.At(Part.Operation, $"the chain goes on with {spec.Epilogue[0]} on the raw sum", "put Dequantise at the front, or remove the chain");
    }

    public static IEnumerable<RuleViolation> RawOutputIsAsWideAsItsSum(KernelSpec spec)
    {
        // The formats of a batch-reduce GEMM have a rule of their own.
        if (!spec.StartsAsInteger || spec.Operation == Operation.BatchReduceGemm || spec.IsContraction && !FormatRules.PairFits(spec) || spec.Epilogue.Contains(Tpp.Dequantise)) yield break;
        if (spec.Y.Format == NumberFormat.Int64 && !IsWide(spec))
            yield return DiagnosticTable.SumWidth.At(Part.YFormat, "Int64", spec.IsContraction ? "the sum has 32 bits" : "an element has 32 bits", spec.IsContraction ? "an Int32 Y, or Accumulator = Accumulator.Int64" : "an Int32 Y");
        else if (spec.Y.Format == NumberFormat.Int32 && IsWide(spec))
            yield return DiagnosticTable.SumWidth.At(Part.YFormat, "Int32", "the sum has 64 bits", "an Int64 Y, or another accumulator");
    }
}
