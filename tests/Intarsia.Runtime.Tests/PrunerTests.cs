using Xunit;

namespace Intarsia.Runtime.Tests;

public class PrunerTests
{
    [Fact]
    public void NM_KnownValues_KeepsTheLargestOfEachGroup()
    {
        float[] dense = [1, -4, 3, 2, 5, 0, 0, 0, 9, 8, 7];
        Pruner.NM(dense, 1, 11, 2, 4);
        Assert.Equal([0, -4, 3, 0, 5, 0, 0, 0, 9, 8, 0], dense);
    }

    [Fact]
    public void NM_Ties_KeepTheLowerIndex()
    {
        float[] dense = [1, -1, 1, 1, 2, 3, 2, -2];
        Pruner.NM(dense, 1, 8, 2, 4);
        Assert.Equal([1, -1, 0, 0, 2, 3, 0, 0], dense);
    }

    [Fact]
    public void NM_RaggedRows_AreGroupedEachForItself()
    {
        float[] dense = [1, 2, 3, 4, 5, 6];
        Pruner.NM(dense, 2, 3, 1, 2);
        Assert.Equal([0, 2, 3, 0, 5, 6], dense);
    }

    [Fact]
    public void NM_RowsThatShare_KeepTheColumnsOfLargestMeanSquare()
    {
        // Squares of the columns of the first two rows: 17, 10, 16, 9; of the short last vector: 1, 4, 9, 0.
        float[] dense = [4, 1, 0, 0, 1, 3, 4, 3, -1, 2, 3, 0];
        Pruner.NM(dense, 3, 4, 2, 4, 2);
        Assert.Equal([4, 0, 0, 0, 1, 0, 4, 0, 0, 2, 3, 0], dense);
    }

    [Fact]
    public void NM_EveryNOfM_FitsItsLayoutAndLosesNoLargerElement()
    {
        var random = new Random(8);
        foreach (WeightLayout layout in Layouts.Of(NumberFormat.Float32).Where(layout => layout.Pattern == Pattern.NM))
        {
            const int Rows = 3, Depth = 75;
            float[] before = [.. Enumerable.Range(0, Rows * Depth).Select(_ => random.Next(-9, 10) / 4f)];
            float[] after = [.. before];
            Pruner.NM(after, Rows, Depth, layout.N, layout.M, layout.VectorLength);
            var back = new float[after.Length];
            PackedMatrix.Pack(after, Rows, Depth, layout).Unpack(back);
            Assert.Equal(after, back);
            for (int i = 0; i < after.Length; i++)
            {
                if (after[i] == before[i] || layout.V > 0)
                    continue;
                int first = i - i % Depth % layout.M, end = Math.Min(first + layout.M, (i / Depth + 1) * Depth);
                Assert.Equal(0, after[i]);
                Assert.True(Enumerable.Range(first, end - first).Count(j => Math.Abs(before[j]) > Math.Abs(before[i]) || (Math.Abs(before[j]) == Math.Abs(before[i]) && j < i)) >= layout.N);
            }
        }
    }

    [Fact]
    public void VectorRows_KnownValues_RemovesTheWeakestVectors()
    {
        // Vectors of two rows: mean squares 25/2, 2/2, 16/2 in the first group, 9, 1, 4 in the short second one.
        float[] dense = [3, 1, 0, 4, 1, 4, 3, 1, 2];
        Pruner.VectorRows(dense, 3, 3, 2, 0.5);
        Assert.Equal([3, 0, 0, 4, 0, 4, 3, 0, 0], dense);
    }

    [Fact]
    public void Blocks_KnownValues_RemovesTheWeakestBlocks()
    {
        // Blocks of 2×2: mean squares 1, and 9 of the short one on the right; below, of one row, 4 and 16.
        float[] dense = [1, 1, 3, 1, 1, 3, 2, -2, 4];

        Pruner.Blocks(dense, 3, 3, 2, 2, 0.5);
        Assert.Equal([0, 0, 3, 0, 0, 3, 0, 0, 4], dense);
        PackedMatrix packed = PackedMatrix.Pack(dense, 3, 3, new WeightLayout(Pattern.Bsr, NumberFormat.Float32) { BlockRows = 2, BlockColumns = 2 });
        Assert.Equal(3, packed.StoredElements);
    }

    [Fact]
    public void Ell_KnownValues_KeepsTheLargestOfEachRow()
    {
        float[] dense = [1, -4, 3, 2, 2, 2, 0, 0, 5];

        Pruner.Ell(dense, 3, 3, 2);
        Assert.Equal([0, -4, 3, 2, 2, 0, 0, 0, 5], dense);
        Assert.Equal(5, PackedMatrix.Pack(dense, 3, 3, new WeightLayout(Pattern.Ell, NumberFormat.Float32) { Width = 2 }).StoredElements);
        Pruner.Ell(dense, 3, 3, 9);
        Assert.Equal([0, -4, 3, 2, 2, 0, 0, 0, 5], dense);
        Assert.Throws<ArgumentOutOfRangeException>(() => Pruner.Ell(dense, 3, 3, 0));
    }

    [Fact]
    public void VectorRows_Ties_KeepTheLowerIndex()
    {
        float[] dense = [1, -1, 1, 1];
        Pruner.VectorRows(dense, 1, 4, 1, 0.5);
        Assert.Equal([1, -1, 0, 0], dense);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.3)]
    [InlineData(0.95)]
    [InlineData(1.0)]
    public void Unstructured_Share_IsExact(double sparsity)
    {
        var random = new Random(4);
        float[] dense = [.. Enumerable.Range(0, 40 * 25).Select(_ => 1 + random.Next(5))];
        Pruner.Unstructured(dense, 40, 25, sparsity);
        Assert.Equal((int)Math.Round(sparsity * dense.Length), dense.Count(value => value == 0));
    }

    [Fact]
    public void Prune_ExtremesAndEmpty_AreOrderedByMagnitude()
    {
        float[] dense = [float.Epsilon, float.MaxValue, float.NegativeInfinity, 0];
        Pruner.Unstructured(dense, 1, 4, 0.5);
        Assert.Equal([0, float.MaxValue, float.NegativeInfinity, 0], dense);
        dense = [float.Epsilon, 0, 2 * float.Epsilon, 0];
        Pruner.Unstructured(dense, 1, 4, 0.75);
        Assert.Equal([0, 0, 2 * float.Epsilon, 0], dense);
        Pruner.NM([], 0, 5, 2, 4);
        Pruner.VectorRows([], 5, 0, 4, 0.5);
    }

    [Fact]
    public void Prune_WrongArguments_AreRefused()
    {
        var error = Assert.Throws<IntarsiaFormatException>(() => Pruner.NM([1, 2, 3, float.NaN], 2, 2, 1, 2));
        Assert.Equal("element in row 1, column 1", error.Field);
        Assert.Throws<ArgumentOutOfRangeException>(() => Pruner.NM(new float[4], 2, 2, 3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Pruner.NM(new float[4], 2, 2, 0, 2));
        Assert.Throws<ArgumentException>(() => Pruner.NM(new float[5], 2, 2, 1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Pruner.VectorRows(new float[4], 2, 2, 0, 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Pruner.Blocks(new float[4], 2, 2, 1, 0, 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Pruner.VectorRows(new float[4], 2, 2, 2, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => Pruner.Unstructured(new float[4], 2, 2, 1.5));
    }
}
