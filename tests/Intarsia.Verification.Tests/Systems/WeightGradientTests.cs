using Intarsia.Compiler.Tiles;
using Xunit;
using static Intarsia.Compiler.Tiles.ElementType;
using static Intarsia.Compiler.Tiles.Statement;
using static Intarsia.Verification.Tests.Programs;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Verification.Tests.Systems;

/// <summary>
/// The backward pass of Y = X·Wᵀ with sparse W in CSR: the weight gradient dYᵀ·X sampled where W has values (SDDMM, contracted over the tokens), and the input gradient dY·W scattered along W's columns.
/// </summary>
public class WeightGradientTests
{
    private const int Tokens = 4;

    private static TileProgram Program()
    {
        var row = new NonZeros.Operand("columnsOf", new Index.Read("pointers", At("r")), new Index.Read("pointers", At((Index)"r" + 1)));
        Statement[] sample =
        [
            new Fill("sum", 0),
            For("t", 0, "tokens", Tokens,
                new Load("dy", "dy", At("t", "r"), Clip.Rows),
                new Load("x", "x", At("t", "c"), Clip.Rows),
                new Contract("sum", "dy", "x", ContractVia.Fma) { TransposedA = true }),
            new Store("dw", At("p"), "sum"),
        ];
        Statement[] spread =
        [
            new Load("column", "columnsOf", At("p")),
            new Load("w", "w", At("p")),
            For("t", 0, "tokens", Tokens,
                new Load("line", "dy", At("t", "r"), Clip.Columns) { Transposed = true },
                new Zip("line", ZipOp.Multiply, "line", "w"),
                new ScatterAdd("dx", "column", At("t"), "line") { Clip = Clip.Columns }),
        ];
        return new ProgramBuilder("backward").Sizes("tokens", "rows", "depth", "entries")
            .Input("x", F32, "tokens", "depth").Input("dy", F32, "tokens", "rows").Input("pointers", S32, (Index)"rows" + 1).Input("columnsOf", S32, "entries").Input("w", F32, "entries")
            .Output("dw", F32, "entries").Output("dx", F32, "depth", "tokens")
            .Tile("sum", F32, 1, 1).Tile("dy", F32, Tokens, 1).Tile("x", F32, Tokens, 1).Tile("column", S32, 1).Tile("w", F32, 1).Tile("line", F32, 1, Tokens)
            .Build(
                Phase("weights", For("r", 0, "rows", 1, new ForNonZero("p", "c", row, sample))),
                Phase("clear", new Fill("line", 0), For("k", 0, "depth", 1, For("t", 0, "tokens", Tokens, new Store("dx", At("k", "t"), "line", Clip.Columns)))),
                Phase("inputs", For("r", 0, "rows", 1, new ForNonZero("p", "c", row, spread))));
    }

    [Theory]
    [InlineData(11, 5, 7, 0.4)]
    [InlineData(4, 3, 6, 1)]
    [InlineData(3, 4, 4, 0)]
    public void Backward_SparseWeights_EqualsTheDenseGradients(int tokens, int rows, int depth, double density)
    {
        var random = new System.Random(17);
        float[] dense = [.. random.Floats(rows * depth).Select(v => random.NextDouble() < density ? v + 2 : 0)];
        float[] x = random.Floats(tokens * depth), dy = random.Floats(tokens * rows);
        int[] stored = [.. Enumerable.Range(0, rows * depth).Where(i => dense[i] != 0)];
        int[] pointers = [.. Enumerable.Range(0, rows + 1).Select(r => stored.Count(i => i < r * depth))];
        float[] dw = new float[stored.Length], dx = new float[depth * tokens];

        Program().Run(
            ("tokens", tokens), ("rows", rows), ("depth", depth), ("entries", stored.Length), ("x", x), ("dy", dy), ("pointers", pointers),
            ("columnsOf", stored.Select(i => i % depth).ToArray()), ("w", stored.Select(i => dense[i]).ToArray()), ("dw", dw), ("dx", dx));

        for (int p = 0; p < stored.Length; p++)
            Assert.Equal(Enumerable.Range(0, tokens).Sum(t => (double)dy[t * rows + stored[p] / depth] * x[t * depth + stored[p] % depth]), dw[p]);
        for (int t = 0; t < tokens; t++)
            for (int k = 0; k < depth; k++)
                Assert.Equal(Enumerable.Range(0, rows).Sum(r => (double)dy[t * rows + r] * dense[r * depth + k]), dx[k * tokens + t]);
    }
}
