using Intarsia.Compiler.Specs;
using Intarsia.RealData.Tests.Data;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.RealData.Tests.Graphs;

/// <summary>A trained graph convolutional network (Kipf, Welling: "Semi-Supervised Classification with Graph Convolutional Networks", ICLR'17) on the Cora citation graph.</summary>
[Trait("Category", "RealData")]
public class CoraTests
{
    private const int Hidden = 16;
    private const int Classes = 7;

    /// <summary>Y = Â·relu(Â·X·W1)·W2, each product in a kernel and each compared with the reference: 816 of the 1000 test nodes come out right.</summary>
    [SkippableFact]
    public void Gcn_AllProductsInKernels_ClassifiesTheTestNodes()
    {
        using var file = SafetensorsFile.Open(DataFolder.Require("graphs/cora.safetensors"));
        CsrMatrix features = NormaliseRows(new CsrMatrix(
            file["feat_shape"].GetInt32s()[0], file["feat_shape"].GetInt32s()[1], file["feat_indptr"].GetInt32s(), file["feat_indices"].GetInt32s(), file["feat_data"].GetFloats()));
        CsrMatrix graph = Normalise(file["indptr"].GetInt32s(), file["indices"].GetInt32s());
        int nodes = graph.Rows;
        float[] w1 = file["gcn.w1"].GetFloats(), w2 = file["gcn.w2"].GetFloats();
        PackedMatrix packedFeatures = PackedMatrix.Pack(features, GraphKernels.EmbedKernel.Weights!), packedGraph = PackedMatrix.Pack(graph, GraphKernels.PropagateKernel.Weights!);
        float[] embedded = new float[nodes * Hidden], hidden = new float[nodes * Hidden], scores = new float[nodes * Classes], result = new float[nodes * Classes];

        GraphKernels.Embed(packedFeatures, w1, embedded);
        GraphKernels.Propagate(packedGraph, embedded, hidden);
        GraphKernels.Classify(hidden, w2, scores, nodes);
        GraphKernels.Collect(packedGraph, scores, result);

        double[] dense = Dense(graph);
        Check(GraphKernels.EmbedKernel, Dense(features), nodes, w1, Hidden, embedded);
        Check(GraphKernels.PropagateKernel, dense, nodes, embedded, Hidden, hidden);
        Check(GraphKernels.ClassifyKernel, Array.ConvertAll(hidden, value => (double)value), nodes, w2, Classes, scores);
        Check(GraphKernels.CollectKernel, dense, nodes, scores, Classes, result);
        int[] labels = file["labels"].GetInt32s(), test = file["test"].GetInt32s();
        Assert.Equal(1000, test.Length);
        Assert.Equal(816, test.Count(node => ArgMax(result.AsSpan(node * Classes, Classes)) == labels[node]));
    }

    /// <summary>Blocks of 16×8 on a grid and behind the translation; the latter are those that TC-GNN (USENIX ATC'23) publishes. The windows give the graph back, edge by edge.</summary>
    [SkippableTheory]
    [InlineData("cora", 8078, 1268)]
    [InlineData("pubmed", 85641, 11474)]
    public void RowWindows_CitationGraph_CondensesAndGivesTheGraphBack(string name, int onGrid, int condensed)
    {
        using var file = SafetensorsFile.Open(DataFolder.Require($"graphs/{name}.safetensors"));
        int[] pointers = file["indptr"].GetInt32s();
        var graph = new CsrMatrix(pointers.Length - 1, pointers.Length - 1, pointers, file["indices"].GetInt32s());
        Assert.Equal(new RowWindows(onGrid, condensed), RowWindows.Count(graph));

        CsrMatrix numbered = new(graph.Rows, graph.Depth, graph.RowPointers, graph.ColumnIndices, [.. Enumerable.Range(0, graph.Count).Select(i => (float)i)]);
        CsrMatrix again = PackedMatrix.Pack(numbered, GraphKernels.CollectKernel.Weights!).ToCsr();
        Assert.Equal(numbered.RowPointers, again.RowPointers);
        Assert.Equal(numbered.ColumnIndices, again.ColumnIndices);
        Assert.Equal(numbered.Values, again.Values);
    }

