using Intarsia.Compiler.Tiles;
using Xunit;
using static Intarsia.Compiler.Tiles.ElementType;
using static Intarsia.Compiler.Tiles.Statement;
using static Intarsia.Verification.Tests.Programs;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Verification.Tests.Systems;

/// <summary>
/// A dropless mixture of experts (MegaBlocks, Gale et al., MLSys'23) with one expert for each token: the router, the sort of the tokens by expert (count, scan, place), a two-layer network for each expert over the
/// tokens it drew, and the weighted scatter back, in one program.
/// </summary>
public class MixtureOfExpertsTests
{
    private const int Hidden = 4, Inner = 6, Experts = 3, Tokens = 4, Block = 2;

    /// <summary>onehot[t, e]: 1 where token t chose expert e; no token past the end chose any.</summary>
    private static readonly Statement[] s_oneHot =
    [
        new Iota("experts", 0, 1), new Zip("onehot", ZipOp.Equal, "expert", "experts"),
        new Iota("token", "t", 0), new Iota("end", "tokens", 0), new Zip("inside", ZipOp.GreaterThan, "end", "token"),
        new Zip("onehot", ZipOp.Multiply, "onehot", "inside"),
    ];

    private static readonly Statement.Phase s_route = Phase("route",
        new Fill("running", 0),
        For("t", 0, "tokens", Tokens,
        [
            new Carry(new[] { "running" }),
            new Load("x", "x", At("t", 0), Clip.Rows), new Load("router", "router", At(0, 0)),
            new Fill("logits", 0), new Contract("logits", "x", "router", ContractVia.Fma),
            new Reduce("expert", ReduceOp.ArgMax, "logits", 1),
            // The probability of the largest logit: 1 / Σ exp(logit − largest).
            new Reduce("largest", ReduceOp.Max, "logits", 1), new Zip("logits", ZipOp.Subtract, "logits", "largest"), new Map("logits", MapOp.Exp, "logits"),
            new Reduce("gate", ReduceOp.Sum, "logits", 1), new Map("gate", MapOp.Reciprocal, "gate"),
            new Store("expert", At("t"), "expert", Clip.Rows) { Transposed = true },
            new Store("gate", At("t"), "gate", Clip.Rows) { Transposed = true },
            .. s_oneHot,
            new Reduce("running", ReduceOp.Sum, "onehot", 0, Accumulate: true),
        ]),
        new Store("counts", At(0), "running"),
        new Scan("running", "running", ReduceOp.Sum, 1, Exclusive: true),
        new Store("begins", At(0), "running"));

    private static readonly Statement.Phase s_place = Phase("place",
        new Fill("zero", 0),
        For("t", 0, "tokens", Tokens, new Store("order", At("t"), "zero", Clip.Columns)),
        new Load("running", "begins", At(0)),
        For("t", 0, "tokens", Tokens,
        [
            new Carry(new[] { "running" }),
            new Load("expert", "expert", At("t"), Clip.Rows) { Transposed = true },
            .. s_oneHot,
            // Position: where the expert's tokens stand, and how many of this block come before.
            new Scan("rank", "onehot", ReduceOp.Sum, 0, Exclusive: true), new Zip("rank", ZipOp.Add, "rank", "running"), new Zip("rank", ZipOp.Multiply, "rank", "onehot"),
            new Reduce("position", ReduceOp.Sum, "rank", 1),
            new Fill("nowhere", -1), new Select("position", "inside", "position", "nowhere"),
            new ScatterAdd("order", "position", At(), "token"),
            new Reduce("running", ReduceOp.Sum, "onehot", 0, Accumulate: true),
        ]));

    private static readonly Statement.Phase s_experts = Phase("experts",
        new Fill("out", 0),
        For("b", 0, "tokens", Block, new Store("y", At("b", 0), "out", Clip.Rows)),
        For("e", 0, Experts, 1,
            new Let("begin", new Index.Read("begins", At("e"))),
            new Let("stop", (Index)"begin" + new Index.Read("counts", At("e"))),
            For("b", "begin", "stop", Block,
                new Load("who", "order", At("b"), Clip.Rows) { Transposed = true },
                // A block that reaches into the next expert's tokens leaves them out.
                new Iota("at", "b", 0), new Iota("end", "stop", 0), new Zip("mine", ZipOp.GreaterThan, "end", "at"), new Fill("nobody", -1), new Select("who", "mine", "who", "nobody"),
                new Gather("xs", "x", "who", At(0)),
                new Load("w1", "w1", At("e", 0, 0)), new Fill("h", 0), new Contract("h", "xs", "w1", ContractVia.Fma), new Map("h", MapOp.Relu, "h"),
                new Load("w2", "w2", At("e", 0, 0)), new Fill("out", 0), new Contract("out", "h", "w2", ContractVia.Fma),
                new Gather("weight", "gate", "who", At()), new Zip("out", ZipOp.Multiply, "out", "weight"),
                new ScatterAdd("y", "who", At(0), "out"))));

