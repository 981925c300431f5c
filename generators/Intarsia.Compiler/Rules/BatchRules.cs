using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules on batch-reduce GEMM: small plain blocks, many of them.</summary>
internal static class BatchRules
{
    public static IEnumerable<RuleViolation> WeightsArePlain(KernelSpec spec)
    {
        if (spec.Operation == Operation.BatchReduceGemm && spec.Weights.Storage == WeightStorage.Packed)
            yield return DiagnosticTable.BatchOperand.At(Part.WeightFormat, "A blocks", "are a PackedMatrix", "spans, or a list of ReadOnlyMemory");
    }

    public static IEnumerable<RuleViolation> LayoutIsRowMajor(KernelSpec spec)
    {
        if (spec.Operation != Operation.BatchReduceGemm) yield break;
        if (spec.X.Layout != MatrixLayout.RowMajor)
            yield return DiagnosticTable.BatchOperand.At(Part.XFormat, "B blocks", $"are {spec.X.Layout}", "depth×columns row-major blocks");
        if (spec.Y.Layout != MatrixLayout.RowMajor)
            yield return DiagnosticTable.BatchOperand.At(Part.YFormat, "C block", $"is {spec.Y.Layout}", "a rows×columns row-major block");
    }

    public static IEnumerable<RuleViolation> NoScales(KernelSpec spec)
    {
        if (spec.Operation != Operation.BatchReduceGemm || !FormatRules.PairFits(spec)) yield break;
        if (NumberFormats.IsInteger(spec.Weights.Format) && (spec.Weights.Scale != Per.None || spec.Weights.Asymmetric))
            yield return DiagnosticTable.BatchOperand.At(Part.WeightFormat, "A blocks", "have scales", "raw integers: dequantise the finished C");
        if (NumberFormats.IsInteger(spec.X.Format) && spec.X.Scale != Per.None)
            yield return DiagnosticTable.BatchOperand.At(Part.XFormat, "B blocks", "have a scale", "raw integers: dequantise the finished C");
    }

    public static IEnumerable<RuleViolation> BetaNeedsFloats(KernelSpec spec)
    {
        if (spec.Batch is { HasBeta: true } && spec.IsIntegerContraction)
            yield return DiagnosticTable.BatchBeta.At(Part.Operation);
    }

    public static IEnumerable<RuleViolation> FormatsAreSupported(KernelSpec spec)
    {
        if (spec.Operation != Operation.BatchReduceGemm || !FormatRules.PairFits(spec)) yield break;
        bool floats = NumberFormats.Get(spec.Weights.Format) is { IsInteger: false, HasTable: false } && spec.Y.Format == NumberFormat.Float32;
        bool integers = spec.Weights.Format == NumberFormat.Int8 && spec.X.Format is NumberFormat.Int8 or NumberFormat.UInt8 && spec.Y.Format == NumberFormat.Int32;
        if (!floats && !integers)
            yield return DiagnosticTable.BatchFormats.At(Part.Operation, $"{spec.Weights.Format} times {spec.X.Format}", spec.Y.Format.ToString());
    }
}
