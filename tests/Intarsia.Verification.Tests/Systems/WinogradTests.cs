using Intarsia.Compiler;
using Intarsia.Compiler.Tiles;
using Xunit;
using static Intarsia.Compiler.Tiles.ElementType;
using static Intarsia.Compiler.Tiles.Statement;
using static Intarsia.Verification.Tests.Programs;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Verification.Tests.Systems;

/// <summary>Winograd F(4×4, 3×3) (Lavin and Gray, CVPR'16): Y = Aᵀ[(G g Gᵀ) ∘ (Bᵀ d B)]A on 6×6 tiles, 36 products in the place of 144.</summary>
public class WinogradTests
{
    private static readonly double[] s_bt =
    [
        4, 0, -5, 0, 1, 0,
        0, -4, -4, 1, 1, 0,
        0, 4, -4, -1, 1, 0,
        0, -2, -1, 2, 1, 0,
        0, 2, -1, -2, 1, 0,
        0, 4, 0, -5, 0, 1,
    ];

    /// <summary>24·G, in integers.</summary>
    private static readonly double[] s_g =
    [
        6, 0, 0,
        -4, -4, -4,
        -4, 4, -4,
        1, 2, 4,
        1, -2, 4,
        0, 0, 24,
    ];

    private static readonly double[] s_at =
    [
        1, 1, 1, 1, 1, 0,
        0, 1, -1, 2, -2, 0,
        0, 1, 1, 4, 4, 0,
        0, 1, -1, 8, -8, 1,
    ];

    /// <param name="type">Element type of the transformed domain.</param>
    /// <param name="g">G, or 24·G where the domain is one of integers.</param>
    private static TileProgram Program(ElementType type, EquatableArray<double> g) =>
        new ProgramBuilder("winograd").Sizes("inputs", "outputs", "height", "width")
            // The caller pads by one on every side; a tile may reach further, which reads as zero.
            .Input("x", type, "inputs", (Index)"height" + 2, (Index)"width" + 2).Input("w", type, "outputs", "inputs", 3, 3).Scratch("u", type, "outputs", "inputs", 6, 6).Output("y", type, "outputs", "height", "width")
            .Tile("g", type, 3, 3).Tile("gg", type, 6, 3).Tile("u", type, 6, 6).Tile("d", type, 6, 6).Tile("p", type, 6, 6).Tile("m", type, 6, 6).Tile("am", type, 4, 6).Tile("y", type, 4, 4)
            .Build(
                Phase("weights", For("o", 0, "outputs", 1, For("c", 0, "inputs", 1,
                    new Load("g", "w", At("o", "c", 0, 0)),
                    new Linear("gg", g, 6, 3, "g"),
                    new Linear("u", g, 6, 3, "gg") { Right = true },
                    new Store("u", At("o", "c", 0, 0), "u")))),
                Phase("tiles", For("o", 0, "outputs", 1, For("i", 0, "height", 4, For("j", 0, "width", 4,
                    new Fill("m", 0),
                    For("c", 0, "inputs", 1,
                        new Load("d", "x", At("c", "i", "j"), Clip.All),
                        new Linear("d", s_bt, 6, 6, "d"),
                        new Linear("d", s_bt, 6, 6, "d") { Right = true },
                        new Load("u", "u", At("o", "c", 0, 0)),
                        new Zip("p", ZipOp.Multiply, "u", "d"),
                        new Zip("m", ZipOp.Add, "m", "p")),
                    new Linear("am", s_at, 4, 6, "m"),
                    new Linear("y", s_at, 4, 6, "am") { Right = true },
                    new Store("y", At("o", "i", "j"), "y", Clip.All))))));

    private static double Direct(Func<int, int, int, double> x, Func<int, int, double> w, int inputs, int i, int j)
    {
        double sum = 0;
        for (int c = 0; c < inputs; c++)
            for (int k = 0; k < 9; k++) sum += w(c, k) * x(c, i + k / 3, j + k % 3);
        return sum;
    }

    [Theory]
    [InlineData(1, 1, 4, 4)]
    [InlineData(3, 2, 9, 7)] // maps not a multiple of the tile
    public void Winograd_Float_EqualsTheDirectConvolution(int inputs, int outputs, int height, int width)
    {
        var random = new System.Random(2);
        float[] x = random.Reals(inputs * (height + 2) * (width + 2)), w = random.Reals(outputs * inputs * 9), y = new float[outputs * height * width];

        Program(F32, s_g.Select(v => v / 24).ToArray()).Run(("inputs", inputs), ("outputs", outputs), ("height", height), ("width", width), ("x", x), ("w", w), ("y", y));

        for (int at = 0; at < y.Length; at++)
        {
            int o = at / (height * width), i = at / width % height, j = at % width;
            double expected = Direct((c, r, s) => x[(c * (height + 2) + r) * (width + 2) + s], (c, k) => w[(o * inputs + c) * 9 + k], inputs, i, j);
            Assert.Equal(expected, y[at], 1e-4);
        }
    }

    [Fact]
    public void Winograd_Integers_IsExact()
    {
        const int inputs = 2, height = 5, width = 6;
        var random = new System.Random(4);
        long[] x = [.. random.Bytes(inputs * (height + 2) * (width + 2)).Select(v => (long)v)], w = [.. random.Bytes(inputs * 9).Select(v => (long)v)], y = new long[height * width];
        x[0] = w[0] = -128;

        Program(S64, s_g).Run(("inputs", inputs), ("outputs", 1), ("height", height), ("width", width), ("x", x), ("w", w), ("y", y));

        for (int at = 0; at < y.Length; at++)
            Assert.Equal(24 * 24 * Direct((c, r, s) => x[(c * (height + 2) + r) * (width + 2) + s], (c, k) => w[c * 9 + k], inputs, at / width, at % width), y[at]);
    }
}
