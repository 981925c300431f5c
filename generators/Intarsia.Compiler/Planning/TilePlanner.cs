using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Planning;

/// <summary>Decides how a kernel runs on one tier. Pure: the same spec and tier give the same plan.</summary>
public static class TilePlanner
{
    /// <summary>Plans a spec that breaks no rule.</summary>
    public static KernelPlan Plan(KernelSpec spec, Tier tier)
    {
        var plan = new PlanBuilder(spec, tier);
        if (spec.Operation == Operation.Elementwise) return new ElementwiseSchedule(plan).Build();
        if (spec.Operation == Operation.Softmax) return new SoftmaxSchedule(plan).Build();
        if (spec.Norm is not null) return new NormSchedule(plan).Build();
        if (spec.Operation == Operation.BatchReduceGemm) return new BatchReduceSchedule(plan).Build();
        if (spec.Operation == Operation.Sddmm) return new SddmmSchedule(plan).Build();
        return RunsDense(spec) || plan.UsesPlaces ? new PanelSchedule(plan).Build() : new StreamSchedule(plan).Build();
    }

    /// <summary>
    /// Dense weights, and integer N:M ones that keep a quarter or more: dot products of whole registers outrun the gathering of what is not zero. Floats are never computed
    /// densely for a sparse pattern: a zero times an infinity is not a number.
    /// </summary>
    internal static bool RunsDense(KernelSpec spec)
    {
        PatternSpec pattern = spec.Weights.Pattern;
        return pattern.Kind == Pattern.Dense || (pattern.Kind == Pattern.NM && spec.IsIntegerContraction && 4 * pattern.N >= pattern.M);
    }
}
