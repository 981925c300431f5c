using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules on the epilogue chain. Operands that a step needs are checked where the declaration is read: a spec has no parameters.</summary>
internal static class EpilogueRules
{
    public static IEnumerable<RuleViolation> DequantiseNeedsIntegers(KernelSpec spec)
    {
        if (!spec.Epilogue.Contains(Tpp.Dequantise) || spec.StartsAsInteger || !FormatRules.PairFits(spec)) yield break;
        string reason = FormatRules.IsWeightOnly(spec) ? " (the weights are dequantised as they are read)" : "";
        yield return DiagnosticTable.DequantiseOnFloat.At(Part.Epilogue, Operands(spec), reason);
    }

    public static IEnumerable<RuleViolation> FloatStepsNeedDequantise(KernelSpec spec)
    {
        if (!spec.StartsAsInteger || !FormatRules.PairFits(spec) || spec.Epilogue.Contains(Tpp.Dequantise)) yield break;
        Tpp? step = spec.Epilogue.Where(s => s is not (Tpp.Relu or Tpp.Bias)).Select(s => (Tpp?)s).FirstOrDefault();
        if (step is { } needsFloat)
            yield return DiagnosticTable.DequantiseMissing.At(Part.Epilogue, $"Step {needsFloat}", Operands(spec), "");
        else if (!NumberFormats.IsInteger(spec.Y.Format) && spec.Operation != Operation.BatchReduceGemm)
            yield return DiagnosticTable.DequantiseMissing.At(Part.Epilogue, $"A {spec.Y.Format} Y", Operands(spec), ", or make Y a Span<int>");
    }

    public static IEnumerable<RuleViolation> DequantiseIsFirstAndOnce(KernelSpec spec)
    {
        // On floats the step itself is the mistake, not its place.
        if (!spec.StartsAsInteger) yield break;
        for (int i = 1; i < spec.Epilogue.Count; i++)
            if (spec.Epilogue[i] == Tpp.Dequantise)
                yield return DiagnosticTable.StepOrder.At(Part.Epilogue, "Dequantise", KernelRules.Text(i + 1), "it once, as the first step, because the steps behind it work on floats");
    }

    public static IEnumerable<RuleViolation> RequantiseIsLastAndOnce(KernelSpec spec)
    {
        for (int i = 0; i < spec.Epilogue.Count - 1; i++)
            if (spec.Epilogue[i] == Tpp.Requantise)
                yield return DiagnosticTable.StepOrder.At(Part.Epilogue, "Requantise", KernelRules.Text(i + 1), "it once, as the last step, because it rounds to the 8-bit output");
    }

    public static IEnumerable<RuleViolation> RequantiseNeedsByteOutput(KernelSpec spec)
    {
        if (spec.Epilogue.Contains(Tpp.Requantise) && spec.Y.Format is not (NumberFormat.Int8 or NumberFormat.UInt8) && NumberFormats.Get(spec.Y.Format).AllowedAsOutput)
            yield return DiagnosticTable.RequantiseWithoutByteOutput.At(Part.YFormat, spec.Y.Format.ToString());
    }

    public static IEnumerable<RuleViolation> ByteOutputNeedsRequantise(KernelSpec spec)
    {
        if ((spec.Y.Format is NumberFormat.Int8 or NumberFormat.UInt8 || NumberFormats.IsBitPlanes(spec.Y.Format)) && !spec.Epilogue.Contains(Tpp.Requantise) && spec.Operation != Operation.BatchReduceGemm)
            yield return DiagnosticTable.ByteOutputWithoutRequantise.At(Part.YFormat, spec.Y.Format.ToString());
    }

    /// <summary>What the chain starts from, as the subject of "accumulate in …".</summary>
    private static string Operands(KernelSpec spec) => spec.IsContraction ? $"{spec.Weights.Format} weights times {spec.X.Format} activations accumulate" : $"the elements of a {spec.X.Format} X stand";
}
