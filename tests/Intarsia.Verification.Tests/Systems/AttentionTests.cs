using Intarsia.Compiler.Tiles;
using Xunit;
using static Intarsia.Compiler.Tiles.ElementType;
using static Intarsia.Compiler.Tiles.Statement;
using static Intarsia.Verification.Tests.Programs;

namespace Intarsia.Verification.Tests.Systems;

/// <summary>
/// Attention with the online softmax (Milakov and Gimelshein, 2018; FlashAttention, Dao et al., 2022): maximum, sum and output of a block of queries are carried over the blocks of keys, and no score is
/// ever stored.
/// </summary>
public class AttentionTests
{
    private const int Size = 8, Queries = 2, Keys = 4;

    private static TileProgram Program(bool causal)
    {
        Statement[] mask = causal
            ? [new Iota("row", "i", 0), new Zip("mask", ZipOp.GreaterThan, "column", "row"), new Select("s", "mask", "never", "s")]
            : [];
        Statement[] keys =
        [
            new Carry(new[] { "m", "l", "o" }),
            new Load("k", "k", At("j", 0), Clip.Rows),
            new Load("v", "v", At("j", 0), Clip.Rows),
            new Fill("s", 0),
            new Contract("s", "q", "k", ContractVia.Fma) { TransposedB = true },
            new Map("s", MapOp.Scale, "s", 1 / Math.Sqrt(Size)),
            // Keys past the end take no part.
            new Iota("column", "j", 1),
            new Iota("end", "keys", 0),
            new Zip("inside", ZipOp.GreaterThan, "end", "column"),
            new Select("s", "inside", "s", "never"),
            .. mask,
            new Map("m1", MapOp.Copy, "m"),
            new Reduce("m1", ReduceOp.Max, "s", 1, Accumulate: true),
            new Zip("fix", ZipOp.Subtract, "m", "m1"),
            new Map("fix", MapOp.Exp, "fix"),
            new Zip("s", ZipOp.Subtract, "s", "m1"),
            new Map("s", MapOp.Exp, "s"),
            new Zip("l", ZipOp.Multiply, "l", "fix"),
            new Reduce("l", ReduceOp.Sum, "s", 1, Accumulate: true),
            new Zip("o", ZipOp.Multiply, "o", "fix"),
            new Contract("o", "s", "v", ContractVia.Fma),
            new Map("m", MapOp.Copy, "m1"),
        ];
        return new ProgramBuilder("attention").Sizes("queries", "keys")
            .Input("q", F32, "queries", Size).Input("k", F32, "keys", Size).Input("v", F32, "keys", Size).Output("y", F32, "queries", Size)
            .Tile("q", F32, Queries, Size).Tile("k", F32, Keys, Size).Tile("v", F32, Keys, Size).Tile("s", F32, Queries, Keys).Tile("never", F32, 1, 1)
            .Tile("m", F32, Queries, 1).Tile("m1", F32, Queries, 1).Tile("l", F32, Queries, 1).Tile("fix", F32, Queries, 1).Tile("o", F32, Queries, Size)
            .Tile("row", S32, Queries, 1).Tile("column", S32, 1, Keys).Tile("end", S32, 1, 1).Tile("inside", S32, 1, Keys).Tile("mask", S32, Queries, Keys)
            .Build(For("i", 0, "queries", Queries, Block("queries",
                new Load("q", "q", At("i", 0), Clip.Rows),
                new Fill("never", double.NegativeInfinity),
                new Fill("m", double.NegativeInfinity),
                new Fill("l", 0),
                new Fill("o", 0),
                For("j", 0, "keys", Keys, keys),
                new Zip("o", ZipOp.Divide, "o", "l"),
                new Store("y", At("i", 0), "o", Clip.Rows))));
    }

    [Theory]
    [InlineData(4, 8, false)]
    [InlineData(5, 11, false)]
    [InlineData(7, 7, true)]
    [InlineData(1, 1, true)]
    public void Attention_OnlineSoftmax_EqualsSoftmaxOfAllScores(int queries, int keys, bool causal)
    {
        var random = new System.Random(5);
        float[] q = random.Reals(queries * Size), k = random.Reals(keys * Size), v = random.Reals(keys * Size), y = new float[queries * Size];
        // Scores far apart, so that the running maximum changes and old sums are rescaled.
        for (int i = 0; i < keys * Size; i++) k[i] *= 1 + i / Size % 5 * 10;

        Program(causal).Run(("queries", queries), ("keys", keys), ("q", q), ("k", k), ("v", v), ("y", y));

        for (int i = 0; i < queries; i++)
        {
            int visible = causal ? Math.Min(keys, i + 1) : keys;
            double[] weights = [.. Enumerable.Range(0, visible).Select(j => Enumerable.Range(0, Size).Sum(d => (double)q[i * Size + d] * k[j * Size + d]) / Math.Sqrt(Size))];
            double largest = weights.Max();
            weights = [.. weights.Select(s => Math.Exp(s - largest))];
            for (int d = 0; d < Size; d++)
                Assert.Equal(Enumerable.Range(0, visible).Sum(j => weights[j] * v[j * Size + d]) / weights.Sum(), y[i * Size + d], 2e-5);
        }
    }
}
