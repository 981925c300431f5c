using Intarsia.Compiler.Specs;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.RealData.Tests.Graphs;

/// <summary>Relational graph convolutions (Schlichtkrull et al.: "Modeling Relational Data with Graph Convolutional Networks", ESWC'18) in one kernel.</summary>
public class RelationalTests
{
    private const int Nodes = 2000, Relations = 8, Features = 64;

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];

    /// <summary>20000 edges: half as many in each relation as in the one before it, few sources with most of them, nodes without any; the last relation has none.</summary>
    private static CsrMatrix PowerLaw(Random random)
    {
        const int edges = 20_000;
        int[] relation = new int[edges], source = new int[edges], node = new int[edges];
        for (int edge = 0; edge < edges; edge++)
        {
            (double from, double to) = (random.NextDouble(), random.NextDouble());
            (relation[edge], source[edge], node[edge]) = (Math.Min(Relations - 2, (int)-Math.Log2(1 - random.NextDouble())), (int)(from * from * from * Nodes), (int)(to * to * Nodes));
        }
        return RelationalGraph.Normalise(RelationalGraph.FromEdges(Nodes, Nodes, Relations, relation, source, node), Relations);
    }

    /// <summary>The edges of one relation.</summary>
    private static CsrMatrix OneOf(CsrMatrix graph, int relation)
    {
        var pointers = new int[graph.Rows + 1];
        var columns = new List<int>();
        var values = new List<float>();
        for (int node = 0; node < graph.Rows; node++)
        {
            for (int at = graph.RowPointers[node]; at < graph.RowPointers[node + 1]; at++)
            {
                if (graph.ColumnIndices[at] / Nodes != relation) continue;
                columns.Add(graph.ColumnIndices[at] % Nodes);
                values.Add(graph.Values![at]);
            }
            pointers[node + 1] = columns.Count;
        }
        return new CsrMatrix(graph.Rows, Nodes, pointers, [.. columns], [.. values]);
    }

    /// <summary>The fused layer, and the products of every relation one after the other with what is gathered in memory: both meet the reference at nodes from one end to the other.</summary>
    [Fact]
    public void Layer_PowerLawGraph_IsThatOfSeparateProducts()
    {
        var random = new Random(11);
        CsrMatrix graph = PowerLaw(random);
        float[] weights = Values(random, Relations * Features * Features), x = Values(random, Nodes * Features), bias = Values(random, Features), y = new float[Nodes * Features];
        float[] stacked = RelationalGraph.StackWeights(weights, Relations, Features, Features);

        RelationalKernels.Layer(PackedMatrix.Pack(graph, RelationalKernels.LayerKernel.Graph!), PackedMatrix.Pack(stacked, Features, Relations * Features, RelationalKernels.LayerKernel.Weights!), x, bias, y);

        float[] sum = new float[Nodes * Features], next = new float[sum.Length], gathered = new float[sum.Length];
        for (int node = 0; node < Nodes; node++) bias.CopyTo(sum, node * Features);
        for (int r = 0; r < Relations; r++)
        {
            RelationalKernels.Gather(PackedMatrix.Pack(OneOf(graph, r), RelationalKernels.GatherKernel.Weights!), x, gathered);
            float[] transposed = RelationalGraph.StackWeights(weights.AsSpan(r * Features * Features, Features * Features), 1, Features, Features);
            RelationalKernels.Add(PackedMatrix.Pack(transposed, Features, Features, RelationalKernels.AddKernel.Weights!), gathered, sum, next, Nodes);
            (sum, next) = (next, sum);
        }
        for (int i = 0; i < sum.Length; i++) sum[i] = Math.Max(sum[i], 0);

        int[] some = [.. Enumerable.Range(0, 50).Select(i => i * (Nodes - 1) / 49)];
        ReferenceResult expected = Reference(RelationalKernels.LayerKernel, graph, some, stacked, x, bias);
        Assert.Null(expected.FirstMismatch<float>(Lines(y, some), MatrixLayout.TokenMajor));
        // The products begin with the bias, the kernel ends with it: one sum of the same numbers.
        Assert.Null(expected.FirstMismatch<float>(Lines(sum, some), MatrixLayout.TokenMajor));
    }

    [Fact]
    public void Layer_AnyNumberOfThreads_IsTheSameBitForBit()
    {
        var random = new Random(12);
        PackedMatrix graph = PackedMatrix.Pack(PowerLaw(random), RelationalKernels.LayerKernel.Graph!), weights = PackedMatrix.Pack(Values(random, Relations * Features * Features), Features, Relations * Features, RelationalKernels.LayerKernel.Weights!);
        float[] x = Values(random, Nodes * Features), bias = Values(random, Features);
        float[] Run(int threads)
        {
            var y = new float[Nodes * Features];
            using (KernelThreads.Use(threads)) RelationalKernels.Layer(graph, weights, x, bias, y);
            return y;
        }

        float[] alone = Run(1);

        Assert.All(new[] { 2, 3, 7 }, threads => Assert.Equal(alone.Select(BitConverter.SingleToInt32Bits), Run(threads).Select(BitConverter.SingleToInt32Bits)));
    }

    [Fact]
    public void Any_ExtentsOfTheOperands_LeavesTheGapsAlone()
    {
        var random = new Random(13);
        CsrMatrix graph = RelationalGraph.FromEdges(5, 4, 3, [0, 2, 2, 0, 2], [3, 0, 0, 1, 3], [0, 0, 0, 4, 4], [1, 0.5f, 0.25f, 2, -1]);
        float[] weights = Values(random, 3 * 7 * 3), stacked = RelationalGraph.StackWeights(weights, 3, 7, 3), x = Values(random, 4 * 7), y = [.. Enumerable.Repeat(99f, 5 * 4)];

        RelationalKernels.Any(PackedMatrix.Pack(graph, RelationalKernels.AnyKernel.Graph!), PackedMatrix.Pack(stacked, 3, 21, RelationalKernels.AnyKernel.Weights!), x, y, 4);

        ReferenceResult expected = Reference(RelationalKernels.AnyKernel, graph, [0, 1, 2, 3, 4], stacked, x, null);
        Assert.Null(expected.FirstMismatch<float>(y, MatrixLayout.TokenMajor, 4));
        Assert.All(Enumerable.Range(0, 5), node => Assert.Equal(99, y[4 * node + 3]));
        // No edge leads to these.
        Assert.All(y[4..7].Concat(y[8..11]).Concat(y[12..15]), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Bytes_ExtremesOfTheirFormats_AreSummedExactly()
    {
        var graph = new CsrMatrix(2, 3 * 2, [0, 4, 4], [0, 1, 4, 5], [127, 127, -128, 1]);
        sbyte[] weights = [127, 127, 1, 1, -128, -128];
        byte[] x = [255, 0, 255, 255];
        var y = new int[2];

        RelationalKernels.Bytes(PackedMatrix.Pack(graph, RelationalKernels.BytesKernel.Graph!), PackedMatrix.Pack(weights, 1, 6, RelationalKernels.BytesKernel.Weights!), x, y);

        Assert.Equal([(127 * 510 + 127 * 255) * 127 + (-128 * 255 + 255) * -128 + 255 * -128, 0], y);
    }

    /// <summary>What the operands say about each other is checked before anything is written.</summary>
    [Fact]
    public void Any_OperandsThatDoNotFit_SaysWhich()
    {
        WeightLayout ofGraph = RelationalKernels.AnyKernel.Graph!, ofWeights = RelationalKernels.AnyKernel.Weights!;
        PackedMatrix graph = PackedMatrix.Pack(new float[5 * 12], 5, 12, ofGraph), weights = PackedMatrix.Pack(new float[3 * 21], 3, 21, ofWeights);
        float[] y = [.. Enumerable.Repeat(99f, 15)];
        string Refused(PackedMatrix graph, PackedMatrix weights, int x, int length, int ldy = 3) => Assert.ThrowsAny<ArgumentException>(() => RelationalKernels.Any(graph, weights, new float[x], y.AsSpan(0, length), ldy)).Message;

        Assert.Contains("'graph' has 11 columns; expected 9, 3 for each of 3 relations", Refused(PackedMatrix.Pack(new float[55], 5, 11, ofGraph), weights, 28, 15), StringComparison.Ordinal);
        Assert.Contains("'weights' has 20 columns; expected 18, 6 for each of 3 relations", Refused(graph, PackedMatrix.Pack(new float[60], 3, 20, ofWeights), 28, 15), StringComparison.Ordinal);
        Assert.Contains("x", Refused(graph, weights, 27, 15), StringComparison.Ordinal);
        Assert.Contains("y", Refused(graph, weights, 28, 14), StringComparison.Ordinal);
        Assert.Contains("y", Refused(graph, weights, 28, 15, ldy: 2), StringComparison.Ordinal);
        Assert.Contains("graph", Refused(weights, weights, 28, 15), StringComparison.Ordinal);
        Assert.Contains("weights", Refused(graph, graph, 28, 15), StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => RelationalKernels.Any(null!, weights, new float[28], y, 3));
        Assert.All(y, value => Assert.Equal(99, value));
    }

    private static float[] Lines(float[] matrix, int[] nodes) => [.. nodes.SelectMany(node => matrix.Skip(node * Features).Take(Features))];

    /// <summary>What the reference says of some nodes, which do not depend on the others.</summary>
    private static ReferenceResult Reference(KernelInfo kernel, CsrMatrix graph, int[] nodes, float[] stacked, float[] x, float[]? bias)
    {
        KernelSpec spec = KernelName.Parse(kernel.Spec);
        int sources = graph.Depth / kernel.Relations, depth = x.Length / sources, rows = stacked.Length / (kernel.Relations * depth);
        double[] edges = new double[nodes.Length * graph.Depth], features = new double[x.Length];
        for (int i = 0; i < nodes.Length; i++)
            for (int at = graph.RowPointers[nodes[i]]; at < graph.RowPointers[nodes[i] + 1]; at++) edges[i * graph.Depth + graph.ColumnIndices[at]] = graph.Values![at];
        for (int i = 0; i < x.Length; i++) features[i % depth * sources + i / depth] = x[i];
        return SpecReference.Execute(spec, new ReferenceOperands
        {
            Rows = rows,
            Depth = depth,
            Columns = nodes.Length,
            Sources = sources,
            Edges = edges,
            Weights = Array.ConvertAll(stacked, weight => (double)weight),
            X = features,
            Biases = bias is null ? [] : [Array.ConvertAll(bias, value => (double)value)],
        });
    }
}
