using Xunit;

namespace Intarsia.Runtime.Tests;

public class ButterflyFactorsTests
{
    [Theory]
    [InlineData(2, 2, 1, 4)]
    [InlineData(8, 8, 1, 48)]
    [InlineData(9, 8, 2, 192)]
    [InlineData(5, 33, 1, 768)]
    public void Count_AnyExtents_IsFourNumbersForEachPairOfEachStage(int rows, int depth, int blocks, int expected) => Assert.Equal(expected, ButterflyFactors.Count(rows, depth, blocks));

    [Theory]
    [InlineData(0, 4, 1)]
    [InlineData(4, 0, 1)]
    [InlineData(4, 4, 0)]
    public void Count_NothingToMultiply_Throws(int rows, int depth, int blocks) => Assert.Throws<ArgumentOutOfRangeException>(() => ButterflyFactors.Count(rows, depth, blocks));

    [Fact]
    public void ToDense_HadamardFactors_IsTheWalshHadamardMatrix()
    {
        float[] dense = ButterflyFactors.ToDense([.. Enumerable.Repeat<float[]>([1, 1, 1, -1], 12).SelectMany(t => t)], 8, 8);

        for (int row = 0; row < 8; row++)
            for (int column = 0; column < 8; column++) Assert.Equal(int.PopCount(row & column) % 2 == 0 ? 1 : -1, dense[row * 8 + column]);
    }

    /// <summary>Two stages by hand, in either order: the one of stride 1 keeps pairs, that of stride 2 crosses them.</summary>
    [Fact]
    public void ToDense_TwoStages_AppliesTheirStridesInOrder()
    {
        float[] factors = [1, 2, 3, 4, 5, 6, 7, 8, 1, 0, 1, 0, 0, 1, 0, 1];

        // Stride 1: y = (x0 + 2·x1, 3·x0 + 4·x1, 5·x2 + 6·x3, 7·x2 + 8·x3); then stride 2: both of (0, 2) take the upper, both of (1, 3) the lower.
        Assert.Equal([1, 2, 0, 0, 0, 0, 7, 8, 1, 2, 0, 0, 0, 0, 7, 8], ButterflyFactors.ToDense(factors, 4, 4));
        // Stride 2: (x0 + 2·x2, 5·x1 + 6·x3, 3·x0 + 4·x2, 7·x1 + 8·x3); then stride 1: both of (0, 1) take the upper, both of (2, 3) the lower.
        Assert.Equal([1, 0, 2, 0, 1, 0, 2, 0, 0, 7, 0, 8, 0, 7, 0, 8], ButterflyFactors.ToDense(factors, 4, 4, decreasing: true));
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(32, 3)]
    public void Rotations_Product_IsOrthogonal(int n, int blocks)
    {
        float[] q = ButterflyFactors.ToDense(ButterflyFactors.Rotations(n, n, new Random(n), blocks), n, n, blocks);

        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) Assert.Equal(i == j ? 1 : 0, Enumerable.Range(0, n).Sum(k => (double)q[i * n + k] * q[j * n + k]), 1e-5);
    }

    [Fact]
    public void ToDense_OtherNumberOfFactors_SaysHowMany() =>
        Assert.Contains("has 48", Assert.Throws<ArgumentException>(() => ButterflyFactors.ToDense(new float[47], 8, 8)).Message, StringComparison.Ordinal);

    [Fact]
    public void BitReversal_OfSixteen_ReversesFourBits()
    {
        Assert.Equal([0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15], ButterflyFactors.BitReversal(16));
        Assert.Equal([0, 1], ButterflyFactors.BitReversal(2));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(480)]
    public void Fourier_NoPowerOfTwo_Throws(int n)
    {
        Assert.Throws<ArgumentException>(() => ButterflyFactors.Fourier(n));
        Assert.Throws<ArgumentException>(() => ButterflyFactors.BitReversal(n));
    }
}
