using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Planning;

/// <summary>Decides how a kernel runs on one tier. Pure: the same spec and tier give the same plan.</summary>
public static class TilePlanner
{
    /// <summary>Every plan that a kernel has on a tier, those for few columns first; the last one is for all that is left.</summary>
    public static IReadOnlyList<ColumnsPlan> Plans(KernelSpec spec, Tier tier) =>
        spec.IsTransposed ? [.. Plans(TransposedWeights.AsRead(spec), tier).Select(choice => choice with { Plan = TransposedWeights.Mark(spec, choice.Plan) })] : PlansAsRead(spec, tier);

    private static IReadOnlyList<ColumnsPlan> PlansAsRead(KernelSpec spec, Tier tier)
    {
        spec = OneColumn(spec, tier);
        if (spec.Operation is Operation.Butterfly or Operation.Rgms) return [new ColumnsPlan(0, PlanAsRead(spec, tier))];
        if (ColumnSchedule.Serves(spec, tier))
        {
            ColumnsPlan columns = Few(ColumnSchedule.MaxColumns, new ColumnSchedule(new PlanBuilder(spec, tier)).Build()) with { MaxDensity = ColumnSchedule.MaxDensity(spec) };
            return WithRest(columns.MaxDensity == 0 ? [columns] : [columns, Gathers()]);
        }
        if (GroupSchedule.Serves(spec, tier)) return WithRest(Gathers());
        if (PlanesSchedule.Fits(spec) || BitPlanesSchedule.Fits(spec)) return [new ColumnsPlan(0, PlanAsRead(spec, tier))];
        KernelPlan? plan = PlanesSchedule.ServesFew(spec, tier) ? new PlanesSchedule(new PlanBuilder(spec, tier)).Build()
            : FewColumnsShape.Of(spec, tier) is { } shape ? new FewColumnsSchedule(new PlanBuilder(spec, tier), shape).Build()
            : PanelSchedule.ServesFew(spec, tier) ? new PanelSchedule(new PlanBuilder(spec, tier), few: true).Build() : null;
        return plan is null ? [new ColumnsPlan(0, PlanAsRead(spec, tier))] : WithRest(Few(FewColumnsSchedule.MaxColumns, plan));

        ColumnsPlan Gathers() => Few(GroupSchedule.MaxColumns(spec), new GroupSchedule(new PlanBuilder(spec, tier)).Build());

        ColumnsPlan Few(int columns, KernelPlan few) => new(spec.Columns.IsConstant ? 0 : columns, few);

        IReadOnlyList<ColumnsPlan> WithRest(params ColumnsPlan[] few) => spec.Columns.IsConstant ? few : [.. few, new ColumnsPlan(0, PlanAsRead(spec, tier))];
    }

    /// <summary>Plans a spec that breaks no rule, for any number of columns.</summary>
    public static KernelPlan Plan(KernelSpec spec, Tier tier) =>
        TransposedWeights.Mark(spec, PlanAsRead(TransposedWeights.AsRead(spec), tier));

    private static KernelPlan PlanAsRead(KernelSpec spec, Tier tier)
    {
        spec = OneColumn(spec, tier);
        var plan = new PlanBuilder(spec, tier);
        if (spec.Operation == Operation.Elementwise) return new ElementwiseSchedule(plan).Build();
        if (spec.Operation == Operation.Softmax) return new SoftmaxSchedule(plan).Build();
        if (spec.Norm is not null) return new NormSchedule(plan).Build();
        if (spec.Operation == Operation.BatchReduceGemm) return new BatchReduceSchedule(plan).Build();
        if (spec.Operation == Operation.Sddmm) return new SddmmSchedule(plan).Build();
        if (spec.Operation == Operation.Butterfly) return new ButterflySchedule(plan).Build();
        if (spec.Operation == Operation.Rgms) return new RelationalSchedule(plan).Build();
        if (PlanesSchedule.Fits(spec)) return new PlanesSchedule(plan).Build();
        if (BitPlanesSchedule.Fits(spec)) return new BitPlanesSchedule(plan).Build();
        if (KnownSchedule.Fits(spec)) return new KnownSchedule(plan).Build();
        return RunsDense(spec) || plan.UsesPlaces ? new PanelSchedule(plan).Build() : new StreamSchedule(plan).Build();
    }

    /// <summary>Whether the general plan of a kernel is a <see cref="PanelSchedule"/>.</summary>
    internal static bool RunsPanels(KernelSpec spec, Tier tier)
    {
        spec = TransposedWeights.AsRead(spec);
        return spec.Operation is Operation.Gemm or Operation.Spmm && !PlanesSchedule.Fits(spec) && !BitPlanesSchedule.Fits(spec) && !KnownSchedule.Fits(spec) && (RunsDense(spec) || new PlanBuilder(spec, tier).UsesPlaces);
    }

    /// <summary>One column lies in memory as one token does; dense kernels on packed weights run best with the lanes along it, and so do the chains of those that gather activations.</summary>
    private static KernelSpec OneColumn(KernelSpec spec, Tier tier)
    {
        bool oneLayout = spec.Columns.Constant == 1 && !spec.X.HasStride && !spec.Y.HasStride;
        if (!oneLayout || !(spec.Operation == Operation.Gemm || GroupSchedule.Serves(spec, tier)) || spec.Weights.Storage != WeightStorage.Packed) return spec;
        static MatrixLayout Tokens(MatrixLayout layout) => layout == MatrixLayout.RowMajor ? MatrixLayout.TokenMajor : layout;
        return spec with { X = spec.X with { Layout = Tokens(spec.X.Layout) }, Y = spec.Y with { Layout = Tokens(spec.Y.Layout) } };
    }

    /// <summary>
    /// Dense weights, and integer N:M ones that keep a quarter or more: dot products of whole registers outrun the gathering of what is not zero. Floats are never computed
    /// densely for a sparse pattern: a zero times an infinity is not a number.
    /// </summary>
    internal static bool RunsDense(KernelSpec spec)
    {
        PatternSpec pattern = spec.Weights.Pattern.AsRead;
        return pattern.Kind == Pattern.Dense || (pattern.Kind == Pattern.NM && spec.IsIntegerContraction && 4 * pattern.N >= pattern.M);
    }
}

/// <summary>A plan and the columns it is for.</summary>
/// <param name="MaxColumns">Columns up to which it is taken; 0 for any.</param>
/// <param name="Plan">The plan.</param>
public sealed record ColumnsPlan(int MaxColumns, KernelPlan Plan)
{
    /// <summary>Elements of X up to which it is taken that are not zero, in hundredths; 0 for any.</summary>
    public int MaxDensity { get; init; }

    /// <summary>Whether it is taken for a number of columns and elements of X that are not zero, unless an earlier one is.</summary>
    public bool Takes(long columns, long elements, long nonZeros) => (MaxColumns == 0 || columns <= MaxColumns) && (MaxDensity == 0 || 100 * nonZeros <= MaxDensity * elements);
}
