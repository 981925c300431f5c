using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules on scales and zero points.</summary>
internal static class ScaleRules
{
    /// <summary>A whole number of bytes of the narrowest format, and of the four-element groups that integer dot products take.</summary>
    private const int GroupMultiple = 8;

    public static IEnumerable<RuleViolation> WeightOnlyNeedsScale(KernelSpec spec)
    {
        if (FormatRules.PairFits(spec) && FormatRules.IsWeightOnly(spec) && spec.Weights.Scale == Per.None && !NumberFormats.IsBinaryCoded(spec.Weights.Format) && spec.Operation != Operation.BatchReduceGemm)
        {
            string span = spec.Weights.Storage == WeightStorage.Span ? ", or a parameter 'ReadOnlySpan<float> wScale'" : "";
            yield return DiagnosticTable.ScaleMissing.At(Part.WeightFormat, spec.Weights.Format.ToString(), spec.X.Format.ToString(), span);
        }
    }

    public static IEnumerable<RuleViolation> PlanesHaveScales(KernelSpec spec)
    {
        if (NumberFormats.IsBinaryCoded(spec.Weights.Format) && spec.Weights.Scale == Per.None && spec.Operation is Operation.Gemm or Operation.Spmm)
            yield return DiagnosticTable.PlanesNeedScales.At(Part.WeightFormat, spec.Weights.Format.ToString());
    }

    public static IEnumerable<RuleViolation> PlanesAreDequantised(KernelSpec spec)
    {
        if (spec.IsIntegerContraction && NumberFormats.IsBinaryCoded(spec.Weights.Format) && FormatRules.PairFits(spec) && !spec.Epilogue.Contains(Tpp.Dequantise) && spec.Operation is Operation.Gemm or Operation.Spmm)
            yield return DiagnosticTable.PlanesOnRaw.At(Part.WeightFormat, spec.Weights.Format.ToString(), spec.X.Format.ToString());
    }

    public static IEnumerable<RuleViolation> FloatHasNoScale(KernelSpec spec)
    {
        if (spec.IsContraction && spec.Weights.Scale != Per.None && !NumberFormats.IsInteger(spec.Weights.Format) && !NumberFormats.HasBasis(spec.Weights.Format))
            yield return DiagnosticTable.ScaleSuperfluous.At(Part.WeightFormat, "The weights", Name(spec.Weights.Scale), $"{spec.Weights.Format} is not quantised", "remove the scale or use an integer format");
        if (spec.X.Scale != Per.None && !NumberFormats.IsInteger(spec.X.Format))
            yield return DiagnosticTable.ScaleSuperfluous.At(Part.XFormat, "The activations", Name(spec.X.Scale), $"{spec.X.Format} is not quantised", "remove the scale or use an integer format");
    }

    public static IEnumerable<RuleViolation> RawSumHasNoScale(KernelSpec spec)
    {
        // Packed weights may carry scales that a raw kernel does not read: one packing serves several kernels. An argument that is never read is a mistake.
        if (!spec.StartsAsInteger || spec.Epilogue.Contains(Tpp.Dequantise) || spec.Operation == Operation.BatchReduceGemm) yield break;
        const string found = "without a Dequantise step nothing applies it", wayOut = "put Dequantise at the front of the chain, or remove the scale";
        if (spec.IsContraction && spec.Weights is { Storage: WeightStorage.Span, Scale: Per.Tensor or Per.Row })
            yield return DiagnosticTable.ScaleSuperfluous.At(Part.WeightFormat, "The weights", Name(spec.Weights.Scale), found, wayOut);
        if (spec.X.Scale is Per.Tensor or Per.Token)
            yield return DiagnosticTable.ScaleSuperfluous.At(Part.XFormat, "The activations", Name(spec.X.Scale), found, wayOut);
    }

    public static IEnumerable<RuleViolation> RawSumHasNoGroups(KernelSpec spec)
    {
        if (spec.IsIntegerContraction && spec.Weights is { Scale: Per.Group, Storage: WeightStorage.Packed } && !NumberFormats.IsBinaryCoded(spec.Weights.Format) && !spec.Epilogue.Contains(Tpp.Dequantise) && spec.Operation != Operation.BatchReduceGemm)
            yield return DiagnosticTable.GroupScaleOnRaw.At(Part.WeightFormat);
    }

    public static IEnumerable<RuleViolation> KindFitsOperand(KernelSpec spec)
    {
        if (spec.IsContraction && spec.Weights.Scale == Per.Token)
            yield return DiagnosticTable.ScaleKind.At(Part.WeightFormat, "The weights", Name(spec.Weights.Scale), "Per.Tensor, Per.Row or Per.Group");
        if (spec.X.Scale is Per.Row or Per.Group)
            yield return DiagnosticTable.ScaleKind.At(Part.XFormat, "The activations", Name(spec.X.Scale), "Per.Tensor or Per.Token");
    }

    public static IEnumerable<RuleViolation> GroupIsPossible(KernelSpec spec)
    {
        WeightSpec weights = spec.Weights;
        if (weights.Scale != Per.Group)
        {
            if (weights.ScaleGroup != 0)
                yield return DiagnosticTable.ScaleGroup.At(Part.WeightFormat, KernelRules.Text(weights.ScaleGroup), $"0 with Scale = Per.{weights.Scale}, or Scale = Per.Group");
            yield break;
        }
        int basis = NumberFormats.Get(weights.Format).Basis;
        // One group over the whole depth is a scale per row: any length will do.
        if (basis == 0 && weights.ScaleGroup > 0 && spec.Depth.IsConstant && weights.ScaleGroup >= spec.Depth.Constant) yield break;
        int multiple = basis > 0 ? basis : weights.Pattern is { Kind: Pattern.NM, M: > GroupMultiple } ? weights.Pattern.M : GroupMultiple;
        if (weights.ScaleGroup > 0 && weights.ScaleGroup % multiple == 0) yield break;
        string reason = basis > 0 ? " (weights that have their coefficients in common)" : multiple > GroupMultiple ? $" (whole N:M groups of {KernelRules.Text(multiple)})" : "";
        string whole = basis == 0 && spec.Depth.IsConstant ? ", or at least the depth" : "";
        yield return DiagnosticTable.ScaleGroup.At(Part.WeightFormat, KernelRules.Text(weights.ScaleGroup), $"a positive multiple of {KernelRules.Text(multiple)}{reason}{whole}");
    }

    public static IEnumerable<RuleViolation> ZeroPointsNeedScales(KernelSpec spec)
    {
        WeightSpec weights = spec.Weights;
        // Planes have offsets, and a rule of their own on scales.
        if (!weights.Asymmetric || NumberFormats.IsBinaryCoded(weights.Format)) yield break;
        if (!NumberFormats.IsInteger(weights.Format))
            yield return DiagnosticTable.Asymmetric.At(Part.WeightFormat, "an integer format", $"theirs is {weights.Format}", "");
        else if (!NumberFormats.HasZeroPoints(weights.Format))
            yield return DiagnosticTable.Asymmetric.At(Part.WeightFormat, "Int8, Int4 or Planes1 to Planes7, the formats that have zero points, or BinaryCoded ones, which have offsets", $"theirs is {weights.Format}", "");
        else if (weights.Scale == Per.None)
            yield return DiagnosticTable.Asymmetric.At(Part.WeightFormat, "scales, beside which the zero points stand", "they have none", " or set Scale");
    }

    private static string Name(Per per) => per.ToString().ToLowerInvariant();
}
