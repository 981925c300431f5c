namespace Intarsia.Compiler.Planning;

internal sealed class BatchReduceSchedule(PlanBuilder plan)
{
    public KernelPlan Build() => throw new InvalidOperationException(plan.Spec.ToString());
}
