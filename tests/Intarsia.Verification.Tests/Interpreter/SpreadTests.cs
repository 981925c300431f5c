using Intarsia.Compiler.Tiles;
using Xunit;
using static Intarsia.Compiler.Tiles.ElementType;
using static Intarsia.Compiler.Tiles.Statement;
using static Intarsia.Verification.Tests.Programs;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Verification.Tests.Interpreter;

/// <summary>Spreads: rectangles that cover everything once, do not meet, and take nothing along.</summary>
public class SpreadTests
{
    private static ProgramBuilder Program() => new ProgramBuilder("spread").Sizes("n", "m").Input("x", F32, "n", "m").InOut("y", F32, "n", "m").Scratch("s", F32, 4).Tile("t", F32, 1, 1);

    private static Spread Over(string name, Index extent, int grain, params Statement[] body) => new(name + "0", name + "1", extent, grain, body);

    private static float[] Run(TileProgram program, int n, int m)
    {
        var y = new float[n * m];
        program.Run(("n", n), ("m", m), ("x", Enumerable.Repeat(1f, n * m).ToArray()), ("y", y));
        return y;
    }

    private static Statement[] AddOne(Index row, Index column) => [new Load("t", "y", At(row, column)), new Map("t", MapOp.Offset, "t", 1), new Store("y", At(row, column), "t")];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 5)]
    [InlineData(13, 1)]
    [InlineData(25, 7)]
    public void Spread_InsideAnother_RunsEveryElementOnce(int n, int m)
    {
        TileProgram program = Program().Build(Over("a", "n", 4, For("i", "a0", "a1", 1, Over("b", "m", 1, For("j", "b0", "b1", 1, AddOne("i", "j"))))));

        Assert.All(Run(program, n, m), value => Assert.Equal(1, value));
    }

    [Fact]
    public void Spread_PartsBeginAtTheGrain()
    {
        // The first element of each part counts: 0, 8 and 16 of 20 with grain 4, in thirds of two grains.
        float[] y = Run(Program().Build(Over("a", "n", 4, AddOne("a0", 0))), 20, 1);

        Assert.Equal([0, 8, 16], Enumerable.Range(0, 20).Where(i => y[i] != 0));
    }

    [Fact]
    public void Spread_WhoseRectanglesStoreOneElement_IsRefused() =>
        Assert.Contains("store", Assert.Throws<TileProgramException>(() => Run(Program().Build(Over("a", "n", 1, new Fill("t", 1), new Store("y", At(0, 0), "t"))), 9, 1)).Message);

    [Fact]
    public void Spread_ThatReadsWhatAnotherRectangleStores_IsRefused()
    {
        // Parts of three begin at 0, 3 and 6: the first reads what the last, which has run, stores.
        TileProgram program = Program().Build(Over("a", "n", 1, new Load("t", "y", At((Index)6 - "a0", 0)), new Store("y", At("a0", 0), "t")));

        Assert.Contains("which part", Assert.Throws<TileProgramException>(() => Run(program, 9, 1)).Message);
    }

    [Fact]
    public void Spread_ThatReadsWorkingMemoryOfAnotherRectangle_IsRefused()
    {
        TileProgram program = Program().Build(Over("a", "n", 1,
            new If(new Condition("a1", Relation.Equal, "n"), new Statement[] { new Fill("t", 1), new Store("s", At(0), "t") }),
            new Load("t", "s", At(0)),
            new Store("y", At("a0", 0), "t")));

        Assert.Contains("'s' is read before it was written", Assert.Throws<TileProgramException>(() => Run(program, 9, 1)).Message);
    }

    private static TileProgram TwoStages(BufferRole role, Index second) => new ProgramBuilder("stages").Sizes("n").Buffer(role, "s", F32, "n").Output("y", F32, "n").Tile("t", F32, 1)
        .Build(
            Over("a", "n", 1, For("i", "a0", "a1", 1, new Fill("t", 1), new Store("s", At("i"), "t"))),
            Over("b", "n", 1, For("i", "b0", "b1", 1, new Load("t", "s", At(second)), new Store("y", At("i"), "t"))));

    [Fact]
    public void Spread_BehindAnother_ReadsWhatItLeftInCommonMemory()
    {
        var y = new float[9];
        TwoStages(BufferRole.Common, (Index)8 - "i").Run(("n", 9), ("y", y));

        Assert.All(y, value => Assert.Equal(1, value));
    }

    [Fact]
    public void Spread_BehindAnother_FindsNothingInWorkingMemory() =>
        Assert.Contains("scratch 's' is read before it was written", Assert.Throws<TileProgramException>(() => TwoStages(BufferRole.Scratch, "i").Run(("n", 9), ("y", new float[9]))).Message);

    [Fact]
    public void Spread_ThatReadsCommonMemoryOfAnotherRectangle_IsRefused()
    {
        TileProgram program = new ProgramBuilder("common").Sizes("n").Buffer(BufferRole.Common, "s", F32, "n").Output("y", F32, "n").Tile("t", F32, 1)
            .Build(Over("a", "n", 1, For("i", "a0", "a1", 1, new Fill("t", 1), new Store("s", At("i"), "t")), For("i", "a0", "a1", 1, new Load("t", "s", At((Index)"n" - 1)), new Store("y", At("i"), "t"))));

        Assert.Contains("which part", Assert.Throws<TileProgramException>(() => program.Run(("n", 9), ("y", new float[9]))).Message);
    }

    [Fact]
    public void Spread_ThatReadsCommonMemoryThatNobodyWrote_IsRefused()
    {
        TileProgram whole = TwoStages(BufferRole.Common, "i"), second = whole with { Body = whole.Body.Skip(1).ToArray() };

        Assert.Contains("common 's' is read before it was written", Assert.Throws<TileProgramException>(() => second.Run(("n", 9), ("y", new float[9]))).Message);
    }

    [Fact]
    public void Spread_WhoseExtentLeavesOutAnElement_LeavesItUnwritten()
    {
        TileProgram program = new ProgramBuilder("short").Sizes("n").Output("y", F32, "n").Tile("t", F32, 1)
            .Build(Over("a", (Index)"n" - 1, 1, new Fill("t", 1), For("i", "a0", "a1", 1, new Store("y", At("i"), "t"))));

        Assert.Contains("was not written at [8]", Assert.Throws<TileProgramException>(() => program.Run(("n", 9), ("y", new float[9]))).Message);
    }

    [Fact]
    public void Spread_ThreeDeep_IsRefused() =>
        Assert.Contains("two deep", Assert.Throws<TileProgramException>(() => Run(Program().Build(Over("a", "n", 1, Over("b", "m", 1, Over("c", "m", 1)))), 9, 1)).Message);
}
