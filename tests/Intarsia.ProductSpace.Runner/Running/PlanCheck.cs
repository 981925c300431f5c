using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.ProductSpace.Writing;
using Intarsia.Verification;

namespace Intarsia.ProductSpace.Running;

/// <summary>Runs the planner's tile program for a kernel in the interpreter, on the same operands, and compares it with the reference: the second oracle.</summary>
public static class PlanCheck
{
    /// <returns>Null when the program gives what the reference says, else a sentence.</returns>
    public static string? Run(DrawnKernel kernel, Tier tier)
    {
        ReferenceOperands operands = OperandFactory.Draw(kernel);
        ReferenceResult expected = SpecReference.Execute(kernel.Spec, operands);
        using OperandBag bag = BagBuilder.Build(kernel, operands);
        KernelPlan plan = TilePlanner.Plan(WithTensorStrides(kernel), tier);
        var binder = new PlanBinder(plan, kernel, bag);
        try
        {
            // A kernel returns at the door where Y is empty. Lists and addresses reach the program one term at a time.
            bool empty = kernel.Sizes.Rows == 0 || kernel.Sizes.Columns == 0;
            bool byTerm = kernel.Spec.Batch?.Addressing is BatchAddressing.List or BatchAddressing.Addresses;
            for (int term = 0; term < (empty ? 0 : byTerm ? Math.Max(1, kernel.Sizes.BatchCount) : 1); term++)
            {
                if (byTerm) binder.TakeTerm(kernel, term);
                TileInterpreter.Run(plan.Program, binder.Sizes, binder.Buffers);
            }
        }
        catch (Exception exception) when (exception is TileProgramException or ArgumentException)
        {
            return $"its tile program for {tier} failed: {exception.Message}";
        }
        return KernelCheck.Compare(kernel, binder.Output, expected) is { } fault ? $"its tile program for {tier} gives another result: {fault}" : null;
    }

    /// <summary>A tensor carries its own stride; to the planner it is an operand with a leading dimension.</summary>
    private static KernelSpec WithTensorStrides(DrawnKernel kernel)
    {
        KernelSpec spec = kernel.Spec;
        TensorOperands tensors = kernel.Style.Tensors;
        return spec with
        {
            Weights = spec.Weights with { HasStride = spec.Weights.HasStride || tensors.HasFlag(TensorOperands.Weights) },
            X = spec.X with { HasStride = spec.X.HasStride || tensors.HasFlag(TensorOperands.X) },
            Y = spec.Y with { HasStride = spec.Y.HasStride || tensors.HasFlag(TensorOperands.Y) },
        };
    }
}
