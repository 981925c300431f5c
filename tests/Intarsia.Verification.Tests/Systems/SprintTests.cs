using Intarsia.Compiler.Tiles;
using Xunit;
using static Intarsia.Compiler.Tiles.ElementType;
using static Intarsia.Compiler.Tiles.Statement;
using static Intarsia.Verification.Tests.Programs;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Verification.Tests.Systems;

/// <summary>
/// SPRINT (Yazdanbakhsh et al., MICRO'22): scores of the upper four bits of queries and keys against a threshold choose which keys count; the chosen scores are recomputed from all eight bits, and the softmax runs
/// over them alone. The non-zeros are made by the program itself.
/// </summary>
public class SprintTests
{
    private const int Size = 8, Keys = 8;

    private static TileProgram Program(double threshold)
    {
        Statement[] survivor =
        [
            new Carry(new[] { "m", "l", "o" }),
            new Let("key", (Index)"j" + "c"),
            new Load("k", "k", At("key", 0)),
            new Fill("score", 0),
            new Contract("score", "q", "k", ContractVia.IntegerMultiplyAdd) { TransposedB = true },
            new Map("s", MapOp.Scale, "score", Scale),
            new Zip("m1", ZipOp.Max, "m", "s"),
            new Zip("fix", ZipOp.Subtract, "m", "m1"),
            new Map("fix", MapOp.Exp, "fix"),
            new Zip("s", ZipOp.Subtract, "s", "m1"),
            new Map("s", MapOp.Exp, "s"),
            new Zip("l", ZipOp.Multiply, "l", "fix"),
            new Zip("l", ZipOp.Add, "l", "s"),
            new Zip("o", ZipOp.Multiply, "o", "fix"),
            new Load("v", "v", At("key", 0)),
            new Contract("o", "s", "v", ContractVia.Fma),
            new Map("m", MapOp.Copy, "m1"),
        ];
        return new ProgramBuilder("sprint").Sizes("queries", "keys")
            .Input("qHigh", S4, "queries", Size).Input("kHigh", S4, "keys", Size).Input("q", S8, "queries", Size).Input("k", S8, "keys", Size).Input("v", F32, "keys", Size)
            .Output("bits", U8, "queries", Index.CeilDiv("keys", Keys)).Output("kept", S32, "queries").Output("y", F32, "queries", Size)
            .Tile("qHigh", S8, 1, Size).Tile("kHigh", S8, Keys, Size).Tile("approximate", S32, 1, Keys).Tile("mask", S32, 1, Keys).Tile("column", S32, 1, Keys).Tile("end", S32, 1, 1).Tile("inside", S32, 1, Keys)
            .Tile("word", U8, 1, 1).Tile("kept", S32, 1, 1).Tile("q", S8, 1, Size).Tile("k", S8, 1, Size).Tile("v", F32, 1, Size).Tile("score", S32, 1, 1)
            .Tile("s", F32, 1, 1).Tile("m", F32, 1, 1).Tile("m1", F32, 1, 1).Tile("fix", F32, 1, 1).Tile("l", F32, 1, 1).Tile("o", F32, 1, Size).Tile("none", F32, 1, 1)
            .Build(For("i", 0, "queries", 1,
                new Load("qHigh", "qHigh", At("i", 0)),
                new Load("q", "q", At("i", 0)),
                new Fill("kept", 0), new Fill("m", double.NegativeInfinity), new Fill("l", 0), new Fill("o", 0),
                For("j", 0, "keys", Keys,
                    new Carry(new[] { "kept", "m", "l", "o" }),
                    new Load("kHigh", "kHigh", At("j", 0), Clip.Rows),
                    new Fill("approximate", 0),
                    new Contract("approximate", "qHigh", "kHigh", ContractVia.IntegerMultiplyAdd) { TransposedB = true },
                    new Map("mask", MapOp.GreaterThan, "approximate", threshold),
                    // A key past the end has score 0, which a negative threshold would let through.
                    new Iota("column", "j", 1), new Iota("end", "keys", 0), new Zip("inside", ZipOp.GreaterThan, "end", "column"),
                    new Zip("mask", ZipOp.BitAnd, "mask", "inside"),
                    new Pack("word", "mask"),
                    new Store("bits", At("i", Index.FloorDiv("j", Keys)), "word"),
                    new Reduce("kept", ReduceOp.Sum, "mask", 1, Accumulate: true),
                    new ForNonZero("n", "c", new NonZeros.Made("mask"), survivor)),
                new Fill("none", 0),
                new Zip("o", ZipOp.Divide, "o", "l"),
                new Select("o", "l", "o", "none"),
                new Store("kept", At("i"), "kept"),
                new Store("y", At("i", 0), "o")));
    }

    private const double Scale = 1 / 1024.0;

    private static byte[] HighNibbles(sbyte[] values)
    {
        var packed = new byte[(values.Length + 1) / 2];
        for (int i = 0; i < values.Length; i++) packed[i / 2] |= (byte)((values[i] >> 4 & 15) << i % 2 * 4);
        return packed;
    }

    [Theory]
    [InlineData(3, 19, 20)]
    [InlineData(2, 5, -1000)] // everything is kept
    [InlineData(2, 9, 1000)] // nothing is
    public void Sprint_ThresholdOnUpperBits_AttendsToTheSurvivorsExactly(int queries, int keys, int threshold)
    {
        var random = new System.Random(9);
        sbyte[] q = random.Bytes(queries * Size), k = random.Bytes(keys * Size);
        float[] v = random.Reals(keys * Size), y = new float[queries * Size];
        var bits = new byte[queries * ((keys + 7) / 8)];
        var kept = new int[queries];

        Program(threshold).Run(("queries", queries), ("keys", keys), ("q", q), ("k", k), ("qHigh", HighNibbles(q)), ("kHigh", HighNibbles(k)), ("v", v), ("bits", bits), ("kept", kept), ("y", y));

        for (int i = 0; i < queries; i++)
        {
            int Score(int j, int shift) => Enumerable.Range(0, Size).Sum(d => (q[i * Size + d] >> shift) * (k[j * Size + d] >> shift));
            int[] survivors = [.. Enumerable.Range(0, keys).Where(j => Score(j, 4) > threshold)];
            Assert.Equal(survivors.Length, kept[i]);
            for (int j = 0; j < keys; j++) Assert.Equal(survivors.Contains(j), (bits[i * ((keys + 7) / 8) + j / 8] >> j % 8 & 1) != 0);
            double largest = survivors.Length == 0 ? 0 : survivors.Max(j => Score(j, 0) * Scale);
            double total = survivors.Sum(j => Math.Exp(Score(j, 0) * Scale - largest));
            for (int d = 0; d < Size; d++)
            {
                double expected = survivors.Length == 0 ? 0 : survivors.Sum(j => Math.Exp(Score(j, 0) * Scale - largest) * v[j * Size + d]) / total;
                Assert.Equal(expected, y[i * Size + d], 2e-5);
            }
        }
        if (threshold == 20) Assert.InRange(kept.Sum(), 1, queries * keys - 1);
    }
}
