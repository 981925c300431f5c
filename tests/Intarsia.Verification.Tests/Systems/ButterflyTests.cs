using Intarsia.Compiler.Tiles;
using Xunit;
using static Intarsia.Compiler.Tiles.ElementType;
using static Intarsia.Compiler.Tiles.Statement;
using static Intarsia.Verification.Tests.Programs;

namespace Intarsia.Verification.Tests.Systems;

/// <summary>
/// Butterfly factors (Dao et al., ICML'19; FABNet, Fan et al., MICRO'22): stage s mixes elements s apart by 2×2 matrices, so that log2(n) stages with 2n numbers each stand for an n×n matrix.
/// </summary>
public class ButterflyTests
{
    /// <summary>One stage on each row of x: y = diagonal·x + cross·(x with its pairs swapped), both coefficient vectors permuted out of the 2×2 blocks.</summary>
    private static Statement[] Stage(int n, int stage)
    {
        int stride = 1 << stage;
        int[] swap = [.. Enumerable.Range(0, n).Select(e => e ^ stride)];
        int Pair(int e) => e / (2 * stride) * stride + e % stride;
        int Side(int e) => e / stride % 2;
        int[] same = [.. Enumerable.Range(0, n).Select(e => Pair(e) * 4 + Side(e) * 3)];
        int[] cross = [.. Enumerable.Range(0, n).Select(e => Pair(e) * 4 + Side(e) * 2 + (1 - Side(e)))];
        return
        [
            new Load("t", "twiddles", At(stage, 0)),
            new Permute("a", "t", same),
            new Permute("b", "t", cross),
            new Permute("swapped", "x", swap),
            new Zip("x", ZipOp.Multiply, "a", "x"),
            new Zip("swapped", ZipOp.Multiply, "b", "swapped"),
            new Zip("x", ZipOp.Add, "x", "swapped"),
        ];
    }

    private static TileProgram Program(int n, IEnumerable<int> stages) =>
        new ProgramBuilder("butterfly").Sizes("rows", "stages")
            .Input("x", F32, "rows", n).Input("twiddles", F32, "stages", 2 * n).Output("y", F32, "rows", n)
            .Tile("x", F32, n).Tile("swapped", F32, n).Tile("t", F32, 2 * n).Tile("a", F32, n).Tile("b", F32, n)
            .Build(For("r", 0, "rows", 1, [new Load("x", "x", At("r", 0)), .. stages.SelectMany(stage => Stage(n, stage)), new Store("y", At("r", 0), "x")]));

    /// <summary>The stage as the dense matrix it stands for.</summary>
    private static double[,] Dense(int n, int stage, float[] twiddles)
    {
        int stride = 1 << stage;
        var matrix = new double[n, n];
        for (int q = 0; q < n / (2 * stride); q++)
            for (int r = 0; r < stride; r++)
                for (int i = 0; i < 2; i++)
                    for (int l = 0; l < 2; l++)
                        matrix[q * 2 * stride + i * stride + r, q * 2 * stride + l * stride + r] = twiddles[stage * 2 * n + (q * stride + r) * 4 + i * 2 + l];
        return matrix;
    }

    [Theory]
    [InlineData(2, new[] { 0 })]
    [InlineData(8, new[] { 1 })]
    [InlineData(8, new[] { 0, 1, 2 })]
    [InlineData(16, new[] { 3, 2, 1, 0 })]
    public void Butterfly_Stages_EqualTheProductOfTheirMatrices(int n, int[] stages)
    {
        const int rows = 3;
        int count = stages.Max() + 1;
        var random = new System.Random(6);
        float[] x = random.Reals(rows * n), twiddles = random.Reals(count * 2 * n), y = new float[rows * n];

        Program(n, stages).Run(("rows", rows), ("stages", count), ("x", x), ("twiddles", twiddles), ("y", y));

        for (int row = 0; row < rows; row++)
        {
            double[] expected = [.. x.Skip(row * n).Take(n).Select(v => (double)v)];
            foreach (int stage in stages)
            {
                double[,] matrix = Dense(n, stage, twiddles);
                expected = [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, n).Sum(j => matrix[i, j] * expected[j]))];
            }
            for (int i = 0; i < n; i++) Assert.Equal(expected[i], y[row * n + i], 1e-5);
        }
    }

    [Fact]
    public void Fourier_BitReversalAndStages_EqualsTheTransform()
    {
        // The same stages, complex, with twiddles [[1, w], [1, −w]]: real and imaginary parts are two tiles.
        const int n = 8;
        int[] reversed = [0, 4, 2, 6, 1, 5, 3, 7];
        List<Statement> body = [new Load("re", "x", At(0)), new Permute("re", "re", reversed), new Fill("im", 0)];
        for (int stage = 0; stage < 3; stage++)
        {
            int stride = 1 << stage;
            int[] low = [.. Enumerable.Range(0, n).Select(e => e & ~stride)], high = [.. Enumerable.Range(0, n).Select(e => e | stride)];
            body.AddRange([new Load("wr", "wr", At(stage, 0)), new Load("wi", "wi", At(stage, 0))]);
            body.AddRange([new Permute("hr", "re", high), new Permute("hi", "im", high), new Permute("re", "re", low), new Permute("im", "im", low)]);
            body.AddRange([new Zip("p", ZipOp.Multiply, "wr", "hr"), new Zip("re", ZipOp.Add, "re", "p"), new Zip("p", ZipOp.Multiply, "wi", "hi"), new Zip("re", ZipOp.Subtract, "re", "p")]);
            body.AddRange([new Zip("p", ZipOp.Multiply, "wr", "hi"), new Zip("im", ZipOp.Add, "im", "p"), new Zip("p", ZipOp.Multiply, "wi", "hr"), new Zip("im", ZipOp.Add, "im", "p")]);
        }
        body.AddRange([new Store("re", At(0), "re"), new Store("im", At(0), "im")]);
        var builder = new ProgramBuilder("fft").Input("x", F32, n).Input("wr", F32, 3, n).Input("wi", F32, 3, n).Output("re", F32, n).Output("im", F32, n);
        foreach (string tile in new[] { "re", "im", "hr", "hi", "wr", "wi", "p" }) builder.Tile(tile, F32, n);
        var random = new System.Random(8);
        float[] x = random.Reals(n), wr = new float[3 * n], wi = new float[3 * n], re = new float[n], im = new float[n];
        for (int at = 0; at < 3 * n; at++)
        {
            int stride = 1 << at / n, e = at % n;
            double angle = -Math.PI * (e % stride) / stride, sign = e / stride % 2 == 0 ? 1 : -1;
            (wr[at], wi[at]) = ((float)(sign * Math.Cos(angle)), (float)(sign * Math.Sin(angle)));
        }

        builder.Build([.. body]).Run(("x", x), ("wr", wr), ("wi", wi), ("re", re), ("im", im));

        for (int f = 0; f < n; f++)
        {
            Assert.Equal(Enumerable.Range(0, n).Sum(t => x[t] * Math.Cos(-2 * Math.PI * f * t / n)), re[f], 1e-5);
            Assert.Equal(Enumerable.Range(0, n).Sum(t => x[t] * Math.Sin(-2 * Math.PI * f * t / n)), im[f], 1e-5);
        }
    }
}
