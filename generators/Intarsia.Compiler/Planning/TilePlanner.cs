using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Planning;

/// <summary>Decides how a kernel runs on one tier. Pure: the same spec and tier give the same plan.</summary>
public static class TilePlanner
{
    /// <summary>Plans a spec that breaks no rule.</summary>
    public static KernelPlan Plan(KernelSpec spec, Tier tier)
    {
        var plan = new PlanBuilder(spec, tier);
        if (spec.Operation == Operation.BatchReduceGemm) return new BatchReduceSchedule(plan).Build();
        return spec.Weights.Pattern.Kind == Pattern.Dense ? new PanelSchedule(plan).Build() : new StreamSchedule(plan).Build();
    }
}
