using Intarsia.Compiler;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Xunit;

namespace Intarsia.Verification.Tests.Planning;

/// <summary>Relational products: the reference against dense products by hand, and plans, run by the interpreter, against the reference.</summary>
public class RelationalPlanTests
{
    private static double[] Bytes(Random random, int count, int least = -128) => [.. Enumerable.Range(0, count).Select(_ => (double)random.Next(least, 128))];

    /// <summary>Relations of very different sizes, some of them empty, and nodes without edges.</summary>
    private static double[] Edges(Random random, int nodes, int relations, int sources, Func<double> value)
    {
        var edges = new double[nodes * relations * sources];
        double[] density = [.. Enumerable.Range(0, relations).Select(_ => random.Next(4) switch { 0 => 0, 1 => 0.5, _ => 0.05 })];
        bool[] lonely = [.. Enumerable.Range(0, nodes).Select(_ => random.Next(5) == 0)];
        for (int at = 0; at < edges.Length; at++)
            if (!lonely[at / (relations * sources)] && random.NextDouble() < density[at / sources % relations]) edges[at] = value();
        return edges;
    }

    private static KernelSpec Spec(int rows, int depth, int relations) => KernelName.Parse(FormattableString.Invariant($"rgms_dense_f32-f32-f32_r{rows}_d{depth}_cN_tt_rel{relations}"));

