using Intarsia.Compiler.Tiles;
using Xunit;
using static Intarsia.Compiler.Tiles.ElementType;
using static Intarsia.Compiler.Tiles.Statement;
using static Intarsia.Verification.Tests.Programs;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Verification.Tests.Interpreter;

/// <summary>What the interpreter refuses, and that its messages say where.</summary>
public class CheckTests
{
    private static ProgramBuilder Small() => new ProgramBuilder("small").Sizes("n").Input("x", F32, "n").Output("y", F32, "n").Tile("t", F32, 4).Tile("u", F32, 4).Tile("i", S32, 1);

    private static string Refusal(TileProgram program, int n = 8, float[]? x = null, float[]? y = null)
    {
        var error = Assert.Throws<TileProgramException>(() => program.Run(("n", n), ("x", x ?? new float[n]), ("y", y ?? new float[n])));
        return error.Message;
    }

    private static Statement[] Whole() => [For("k", 0, "n", 4, new Load("t", "x", At("k")), new Store("y", At("k"), "t"))];

    [Theory]
    [InlineData(2, 2, "Coordinate 2 (element 1 of 'i') is named twice")]
    [InlineData(0, 4, "Coordinate 4 (element 1 of 'i') lies outside 'y', whose first dimension has extent 4")]
    public void Scatter_ToAPlaceThatIsTakenOrNone_IsRefused(int first, int second, string expected)
    {
        TileProgram program = new ProgramBuilder("scatter").Input("i", S32, 2).InOut("y", F32, 4).Tile("i", S32, 2).Tile("t", F32, 2)
            .Build(new Load("i", "i", At(0)), new Fill("t", 1), new Scatter("y", "i", At(), "t"));

        Assert.Contains(expected, Assert.Throws<TileProgramException>(() => program.Run(("i", new[] { first, second }), ("y", new float[4]))).Message);
    }

    [Fact]
    public void Run_WholeProgram_Passes()
    {
        var y = new float[8];
        Small().Build(Whole()).Run(("n", 8), ("x", Enumerable.Repeat(1f, 8).ToArray()), ("y", y));
        Assert.All(y, value => Assert.Equal(1, value));
    }

    [Fact]
    public void Load_PastTheEnd_NamesBufferCoordinateExtentAndLoop()
    {
        string message = Refusal(Small().Build(For("k", 0, "n", 4, new Load("t", "x", At("k")), new Store("y", At("k"), "t", Clip.Columns))), n: 6);

        Assert.Contains("[6]", message);
        Assert.Contains("'x'", message);
        Assert.Contains("extent 6", message);
        Assert.Contains("t = load x[k]", message);
        Assert.Contains("k = 4", message);
    }

    [Fact]
    public void Load_BeforeTheStart_IsRefusedEvenWhenClipped() =>
        Assert.Contains("[-1]", Refusal(Small().Build(new Load("t", "x", At(-1), Clip.All))));

    [Fact]
    public void Store_PastTheEnd_IsRefused() =>
        Assert.Contains("[8]", Refusal(Small().Build(new Fill("t", 0), new Store("y", At(5), "t"))));

    [Fact]
    public void Store_ToAnInput_IsRefused() =>
        Assert.Contains("Input 'x' is written", Refusal(Small().Build(new Fill("t", 0), new Store("x", At(0), "t"))));

    [Fact]
    public void Store_TileThatHoldsNothing_IsRefused() =>
        Assert.Contains("'t' is read before", Refusal(Small().Build(new Store("y", At(0), "t"))));

    [Theory]
    [InlineData(0b01_01, "Place 1 (element 1 of 'p')")]
    [InlineData(0b00_10, "Place 0 (element 1 of 'p')")]
    public void Expand_PlacesThatDoNotAscend_AreRefused(int places, string expected)
    {
        TileProgram program = new ProgramBuilder("expand").Input("v", F32, 2).Input("p", U2, 2).Tile("v", F32, 2).Tile("p", U2, 2).Tile("t", F32, 4)
            .Build(new Load("v", "v", At(0)), new Load("p", "p", At(0)), new Expand("t", "v", "p", 4));

        Assert.Contains(expected, Assert.Throws<TileProgramException>(() => program.Run(("v", new float[2]), ("p", new[] { (byte)places }))).Message);
    }

