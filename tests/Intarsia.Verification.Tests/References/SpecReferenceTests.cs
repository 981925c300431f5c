using Intarsia.Compiler;
using Intarsia.Compiler.Specs;
using Xunit;

namespace Intarsia.Verification.Tests.References;

/// <summary>Results small enough to work out by hand, one for each piece of the semantics.</summary>
public class SpecReferenceTests
{
    private static ReferenceResult Run(string kernel, ReferenceOperands operands) => SpecReference.Execute(KernelName.Parse(kernel), operands);

    [Fact]
    public void Gemm_SmallIntegersInFloats_GivesTheProduct()
    {
        ReferenceResult result = Run("gemm_dense_f32-f32-f32_rN_dN_cN", new() { Rows = 2, Depth = 3, Columns = 2, Weights = [1, 2, 3, 4, 5, 6], X = [1, 0, 0, 1, 1, 1] });

        Assert.Equal([4, 5, 10, 11], result.Y);
        // (depth + 1)·u·Σ|a·b|, plus what a subnormal can lose.
        Assert.Equal(4 * Math.ScaleB(4, -24), result.Bound[0], 1e-40);
    }

    [Fact]
    public void Gemm_DepthZero_GivesEpilogueOfZero()
    {
        ReferenceResult result = Run("gemm_dense_f32-f32-f32_rN_dN_cN__bias-relu", new() { Rows = 2, Depth = 0, Columns = 1, Biases = [[3, -4]] });

        Assert.Equal([3, 0], result.Y);
        Assert.True(result.Bound.Max() < 1e-6);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    [InlineData(0, 0)]
    public void Gemm_NoElements_GivesAnEmptyResult(int rows, int columns)
    {
        ReferenceResult result = Run("gemm_dense_f32-f32-f32_rN_dN_cN", new() { Rows = rows, Depth = 3, Columns = columns, Weights = new double[rows * 3], X = new double[3 * columns] });

        Assert.Empty(result.Y);
        Assert.Null(result.FirstMismatch<float>([]));
    }

    [Fact]
    public void IntegerGemm_Raw_IsExactAtTheExtremes()
    {
        ReferenceResult result = Run("gemm_dense_s8-u8-s32_rN_dN_cN", new() { Rows = 1, Depth = 3, Columns = 1, Weights = [-128, -128, 127], X = [255, 255, 255] });

        Assert.Equal([-129 * 255.0], result.Y);
        Assert.Equal([0.0], result.Bound);
    }

    [Fact]
    public void IntegerGemm_PastInt32_Wraps()
    {
        const int depth = 70_000;
        ReferenceResult result = Run("gemm_dense_s8-u8-s32_rN_dN_cN_wrap", new() { Rows = 1, Depth = depth, Columns = 1, Weights = Enumerable.Repeat(127.0, depth).ToArray(), X = Enumerable.Repeat(255.0, depth).ToArray() });

        Assert.Equal([unchecked((int)(70_000L * 127 * 255))], result.Y);
    }

    [Fact]
    public void IntegerBias_PastInt32_Wraps()
    {
        ReferenceResult result = Run("gemm_dense_s8-s8-s32_rN_dN_cN__bias", new() { Rows = 1, Depth = 1, Columns = 1, Weights = [1], X = [1], Biases = [[int.MaxValue]] });

        Assert.Equal([int.MinValue], result.Y);
    }

    [Fact]
    public void Dequantise_RowAndTokenScales_MultipliesInTheStatedOrderInFloat()
    {
        float weightScale = 0.1f, xScale = 0.3f;
        ReferenceResult result = Run(
            "gemm_dense_s8r-s8k-f32_rN_dN_cN__dequantise",
            new() { Rows = 1, Depth = 2, Columns = 2, Weights = [100, -7], X = [3, 50, 9, 1], WeightScales = [weightScale], XScales = [1, xScale] });

        Assert.Equal([237f * weightScale * 1f, 4993f * weightScale * xScale], result.Y);
        Assert.Equal([0.0, 0.0], result.Bound);
    }

    [Fact]
    public void Dequantise_Groups_SubtractsZeroPointsAndScalesEachGroupOfDenseDepth()
    {
        // Depth 5 in groups of 2: the last group is short.
        ReferenceResult result = Run(
            "gemm_dense_s4g2z-s8t-f32_rN_dN_cN__dequantise",
            new() { Rows = 1, Depth = 5, Columns = 1, Weights = [1, 2, 3, 4, 5], X = [1, 1, 1, 1, 1], WeightScales = [1, 10, 100], WeightZeroPoints = [0, 1, -2], XScales = [2] });

        Assert.Equal([2 * (3.0 + 50 + 700)], result.Y);
        Assert.InRange(result.Bound[0], 1e-6, 1e-2);
    }

    [Fact]
    public void WeightOnly_GroupsWithZeroPoints_UsesRealWeights()
    {
        ReferenceResult result = Run(
            "gemm_dense_s4g2z-f32-f32_rN_dN_cN",
            new() { Rows = 1, Depth = 3, Columns = 1, Weights = [-8, 7, 1], X = [0.5, 0.25, 2], WeightScales = [2, 0.5], WeightZeroPoints = [1, 0] });

        Assert.Equal([2 * (-9 * 0.5 + 6 * 0.25) + 0.5 * 2], result.Y);
    }

    [Fact]
    public void BinaryCoded_GroupsWithOffsets_AreSumsOfPlanes()
    {
        // Codes 3, 0 and 1 in groups of two: (1 + 2)·x0 − (1 + 2)·x1 + 0.5·(x0 + x1), then (4 − 8)·x2 − 1·x2.
        ReferenceOperands operands = new() { Rows = 1, Depth = 3, Columns = 1, Weights = [3, 0, 1], X = [5, 7, 9], WeightScales = [1, 2, 0.5, 4, 8, -1] };

        Assert.Equal([3.0 * 5 - 3 * 7 + 0.5 * 12 - 4 * 9 - 9], Run("gemm_dense_bcq2g2z-f32-f32_rN_dN_cN", operands).Y);
        Assert.Equal([3.0 * 5 - 3 * 7 + 0.5 * 12 - 4 * 9 - 9], Run("gemm_dense_bcq2g2z-s8-f32_rN_dN_cN__dequantise", operands).Y);
    }

    [Fact]
    public void BinaryCoded_OnePlaneOfIntegers_IsExact()
    {
        ReferenceResult result = Run("gemm_dense_bcq1r-s8t-f32_rN_dN_cN__dequantise", new() { Rows = 2, Depth = 2, Columns = 1, Weights = [1, 0, 1, 1], X = [100, -7], WeightScales = [0.1f, 3], XScales = [0.5] });

        Assert.Equal([107 * 0.1f * 0.5f, 93 * 3 * 0.5], result.Y);
        Assert.Equal([0, 0], result.Bound);
    }

    [Fact]
    public void SparseWithZeroPoints_MissingWeights_AreRealZeros()
    {
        ReferenceResult result = Run(
            "spmm_csr_s8rz-f32-f32_rN_dN_cN",
            new() { Rows = 1, Depth = 2, Columns = 1, Weights = [5, 0], Stored = [true, false], X = [1, 1], WeightScales = [1], WeightZeroPoints = [3] });

        Assert.Equal([2.0], result.Y);
    }

    [Theory]
    [InlineData("relu", -1.5, 0)]
    [InlineData("relu", 1.5, 1.5)]
    [InlineData("gelu", 1, 0.8413447460685429)]
    [InlineData("gelu", -1, -0.15865525393145707)]
    [InlineData("gelu", -4, -0.00012668496733247986)]
    [InlineData("gelu", -8, -4.9767684594174555e-15)]
    [InlineData("gelutanh", 1, 0.8411919906082768)]
    [InlineData("gelutanh", -1, -0.15880800939172324)]
    [InlineData("silu", 1, 0.7310585786300049)]
    [InlineData("silu", -20, -4.122307236380407e-08)]
    public void Activation_KnownArguments_GivesKnownValues(string step, double x, double expected)
    {
        ReferenceResult result = Run($"gemm_dense_f32-f32-f32_rN_dN_cN__{step}", new() { Rows = 1, Depth = 1, Columns = 1, Weights = [1], X = [x] });

        Assert.Equal(expected, result.Y[0], Math.Abs(expected) * 1e-11 + 1e-22);
    }

    [Fact]
    public void SeveralSteps_OfOneKind_TakeTheirOperandsInOrder()
    {
        ReferenceResult result = Run(
            "gemm_dense_f32-f32-f32_rN_dN_cN__multiply-residual-multiply-bias-residual",
            new() { Rows = 1, Depth = 1, Columns = 1, Weights = [1], X = [1], Multipliers = [[2], [3]], Residuals = [[10], [100]], Biases = [[1000]] });

        Assert.Equal([(2 + 10) * 3 + 1000 + 100.0], result.Y);
    }

    [Theory]
    [InlineData("s8", 5, 2, 2)] // 2.5 to even
    [InlineData("s8", 7, 2, 4)] // 3.5 to even
    [InlineData("s8", 127, 0.5, 127)]
    [InlineData("s8", -128, 0.5, -128)]
    [InlineData("u8", -1, 1, 0)]
    [InlineData("u8", 127, 0.25, 255)]
    public void Requantise_ExactChain_RoundsHalfToEvenAndSaturates(string format, double x, double scale, double expected)
    {
        ReferenceResult result = Run($"gemm_dense_s8-s8-{format}_rN_dN_cN__dequantise-requantise", new() { Rows = 1, Depth = 1, Columns = 1, Weights = [1], X = [x], YScale = scale });

        Assert.Equal([expected], result.Y);
        Assert.Equal([0.0], result.Bound);
    }

    [Fact]
    public void Requantise_InexactNearHalf_AllowsBothNeighboursElsewhereOne()
    {
        ReferenceResult result = Run("gemm_dense_f32-f32-s8_rN_dN_cN__requantise", new() { Rows = 1, Depth = 1, Columns = 2, Weights = [1], X = [2.5, 2.25] });

        Assert.Equal([2.0, 2.0], result.Y);
        Assert.Equal([1.0, 0.0], result.Bound);
    }

    [Fact]
    public void Requantise_NaN_GivesZero()
    {
        ReferenceResult result = Run("gemm_dense_s8-s8-s8_rN_dN_cN__dequantise-multiply-requantise", new() { Rows = 1, Depth = 1, Columns = 1, Weights = [1], X = [1], Multipliers = [[double.NaN]] });

        Assert.Equal([0.0], result.Y);
    }

    [Theory]
    [InlineData("f16", 1 + 0.0004, 1)]
    [InlineData("f16", 65519.5, 65504)]
    [InlineData("f16", 65521, double.PositiveInfinity)]
    [InlineData("bf16", 257.0, 256)]
    [InlineData("bf16", 259.0, 260)]
    public void NarrowOutput_ExactChain_RoundsToNearestEven(string format, double x, double expected)
    {
        ReferenceResult result = Run($"gemm_dense_s8-s8-{format}_rN_dN_cN__dequantise-multiply", new() { Rows = 1, Depth = 1, Columns = 1, Weights = [1], X = [1], Multipliers = [[(float)x]] });

        Assert.Equal([expected], result.Y);
        Assert.Equal([0.0], result.Bound);
    }

    [Theory]
    // Ordinary numbers, a subnormal element, sums of products below 2^-111, and operands that no unit multiplies as they are.
    [InlineData("bf16-bf16", -3, 5, 0.0)]
    [InlineData("bf16-bf16", -30, -81, 0.0)]
    [InlineData("bf16-bf16", -127, 100, 2 * 7.450580596923828e-09)]
    [InlineData("bf16-bf16", -60, -52, 2 * 1.1754943508222875e-38)]
    [InlineData("bf16-bf16", -127, 7, 2 * (7.52316384526264e-37 + 1.1754943508222875e-38))]
    [InlineData("bf16-f32", -127, 7, 0.0)]
    [InlineData("f16-bf16", -20, -100, 0.0)]
    public void BFloat16Products_Bound_GrantsFlushesOfSubnormalNumbersAndNoMore(string formats, int weightExponent, int xExponent, double flushed)
    {
        double weight = Math.ScaleB(1, weightExponent), x = Math.ScaleB(1, xExponent);
        ReferenceOperands operands = new() { Rows = 1, Depth = 2, Columns = 1, Weights = [weight, weight], X = [x, x] };

        ReferenceResult plain = Run("gemm_dense_f32-f32-f32_rN_dN_cN", operands), result = Run($"gemm_dense_{formats}-f32_rN_dN_cN", operands);

        Assert.Equal(plain.Y, result.Y);
        Assert.Equal(plain.Bound[0] + flushed, result.Bound[0]);
    }

    [Fact]
    public void BFloat16Products_SubnormalAgainstInfinity_LeavesTheElementOpen() =>
        Assert.Equal(double.PositiveInfinity, Run("gemm_dense_bf16-bf16-f32_rN_dN_cN", new() { Rows = 1, Depth = 1, Columns = 1, Weights = [Math.ScaleB(1, -130)], X = [double.PositiveInfinity] }).Bound[0]);

    [Fact]
    public void BatchReduce_WithBeta_AddsTheTermsToTheScaledOldValue()
    {
        ReferenceResult result = Run(
            "brgemm_dense_f32-f32-f32_rN_dN_cN_brstridebeta",
            new() { Rows = 1, Depth = 2, Columns = 1, BatchCount = 2, BatchWeights = [[1, 2], [3, 4]], BatchX = [[1, 1], [10, 100]], Beta = 0.5, InitialY = [8] });

        Assert.Equal([4 + 3 + 430.0], result.Y);
    }

    [Fact]
    public void BatchReduce_BetaZero_DoesNotReadTheOldValue()
    {
        ReferenceResult result = Run(
            "brgemm_dense_f32-f32-f32_rN_dN_cN_brstridebeta",
            new() { Rows = 1, Depth = 1, Columns = 1, BatchCount = 0, Beta = 0, InitialY = [double.NaN] });

        Assert.Equal([0.0], result.Y);
        Assert.Equal([0.0], result.Bound);
    }

    [Fact]
    public void Sparse_MissingWeightAgainstInfinity_LeavesTheElementOpen()
    {
        ReferenceResult result = Run("spmm_csr_f32-f32-f32_rN_dN_cN", new() { Rows = 2, Depth = 2, Columns = 1, Weights = [0, 1, 1, 0], X = [double.PositiveInfinity, 1] });

        Assert.Equal(double.PositiveInfinity, result.Bound[0]);
        Assert.True(result.Allows(1, 0, double.PositiveInfinity));
        Assert.False(result.Allows(1, 0, double.NaN));
    }

    [Fact]
    public void Execute_MissingBias_SaysWhichOperand()
    {
        var error = Assert.Throws<ArgumentException>(() => Run("gemm_dense_f32-f32-f32_rN_dN_cN__bias", new() { Rows = 1, Depth = 1, Columns = 1, Weights = [1], X = [1] }));

        Assert.Contains("Biases", error.Message);
    }

    [Fact]
    public void Execute_DequantiseOnFloats_IsRefused() =>
        Assert.Throws<ArgumentException>(() => Run("gemm_dense_f32-f32-f32_rN_dN_cN__dequantise", new() { Rows = 1, Depth = 1, Columns = 1, Weights = [1], X = [1] }));

    [Fact]
    public void FirstMismatch_TokenMajorWithStride_ReadsColumnsAsLines()
    {
        ReferenceResult result = Run("gemm_dense_f32-f32-f32_rN_dN_cN", new() { Rows = 2, Depth = 1, Columns = 2, Weights = [1, 2], X = [10, 100] });

        Assert.Null(result.FirstMismatch<float>([10, 20, -1, 100, 200], MatrixLayout.TokenMajor, 3));
        Assert.Contains("Y[1,0]", result.FirstMismatch<float>([10, 21, -1, 100, 200], MatrixLayout.TokenMajor, 3));
        Assert.Throws<ArgumentException>(() => result.FirstMismatch<float>([10, 20, -1, 100], MatrixLayout.TokenMajor, 3));
    }

    [Fact]
    public void FirstMismatch_NaN_IsAMismatch()
    {
        ReferenceResult result = Run("gemm_dense_f32-f32-f32_rN_dN_cN", new() { Rows = 1, Depth = 1, Columns = 1, Weights = [1], X = [10] });

        Assert.NotNull(result.FirstMismatch<float>([float.NaN]));
    }
}
