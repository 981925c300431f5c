using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// Kernels that multiply by the transpose of packed weights. A planner sees the pattern of the transpose, which is one of those it knows, and plans as for any weights; that the orders which the plan asks for are made
/// through the columns of the matrix stands in its bindings. So no schedule, block or backend knows of it, but the one of large blocks, which reads them as they are stored.
/// </summary>
internal static class TransposedWeights
{
    /// <summary>The spec with the pattern that the kernel meets.</summary>
    public static KernelSpec AsRead(KernelSpec spec) => spec.IsTransposed ? spec with { Weights = spec.Weights with { Pattern = spec.Weights.Pattern.AsRead } } : spec;

    /// <summary>A plan of such a spec, on the orders of the transpose.</summary>
    /// <param name="spec">The spec as it was declared.</param>
    /// <param name="plan">A plan of the spec as it is read.</param>
    public static KernelPlan Mark(KernelSpec spec, KernelPlan plan) => !spec.IsTransposed ? plan : plan with
    {
        Program = plan.Program with { Reasons = plan.Program.Reasons.Concat([$"the weights are packed as {spec.Weights.Pattern with { Transposed = false }}, depth by rows: their transpose is read through the index of their columns"]).ToEquatableArray() },
        Bindings = plan.Bindings.Select(binding => binding is Binding.Prepared { Kind: not PreparedKind.TransposedBlock } prepared ? prepared with { Transposed = true } : binding).ToEquatableArray(),
    };
}