    private static TileProgram Program() =>
        new ProgramBuilder("moe").Sizes("tokens")
            .Input("x", F32, "tokens", Hidden).Input("router", F32, Hidden, Experts).Input("w1", F32, Experts, Hidden, Inner).Input("w2", F32, Experts, Inner, Hidden).Output("y", F32, "tokens", Hidden)
            .Scratch("expert", S32, "tokens").Scratch("gate", F32, "tokens").Scratch("counts", S32, Experts).Scratch("begins", S32, Experts).Scratch("order", S32, "tokens")
            .Tile("x", F32, Tokens, Hidden).Tile("router", F32, Hidden, Experts).Tile("logits", F32, Tokens, Experts).Tile("largest", F32, Tokens, 1).Tile("gate", F32, Tokens, 1)
            .Tile("expert", S32, Tokens, 1).Tile("experts", S32, 1, Experts).Tile("onehot", S32, Tokens, Experts).Tile("token", S32, Tokens, 1).Tile("end", S32, 1, 1).Tile("inside", S32, Tokens, 1)
            .Tile("running", S32, 1, Experts).Tile("zero", S32, Tokens).Tile("rank", S32, Tokens, Experts).Tile("position", S32, Tokens, 1).Tile("nowhere", S32, 1, 1)
            .Tile("who", S32, Block, 1).Tile("at", S32, Block, 1).Tile("mine", S32, Block, 1).Tile("nobody", S32, 1, 1).Tile("weight", F32, Block, 1)
            .Tile("xs", F32, Block, Hidden).Tile("w1", F32, Hidden, Inner).Tile("h", F32, Block, Inner).Tile("w2", F32, Inner, Hidden).Tile("out", F32, Block, Hidden)
            .Build(s_route, s_place, s_experts);

    [Theory]
    [InlineData(11, false)]
    [InlineData(8, false)]
    [InlineData(5, true)] // all tokens to one expert, two experts empty
    [InlineData(0, false)]
    public void MixtureOfExperts_RoutedInTheProgram_EqualsEveryTokenThroughItsExpert(int tokens, bool skewed)
    {
        var random = new System.Random(13);
        float[] x = random.Floats(tokens * Hidden), router = random.Floats(Hidden * Experts), w1 = random.Floats(Experts * Hidden * Inner), w2 = random.Floats(Experts * Inner * Hidden), y = new float[tokens * Hidden];
        if (skewed)
        {
            for (int i = 0; i < x.Length; i++) x[i] = Math.Abs(x[i]) + 0.25f;
            for (int i = 0; i < router.Length; i++) router[i] = i % Experts == 1 ? 1 : -1;
        }
        var drawn = new int[Experts];

        Program().Run(("tokens", tokens), ("x", x), ("router", router), ("w1", w1), ("w2", w2), ("y", y));

        for (int t = 0; t < tokens; t++)
        {
            double[] logits = [.. Enumerable.Range(0, Experts).Select(e => Enumerable.Range(0, Hidden).Sum(h => (double)x[t * Hidden + h] * router[h * Experts + e]))];
            int best = Array.IndexOf(logits, logits.Max());
            drawn[best]++;
            double gate = 1 / logits.Sum(v => Math.Exp(v - logits[best]));
            double[] inner = [.. Enumerable.Range(0, Inner).Select(f => Math.Max(0, Enumerable.Range(0, Hidden).Sum(h => (double)x[t * Hidden + h] * w1[(best * Hidden + h) * Inner + f])))];
            for (int h = 0; h < Hidden; h++)
                Assert.Equal(gate * Enumerable.Range(0, Inner).Sum(f => inner[f] * w2[(best * Inner + f) * Hidden + h]), y[t * Hidden + h], 1e-5);
        }
        Assert.Equal(skewed ? 1 : Math.Min(tokens, Experts), drawn.Count(count => count > 0));
    }
}
