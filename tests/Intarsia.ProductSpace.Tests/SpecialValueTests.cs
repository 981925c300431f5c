using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.ProductSpace.Running;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.ProductSpace.Tests;

/// <summary>Integers at the ends of their ranges multiply exactly. NaN and the infinities go through stored weights and activations as in the reference; what they meet that is not stored is left open.</summary>
[Collection(CompiledKernels.Collection)]
public sealed class SpecialValueTests(CompiledKernels kernels)
{
    private static readonly double[] Specials = [double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    [Fact]
    public void Kernels_OfTheCollection_AreOfEveryOperationAndPattern() =>
        Assert.Empty(Cell.All.Select(cell => (cell.Operation, cell.Pattern)).Except(kernels.Draws.Select(draw => Cell.Of(draw.Spec)).Select(cell => (cell.Operation, cell.Pattern))));

    [Fact]
    public void Kernel_WithASpecialWeight_PropagatesIt() => Each((draw, operands, random) =>
    {
        int[] stored = [.. Enumerable.Range(0, operands.Weights.Length).Where(i => operands.Weights[i] != 0)];
        for (int i = 0; i < 3 && stored.Length > 0; i++) operands.Weights[random.Pick<int>(stored)] = random.Pick<double>(Specials);
    }, draw => draw.Spec.IsContraction && NumberFormats.Get(draw.Spec.Weights.Format) is { IsInteger: false, HasTable: false });

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

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Kernel_OfExtremesAlone_IsExact(bool leastWeight, bool leastX) => Each((draw, operands, _) =>
    {
        // What overflows first: every product as large as it can be, and of one sign.
        (int min, int max) = ValueDraw.Range(draw.Spec.Weights.Format);
        for (int i = 0; i < operands.Weights.Length; i++)
            if (operands.Weights[i] != 0) operands.Weights[i] = leastWeight ? min : max;
        (min, max) = ValueDraw.Range(draw.Spec.X.Format);
        Array.Fill(operands.X, leastX ? min : max);
    }, draw => draw.Spec.IsIntegerContraction && !draw.Spec.Weights.Asymmetric && draw.Spec.Operation != Operation.Sddmm);

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
