using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules on number formats.</summary>
internal static class FormatRules
{
    /// <summary>Both formats are allowed where they stand; later rules look at a pair only then.</summary>
    public static bool OperandFormatsFit(KernelSpec spec) =>
        spec.IsContraction ? AllowedAsWeights(spec, NumberFormats.Get(spec.Weights.Format)) && AllowedAsX(spec, NumberFormats.Get(spec.X.Format)) : LineRules.Accepts(spec.Operation, NumberFormats.Get(spec.X.Format));

    /// <summary>Whether the left operand may have a format: what stands for weights in a sampled product are activations, too.</summary>
    public static bool AllowedAsWeights(KernelSpec spec, NumberFormatRow format) => spec.Rgms is not null ? RgmsRules.AcceptsAsWeights(format) : spec.Operation is Operation.Sddmm or Operation.Butterfly ? AllowedAsX(spec, format) : format.AllowedAsWeights;

    /// <summary>Whether X may have a format. Both operands of a sampled product are activations, which change at every call: none lies in planes.</summary>
    private static bool AllowedAsX(KernelSpec spec, NumberFormatRow format) => spec.Butterfly is not null ? ButterflyRules.Accepts(format) : spec.Rgms is not null ? RgmsRules.AcceptsAsX(format) : format.AllowedAsActivations && (spec.Operation != Operation.Sddmm || format.BitPlanes == 0);

    /// <summary>Quantised weights whose values are dequantised as they are read, because the activations are floats.</summary>
    public static bool IsWeightOnly(KernelSpec spec) => spec.IsContraction && NumberFormats.IsInteger(spec.Weights.Format) && !NumberFormats.IsInteger(spec.X.Format);

    public static bool PairFits(KernelSpec spec) =>
        OperandFormatsFit(spec) && (!spec.IsContraction || spec.IsIntegerContraction || !NumberFormats.IsInteger(spec.X.Format) && (!NumberFormats.IsInteger(spec.Weights.Format) || NumberFormats.IsQuantised(spec.Weights.Format) && spec.Operation != Operation.Sddmm));

    public static IEnumerable<RuleViolation> WeightsFormatFits(KernelSpec spec) =>
        Fits(spec.Weights.Format, row => AllowedAsWeights(spec, row), spec.Operation switch { Operation.Sddmm => "A", Operation.Butterfly => "butterfly factors", _ => "the weights" }, Part.WeightFormat);

    public static IEnumerable<RuleViolation> XFormatFits(KernelSpec spec) =>
        Fits(spec.X.Format, row => AllowedAsX(spec, row), "X", Part.XFormat);

    public static IEnumerable<RuleViolation> YFormatFits(KernelSpec spec) =>
        NumberFormats.IsBitPlanes(spec.Y.Format) ? [] : Fits(spec.Y.Format, row => row.AllowedAsOutput, "Y", Part.YFormat);

    public static IEnumerable<RuleViolation> PairIsSupported(KernelSpec spec)
    {
        if (OperandFormatsFit(spec) && !PairFits(spec))
            yield return DiagnosticTable.FormatPair.At(Part.WeightFormat, spec.Weights.Format.ToString(), spec.X.Format.ToString());
    }

    /// <summary>Planes are counted against planes. As integers among others they would gain nothing that other formats have not.</summary>
    public static IEnumerable<RuleViolation> PlanesGoWithPlanes(KernelSpec spec)
    {
        bool weights = NumberFormats.IsBitPlanes(spec.Weights.Format), x = NumberFormats.IsBitPlanes(spec.X.Format);
        if (weights == x || !OperandFormatsFit(spec) || !spec.IsIntegerContraction) yield break;
        (NumberFormat planes, string other, Part part) = weights ? (spec.Weights.Format, "X", Part.XFormat) : (spec.X.Format, "The weights", Part.WeightFormat);
        NumberFormat number = weights ? spec.X.Format : spec.Weights.Format;
        yield return DiagnosticTable.PlanesAlone.At(part, weights ? "The weights" : "X", planes.ToString(), other, number.ToString(), NumberOf(planes).ToString());
    }

