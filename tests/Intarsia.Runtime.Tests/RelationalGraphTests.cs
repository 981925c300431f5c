using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

public class RelationalGraphTests
{
    [Fact]
    public void FromEdges_AnyOrder_SortsAndAddsUpWhatIsEqual()
    {
        CsrMatrix graph = RelationalGraph.FromEdges(3, 2, 2, [1, 0, 1, 0, 1], [0, 1, 0, 0, 1], [2, 2, 2, 2, 0], [1, 2, 4, 8, 16]);

        Assert.Equal((3, 4), (graph.Rows, graph.Depth));
        Assert.Equal([0, 1, 1, 4], graph.RowPointers);
        Assert.Equal([3, 0, 1, 2], graph.ColumnIndices);
        Assert.Equal([16, 8, 2, 5], graph.Values!);
    }

    /// <summary>Against a dense matrix of each relation, edge by edge; and the relations one by one stand beside each other as all of them together do.</summary>
    [Fact]
    public void FromEdges_AnyGraph_HoldsEveryEdgeOfEveryRelation() => PackedCase.ForAllSeeds(random =>
    {
        int nodes = random.Next(1, 12), sources = random.Next(1, 9), relations = random.Next(1, 5), count = random.Next(80);
        int[] Indices(int below) => [.. Enumerable.Range(0, count).Select(_ => random.Next(below))];
        int[] relation = Indices(relations), source = Indices(sources), node = Indices(nodes);
        float[] values = random.Next(3) == 0 ? [] : [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        var dense = new float[nodes * relations * sources];
        for (int edge = 0; edge < count; edge++) dense[node[edge] * relations * sources + relation[edge] * sources + source[edge]] += values.Length == 0 ? 1 : values[edge];

        CsrMatrix graph = RelationalGraph.FromEdges(nodes, sources, relations, relation, source, node, values);

        var found = new float[dense.Length];
        graph.ToDense(found);
        Assert.Equal(dense, found);
        Assert.Equal(relation.Zip(source, node).Distinct().Count(), graph.Count);
        CsrMatrix One(int r)
        {
            int[] edges = [.. Enumerable.Range(0, count).Where(edge => relation[edge] == r)];
            return CsrMatrix.FromCoordinates(nodes, sources, [.. edges.Select(edge => node[edge])], [.. edges.Select(edge => source[edge])], values.Length == 0 ? [] : [.. edges.Select(edge => values[edge])]);
        }
        CsrMatrix beside = RelationalGraph.FromRelations([.. Enumerable.Range(0, relations).Select(One)]);
        Assert.Equal(graph.RowPointers, beside.RowPointers);
        Assert.Equal(graph.ColumnIndices, beside.ColumnIndices);
        Assert.Equal(graph.Values!, beside.Values!);

        // Normalised: the edges of a relation to a node count one together, or none where there are none.
        CsrMatrix mean = RelationalGraph.Normalise(new CsrMatrix(nodes, graph.Depth, graph.RowPointers, graph.ColumnIndices), relations);
        mean.ToDense(found);
        foreach (float[] line in found.Chunk(sources)) Assert.Equal(line.Any(value => value != 0) ? 1 : 0, line.Sum(), 1e-5);
    });

    [Fact]
    public void FromEdges_WithoutValues_CountsEdges() => Assert.Equal([2f, 1f], RelationalGraph.FromEdges(1, 2, 1, [0, 0, 0], [1, 0, 0], [0, 0, 0]).Values!);

    [Theory]
    [InlineData(2, 0, 0, "relation of edge 1")]
    [InlineData(-1, 0, 0, "relation of edge 1")]
    [InlineData(0, 3, 0, "source of edge 1")]
    [InlineData(0, -1, 0, "source of edge 1")]
    [InlineData(0, 0, 4, "node of edge 1")]
    [InlineData(0, int.MinValue, 0, "source of edge 1")]
    public void FromEdges_NodeOrRelationThatThereIsNot_SaysWhich(int relation, int source, int node, string field) =>
        Assert.Equal(field, Assert.Throws<IntarsiaFormatException>(() => RelationalGraph.FromEdges(4, 3, 2, [0, relation], [0, source], [0, node])).Field);

    [Fact]
    public void FromEdges_OtherNumbersOfEach_Throws()
    {
        Assert.Throws<ArgumentException>(() => RelationalGraph.FromEdges(4, 3, 2, [0, 1], [0], [0, 0]));
        Assert.Throws<ArgumentException>(() => RelationalGraph.FromEdges(4, 3, 2, [0, 1], [0, 0], [0]));
        Assert.Throws<ArgumentException>(() => RelationalGraph.FromEdges(4, 3, 2, [0, 1], [0, 0], [0, 0], [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => RelationalGraph.FromEdges(4, 3, 0, [], [], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => RelationalGraph.FromEdges(-1, 3, 1, [], [], []));
        Assert.Throws<ArgumentException>(() => RelationalGraph.FromEdges(1, int.MaxValue, 2, [], [], []));
    }

    [Fact]
    public void FromRelations_SeveralMatrices_StandBesideEachOther()
    {
        CsrMatrix graph = RelationalGraph.FromRelations(new CsrMatrix(2, 3, [0, 1, 2], [2, 0], [5, 6]), new CsrMatrix(2, 3, [0, 0, 2], [0, 1]));

        float[] dense = new float[12];
        graph.ToDense(dense);
        Assert.Equal([0, 0, 5, 0, 0, 0, 6, 0, 0, 1, 1, 0], dense);
        Assert.Throws<ArgumentException>(() => RelationalGraph.FromRelations());
        Assert.Throws<ArgumentException>(() => RelationalGraph.FromRelations(new CsrMatrix(2, 3, [0, 0, 0], []), new CsrMatrix(2, 2, [0, 0, 0], [])));
    }

    [Fact]
    public void Normalise_EdgesOfARelationToANode_AreDividedByTheirNumber()
    {
        CsrMatrix graph = RelationalGraph.Normalise(new CsrMatrix(2, 6, [0, 4, 5], [0, 1, 3, 5, 2], [1, 3, 8, 2, 7]), 2);

        Assert.Equal([0.5f, 1.5f, 4, 1, 7], graph.Values!);
        Assert.Throws<ArgumentException>(() => RelationalGraph.Normalise(graph, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => RelationalGraph.Normalise(graph, 0));
    }

    [Fact]
    public void StackWeights_TwoRelations_StandBesideEachOtherTransposed()
    {
        // W_0 = [[1, 2, 3], [4, 5, 6]], W_1 = [[7, 8, 9], [10, 11, 12]]: features of X down, of Y across.
        Assert.Equal([1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12], RelationalGraph.StackWeights([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 2, 2, 3));
        Assert.Contains("expected 12", Assert.Throws<ArgumentException>(() => RelationalGraph.StackWeights(new float[11], 2, 2, 3)).Message, StringComparison.Ordinal);
    }

    /// <summary>Every edge stands once, with its relation, its node and its source, whatever the size of a block; no row is empty.</summary>
    [Theory]
    [InlineData(1, 64)]
    [InlineData(3, 2)]
    [InlineData(5, 7)]
    public void Prepare_AnyGraph_KeepsEveryEdgeOnce(int relations, int blockNodes)
    {
        const int nodes = 23, sources = 6;
        var random = new Random(relations);
        float[] dense = [.. Enumerable.Range(1, nodes * relations * sources).Select(i => random.Next(4) == 0 && i % 5 < 4 ? i : 0f)];
        PackedMatrix matrix = PackedMatrix.Pack(dense, nodes, relations * sources, new WeightLayout(Pattern.Csr, NumberFormat.Float32));

        RelationWeights<float> prepared = new Preparation<RelationWeights<float>>(relations, 1, blockNodes).Of(matrix);

        var found = new float[dense.Length];
        int blocks = (nodes + blockNodes - 1) / blockNodes;
        Assert.Equal(0, prepared.TileStarts);
        for (int segment = 0; segment < blocks * relations; segment++)
        {
            int last = -1;
            for (int row = At(ref prepared.TileStarts, segment); row < At(ref prepared.TileStarts, segment + 1); row++)
            {
                int node = At(ref prepared.SegmentGroups, row);
                Assert.InRange(node, last + 1, blockNodes - 1);
                last = node;
                Assert.True(At(ref prepared.SegmentStarts, row) < At(ref prepared.SegmentStarts, row + 1));
                for (int edge = At(ref prepared.SegmentStarts, row); edge < At(ref prepared.SegmentStarts, row + 1); edge++)
                    found[((segment / relations * blockNodes + node) * relations + segment % relations) * sources + At(ref prepared.Indices, edge)] += System.Runtime.CompilerServices.Unsafe.Add(ref prepared.Values, edge);
            }
        }
        Assert.Equal(dense, found);

        static int At(ref int first, int index) => System.Runtime.CompilerServices.Unsafe.Add(ref first, index);
    }

    [Fact]
    public void Prepare_MoreRunsThanAnArrayHolds_SaysHowMany()
    {
        PackedMatrix matrix = PackedMatrix.Pack(new CsrMatrix(40_000, 65_536, new int[40_001], [], []), new WeightLayout(Pattern.Csr, NumberFormat.Float32));

        var exception = Assert.Throws<NotSupportedException>(() => new Preparation<RelationWeights<float>>(65_536, 1, 1).Of(matrix));

        Assert.Equal($"40000 nodes in blocks of 1, with 65536 relations each, are 2621440000 runs of rows; at most {Array.MaxLength - 1} can be prepared.", exception.Message);
    }

    /// <summary>Values that are rewritten reach the kernels that prepared the old ones.</summary>
    [Fact]
    public void Prepare_ValuesRewritten_IsMadeAgain()
    {
        PackedMatrix matrix = PackedMatrix.Pack(new float[] { 0, 2, 3, 0 }, 2, 2, new WeightLayout(Pattern.Csr, NumberFormat.Float32));
        var preparation = new Preparation<RelationWeights<float>>(1, 1, 64);
        RelationWeights<float> before = preparation.Of(matrix);
        Assert.Same(before, preparation.Of(matrix));

        matrix.SetGroup(1, new float[] { 5 });

        Assert.Equal(5, System.Runtime.CompilerServices.Unsafe.Add(ref preparation.Of(matrix).Values, 1));
    }
}
