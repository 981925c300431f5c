using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.Verification;

namespace Intarsia.ProductSpace.Running;

/// <summary>Runs the planner's tile program for a kernel in the interpreter, on the same operands, and compares it with the reference: the second oracle.</summary>
public static class PlanCheck
{
    /// <returns>Null when the program gives what the reference says, else a sentence.</returns>
    public static string? Run(DrawnKernel kernel, Tier tier, ReferenceOperands operands, ReferenceResult expected)
    {
        double[] values;
        try
        {
            values = PlanInterpreter.Run(WithTensorStrides(kernel), tier, operands);
        }
        catch (Exception exception) when (exception is TileProgramException or ArgumentException)
        {
            return $"its tile program for {tier} failed: {exception.Message}";
        }
        for (int i = 0; i < values.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, kernel.Sizes.Columns);
            if (!expected.Allows(row, column, values[i]))
                return FormattableString.Invariant($"its tile program for {tier} gives Y[{row},{column}] = {values[i]:R}, expected {expected.Y[i]:R} within {expected.Bound[i]:G3}");
        }
        return null;
    }

    /// <summary>A tensor carries its own stride; to the planner it is an operand with a leading dimension.</summary>
    private static KernelSpec WithTensorStrides(DrawnKernel kernel)
    {
        KernelSpec spec = kernel.Spec;
        TensorOperands tensors = kernel.Style.Tensors;
        if (spec.IsContraction) spec = spec with { Weights = spec.Weights with { HasStride = spec.Weights.HasStride || tensors.HasFlag(TensorOperands.Weights) } };
        return spec with
        {
            X = spec.X with { HasStride = spec.X.HasStride || tensors.HasFlag(TensorOperands.X) },
            Y = spec.Y with { HasStride = spec.Y.HasStride || tensors.HasFlag(TensorOperands.Y) },
        };
    }
}