    /// <summary>A step of attention on the graph, in its windows: what the hidden features of neighbours have in common, written into the windows, which are the weights of the next product as they are.</summary>
    [SkippableFact]
    public void EdgeFeatures_OfTheWindowsOfTheGraph_EqualTheReferenceAndMultiply()
    {
        using var file = SafetensorsFile.Open(DataFolder.Require("graphs/cora.safetensors"));
        CsrMatrix features = NormaliseRows(new CsrMatrix(
            file["feat_shape"].GetInt32s()[0], file["feat_shape"].GetInt32s()[1], file["feat_indptr"].GetInt32s(), file["feat_indices"].GetInt32s(), file["feat_data"].GetFloats()));
        CsrMatrix graph = Normalise(file["indptr"].GetInt32s(), file["indices"].GetInt32s());
        int nodes = graph.Rows;
        float[] hidden = new float[nodes * Hidden], result = new float[nodes * Hidden];
        GraphKernels.Embed(PackedMatrix.Pack(features, GraphKernels.EmbedKernel.Weights!), file["gcn.w1"].GetFloats(), hidden);
        PackedMatrix windows = PackedMatrix.Pack(graph, GraphKernels.EdgeFeaturesKernel.Weights!), rows = PackedMatrix.Pack(graph, GraphKernels.EdgeFeaturesOfRowsKernel.Weights!);

        GraphKernels.EdgeFeatures(hidden, hidden, windows);
        GraphKernels.EdgeFeaturesOfRows(hidden, hidden, rows);
        GraphKernels.Propagate(windows, hidden, result);

        double[] left = Array.ConvertAll(hidden, value => (double)value), edges = SampledResult.Read(windows);
        ReferenceResult expected = SpecReference.Execute(KernelName.Parse(GraphKernels.EdgeFeaturesKernel.Name), new ReferenceOperands
        {
            Rows = nodes,
            Depth = Hidden,
            Columns = nodes,
            Weights = left,
            X = [.. Enumerable.Range(0, Hidden * nodes).Select(i => left[i % nodes * Hidden + i / nodes])],
            Sampled = SampledResult.Stored(windows),
        });
        Assert.Null(expected.FirstMismatch<double>(edges));
        Assert.Equal(rows.ToCsr().Values, windows.ToCsr().Values);
        Assert.Equal(13264, windows.StoredElements);
        Check(GraphKernels.PropagateKernel, edges, nodes, hidden, Hidden, result);
    }

    private static void Check(KernelInfo kernel, double[] left, int rows, float[] right, int columns, float[] actual)
    {
        ReferenceResult expected = SpecReference.Execute(KernelName.Parse(kernel.Name), new ReferenceOperands
        {
            Rows = rows,
            Depth = left.Length / rows,
            Columns = columns,
            Weights = left,
            X = Array.ConvertAll(right, value => (double)value),
        });
        string? mismatch = expected.FirstMismatch<float>(actual);
        Assert.True(mismatch is null, $"{kernel.Name}: {mismatch}");
    }

    /// <summary>D^-1/2 (A + I) D^-1/2, where D counts the self loop.</summary>
    private static CsrMatrix Normalise(int[] pointers, int[] columns)
    {
        int nodes = pointers.Length - 1;
        var factor = new double[nodes];
        for (int node = 0; node < nodes; node++)
            factor[node] = 1 / Math.Sqrt(pointers[node + 1] - pointers[node] + 1);
        var newPointers = new int[nodes + 1];
        var newColumns = new List<int>();
        var values = new List<float>();
        for (int node = 0; node < nodes; node++)
        {
            foreach (int neighbour in columns[pointers[node]..pointers[node + 1]].Append(node).Order())
            {
                newColumns.Add(neighbour);
                values.Add((float)(factor[node] * factor[neighbour]));
            }
            newPointers[node + 1] = newColumns.Count;
        }
        return new CsrMatrix(nodes, nodes, newPointers, [.. newColumns], [.. values]);
    }

    private static CsrMatrix NormaliseRows(CsrMatrix matrix)
    {
        float[] values = [.. matrix.Values!];
        for (int row = 0; row < matrix.Rows; row++)
        {
            Span<float> entries = values.AsSpan(matrix.RowPointers[row]..matrix.RowPointers[row + 1]);
            float sum = 0;
            foreach (float value in entries) sum += value;
            foreach (ref float value in entries) value /= sum;
        }
        return new CsrMatrix(matrix.Rows, matrix.Depth, matrix.RowPointers, matrix.ColumnIndices, values);
    }

    private static double[] Dense(CsrMatrix matrix)
    {
        var dense = new double[matrix.Rows * matrix.Depth];
        for (int row = 0; row < matrix.Rows; row++)
        {
            for (int i = matrix.RowPointers[row]; i < matrix.RowPointers[row + 1]; i++)
                dense[row * matrix.Depth + matrix.ColumnIndices[i]] = matrix.Values![i];
        }
        return dense;
    }

    private static int ArgMax(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
            best = values[i] > values[best] ? i : best;
        return best;
    }
}
