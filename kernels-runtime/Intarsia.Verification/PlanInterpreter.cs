using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Verification.Interpreter;

namespace Intarsia.Verification;

/// <summary>
/// Plans a kernel and runs the plan in the interpreter, on the operands of the reference: what a planner got wrong shows here, before any backend has a part in it. Packed weights go
/// through the packer and the order that the plan asks for; activations and results lie in memory as the spec says, with a gap behind each line where it has a leading dimension.
/// </summary>
public static class PlanInterpreter
{
    /// <summary>Elements of a gap.</summary>
    private const int Gap = 3;

    /// <summary>Runs the plan of <paramref name="spec"/> for <paramref name="tier"/>.</summary>
    /// <returns>The result, rows×columns, logical.</returns>
    /// <exception cref="TileProgramException">The program did something it must not.</exception>
    /// <exception cref="ArgumentException">An operand is missing.</exception>
    public static double[] Run(KernelSpec spec, Tier tier, ReferenceOperands operands)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(operands);
        return Run(spec, TilePlanner.Plans(spec, tier).First(p => p.Takes(operands.Columns, operands.X.Length, operands.X.Count(x => x != 0))).Plan, operands);
    }

    /// <summary>Runs the plan of <paramref name="spec"/> for a GPU.</summary>
    /// <param name="spec">The kernel.</param>
    /// <param name="device">What the plan is for.</param>
    /// <param name="aligned">The plan for operands whose lines begin and end at multiples of 16 bytes.</param>
    /// <param name="operands">The operands.</param>
    /// <returns>The result, rows×columns, logical.</returns>
    /// <exception cref="TileProgramException">The program did something it must not.</exception>
    /// <exception cref="ArgumentException">An operand is missing.</exception>
    public static double[] Run(KernelSpec spec, Device device, bool aligned, ReferenceOperands operands)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(operands);
        return Run(spec, DevicePlanner.Plan(spec, device, aligned), operands);
    }

    private static double[] Run(KernelSpec spec, KernelPlan plan, ReferenceOperands operands)
    {
        if (spec.Operation != Operation.BatchReduceGemm)
        {
            var memory = new OperandMemory(spec, operands, Gap);
            RunOnce(plan, memory);
            return memory.ReadY();
        }

        // Strides and offsets reach every term in one run; a list or raw addresses take a run for each, and one where there is none.
        bool single = spec.Batch!.Addressing is BatchAddressing.List or BatchAddressing.Addresses;
        var batch = new BatchMemory(spec, operands, Gap);
        if (operands.Rows * operands.Columns == 0) return batch.ReadY();
        for (int term = 0; term < (single ? Math.Max(1, operands.BatchCount) : 1); term++)
        {
            batch.Term = single ? term : null;
            RunOnce(plan, batch);
        }
        return batch.ReadY();
    }

    private static void RunOnce(KernelPlan plan, OperandMemory memory)
    {
        var operands = new PlanOperands(plan, memory);
        TileInterpreter.Run(plan.Program, operands.Sizes, operands.Buffers);
    }
}
