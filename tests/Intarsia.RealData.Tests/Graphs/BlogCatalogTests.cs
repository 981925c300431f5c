using Intarsia.RealData.Tests.Data;
using Xunit;

namespace Intarsia.RealData.Tests.Graphs;

/// <summary>hyb(c, k) of SparseTIR (ASPLOS'23) on a social graph, whose 10,312 nodes have 65 neighbours on average and up to 3,992.</summary>
[Trait("Category", "RealData")]
public class BlogCatalogTests
{
    private delegate void Kernel(PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    /// <summary>667,966 entries in 10,312 rows: k = 7. 32 features of all nodes are 1.3 MB, more than a megabyte of cache; 128 are four times that.</summary>
    [SkippableTheory]
    [InlineData(32, 1.314, 21_621)]
    [InlineData(128, 1.345, 63_253)]
    public void HybChoice_Graph_MultipliesAsCompressedRowsDo(int features, double padding, long pieces)
    {
        CsrMatrix graph = Load();
        HybChoice choice = HybChoice.For(graph, features);
        (KernelInfo info, Kernel kernel) = features == 32 ? (GraphKernels.SumNarrowKernel, (Kernel)GraphKernels.SumNarrow) : (GraphKernels.SumWideKernel, GraphKernels.SumWide);
        Assert.Equal(info.Weights, choice.Layout(NumberFormat.Float32));
        PackedMatrix packed = PackedMatrix.Pack(graph, info.Weights!);
        Assert.Equal((double)packed.Slots / packed.StoredElements, choice.Padding);
        Assert.Equal((padding, pieces), (Math.Round(choice.Padding, 3), choice.Pieces));
        // Buckets of 32 places pad less, because more rows are cut into full pieces; what they cost is pieces, and one partition leaves a part of X outside the cache. Without any cut there is more padding than with the choice.
        HybChoice narrow = HybChoice.Of(graph, 1, 5, features);
        Assert.True(narrow.Padding < choice.Padding && narrow.Cost > choice.Cost);
        Assert.True(HybChoice.Of(graph, choice.Partitions, choice.BucketExponent - 2, features).Pieces > choice.Pieces);
        Assert.True(HybChoice.Of(graph, choice.Partitions, 12, features).Padding > choice.Padding);
        Assert.Equal(1, HybChoice.For(graph, features, cacheBytes: 1 << 24).Partitions);

        // Whole numbers, whose sums are below 2²⁴: every order of summation gives the same.
        var random = new Random(features);
        float[] x = [.. Enumerable.Range(0, graph.Depth * features).Select(_ => (float)random.Next(-8, 9))], y = new float[graph.Rows * features], rows = new float[y.Length];
        Array.Fill(y, float.NaN);
        kernel(packed, x, y);
        GraphKernels.Sum(PackedMatrix.Pack(graph, GraphKernels.SumKernel.Weights!), x, rows, features);
        Assert.Equal(rows, y);
        Assert.Equal(Product(graph, x, features), y);
    }

    private static CsrMatrix Load()
    {
        using var file = SafetensorsFile.Open(DataFolder.Require("graphs/blogcatalog.safetensors"));
        int[] pointers = file["indptr"].GetInt32s(), indices = file["indices"].GetInt32s();
        var random = new Random(1);
        return new CsrMatrix(pointers.Length - 1, pointers.Length - 1, pointers, indices, [.. indices.Select(_ => (float)random.Next(-8, 9))]);
    }

    private static float[] Product(CsrMatrix matrix, float[] x, int columns)
    {
        var y = new float[matrix.Rows * columns];
        for (int row = 0; row < matrix.Rows; row++)
        {
            for (int i = matrix.RowPointers[row]; i < matrix.RowPointers[row + 1]; i++)
            {
                for (int column = 0; column < columns; column++)
                    y[row * columns + column] += matrix.Values![i] * x[matrix.ColumnIndices[i] * columns + column];
            }
        }
        return y;
    }
}
