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

    /// <summary>The factors of the transpose are those of the transposed matrix, stack by stack: what the kernel of the product takes to give the gradient of X.</summary>
    [Theory]
    [InlineData(8, 8, 1, false)]
    [InlineData(8, 8, 1, true)]
    [InlineData(16, 16, 2, false)]
    [InlineData(16, 16, 2, true)]
    [InlineData(16, 16, 3, false)]
    [InlineData(5, 7, 3, true)]
    [InlineData(2, 2, 2, false)]
    [InlineData(19, 6, 2, false)]
    [InlineData(19, 6, 1, true)]
    public void Transpose_AnyProduct_IsTheTransposeOfItsMatrix(int rows, int depth, int blocks, bool decreasing)
    {
        float[] factors = Integers(rows, depth, blocks, new Random(rows));
        int n = ButterflyFactors.Length(depth), each = ButterflyFactors.Count(n, depth, blocks);
        float[] dense = ButterflyFactors.ToDense(factors, rows, depth, blocks, decreasing), transposed = ButterflyFactors.Transpose(factors, rows, depth, blocks);
        Assert.Equal(factors.Length, transposed.Length);
        for (int stack = 0; stack * n < rows; stack++)
        {
            // depth×n: the rows of Y that the last stack lacks are there.
            float[] back = ButterflyFactors.ToDense(transposed.AsSpan(stack * each, each), depth, n, blocks, ButterflyFactors.IsTransposeDecreasing(blocks, decreasing));
            for (int i = 0; i < Math.Min(n, rows - stack * n); i++)
                for (int k = 0; k < depth; k++) Assert.Equal(dense[(stack * n + i) * depth + k], back[k * n + i]);
        }
        for (int stack = 0; stack * n < rows; stack++)
            Assert.Equal(factors[(stack * each)..((stack + 1) * each)], ButterflyFactors.Transpose(transposed.AsSpan(stack * each, each), n, n, blocks));
    }

    /// <summary>
    /// The product is linear in each factor, so that the loss Σ ∂Y·Y differs by exactly the gradient where a factor is one more; small integers make every sum exact.
    /// </summary>
    [Theory]
    [InlineData(4, 4, 1, false, 3)]
    [InlineData(8, 8, 1, true, 2)]
    [InlineData(4, 4, 2, false, 1)]
    [InlineData(11, 3, 2, true, 2)]
    [InlineData(3, 7, 1, false, 4)]
    [InlineData(2, 2, 3, false, 0)]
    public void Gradient_OfEveryFactor_IsTheDifferenceThatItMakes(int rows, int depth, int blocks, bool decreasing, int columns)
    {
        var random = new Random(depth);
        float[] factors = Integers(rows, depth, blocks, random), x = Draw(depth * columns), gradient = Draw(rows * columns);

        float[] found = ButterflyFactors.Gradient(factors, rows, depth, x, gradient, columns, blocks, decreasing);

        double before = Loss();
        Assert.Equal(factors.Length, found.Length);
        for (int i = 0; i < factors.Length; i++)
        {
            factors[i]++;
            Assert.Equal(Loss() - before, found[i]);
            factors[i]--;
        }
        if (columns > 0) Assert.Contains(found, number => number != 0);

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(-3, 4))];
        double Loss()
        {
            float[] dense = ButterflyFactors.ToDense(factors, rows, depth, blocks, decreasing);
            double loss = 0;
            for (int row = 0; row < rows; row++)
                for (int k = 0; k < depth; k++)
                    for (int column = 0; column < columns; column++) loss += (double)gradient[row * columns + column] * dense[row * depth + k] * x[k * columns + column];
            return loss;
        }
    }

    [Fact]
    public void Gradient_WrongLengths_Throws()
    {
        Assert.Contains("has 48", Assert.Throws<ArgumentException>(() => ButterflyFactors.Transpose(new float[47], 8, 8)).Message);
        Assert.Contains("has 48", Assert.Throws<ArgumentException>(() => ButterflyFactors.Gradient(new float[47], 8, 8, new float[8], new float[8], 1)).Message);
        Assert.Throws<ArgumentException>("x", () => ButterflyFactors.Gradient(new float[48], 8, 8, new float[7], new float[8], 1));
        Assert.Throws<ArgumentException>("gradient", () => ButterflyFactors.Gradient(new float[48], 8, 8, new float[8], new float[9], 1));
    }

    private static float[] Integers(int rows, int depth, int blocks, Random random) => [.. Enumerable.Range(0, ButterflyFactors.Count(rows, depth, blocks)).Select(_ => (float)random.Next(-2, 3))];

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
