using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules on number formats.</summary>
internal static class FormatRules
{
    /// <summary>Both formats are allowed where they stand; later rules look at a pair only then.</summary>
    public static bool OperandFormatsFit(KernelSpec spec) =>
        spec.IsContraction ? AllowedAsWeights(spec, NumberFormats.Get(spec.Weights.Format)) && NumberFormats.Get(spec.X.Format).AllowedAsActivations : LineRules.Accepts(spec.Operation, NumberFormats.Get(spec.X.Format));

    /// <summary>Whether the left operand may have a format: what stands for weights in a sampled product are activations, too.</summary>
    public static bool AllowedAsWeights(KernelSpec spec, NumberFormatRow format) => spec.Operation == Operation.Sddmm ? format.AllowedAsActivations : format.AllowedAsWeights;

    /// <summary>Quantised weights whose values are dequantised as they are read, because the activations are floats.</summary>
    public static bool IsWeightOnly(KernelSpec spec) => spec.IsContraction && NumberFormats.IsInteger(spec.Weights.Format) && !NumberFormats.IsInteger(spec.X.Format);

    public static bool PairFits(KernelSpec spec) =>
        OperandFormatsFit(spec) && (!spec.IsContraction || (NumberFormats.IsInteger(spec.Weights.Format) ? spec.Operation != Operation.Sddmm || NumberFormats.IsInteger(spec.X.Format) : !NumberFormats.IsInteger(spec.X.Format)));

    public static IEnumerable<RuleViolation> WeightsFormatFits(KernelSpec spec) =>
        Fits(spec.Weights.Format, row => AllowedAsWeights(spec, row), spec.Operation == Operation.Sddmm ? "A" : "the weights", Part.WeightFormat);

    public static IEnumerable<RuleViolation> XFormatFits(KernelSpec spec) =>
        Fits(spec.X.Format, row => row.AllowedAsActivations, "X", Part.XFormat);

    public static IEnumerable<RuleViolation> YFormatFits(KernelSpec spec) =>
        Fits(spec.Y.Format, row => row.AllowedAsOutput, "Y", Part.YFormat);

    public static IEnumerable<RuleViolation> PairIsSupported(KernelSpec spec)
    {
        if (OperandFormatsFit(spec) && !PairFits(spec))
            yield return DiagnosticTable.FormatPair.At(Part.WeightFormat, spec.Weights.Format.ToString(), spec.X.Format.ToString());
    }

    public static IEnumerable<RuleViolation> IntegerOutputIsRaw(KernelSpec spec)
    {
        // The formats of a batch-reduce GEMM have a rule of their own.
        if (spec.Y.Format != NumberFormat.Int32 || !PairFits(spec) || spec.Operation == Operation.BatchReduceGemm) yield break;
        if (!spec.StartsAsInteger)
            yield return DiagnosticTable.IntegerOutput.At(Part.YFormat, spec.IsContraction ? $"{spec.Weights.Format} weights times {spec.X.Format} activations accumulate in binary32" : $"what is made of a {spec.X.Format} X is binary32", "");
        else if (spec.Epilogue.Contains(Tpp.Dequantise))
            yield return DiagnosticTable.IntegerOutput.At(Part.YFormat, "Dequantise makes the result a float", ", or a chain without Dequantise");
    }

    public static IEnumerable<RuleViolation> SpanCarriesFormat(KernelSpec spec)
    {
        if (spec.Weights.Storage != WeightStorage.Span || spec.Operation == Operation.BatchReduceGemm) yield break;
        if (spec.Weights.Format == NumberFormat.Int4)
            yield return DiagnosticTable.PackedOnly.At(Part.WeightFormat, "Int4 is stored two to a byte");
        else if (spec.Weights.Scale == Per.Group)
            yield return DiagnosticTable.PackedOnly.At(Part.WeightFormat, "they have a scale per group");
        else if (spec.Weights.Asymmetric)
            yield return DiagnosticTable.PackedOnly.At(Part.WeightFormat, "they have zero points");
    }

    public static IEnumerable<RuleViolation> AccumulatorNeedsIntegers(KernelSpec spec)
    {
        if (spec.Accumulator == Accumulator.Int32Wrap && PairFits(spec) && !spec.IsIntegerContraction)
            yield return DiagnosticTable.AccumulatorOnFloat.At(Part.Operation, spec.Weights.Format.ToString(), spec.X.Format.ToString());
    }

    public static IEnumerable<RuleViolation> Fits(NumberFormat format, Func<NumberFormatRow, bool> allowed, string operand, Part part)
    {
        if (!allowed(NumberFormats.Get(format)))
            yield return DiagnosticTable.FormatPlace.At(part, format.ToString(), operand, string.Join(", ", NumberFormats.All.Where(allowed).Select(row => row.Format)));
    }
}
