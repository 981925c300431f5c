using Intarsia.Compiler;
using Intarsia.Compiler.Tiles;
using Xunit;
using static Intarsia.Compiler.Tiles.ElementType;
using static Intarsia.Compiler.Tiles.Statement;
using static Intarsia.Verification.Tests.Programs;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Verification.Tests.Printing;

/// <summary>The text of a program says everything the program does: it stands at the head of generated files and in every message of the interpreter.</summary>
public class TilePrinterTests
{
    private static readonly Index s_i = "i";

    /// <summary>Every statement with every option it has, and the line it prints as.</summary>
    private static readonly (Statement Statement, string Text)[] s_lines =
    [
        (For("i", 0, "n", 4), "for i in 0 .. n step 4\n"),
        (For("i", 0, "n", 4) with { Unroll = 2, Lanes = true }, "for i in 0 .. n step 4 unroll 2 lanes\n"),
        (For("i", 0, 8, 1, new Fill("t", 0)), "for i in 0 .. 8 step 1\n  t = 0\n"),
        (new Let("m", s_i + 1), "let m = i + 1\n"),
        (new ForNonZero("p", "k", new NonZeros.Static(new[] { 0, 3, 7 }), default), "for non-zero p -> k in [0,3,7]\n"),
        (new ForNonZero("p", "k", new NonZeros.Operand("indices", 0, "n"), default) { Unroll = 4 }, "for non-zero p -> k in indices[0 .. n] unroll 4\n"),
        (new ForNonZero("p", "k", new NonZeros.RelativeOperand("gaps", 0, "n"), default), "for non-zero p -> k in gaps[0 .. n] relative\n"),
        (new ForNonZero("p", "k", new NonZeros.RelativeOperand("gaps", 0, "n") { Skip = 255 }, default), "for non-zero p -> k in gaps[0 .. n] relative skip 255\n"),
        (new ForNonZero("p", "k", new NonZeros.Made("mask"), default), "for non-zero p -> k in mask\n"),
        (new If(new Condition("i", Relation.Less, "n"), new Statement[] { new Fill("t", 1) }), "if i < n\n  t = 1\n"),
        (new If(new Condition("i", Relation.NotEqual, 0), new Statement[] { new Fill("t", 1) }, new Statement[] { new Fill("t", -0.5) }), "if i != 0\n  t = 1\nelse\n  t = -0.5\n"),
        (Block("tile", new Fill("t", 1)), "block tile\n  t = 1\n"),
        (Phase("pack", new Fill("t", 1)), "phase pack\n  t = 1\n"),
        (new Spread("a0", "a1", "n", 8, new Statement[] { new Fill("t", 1) }), "spread a0 .. a1 over n grain 8\n  t = 1\n"),
        (new Spread("a0", "a1", "n", 8, default) { Overhead = 50, Most = 4, Work = (Index)"n" * "m" }, "spread a0 .. a1 over n grain 8 overhead 50% threads 4 work n*m\n"),
        (
            new Parts(new[] { new ProgramBuilder("narrow").Sizes("n").Scratch("s", F32, 4).Tile("t", F32, 2, 8).Build(new Fill("t", 1)) }),
            "parts\n  part narrow\n    sizes   n\n    scratch s: f32[4]\n    tile    t: f32[2,8]\n    t = 1\n"),
        (new Fill("t", double.NegativeInfinity), "t = -Infinity\n"),
        (new Load("t", "x", At("i", 0)), "t = load x[i, 0]\n"),
        (new Load("t", "x", At("i"), Clip.Columns) { Transposed = true }, "t = load x[i] transposed clip columns\n"),
        (new Load("t", "x", At("i"), Clip.Columns) { Until = "n" }, "t = load x[i] clip columns until n\n"),
        (new Store("y", At("i"), "t", Clip.Columns) { Until = "n" }, "store y[i] = t clip columns until n\n"),
        (new Store("y", At("s", 0, 0), "t", Clip.All) { Until = 4, UntilRow = "rows" }, "store y[s, 0, 0] = t clip all until 4 rows until rows\n"),
        (new Store("y", At("i"), "t", Clip.All) { Transposed = true }, "store y[i] = t transposed clip all\n"),
        (new Gather("t", "x", "rows", At(0)) { Clip = Clip.Rows }, "t = gather x[rows][0] clip rows\n"),
        (new Gather("t", "x", "rows", At(0)) { IsPresent = true }, "t = gather x[rows][0] present\n"),
        (new Gather("t", "x", "places", At()) { IsPresent = true, Count = (Index)"n" - "i" }, "t = gather x[places][] present first n - i\n"),
        (new Scatter("y", "rows", At(0), "t"), "scatter y[rows][0] = t\n"),
        (new Scatter("y", "places", At(), "t") { Count = "n", Lines = "m" }, "scatter y[places][] = t first n lines until m\n"),
        (new ScatterAdd("y", "rows", At(0), "t") { Clip = Clip.Columns }, "scatter y[rows][0] += t clip columns\n"),
        (new Iota("t", "i", 1), "t = iota from i axis 1\n"),
        (new Select("t", "c", "a", "b"), "t = c > 0 ? a : b\n"),
        (new Statement.Table("t", "x", 8), "t = table of 8-bit sums of x\n"),
        (new Scan("t", "x", ReduceOp.Sum, 1, Exclusive: true), "t = exclusive scan sum x axis 1\n"),
        (new Scan("t", "x", ReduceOp.Max, 0, Exclusive: false), "t = scan max x axis 0\n"),
        (new Permute("t", "x", new[] { 1, 0, -1 }), "t = permute x by [1,0,-1]\n"),
        (new Transpose("t", "x", new[] { 1, 0 }), "t = transpose x by [1,0]\n"),
        (new Expand("t", "values", "places", 4), "t = expand values at places of 4\n"),
        (new Pack("t", "x"), "t = pack x\n"),
        (new ListNonZeros("l", "x", At("i", 0), "n"), "l = non-zeros of x[i, 0] up to n\n"),
        (new SumRuns("s", "x", 8, "n", 32, -8), "s = -8 * sum x 8xn by 32\n"),
        (new SignedSums("t", "x", "n", "depth", 128, 32, 4), "t = 4-bit sums of x nxdepth by 128 in 32 runs\n"),
        (new SignedSums("t", "x", 1, 8, 8, 2, 4) { High = "h" }, "t, h = 4-bit sums of x 1x8 by 8 in 2 runs\n"),
        (new SplitPlanes("t", "x", "n", "depth", 3, AreSigns: false), "t = 3 planes of bits of x nxdepth\n"),
        (new SplitPlanes("t", "x", 1, 8, 1, AreSigns: true), "t = 1 planes of signs of x 1x8\n"),
        (new SplitPlanes("y", "q", 4, "n", 2, AreSigns: false) { DestinationAt = new Index[] { "cb", 6 }, Saturates = true }, "y[cb, 6] = 2 planes of bits of q 4xn saturated\n"),
        (new SumPlanes("z", "t", "cb", 4, "depth", 3, AreSigns: true), "z = sums of 3 planes of signs of t from cb 4xdepth\n"),
        (new Contract("acc", "x", "w", ContractVia.BitPlanes) { Times = 8 }, "acc += x * w via bitplanes times 8\n"),
        (new Contract("acc", "h", "codes", ContractVia.Table) { TransposedB = true, Times = 128 }, "acc += h * codes^T via table times 128\n"),
        (new Relayout("p", At(0, 0), "x", At("i", 0), 8, "n"), "p[0, 0] = relayout x[i, 0] 8xn\n"),
        (new Relayout("p", At(0, 0), "x", At(0, 0), 8, 9) { Transposed = true, Interleave = 4, Offset = 128, PaddedColumns = 16 }, "p[0, 0] = relayout x[0, 0] 8x9 transposed interleave 4 padded to 16 offset 128\n"),
        (new Relayout("p", At(0, 0), "x", At(0, "n0"), 8, "n") { Regroup = 4, PaddedColumns = 64 }, "p[0, 0] = relayout x[0, n0] 8xn regroup 4 padded to 64\n"),
        (new Rebuild("t", "ce", "basis"), "t = ce in basis\n"),
        (new Linear("t", new[] { 1, 0.5, 0, -1 }, 2, 2, "x"), "t = [1 0.5; 0 -1] * x\n"),
        (new Linear("t", new double[] { 1, 2 }, 1, 2, "x") { Right = true }, "t = x * [1 2]^T\n"),
        (new Contract("acc", "a", "b", ContractVia.Fma), "acc += a * b via fma\n"),
        (new Contract("acc", "a", "b", ContractVia.Dot4) { TransposedA = true, TransposedB = true }, "acc += a^T * b^T via dot4\n"),
        (new Map("t", MapOp.GeluTanh, "x"), "t = gelutanh(x)\n"),
        (new Map("t", MapOp.Scale, "x", 0.125), "t = scale(x, 0.125)\n"),
        (new Zip("t", ZipOp.Max, "a", "b"), "t = max(a, b)\n"),
        (new Reduce("t", ReduceOp.AbsMax, "x", 1), "t = reduce absmax x axis 1\n"),
        (new Reduce("t", ReduceOp.Sum, "x", 0, Accumulate: true), "t = t with reduce sum x axis 0\n"),
        (new Carry(new[] { "m", "l" }), "carry m, l\n"),
        (new Statement.Random("t", "seed", s_i * 4), "t = random(seed, i*4)\n"),
    ];

