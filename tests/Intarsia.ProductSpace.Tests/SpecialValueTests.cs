using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.ProductSpace.Running;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.ProductSpace.Tests;

/// <summary>NaN and the infinities go through stored weights and activations as in the reference; what they meet that is not stored is left open.</summary>
[Collection(CompiledKernels.Collection)]
public sealed class SpecialValueTests(CompiledKernels kernels)
{
    private static readonly double[] Specials = [double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    [Fact]
    public void Kernel_WithASpecialWeight_PropagatesIt() => Each((draw, operands, random) =>
    {
        int[] stored = [.. Enumerable.Range(0, operands.Weights.Length).Where(i => operands.Weights[i] != 0)];
        for (int i = 0; i < 3 && stored.Length > 0; i++) operands.Weights[random.Pick<int>(stored)] = random.Pick<double>(Specials);
    }, draw => draw.Spec.IsContraction && !NumberFormats.IsInteger(draw.Spec.Weights.Format));

    [Fact]
    public void Kernel_WithASpecialActivation_PropagatesIt() => Each((draw, operands, random) =>
    {
        for (int i = 0; i < 3 && operands.X.Length > 0; i++) operands.X[random.Next(0, operands.X.Length - 1)] = random.Pick<double>(Specials);
    }, draw => !NumberFormats.IsInteger(draw.Spec.X.Format));

    [Fact]
    public void Kernel_WithASpecialResidual_PropagatesIt() => Each((draw, operands, random) =>
    {
        foreach (double[] residual in operands.Residuals) residual[random.Next(0, residual.Length - 1)] = random.Pick<double>(Specials);
    }, draw => draw.Spec.Epilogue.Contains(Tpp.Residual));

    private void Each(Action<DrawnKernel, ReferenceOperands, SeededRandom> change, Func<DrawnKernel, bool> where)
    {
        int count = 0;
        foreach (DrawnKernel draw in kernels.Draws.Where(draw => draw.Spec.Batch is null).Where(where))
        {
            ReferenceOperands operands = OperandFactory.Draw(draw);
            change(draw, operands, new SeededRandom(draw.OperandSeed));
            string? fault = KernelCheck.Run(draw, operands, kernels.Library.Find(draw).Call);
            Assert.True(fault is null, $"{draw}: {fault}");
            count++;
        }
        Assert.True(count >= 10, $"only {count} kernels");
    }
}
