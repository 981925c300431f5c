using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>
/// What makes a kernel spec valid. One list of small pure functions with three users: the analyzer reports what they find, the generator does not plan a spec that breaks one,
/// and tests call them directly.
/// </summary>
public static class KernelRules
{
    /// <summary>Rules on every operation.</summary>
    private static readonly Func<KernelSpec, IEnumerable<RuleViolation>>[] Rules =
    [
        ExtentRules.NotNegative,
        TileRules.ThreadsArePossible,
        EpilogueRules.DequantiseNeedsIntegers,
        EpilogueRules.FloatStepsNeedDequantise,
        EpilogueRules.DequantiseIsFirstAndOnce,
        EpilogueRules.RequantiseIsLastAndOnce,
        EpilogueRules.RequantiseNeedsByteOutput,
        EpilogueRules.ByteOutputNeedsRequantise,
        FormatRules.YFormatFits,
        FormatRules.IntegerOutputIsRaw,
        FormatRules.PlanesLieInPlanes,
        FormatRules.PackedPlanesAreCounted,
        WideSumRules.RawOutputIsAsWideAsItsSum,
        ScaleRules.FloatHasNoScale,
        ScaleRules.RawSumHasNoScale,
        ScaleRules.KindFitsOperand,
    ];

    /// <summary>Rules on products of weights and X.</summary>
    private static readonly Func<KernelSpec, IEnumerable<RuleViolation>>[] ContractionRules =
    [
        ExtentRules.LeadingDimensionNeedsSpan,
        BatchRules.WeightsArePlain,
        BatchRules.LayoutIsRowMajor,
        BatchRules.NoScales,
        BatchRules.BetaNeedsFloats,
        BatchRules.FormatsAreSupported,
        SddmmRules.OperandsArePlain,
        SddmmRules.OutputIsSparse,
        SddmmRules.OutputFormatIsStored,
        SddmmRules.LayoutsAreThoseOfTheProduct,
        SddmmRules.StepsNeedNoDenseOperand,
        SddmmRules.FactorsAreOfFloats,
        SddmmRules.ConstantIsInRange,
        SddmmRules.HasNoTile,
        ButterflyRules.ProductIsPossible,
        ButterflyRules.FactorsArePlain,
        ButterflyRules.HasNoTile,
        RgmsRules.ProductIsPossible,
        RgmsRules.OperandsArePacked,
        RgmsRules.LinesAreNodes,
        RgmsRules.EdgesGoWithWeights,
        RgmsRules.ScalesBelongToFeatures,
        RgmsRules.SumIsNarrow,
        RgmsRules.HasNoTile,
        TileRules.ExtentsArePossible,
        TileRules.FitsRegisterFile,
        TileRules.FitsMachineCode,
        TileRules.SlicesHaveEffect,
        TileRules.TierOnce,
        TileRules.ArchitectureOnce,
        TileRules.ExtentsBelong,
        SparsityRules.NMIsPossible,
        SparsityRules.VectorIsPossible,
        SparsityRules.BlockIsPossible,
        SparsityRules.WidthIsPossible,
        SparsityRules.HybIsPossible,
        SparsityRules.LanesArePossible,
        SparsityRules.GatherScatterIsPossible,
        CompositeRules.FormatsArePossible,
        CompositeRules.EveryFormatIsReached,
        CompositeRules.FillBelongs,
        SparsityRules.ParametersBelong,
        TransposeRules.TransposeIsPossible,
        TransposeRules.ScalesAreOfTheWhole,
        SparsityRules.DenseOperationHasDenseWeights,
        SparsityRules.SparseOperationHasSparseWeights,
        SparsityRules.SparseWeightsArePacked,
        KnownPatternRules.FileBelongs,
        KnownPatternRules.PatternIsWrittenOut,
        FormatRules.WeightsFormatFits,
        FormatRules.XFormatFits,
        FormatRules.PairIsSupported,
        FormatRules.PlanesGoWithPlanes,
        FormatRules.PatternHasZeros,
        FormatRules.BasisIsPossible,
        FormatRules.SpanCarriesFormat,
        FormatRules.AccumulatorNeedsIntegers,
        ScaleRules.WeightOnlyNeedsScale,
        ScaleRules.PlanesHaveScales,
        ScaleRules.PlanesAreDequantised,
        ScaleRules.RawSumHasNoGroups,
        ScaleRules.GroupIsPossible,
        ScaleRules.ZeroPointsNeedScales,
        OverflowRules.SumFitsAccumulator,
        WideSumRules.WideSumIsPossible,
        InformationRules.NMPays,
        InformationRules.PlanesAreCounted,
    ];

    /// <summary>Rules on what is done to X alone.</summary>
    private static readonly Func<KernelSpec, IEnumerable<RuleViolation>>[] LineRuleList =
    [
        LineRules.XFormatFits,
        LineRules.LayoutsAgree,
        LineRules.HasNoTile,
        LineRules.ConstantsAreInRange,
    ];

    /// <summary>Checks a spec against every rule.</summary>
    /// <returns>The violations in the order of the rules; empty when the spec is valid and fast. A spec without an <see cref="RuleSeverity.Error"/> can be planned.</returns>
    public static IReadOnlyList<RuleViolation> Check(KernelSpec spec)
    {
        var violations = new List<RuleViolation>();
        foreach (Func<KernelSpec, IEnumerable<RuleViolation>> rule in Rules.Concat(spec.IsContraction ? ContractionRules : LineRuleList)) violations.AddRange(rule(spec));
        return violations;
    }

    /// <summary>True when no rule is broken as an error.</summary>
    public static bool IsValid(KernelSpec spec) => Check(spec).All(violation => violation.Severity != RuleSeverity.Error);

    internal static string Text(int value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    internal static string Text(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
