using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.ProductSpace.Running;
using Intarsia.ProductSpace.Writing;
using Intarsia.Verification;

namespace Intarsia.ProductSpace.Tests;

/// <summary>A stand-in for a generated kernel that writes what the reference says, so that the harness itself can be tested: right when left alone, wrong in one known way when mutated.</summary>
internal sealed class ReferenceKernel(DrawnKernel kernel)
{
    /// <summary>The operands the call is checked against.</summary>
    public ReferenceOperands Operands { get; } = OperandFactory.Draw(kernel);

    /// <summary>What the kernel computes from; a mutation changes it.</summary>
    public Func<ReferenceOperands, ReferenceOperands> Reads { get; init; } = operands => operands;

    /// <summary>Whether an element is written at all.</summary>
    public Func<int, int, bool> Writes { get; init; } = (_, _) => true;

    /// <summary>Done to the operands after the result is written.</summary>
    public Action<OperandBag> Then { get; init; } = _ => { };

    /// <summary>Runs the harness; null when it finds nothing.</summary>
    public string? Fault() => KernelCheck.Run(kernel, Operands, Call);

    private void Call(OperandBag bag)
    {
        ReferenceResult result = SpecReference.Execute(kernel.Spec, Reads(OperandFactory.Draw(kernel)));
        if (kernel.Spec.Y.IsPacked) WritePacked(bag.Packed, result);
        else Write(bag, result);
        Then(bag);
    }

    private void Write(OperandBag bag, ReferenceResult result)
    {
        ElementCodec codec = ElementCodec.Of(kernel.Spec.Y.Format);
        Span<byte> y = bag.Bytes(ParameterNames.Key(Role.Y, 0));
        for (int row = 0; row < kernel.Sizes.Rows; row++)
            for (int column = 0; column < kernel.Sizes.Columns; column++)
                if (Writes(row, column)) codec.Write(y, Position(row, column), result.Y[row * kernel.Sizes.Columns + column]);
    }

    private void WritePacked(PackedMatrix y, ReferenceResult result)
    {
        double[] values = SampledResult.Read(y);
        for (int i = 0; i < values.Length; i++)
            if (Operands.Sampled[i] && Writes(i / result.Columns, i % result.Columns)) values[i] = result.Y[i];
        SampledResult.Write(y, values);
    }

    private int Position(int row, int column) =>
        kernel.Spec.Y.Layout == MatrixLayout.TokenMajor ? column * kernel.Sizes.YStride + row : row * kernel.Sizes.YStride + column;
}