    /// <summary>What lies in planes has them, and a kernel gives planes in no other way.</summary>
    public static IEnumerable<RuleViolation> PlanesLieInPlanes(KernelSpec spec)
    {
        if (spec.X.Layout == MatrixLayout.BitPlanes && !NumberFormats.IsBitPlanes(spec.X.Format)) yield return DiagnosticTable.NoPlanes.At(Part.XFormat, "X", spec.X.Format.ToString());
        if (spec.Y.Layout == MatrixLayout.BitPlanes && !NumberFormats.IsBitPlanes(spec.Y.Format)) yield return DiagnosticTable.NoPlanes.At(Part.YFormat, "Y", spec.Y.Format.ToString());
        if (spec.Y.Layout != MatrixLayout.BitPlanes && NumberFormats.IsBitPlanes(spec.Y.Format)) yield return DiagnosticTable.LoosePlanes.At(Part.YFormat, spec.Y.Format.ToString(), NumberOf(spec.Y.Format).ToString());
    }

    /// <summary>Kernels that count bits read words of them and write such; all others have elements of their own.</summary>
    public static IEnumerable<RuleViolation> PackedPlanesAreCounted(KernelSpec spec)
    {
        bool x = spec.X.Layout == MatrixLayout.BitPlanes && NumberFormats.IsBitPlanes(spec.X.Format), y = spec.Y.Layout == MatrixLayout.BitPlanes && NumberFormats.IsBitPlanes(spec.Y.Format);
        if ((!x && !y) || Planning.BitPlanesSchedule.Fits(spec)) yield break;
        yield return DiagnosticTable.PackedPlanes.At(x ? Part.XFormat : Part.YFormat, x ? "X" : "Y");
    }

    /// <summary>The narrowest format of bytes or more that holds the numbers of one of planes.</summary>
    public static NumberFormat NumberOf(NumberFormat planes) => NumberFormats.Get(planes) switch
    {
        { Min: >= 0 } => NumberFormat.UInt8,
        { Max: <= sbyte.MaxValue } => NumberFormat.Int8,
        _ => NumberFormat.Int16,
    };

    /// <summary>What a pattern leaves out is 0, and so is what it fills up with: a format without 0 stands in none.</summary>
    public static IEnumerable<RuleViolation> PatternHasZeros(KernelSpec spec)
    {
        if (spec.Weights.Pattern.Kind != Pattern.Dense && !NumberFormats.HasZero(spec.Weights.Format))
            yield return DiagnosticTable.NoZero.At(Part.Pattern, spec.Weights.Format.ToString(), spec.Weights.Pattern.Kind.ToString());
    }

    /// <summary>A basis makes whole groups of neighbours, and is shared as scales are. <see cref="ScaleRules.GroupIsPossible"/> sees to the length of its groups.</summary>
    public static IEnumerable<RuleViolation> BasisIsPossible(KernelSpec spec)
    {
        WeightSpec weights = spec.Weights;
        int order = NumberFormats.Get(weights.Format).Basis;
        if (order == 0) yield break;
        string neighbours = KernelRules.Text(order);
        if (weights.Scale == Per.None)
            yield return DiagnosticTable.BasisPlace.At(Part.WeightFormat, weights.Format.ToString(), "nothing says which of them share a basis", "Scale = Per.Tensor, Per.Row or Per.Group on their [Format]");
        if (weights.Pattern.Kind != Pattern.Dense && !(weights.Pattern.Kind == Pattern.Bsr && weights.Pattern.BlockColumns % order == 0))
            yield return DiagnosticTable.BasisPlace.At(Part.Pattern, weights.Format.ToString(), $"Pattern.{weights.Pattern.Kind}{(weights.Pattern.Kind == Pattern.Bsr ? $" with blocks of {KernelRules.Text(weights.Pattern.BlockColumns)} columns" : "")} cuts through {neighbours} neighbours", $"dense weights, or Pattern.Bsr with BlockColumns that {neighbours} divides");
    }

