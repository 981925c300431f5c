using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules on sampled products: two dense operands along the depth, and a sparse result.</summary>
internal static class SddmmRules
{
    public static IEnumerable<RuleViolation> OperandsArePlain(KernelSpec spec)
    {
        if (spec.Operation == Operation.Sddmm && spec.Weights.Storage == WeightStorage.Packed)
            yield return DiagnosticTable.SampledOperandPacked.At(Part.WeightFormat, spec.Weights.Pattern.Kind.ToString());
    }

    public static IEnumerable<RuleViolation> OutputIsSparse(KernelSpec spec)
    {
        if (spec.Operation == Operation.Sddmm && !spec.Y.IsPacked)
            yield return DiagnosticTable.SampledOutputDense.At(Part.Operation);
    }

    /// <summary>The result is packed: it has a format that packed matrices have, and scales that one number can fill.</summary>
    public static IEnumerable<RuleViolation> OutputFormatIsStored(KernelSpec spec)
    {
        if (spec.Operation != Operation.Sddmm) yield break;
        NumberFormatRow format = NumberFormats.Get(spec.Y.Format);
        if (format.AllowedAsOutput)
            foreach (RuleViolation violation in FormatRules.Fits(spec.Y.Format, row => row.AllowedAsOutput && IsStored(row), "a packed result", Part.YFormat)) yield return violation;
        if (spec.Y.Scale is not (Per.None or Per.Tensor))
            yield return DiagnosticTable.ScaleKind.At(Part.YFormat, "The packed result", spec.Y.Scale.ToString().ToLowerInvariant(), "Per.Tensor, which is the scale of Y, or none");
        else if (spec.Y.Scale == Per.Tensor && spec.Y.Format != NumberFormat.Int8)
            yield return DiagnosticTable.ScaleSuperfluous.At(Part.YFormat, "The packed result", "tensor", $"{spec.Y.Format} is not quantised", "remove the scale, or requantise to Int8");
    }

    public static IEnumerable<RuleViolation> LayoutsAreThoseOfTheProduct(KernelSpec spec)
    {
        if (spec.Operation != Operation.Sddmm)
        {
            if (spec.IsContraction && spec.Weights.Layout != MatrixLayout.RowMajor)
                yield return DiagnosticTable.MisplacedAttribute.At(Part.WeightFormat, "Layout", "weights", "they are weights", "it describes X and Y, or the factors of a sampled product, so remove it");
            yield break;
        }
        if (spec.Weights.Layout == MatrixLayout.BitPlanes)
            yield return DiagnosticTable.SampledLayout.At(Part.WeightFormat, "A", "in planes of bits", "rows×depth, or depth×rows (MatrixLayout.TokenMajor)");
        if (spec.X.Layout == MatrixLayout.BitPlanes)
            yield return DiagnosticTable.SampledLayout.At(Part.XFormat, "B", "in planes of bits", "columns×depth, or depth×columns (MatrixLayout.RowMajor)");
        if (spec.Y.Layout != MatrixLayout.RowMajor)
            yield return DiagnosticTable.SampledLayout.At(Part.YFormat, "The result", spec.Y.Layout == MatrixLayout.BitPlanes ? "in planes of bits" : "token-major", "the layout of a PackedMatrix");
        if (spec.Y.HasStride)
            yield return DiagnosticTable.StrideWithoutSpan.At(Part.YFormat, "elements of Y", "a PackedMatrix");
    }

    public static IEnumerable<RuleViolation> StepsNeedNoDenseOperand(KernelSpec spec)
    {
        if (spec.Operation != Operation.Sddmm) yield break;
        foreach (Tpp step in spec.Epilogue.Where(step => step is Tpp.Residual or Tpp.Multiply).Distinct())
            yield return DiagnosticTable.SampledStep.At(Part.Epilogue, step.ToString(), step == Tpp.Multiply ? "Masked = true, which multiplies by the values that the result holds" : "Bias, activations, Dequantise or Requantise");
    }

    public static IEnumerable<RuleViolation> FactorsAreOfFloats(KernelSpec spec)
    {
        if (spec.Sddmm is not { Multiplies: true } sampled || !FormatRules.PairFits(spec)) yield break;
        string factor = sampled.IsMasked ? "mask" : "scale";
        if (spec.IsIntegerContraction && !spec.Epilogue.Contains(Tpp.Dequantise))
            yield return DiagnosticTable.SampledFactor.At(Part.Operation, factor, $"{spec.Weights.Format} times {spec.X.Format} accumulates in 32-bit integers", $"put Dequantise at the front of the chain, or remove the {factor}");
        else if (sampled.IsMasked && NumberFormats.IsInteger(spec.Y.Format))
            yield return DiagnosticTable.SampledFactor.At(Part.Operation, "mask", $"the values of the result are {spec.Y.Format}", "make the result a float, or remove the mask");
    }

    public static IEnumerable<RuleViolation> ConstantIsInRange(KernelSpec spec)
    {
        // Written so that NaN is out of range.
        if (spec.Sddmm is { } sampled && !(sampled.Scale > 0 && sampled.Scale <= float.MaxValue))
            yield return DiagnosticTable.ConstantOutOfRange.At(Part.Operation, "Scale", FloatText.Of(sampled.Scale), "a positive finite number");
    }

    public static IEnumerable<RuleViolation> HasNoTile(KernelSpec spec)
    {
        if (spec.Operation != Operation.Sddmm) yield break;
        for (int i = 0; i < spec.Tiles.Count; i++)
            yield return DiagnosticTable.MisplacedAttribute.At(Part.Tile(i), "Tile", "[Sddmm]", "its tile follows from the pattern and the registers of a tier", "remove it");
    }

    /// <summary>What a packed matrix can hold as values.</summary>
    private static bool IsStored(NumberFormatRow row) => row.AllowedAsWeights && row.Format != NumberFormat.UInt8 || row.Format == NumberFormat.Int32;
}
