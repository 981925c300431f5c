using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>hyb(c, k) on matrices whose rows are of very different lengths, as those of graphs are.</summary>
public class HybTests
{
    private const int Nodes = 300;

    public static TheoryData<int, int> Parameters => new()
    {
        { 1, 0 }, { 1, 3 }, { 1, 5 }, { 1, 16 }, { 2, 2 }, { 3, 4 }, { 16, 1 }, { 300, 3 }, { 1024, 0 },
    };

    /// <summary>Row i is connected to 1.5·Nodes / (i + 1)^0.9 others, so that the first have almost all; one in ten has none.</summary>
    private static CsrMatrix PowerLaw(int seed)
    {
        var random = new Random(seed);
        var pointers = new int[Nodes + 1];
        var columns = new List<int>();
        for (int row = 0; row < Nodes; row++)
        {
            int degree = row % 10 == 9 ? 0 : Math.Min(Nodes, Math.Max(1, (int)(1.5 * Nodes / Math.Pow(row + 1, 0.9))));
            int[] all = [.. Enumerable.Range(0, Nodes)];
            random.Shuffle(all);
            columns.AddRange(all.Take(degree).Order());
            pointers[row + 1] = columns.Count;
        }

        return new CsrMatrix(Nodes, Nodes, pointers, [.. columns], [.. columns.Select((_, i) => i + 1f)]);
    }

    [Theory]
    [MemberData(nameof(Parameters))]
    public void Pack_PowerLawMatrix_StoresEveryEntryOnceWithLittlePadding(int partitions, int exponent)
    {
        CsrMatrix matrix = PowerLaw(partitions + exponent);
        var layout = new WeightLayout(Pattern.Hyb, NumberFormat.Float32) { Partitions = partitions, BucketExponent = exponent };

        byte[] file = Blob.Save(PackedMatrix.Pack(matrix, layout));
        PackedMatrix packed = Blob.Load(file);

        // The decoder adds an element that is there already as an error.
        Dictionary<(int Row, int Depth), double> stored = DocumentedDecoder.Decode(file);
        Assert.Equal(matrix.Count, stored.Count);
        Assert.Equal(matrix.Count, packed.StoredElements);
        for (int row = 0; row < Nodes; row++)
            for (int i = matrix.RowPointers[row]; i < matrix.RowPointers[row + 1]; i++)
                Assert.Equal(matrix.Values![i], stored[(row, matrix.ColumnIndices[i])]);
        Assert.InRange(packed.Slots, matrix.Count, 2L * matrix.Count - 1);
        if (exponent == 0)
            Assert.Equal(matrix.Count, packed.Slots);
    }

    [Fact]
    public void Pack_NothingStored_HasEmptyBuckets()
    {
        PackedMatrix packed = Blob.Load(Blob.Save(PackedMatrix.Pack(new float[12], 3, 4, new WeightLayout(Pattern.Hyb, NumberFormat.Float32) { Partitions = 7, BucketExponent = 2 })));
        Assert.Equal((0L, 0L), (packed.StoredElements, packed.Slots));
    }
}