    [Fact]
    public void Expand_ShapesThatDoNotFit_AreRefused() =>
        Assert.Contains("does not expand to", Refusal(Small().Tile("p", S32, 4).Build(new Fill("t", 0), new Iota("p", 0, 0), new Expand("u", "t", "p", 3))));

    [Theory]
    [InlineData(0, "each dimension")]
    [InlineData(1, "do not fill")]
    public void Transpose_AxesOrSizesThatDoNotFit_AreRefused(int second, string expected) =>
        Assert.Contains(expected, Refusal(Small().Tile("m", F32, 2, 4).Build(new Fill("m", 0), new Transpose("t", "m", new[] { 0, second }))));

    [Fact]
    public void Output_PartlyWritten_NamesTheFirstElement() =>
        Assert.Contains("not written at [4]", Refusal(Small().Build(new Fill("t", 0), new Store("y", At(0), "t"))));

    [Fact]
    public void Output_ReadBeforeWritten_IsRefused() =>
        Assert.Contains("output 'y' is read before", Refusal(Small().Build(new Load("t", "y", At(0)))));

    [Fact]
    public void Scratch_ReadBeforeWritten_IsRefused() =>
        Assert.Contains("scratch 's' is read before", Refusal(Small().Scratch("s", F32, 8).Build(new Fill("t", 0), new Store("s", At(0), "t"), new Load("t", "s", At(1)))));

    [Fact]
    public void Block_RegisterTileFromOutside_IsLost()
    {
        Assert.Contains("'t' is read before", Refusal(Small().Build(new Fill("t", 0), Block("inner", new Store("y", At(0), "t")))));
        Assert.Contains("'t' is read before", Refusal(Small().Build(Block("inner", new Fill("t", 0)), new Store("y", At(0), "t"))));
    }

    [Fact]
    public void Block_ScratchTileFromOutside_IsKept()
    {
        var y = new float[4];
        new ProgramBuilder("kept").Output("y", F32, 4).ScratchTile("t", F32, 4).Build(new Fill("t", 3), Block("inner", new Store("y", At(0), "t"))).Run(("y", y));
        Assert.Equal([3, 3, 3, 3], y);
    }

    [Fact]
    public void Carry_TileThatIsNotCarried_IsLostBetweenIterations()
    {
        static TileProgram Sum(params string[] carried) => Small().Build(
            new Fill("t", 0), new Fill("u", 0),
            For("k", 0, "n", 4, new Carry(carried), new Zip("t", ZipOp.Add, "t", "u"), new Load("u", "x", At("k"))),
            new Store("y", At(0), "t"), new Store("y", At(4), "t"));

        Assert.Contains("'u' is read before", Refusal(Sum("t")));
        Sum("t", "u").Run(("n", 8), ("x", new float[8]), ("y", new float[8]));
    }

    [Fact]
    public void Carry_BeforeItHoldsAnything_IsRefused() =>
        Assert.Contains("'t' is read before", Refusal(Small().Build(For("k", 0, "n", 4, new Carry(new[] { "t" }), new Load("t", "x", At("k"))))));

    [Fact]
    public void Carry_OutsideALoop_IsRefused() =>
        Assert.Contains("outside a loop", Refusal(Small().Build(new Fill("t", 0), new Carry(new[] { "t" }))));

    [Fact]
    public void Parts_StoringTheSameElement_AreRefused()
    {
        TileProgram part = Small().Build(Whole());
        Assert.Contains("both store element 0", Refusal(Small().Build(new Parts(new[] { part, part }))));
    }