    public static IEnumerable<RuleViolation> IntegerOutputIsRaw(KernelSpec spec)
    {
        // The formats of a batch-reduce GEMM have a rule of their own.
        if (!IsRawOutput(spec.Y.Format) || !PairFits(spec) || spec.Operation == Operation.BatchReduceGemm) yield break;
        if (!spec.StartsAsInteger)
            yield return DiagnosticTable.IntegerOutput.At(Part.YFormat, spec.Y.Format.ToString(), spec.IsContraction ? $"{spec.Weights.Format} weights times {spec.X.Format} activations accumulate in binary32" : $"what is made of a {spec.X.Format} X is binary32", "");
        else if (spec.Epilogue.Contains(Tpp.Dequantise))
            yield return DiagnosticTable.IntegerOutput.At(Part.YFormat, spec.Y.Format.ToString(), "Dequantise makes the result a float", ", or a chain without Dequantise");
    }

    /// <summary>What holds an integer sum as it is.</summary>
    public static bool IsRawOutput(NumberFormat format) => format is NumberFormat.Int32 or NumberFormat.Int64;

    public static IEnumerable<RuleViolation> SpanCarriesFormat(KernelSpec spec)
    {
        if (spec.Weights.Storage != WeightStorage.Span || spec.Operation == Operation.BatchReduceGemm) yield break;
        if (NumberFormats.Get(spec.Weights.Format).HasTable)
            yield return DiagnosticTable.PackedOnly.At(Part.WeightFormat, $"{spec.Weights.Format} is stored as codes for the entries of a table");
        else if (NumberFormats.IsBinaryCoded(spec.Weights.Format))
            yield return DiagnosticTable.PackedOnly.At(Part.WeightFormat, $"{spec.Weights.Format} is stored as planes of signs with scales of their own");
        else if (NumberFormats.IsBitPlanes(spec.Weights.Format))
            yield return DiagnosticTable.PackedOnly.At(Part.WeightFormat, $"{spec.Weights.Format} is stored as planes of bits");
        // The left factor of a sampled product is an activation, and lies as X does.
        else if (NumberFormats.IsPartOfBytes(spec.Weights.Format) && !(spec.Operation == Operation.Sddmm && NumberFormats.IsNibble(spec.Weights.Format)))
            yield return DiagnosticTable.PackedOnly.At(Part.WeightFormat, $"{spec.Weights.Format} is stored two to {(NumberFormats.IsNibble(spec.Weights.Format) ? "a byte" : "three bytes")}");
        else if (spec.Weights.Scale == Per.Group)
            yield return DiagnosticTable.PackedOnly.At(Part.WeightFormat, "they have a scale per group");
        else if (spec.Weights.Asymmetric)
            yield return DiagnosticTable.PackedOnly.At(Part.WeightFormat, "they have zero points");
    }

    public static IEnumerable<RuleViolation> AccumulatorNeedsIntegers(KernelSpec spec)
    {
        if (spec.Accumulator != Accumulator.Default && PairFits(spec) && !spec.IsIntegerContraction)
            yield return DiagnosticTable.AccumulatorOnFloat.At(Part.Operation, spec.Weights.Format.ToString(), spec.X.Format.ToString(), spec.Accumulator.ToString());
    }

    public static IEnumerable<RuleViolation> Fits(NumberFormat format, Func<NumberFormatRow, bool> allowed, string operand, Part part)
    {
        if (!allowed(NumberFormats.Get(format)))
            yield return DiagnosticTable.FormatPlace.At(part, format.ToString(), operand, string.Join(", ", NumberFormats.All.Where(allowed).Select(row => row.Format)));
    }
}