    [Fact]
    public void Statement_EveryOne_HasItsText()
    {
        foreach ((Statement statement, string text) in s_lines) Assert.Equal(text, TilePrinter.Print(statement));
    }

    [Fact]
    public void Statement_EveryKind_IsPrintedHere()
    {
        string[] kinds = [.. typeof(Statement).GetNestedTypes().Select(type => type.Name).Order(StringComparer.Ordinal)];

        Assert.Equal(kinds, s_lines.Select(line => line.Statement.GetType().Name).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Statement_ThatDiffers_PrintsDifferently() =>
        Assert.Equal(s_lines.Length, s_lines.Select(line => line.Text).Distinct().Count());

    [Fact]
    public void Index_Nested_KeepsItsParentheses()
    {
        Index n = "n";
        Assert.Equal("(n + 7)/8", TilePrinter.Print(Index.CeilDiv(n, 8)));
        Assert.Equal("((n + 7)/8)*8", TilePrinter.Print(Index.RoundUp(n, 8)));
        Assert.Equal("min(n - i, 4)", TilePrinter.Print(Index.Min(n - s_i, 4)));
        Assert.Equal("max(n%3, 1)", TilePrinter.Print(Index.Max(Index.Mod(n, 3), 1)));
        Assert.Equal("starts[i + 1]", TilePrinter.Print(new Index.Read("starts", At(s_i + 1))));
        Assert.Equal("expert[0, i]", TilePrinter.Print(new Index.FromTile("expert", At(0, s_i))));
        Assert.Equal("(i*n) + 2", (s_i * n + 2).ToString());
    }

    [Fact]
    public void Index_OfConstants_IsFolded()
    {
        Assert.Equal((Index)12, Index.RoundUp(9, 4));
        Assert.Equal(s_i, s_i * 1 + 0);
        Assert.Equal((Index)0, s_i * 0);
    }

    [Fact]
    public void Program_Declarations_StandAtItsHead()
    {
        TileProgram program = new("gemm", "Avx2", new[] { "n" },
            new[]
            {
                new BufferDecl("x", F32, At("n", 8), BufferRole.Input, At("ldx", 1)),
                new BufferDecl("panel", S16, At(4, 8, 2), BufferRole.Scratch) { Padding = 16, FixedInner = 2 },
                new BufferDecl("sums", F32, At("n", 8), BufferRole.Common),
                new BufferDecl("y", S8, At("n"), BufferRole.Output),
            },
            new[] { new TileDecl("acc", F32, new[] { 4, 8 }), new TileDecl("lut", F32, new[] { 256 }, TileLevel.Scratch) },
            new Statement[] { new Fill("acc", 0) },
            default);

        Assert.Equal(
            """
            program gemm for Avx2
            sizes   n
            input   x: f32[n, 8] strides [ldx, 1]
            scratch panel: s16[4, 8, 2] padding 16 fixed 2
            common  sums: f32[n, 8]
            output  y: s8[n]
            tile    acc: f32[4,8]
            tile    lut: f32[256] scratch
            acc = 0

            """.ReplaceLineEndings("\n"),
            program.ToString());
    }

    [Fact]
    public void Program_UnderAnotherCulture_PrintsTheSame()
    {
        System.Globalization.CultureInfo before = System.Globalization.CultureInfo.CurrentCulture;
        var comma = (System.Globalization.CultureInfo)System.Globalization.CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        comma.NumberFormat.NegativeSign = "~";
        try
        {
            System.Globalization.CultureInfo.CurrentCulture = comma;
            foreach ((Statement statement, string text) in s_lines) Assert.Equal(text, TilePrinter.Print(statement));
        }
        finally
        {
            System.Globalization.CultureInfo.CurrentCulture = before;
        }
    }
}