    [Theory]
    [InlineData(5, 3, 4, 7, 2)]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(9, 17, 33, 12, 5)]
    public void Reference_AnyProduct_IsTheSumOfDenseProducts(int nodes, int sources, int rows, int depth, int relations)
    {
        KernelSpec spec = Spec(rows, depth, relations);
        Assert.True(KernelRules.IsValid(spec), string.Join('\n', KernelRules.Check(spec)));
        var random = new Random(nodes);
        double[] edges = Edges(random, nodes, relations, sources, () => PlanRuns.Values(random, 1)[0]), x = PlanRuns.Values(random, depth * sources), weights = PlanRuns.Values(random, rows * relations * depth);

        ReferenceResult result = SpecReference.Execute(spec, new ReferenceOperands { Rows = rows, Depth = depth, Columns = nodes, Sources = sources, Edges = edges, Weights = weights, X = x });

        for (int node = 0; node < nodes; node++)
        {
            for (int row = 0; row < rows; row++)
            {
                double expected = 0;
                for (int r = 0; r < relations; r++)
                    for (int j = 0; j < sources; j++)
                        for (int k = 0; k < depth; k++) expected += edges[node * relations * sources + r * sources + j] * x[k * sources + j] * weights[row * relations * depth + r * depth + k];
                Assert.Equal(expected, result.Y[row * nodes + node], 1e-9);
            }
        }
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(0, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Plan_RandomProducts_MeetTheReference(int seed)
    {
        var random = new Random(seed);
        T Pick<T>(params T[] from) => from[random.Next(from.Length)];
        NumberFormat Float() => Pick(NumberFormat.Float32, NumberFormat.Float32, NumberFormat.Float16, NumberFormat.BFloat16);
        for (int draw = 0; draw < 6; draw++)
        {
            int depth = Pick(1, 3, 16, 33, 64, 70, 130), rows = Pick(1, 5, 24, 48, 64, 97), relations = Pick(1, 2, 3, 7), sources = Pick(1, 9, 40), nodes = Pick(0, 1, 13, 60, 200);
            bool integers = random.Next(3) == 0, raw = random.Next(2) == 0, bytes = random.Next(4) == 0;
            KernelSpec spec = new()
            {
                Operation = Operation.Rgms,
                Rgms = new RgmsSpec(relations, integers ? NumberFormat.Int8 : Float()),
                Rows = new Extent(random.Next(2) * rows),
                Depth = new Extent(random.Next(2) * depth),
                Columns = new Extent(random.Next(2) * nodes),
                Weights = new WeightSpec { Format = integers ? NumberFormat.Int8 : Pick(Float(), NumberFormat.Int8) },
                X = new ActivationSpec { Format = integers ? Pick(NumberFormat.Int8, NumberFormat.UInt8) : Float(), Layout = MatrixLayout.TokenMajor, HasStride = random.Next(3) == 0, Scale = integers && !raw ? Per.Tensor : Per.None },
                Y = new OutputSpec { Format = integers && raw ? NumberFormat.Int32 : bytes ? NumberFormat.Int8 : Float(), Layout = MatrixLayout.TokenMajor, HasStride = random.Next(3) == 0 },
                Epilogue = integers && raw ? Array.Empty<Tpp>() : (Tpp[])[.. integers ? [Tpp.Dequantise] : Array.Empty<Tpp>(), .. random.Next(2) == 0 ? [Tpp.Bias, Tpp.Gelu, Tpp.Residual] : Array.Empty<Tpp>(), .. bytes ? [Tpp.Requantise] : Array.Empty<Tpp>()],
            };
            bool quantised = spec.Weights.Format == NumberFormat.Int8;
            if (quantised) spec = spec with { Weights = spec.Weights with { Scale = Pick(Per.Row, Per.Tensor) } };
            Assert.True(KernelRules.IsValid(spec), $"{spec}: {string.Join('\n', KernelRules.Check(spec))}");
            Assert.Equal(spec, KernelName.Parse(KernelName.Of(spec)));
            bool chain = spec.Epilogue.Contains(Tpp.Bias);
            var operands = new ReferenceOperands
            {
                Rows = rows,
                Depth = depth,
                Columns = nodes,
                Sources = sources,
                Edges = Edges(random, nodes, relations, sources, () => integers ? Pick(-128, 127, random.Next(1, 100)) : PlanRuns.Values(random, 1)[0]),
                Weights = quantised ? Bytes(random, rows * relations * depth) : PlanRuns.Values(random, rows * relations * depth),
                WeightScales = quantised ? [.. Enumerable.Range(0, spec.Weights.Scale == Per.Row ? rows : 1).Select(i => 0.01 * (i % 7 + 1)).Select(scale => (double)(float)scale)] : null,
                X = integers ? Bytes(random, depth * sources, spec.X.Format == NumberFormat.UInt8 ? 0 : -128) : PlanRuns.Values(random, depth * sources),
                XScales = spec.X.Scale == Per.Tensor ? [0.03125] : null,
                YScale = 0.25,
                Biases = chain ? [PlanRuns.Values(random, rows)] : [],
                Residuals = chain ? [PlanRuns.Values(random, rows * nodes)] : [],
            };
            PlanRuns.AssertMeetReference(spec, operands, random, $"{nodes} nodes");
        }
    }

    /// <summary>Who leaves a relation out, takes the weights of another, or forgets an edge is found out.</summary>
    [Theory]
    [InlineData("edge")]
    [InlineData("weights")]
    [InlineData("relations")]
    public void Plan_OtherOperands_MissTheReference(string mistake)
    {
        var random = new Random(3);
        KernelSpec spec = Spec(8, 6, 2);
        double[] edges = new double[10 * 2 * 10], weights = PlanRuns.Values(random, 8 * 2 * 6), x = PlanRuns.Values(random, 60);
        for (int node = 0; node < 10; node++) (edges[node * 20 + (node + 1) % 10], edges[node * 20 + 10 + node]) = (1, 0.5);
        ReferenceResult expected = SpecReference.Execute(spec, Operands());

        switch (mistake)
        {
            case "edge": edges[9 * 20 + 19] = 0; break;
            case "weights": weights[7 * 12 + 11] += 1; break;
            default: (edges[13], edges[3]) = (1, 0); break;
        }

        Assert.NotNull(expected.FirstMismatch<double>(PlanInterpreter.Run(spec, Tier.Avx2, Operands())));

        ReferenceOperands Operands() => new() { Rows = 8, Depth = 6, Columns = 10, Sources = 10, Edges = [.. edges], Weights = [.. weights], X = x };
    }

    /// <summary>Weights that are not finite count where an edge meets them, and nowhere else.</summary>
    [Fact]
    public void Plan_InfiniteWeightsOfARelationWithoutEdges_AddNothing()
    {
        KernelSpec spec = Spec(4, 4, 2);
        double[] weights = new double[4 * 8], edges = new double[2 * 6];
        for (int row = 0; row < 4; row++)
            for (int k = 0; k < 8; k++) weights[row * 8 + k] = k < 4 ? 1 : double.PositiveInfinity;
        edges[1] = 1;
        var operands = new ReferenceOperands { Rows = 4, Depth = 4, Columns = 2, Sources = 3, Edges = edges, Weights = weights, X = [.. Enumerable.Repeat(2.0, 12)] };

        double[] y = PlanInterpreter.Run(spec, Tier.Avx512, operands);

        Assert.Null(SpecReference.Execute(spec, operands).FirstMismatch<double>(y));
        Assert.Equal([8, 0, 8, 0, 8, 0, 8, 0], y);
    }

    /// <summary>What is gathered is no larger than a group, and what is summed no larger than a block: nothing has an extent of the call in it but the width of a line.</summary>
    [Theory]
    [InlineData(Tier.Avx2)]
    [InlineData(Tier.Avx512)]
    public void Plan_WorkingMemory_IsThatOfAGroupAndABlock(Tier tier)
    {
        TileProgram program = TilePlanner.Plan(Spec(64, 64, 8), tier).Program;

        Assert.All(program.Buffers.Where(buffer => buffer.Role == BufferRole.Scratch), buffer => Assert.All(buffer.Shape, extent => Assert.IsType<Intarsia.Compiler.Tiles.Index.Const>(extent)));
        Assert.True(program.Buffers.Single(buffer => buffer.Name == "a").Shape.Aggregate(1L, (product, extent) => product * ((Intarsia.Compiler.Tiles.Index.Const)extent).Value) <= 4096);
    }
}