    [Fact]
    public void Parts_ForeignBuffer_IsRefused()
    {
        TileProgram part = new ProgramBuilder("stray").Input("z", F32, 1).Build();
        Assert.Contains("'z', which the launch does not have", Refusal(Small().Build(new Parts(new[] { part }))));
    }

    [Fact]
    public void Gather_CoordinatePastTheEnd_IsRefused()
    {
        string message = Refusal(Small().Tile("c", S32, 1).Tile("g", F32, 1).Build(new Fill("c", 8), new Gather("g", "x", "c", At())));
        Assert.Contains("Coordinate 8", message);
        Assert.Contains("extent 8", message);
    }

    [Fact]
    public void Gather_NegativeCoordinateWhereAllArePresent_IsRefused()
    {
        string message = Refusal(Small().Tile("c", S32, 1).Tile("g", F32, 1).Build(new Fill("c", -1), new Gather("g", "x", "c", At()) { IsPresent = true }));
        Assert.Contains("Coordinate -1", message);
    }

    [Fact]
    public void Index_OfUnknownName_IsRefused() =>
        Assert.Contains("'m' is neither a size nor a variable", Refusal(Small().Build(new Load("t", "x", At("m")))));

    [Fact]
    public void Let_BehindItsList_IsOutOfScope()
    {
        Statement[] body = [For("k", 0, "n", 4, new Let("m", (Index)"k" + 0), new Load("t", "x", At("m")), new Store("y", At("m"), "t"))];
        Small().Build(body).Run(("n", 8), ("x", new float[8]), ("y", new float[8]));
        Assert.Contains("'m' is neither", Refusal(Small().Build([.. body, new Load("t", "x", At("m"))])));
    }

    [Fact]
    public void For_VariableTwice_IsRefused() =>
        Assert.Contains("'k' is bound twice", Refusal(Small().Build(For("k", 0, 1, 1, For("k", 0, 1, 1)))));

    [Fact]
    public void For_StepZero_IsRefused() => Assert.Contains("step 0", Refusal(Small().Build(For("k", 0, 1, 0))));

    [Fact]
    public void Zip_ShapesThatDoNotMeet_AreRefused() =>
        Assert.Contains("does not broadcast", Refusal(Small().Tile("v", F32, 3).Build(new Fill("t", 0), new Fill("v", 0), new Zip("u", ZipOp.Add, "t", "v"))));

    [Fact]
    public void Store_IntegerThatDoesNotFit_IsRefused()
    {
        TileProgram program = new ProgramBuilder("narrow").Output("y", S8, 1).Tile("t", S32, 1).Build(new Fill("t", 128), new Store("y", At(0), "t"));
        Assert.Contains("128 does not fit S8", Assert.Throws<TileProgramException>(() => program.Run(("y", new sbyte[1]))).Message);
    }

    [Fact]
    public void Run_MissingOrWrongBuffer_SaysSo()
    {
        TileProgram program = Small().Build(Whole());
        Assert.Contains("'y'", Assert.Throws<ArgumentException>(() => program.Run(("n", 8), ("x", new float[8]))).Message);
        Assert.Contains("Single[]", Assert.Throws<ArgumentException>(() => program.Run(("n", 8), ("x", new double[8]), ("y", new float[8]))).Message);
        Assert.Contains("'n'", Assert.Throws<ArgumentException>(() => program.Run(("x", new float[8]), ("y", new float[8]))).Message);
        Assert.Contains("needs 8 elements", Assert.Throws<TileProgramException>(() => program.Run(("n", 8), ("x", new float[7]), ("y", new float[8]))).Message);
    }

    [Fact]
    public void Run_ByteArrayForSignedBytes_IsRefused()
    {
        TileProgram program = new ProgramBuilder("bytes").Input("x", S8, 1).Build();
        Assert.Throws<ArgumentException>(() => program.Run(("x", new byte[1])));
    }
}
