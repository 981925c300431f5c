using Intarsia.Compiler.Tiles;
using Xunit;
using static Intarsia.Compiler.Tiles.ElementType;
using static Intarsia.Compiler.Tiles.Statement;
using static Intarsia.Verification.Tests.Programs;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Verification.Tests.Interpreter;

/// <summary>One statement at a time, on values that can be followed by eye.</summary>
public class StatementTests
{
    /// <summary>Loads x, applies statements that end in tile <c>t</c>, stores it.</summary>
    private static float[] Apply(int[] from, int[] to, float[] x, params Statement[] statements)
    {
        var y = new float[to.Aggregate(1, (a, b) => a * b)];
        TileProgram program = new ProgramBuilder("one")
            .Input("x", F32, [.. from.Select(extent => (Index)extent)]).Output("y", F32, [.. to.Select(extent => (Index)extent)])
            .Tile("s", F32, from).Tile("t", F32, to)
            .Build([new Load("s", "x", Zeros(from)), .. statements, new Store("y", Zeros(to), "t")]);
        program.Run(("x", x), ("y", y));
        return y;
    }

    private static Intarsia.Compiler.EquatableArray<Index> Zeros(int[] shape) => At([.. shape.Select(_ => (Index)0)]);

    [Theory]
    [InlineData(MapOp.Negate, 2, 0, -2)]
    [InlineData(MapOp.Abs, -2, 0, 2)]
    [InlineData(MapOp.Square, -3, 0, 9)]
    [InlineData(MapOp.Sqrt, 16, 0, 4)]
    [InlineData(MapOp.Reciprocal, 4, 0, 0.25)]
    [InlineData(MapOp.ReciprocalSqrt, 4, 0, 0.5)]
    [InlineData(MapOp.Exp, 1, 0, 2.7182818)]
    [InlineData(MapOp.Log, 8, 0, 2.0794415)]
    [InlineData(MapOp.Tanh, 1, 0, 0.7615942)]
    [InlineData(MapOp.Sigmoid, 0, 0, 0.5)]
    [InlineData(MapOp.Relu, -1, 0, 0)]
    [InlineData(MapOp.Gelu, 1, 0, 0.8413447)]
    [InlineData(MapOp.GeluTanh, 1, 0, 0.841192)]
    [InlineData(MapOp.Silu, 1, 0, 0.7310586)]
    [InlineData(MapOp.Scale, 3, 2.5, 7.5)]
    [InlineData(MapOp.Offset, 3, 2.5, 5.5)]
    [InlineData(MapOp.GreaterThan, 3, 2.5, 1)]
    [InlineData(MapOp.GreaterThan, 2.5, 2.5, 0)]
    [InlineData(MapOp.Copy, 2.5, 0, 2.5)]
    public void Map_EachOperation_GivesItsValue(MapOp op, float x, double argument, float expected) =>
        Assert.Equal(expected, Apply([1], [1], [x], new Map("t", op, "s", argument))[0], 1e-6f);

    [Theory]
    [InlineData(ZipOp.Add, 7, 2, 9)]
    [InlineData(ZipOp.Subtract, 7, 2, 5)]
    [InlineData(ZipOp.Multiply, 7, 2, 14)]
    [InlineData(ZipOp.Divide, 7, 2, 3)]
    [InlineData(ZipOp.Max, 7, 2, 7)]
    [InlineData(ZipOp.Min, 7, 2, 2)]
    [InlineData(ZipOp.BitAnd, 7, 2, 2)]
    [InlineData(ZipOp.BitXor, 7, 2, 5)]
    [InlineData(ZipOp.ShiftLeft, 7, 2, 28)]
    [InlineData(ZipOp.ShiftRight, -7, 1, -4)]
    [InlineData(ZipOp.GreaterThan, 7, 2, 1)]
    [InlineData(ZipOp.Equal, 7, 2, 0)]
    [InlineData(ZipOp.Add, int.MaxValue, 1, int.MinValue)]
    public void Zip_Integers_GivesItsValueAndWraps(ZipOp op, int left, int right, int expected)
    {
        var y = new int[1];
        new ProgramBuilder("zip").Input("x", S32, 2).Output("y", S32, 1).Tile("a", S32, 1).Tile("b", S32, 1).Tile("t", S32, 1)
            .Build(new Load("a", "x", At(0)), new Load("b", "x", At(1)), new Zip("t", op, "a", "b"), new Store("y", At(0), "t"))
            .Run(("x", new[] { left, right }), ("y", y));

        Assert.Equal(expected, y[0]);
    }

    [Fact]
    public void Zip_ColumnWithRow_BroadcastsBoth()
    {
        var y = new float[6];
        new ProgramBuilder("outer").Input("a", F32, 2).Input("b", F32, 3).Output("y", F32, 2, 3).Tile("a", F32, 2, 1).Tile("b", F32, 3).Tile("t", F32, 2, 3)
            .Build(new Load("a", "a", At(0)) { Transposed = true }, new Load("b", "b", At(0)), new Zip("t", ZipOp.Add, "a", "b"), new Store("y", At(0, 0), "t"))
            .Run(("a", new float[] { 10, 20 }), ("b", new float[] { 1, 2, 3 }), ("y", y));

        Assert.Equal([11, 12, 13, 21, 22, 23], y);
    }

    [Fact]
    public void Zip_FloatTile_RoundsEveryOperationToItsType()
    {
        var y = new Half[1];
        new ProgramBuilder("half").Input("x", F16, 2).Output("y", F16, 1).Tile("a", F16, 1).Tile("b", F16, 1).Tile("t", F16, 1)
            .Build(new Load("a", "x", At(0)), new Load("b", "x", At(1)), new Zip("t", ZipOp.Add, "a", "b"), new Zip("t", ZipOp.Subtract, "t", "a"), new Store("y", At(0), "t"))
            .Run(("x", new[] { (Half)2048, (Half)1 }), ("y", y));

        // 2049 is a tie in binary16 and goes to 2048.
        Assert.Equal((Half)0, y[0]);
    }

    [Fact]
    public void Select_Mask_TakesEitherSide() =>
        Assert.Equal([0, 2, 0, 4], Apply([4], [4], [-1, 2, 0, 4], new Map("t", MapOp.Relu, "s"), new Select("t", "t", "s", "t")));

    [Theory]
    [InlineData(ReduceOp.Sum, 0, new float[] { 5, -7, 9 })]
    [InlineData(ReduceOp.Max, 0, new float[] { 4, -2, 6 })]
    [InlineData(ReduceOp.Min, 0, new float[] { 1, -5, 3 })]
    [InlineData(ReduceOp.AbsMax, 0, new float[] { 4, 5, 6 })]
    [InlineData(ReduceOp.Product, 0, new float[] { 4, 10, 18 })]
    public void Reduce_Axis_BecomesOne(ReduceOp op, int axis, float[] expected) =>
        Assert.Equal(expected, Apply([2, 3], [1, 3], [1, -2, 3, 4, -5, 6], new Reduce("t", op, "s", axis)));

    [Fact]
    public void Reduce_LastAxisAccumulating_CombinesWithTheOldValue() =>
        Assert.Equal([106, 105], Apply([2, 3], [2, 1], [1, 2, 3, 4, -5, 6], new Fill("t", 100), new Reduce("t", ReduceOp.Sum, "s", 1, Accumulate: true)));

    [Fact]
    public void Reduce_ArgMaxAndPopCount_GiveIntegers()
    {
        var y = new int[2];
        new ProgramBuilder("positions").Input("x", F32, 4).Output("y", S32, 2).Tile("x", F32, 4).Tile("i", S32, 1).Tile("w", U8, 4).Tile("c", S32, 1)
            .Build(new Load("x", "x", At(0)), new Reduce("i", ReduceOp.ArgMax, "x", 0), new Store("y", At(0), "i"), new Map("w", MapOp.RoundSaturate, "x"), new Reduce("c", ReduceOp.PopCount, "w", 0), new Store("y", At(1), "c"))
            .Run(("x", new float[] { 3, 7, 7, 1 }), ("y", y));

        Assert.Equal([1, 2 + 3 + 3 + 1], y);
    }

    [Theory]
    [InlineData(false, new float[] { 1, 3, 6, 4, 9, 15 })]
    [InlineData(true, new float[] { 0, 1, 3, 0, 4, 9 })]
    public void Scan_LastAxis_GivesRunningSums(bool exclusive, float[] expected) =>
        Assert.Equal(expected, Apply([2, 3], [2, 3], [1, 2, 3, 4, 5, 6], new Scan("t", "s", ReduceOp.Sum, 1, exclusive)));

    [Fact]
    public void Permute_MinusOne_GivesZero() =>
        Assert.Equal([30, 0, 10], Apply([3], [3], [10, 20, 30], new Permute("t", "s", new[] { 2, -1, 0 })));

    [Fact]
    public void Transpose_ThreeDimensions_FollowsItsAxes()
    {
        float[] x = [.. Enumerable.Range(0, 12)];
        Assert.Equal([0, 3, 1, 4, 2, 5], Apply([2, 3], [3, 2], x[..6], new Transpose("t", "s", new[] { 1, 0 })));
        // [k][i][j] to [i][k][j]; the last two stand merged.
        Assert.Equal([0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11], Apply([2, 3, 2], [3, 4], x, new Transpose("t", "s", new[] { 1, 0, 2 })));
    }

    [Fact]
    public void Expand_TwoOfFour_PutsEachValueAtItsPlace()
    {
        var y = new float[16];
        new ProgramBuilder("expand").Input("v", F32, 2, 4).Input("p", U2, 2, 4).Output("y", F32, 2, 8).Tile("v", F32, 2, 4).Tile("p", U2, 2, 4).Tile("t", F32, 2, 8)
            .Build(new Load("v", "v", At(0, 0)), new Load("p", "p", At(0, 0)), new Expand("t", "v", "p", 4), new Store("y", At(0, 0), "t"))
            .Run(("v", new float[] { 1, 2, 3, 4, 5, 6, 7, 8 }), ("p", new byte[] { 0b11_10_01_00, 0b10_01_11_00 }), ("y", y));

        Assert.Equal([1, 2, 0, 0, 0, 0, 3, 4, 5, 0, 0, 6, 0, 7, 8, 0], y);
    }

    [Fact]
    public void Expand_PlacesOfExtentOne_AreSharedAlongIt()
    {
        var y = new float[16];
        new ProgramBuilder("expand").Input("v", F32, 2, 2, 2).Input("p", S32, 1, 2, 2).Output("y", F32, 4, 4).Tile("v", F32, 2, 2, 2).Tile("p", S32, 1, 2, 2).Tile("t", F32, 4, 4)
            .Build(new Load("v", "v", At(0, 0, 0)), new Load("p", "p", At(0, 0, 0)), new Expand("t", "v", "p", 4), new Store("y", At(0, 0), "t"))
            .Run(("v", new float[] { 1, 2, 3, 4, 5, 6, 7, 8 }), ("p", new[] { 0, 3, 1, 2 }), ("y", y));

        Assert.Equal([1, 0, 0, 2, 0, 3, 4, 0, 5, 0, 0, 6, 0, 7, 8, 0], y);
    }

    [Fact]
    public void Iota_AlongAnAxis_CountsFromItsStart() =>
        Assert.Equal([7, 7, 8, 8], Apply([2, 2], [2, 2], new float[4], new Iota("t", 7, 0)));

    [Fact]
    public void Linear_LeftAndRight_MultiplyByTheConstantMatrix()
    {
        double[] swap = [0, 1, 1, 0];
        Assert.Equal([3, 4, 1, 2], Apply([2, 2], [2, 2], [1, 2, 3, 4], new Linear("t", swap, 2, 2, "s")));
        Assert.Equal([2, 1, 4, 3], Apply([2, 2], [2, 2], [1, 2, 3, 4], new Linear("t", swap, 2, 2, "s") { Right = true }));
        Assert.Equal([3, 7], Apply([2, 2], [2, 1], [1, 2, 3, 4], new Linear("t", new double[] { 1, 1 }, 1, 2, "s") { Right = true }));
    }

    [Fact]
    public void Table_FourBits_HoldsEverySignedSum()
    {
        float[] table = Apply([4], [1, 16], [1, 2, 4, 8], new Table("t", "s", 4));

        Assert.Equal(-15, table[0]);
        Assert.Equal(1 - 2 - 4 + 8, table[0b1001]);
        Assert.Equal(15, table[15]);
    }

    [Fact]
    public void Pack_MoreThanAWord_PutsBitZeroFirst()
    {
        var y = new byte[2];
        new ProgramBuilder("pack").Input("x", F32, 10).Output("y", U8, 2).Tile("x", F32, 10).Tile("t", U8, 2)
            .Build(new Load("x", "x", At(0)), new Pack("t", "x"), new Store("y", At(0), "t"))
            .Run(("x", new float[] { 1, -1, 0, 1, 0, 0, 0, 0, 0, 5 }), ("y", y));

        Assert.Equal([0b1001, 0b10], y);
    }

    [Fact]
    public void Random_CounterBased_DependsOnNothingElse()
    {
        static float[] Draw(long seed, long counter) => Apply([4], [4], new float[4], new Statement.Random("t", seed, counter));

        float[] whole = Draw(42, 0);
        Assert.All(whole, u => Assert.InRange(u, 0, 0.99999997f));
        Assert.Equal(whole[2..], Draw(42, 2)[..2]);
        Assert.NotEqual(whole, Draw(43, 0));
        // splitmix64 from seed 0: the first output is 0xE220A8397B1DCDAF.
        Assert.Equal((float)(0xE220A8 / (double)(1 << 24)), Draw(0, 0)[0]);
    }

    [Theory]
    [InlineData(2.5f, 2)]
    [InlineData(-3.5f, -4)]
    [InlineData(1e9f, 127)]
    [InlineData(-1e9f, -128)]
    [InlineData(float.NaN, 0)]
    public void RoundSaturate_Float_GoesToTheNearestInteger(float x, int expected)
    {
        var y = new sbyte[1];
        new ProgramBuilder("round").Input("x", F32, 1).Output("y", S8, 1).Tile("x", F32, 1).Tile("t", S8, 1)
            .Build(new Load("x", "x", At(0)), new Map("t", MapOp.RoundSaturate, "x"), new Store("y", At(0), "t"))
            .Run(("x", new[] { x }), ("y", y));

        Assert.Equal(expected, y[0]);
    }

    [Fact]
    public void LoadAndStore_Clipped_ReadZeroAndWriteNothingPastTheEnd()
    {
        var y = new float[6];
        new ProgramBuilder("tails").Sizes("n").Input("x", F32, 2, "n").Output("y", F32, 2, "n").Tile("t", F32, 2, 4).Tile("r", F32, 2, 1)
            .Build(For("i", 0, "n", 4, new Load("t", "x", At(0, "i"), Clip.Columns), new Map("t", MapOp.Offset, "t", 1), new Store("y", At(0, "i"), "t", Clip.Columns)))
            .Run(("n", 3), ("x", new float[] { 1, 2, 3, 4, 5, 6 }), ("y", y));

        Assert.Equal([2, 3, 4, 5, 6, 7], y);
    }

    [Fact]
    public void LoadAndStore_Until_EndBeforeTheBufferDoes()
    {
        var y = new float[] { -1, -1, -1, -1, -1, -1 };
        new ProgramBuilder("rows").Sizes("end").Input("x", F32, 6).InOut("y", F32, 6).Tile("t", F32, 1, 4)
            .Build(new Load("t", "x", At(1), Clip.Columns) { Until = "end" }, new Map("t", MapOp.Offset, "t", 1), new Store("y", At(1), "t", Clip.Columns) { Until = (Index)"end" + 1 })
            .Run(("end", 3), ("x", new float[] { 1, 2, 3, 4, 5, 6 }), ("y", y));

        // What the load left out is 0; the store goes one further.
        Assert.Equal([-1, 3, 4, 1, -1, -1], y);
    }

    [Fact]
    public void Store_UntilRow_EndsBeforeTheBufferDoes()
    {
        var y = new float[12];
        new ProgramBuilder("tiles").Sizes("rows").InOut("y", F32, 2, 2, 3).Tile("t", F32, 2, 3)
            .Build(new Fill("t", 1), new Store("y", At(1, 0, 0), "t", Clip.All) { Until = 2, UntilRow = "rows" })
            .Run(("rows", 1), ("y", y));

        Assert.Equal([0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0], y);
    }

    [Fact]
    public void LoadTransposed_ClippedRows_ClipsTheOtherDimensionOfTheBuffer()
    {
        // The tile's four rows run along the buffer's columns, of which there are three.
        var y = new float[8];
        new ProgramBuilder("turn").Input("x", F32, 2, 3).Output("y", F32, 4, 2).Tile("t", F32, 4, 2)
            .Build(new Load("t", "x", At(0, 0), Clip.Rows) { Transposed = true }, new Store("y", At(0, 0), "t"))
            .Run(("x", new float[] { 1, 2, 3, 4, 5, 6 }), ("y", y));

        Assert.Equal([1, 4, 2, 5, 3, 6, 0, 0], y);
    }

    [Fact]
    public void Gather_NegativeCoordinate_ReadsZeros()
    {
        var y = new float[6];
        new ProgramBuilder("gather").Input("x", F32, 3, 2).Input("i", S32, 3).Output("y", F32, 3, 2).Tile("i", S32, 3).Tile("t", F32, 3, 2)
            .Build(new Load("i", "i", At(0)), new Gather("t", "x", "i", At(0)), new Store("y", At(0, 0), "t"))
            .Run(("x", new float[] { 1, 2, 3, 4, 5, 6 }), ("i", new[] { 2, -1, 0 }), ("y", y));

        Assert.Equal([5, 6, 0, 0, 1, 2], y);
    }

    [Fact]
    public void Gather_FirstOfItsCoordinates_LooksAtNoOthers()
    {
        var y = new float[] { 9, 9, 9 };
        new ProgramBuilder("gather").Input("x", F32, 2).Input("i", S32, 3).Output("y", F32, 3).Tile("i", S32, 3).Tile("t", F32, 3)
            .Build(new Load("i", "i", At(0)), new Gather("t", "x", "i", At()) { IsPresent = true, Count = 2 }, new Store("y", At(0), "t"))
            .Run(("x", new float[] { 4, 5 }), ("i", new[] { 1, 0, 77 }), ("y", y));

        Assert.Equal([5, 4, 0], y);
    }

    [Fact]
    public void Scatter_Rows_WritesThemWhereNamed()
    {
        var y = new float[] { -1, -2, -3, -4, -5, -6 };
        new ProgramBuilder("scatter").Input("x", F32, 3, 2).Input("i", S32, 3).InOut("y", F32, 3, 2).Tile("i", S32, 3).Tile("t", F32, 3, 2)
            .Build(new Load("i", "i", At(0)), new Load("t", "x", At(0, 0)), new Scatter("y", "i", At(0), "t"))
            .Run(("x", new float[] { 1, 2, 3, 4, 5, 6 }), ("i", new[] { 2, -1, 0 }), ("y", y));

        Assert.Equal([5, 6, -3, -4, 1, 2], y);
    }

    [Fact]
    public void Scatter_FirstOfEachLineOfCoordinates_LeavesTheOthersAndRounds()
    {
        // Two lines of three elements, two of each written; the third coordinate of each is none of the buffer.
        var y = new Half[5];
        new ProgramBuilder("places").Input("x", F32, 2, 3).Input("i", S32, 2, 3).InOut("y", F16, 5).Tile("i", S32, 2, 3).Tile("t", F32, 2, 3)
            .Build(new Load("i", "i", At(0, 0)), new Load("t", "x", At(0, 0)), new Scatter("y", "i", At(), "t") { Count = 2 })
            .Run(("x", new float[] { 1, 2049, 9, 4, 5, 9 }), ("i", new[] { 4, 0, 77, 1, 2, 99 }), ("y", y));

        Assert.Equal([(Half)2048, (Half)4, (Half)5, (Half)0, (Half)1], y);
    }

    [Fact]
    public void ScatterAdd_EqualCoordinates_AddsInOrderAndSkipsNegatives()
    {
        var y = new float[] { 100, 200 };
        new ProgramBuilder("scatter").Input("x", F32, 3).Input("i", S32, 3).InOut("y", F32, 2).Tile("i", S32, 3).Tile("t", F32, 3)
            .Build(new Load("i", "i", At(0)), new Load("t", "x", At(0)), new ScatterAdd("y", "i", At(), "t"))
            .Run(("x", new float[] { 1, 2, 3 }), ("i", new[] { 1, -1, 1 }), ("y", y));

        Assert.Equal([100, 204], y);
    }

    [Fact]
    public void Relayout_TransposedInterleavedOffset_StoresGroupsOfFourBesideEachOther()
    {
        // 2x6 of s8, turned to 6x2, four depth elements beside each other, columns padded to 3, shifted into u8.
        var panel = new byte[2 * 12];
        new ProgramBuilder("vnni").Input("x", S8, 2, 6).Output("p", U8, 2, 12)
            .Build(new Relayout("p", At(0, 0), "x", At(0, 0), 2, 6) { Transposed = true, Interleave = 4, Offset = 128, PaddedColumns = 3 })
            .Run(("x", new sbyte[] { 0, 1, 2, 3, 4, 5, -128, -127, 127, 0, 0, -1 }), ("p", panel));

        Assert.Equal([128, 129, 130, 131, 0, 1, 255, 128, 0, 0, 0, 0, 132, 133, 0, 0, 128, 127, 0, 0, 0, 0, 0, 0], panel);
    }

    /// <summary>Runs of four that unpacking brings together stand apart: of 32 columns run 2q + l at 4l + q, and behind the last column there are zeros.</summary>
    [Fact]
    public void Relayout_Regrouped_PutsRunsOfFourApart()
    {
        var panel = new byte[32];
        new ProgramBuilder("regroup").Input("x", S8, 1, 14).Output("p", U8, 1, 32)
            .Build(new Relayout("p", At(0, 0), "x", At(0, 0), 1, 14) { Regroup = 2, Offset = 128, PaddedColumns = 32 })
            .Run(("x", new sbyte[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, -128 }), ("p", panel));

        Assert.Equal([128, 129, 130, 131, 136, 137, 138, 139, 0, 0, 0, 0, 0, 0, 0, 0, 132, 133, 134, 135, 140, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], panel);
    }

    [Fact]
    public void Relayout_RegroupedToAPartOfAVector_IsRefused() =>
        Assert.Contains("expected a multiple of 64", Assert.Throws<TileProgramException>(() => new ProgramBuilder("regroup").Input("x", U8, 1, 16).Output("p", U8, 1, 48)
            .Build(new Relayout("p", At(0, 0), "x", At(0, 0), 1, 16) { Regroup = 4, PaddedColumns = 48 })
            .Run(("x", new byte[16]), ("p", new byte[48]))).Message, StringComparison.Ordinal);

    [Fact]
    public void Relayout_IntoABufferWithAnInterleavedDimension_FillsIt()
    {
        // [panel, depth / 2, lanes, 2]: pairs of depth beside each other, each lane a pair.
        var panels = new short[1 * 2 * 4 * 2];
        new ProgramBuilder("pairs").Input("x", S8, 3, 3).Output("p", S16, 1, 2, 4, 2)
            .Build(new Relayout("p", At(0, 0, 0, 0), "x", At(0, 0), 3, 3) { Interleave = 2, PaddedColumns = 4 })
            .Run(("x", new sbyte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9 }), ("p", panels));

        Assert.Equal([1, 4, 2, 5, 3, 6, 0, 0, 7, 0, 8, 0, 9, 0, 0, 0], panels);
    }

    [Fact]
    public void NarrowBuffers_RoundTrip_KeepTheirBits()
    {
        var s4 = new byte[2];
        var bits = new byte[1];
        var brain = new BFloat16[1];
        new ProgramBuilder("narrow").Input("x", S8, 3).Output("n", S4, 3).Output("b", Bit, 3).Output("f", BF16, 1)
            .Tile("x", S8, 3).Tile("m", S8, 3).Tile("f", F32, 1)
            .Build(new Load("x", "x", At(0)), new Store("n", At(0), "x"), new Map("m", MapOp.GreaterThan, "x"), new Store("b", At(0), "m"), new Fill("f", 257), new Store("f", At(0), "f"), new Load("x", "n", At(0)))
            .Run(("x", new sbyte[] { -8, 7, 1 }), ("n", s4), ("b", bits), ("f", brain));

        Assert.Equal([0x78, 0x01], s4);
        Assert.Equal([0b110], bits);
        Assert.Equal(256f, (float)brain[0]);
    }

    [Fact]
    public void If_Else_TakesOneBranch()
    {
        var y = new int[3];
        new ProgramBuilder("if").Output("y", S32, 3).Tile("t", S32, 1)
            .Build(For("i", 0, 3, 1, new If(new Condition("i", Relation.Equal, 1), new Statement[] { new Fill("t", 5) }, new Statement[] { new Iota("t", "i", 0) }), new Store("y", At("i"), "t")))
            .Run(("y", y));

        Assert.Equal([0, 5, 2], y);
    }

    [Fact]
    public void ForNonZero_EachSource_BindsPositionAndCoordinate()
    {
        static int[] Visit(NonZeros source)
        {
            var y = new int[4];
            new ProgramBuilder("walk").Input("i", S32, 4).Input("g", U4, 3).Input("m", F32, 6).InOut("y", S32, 4).Tile("m", F32, 6).Tile("t", S32, 1)
                .Build(new Load("m", "m", At(0)), new ForNonZero("p", "c", source, new Statement[] { new Iota("t", "c", 0), new Store("y", At("p"), "t") }))
                .Run(("i", new[] { 5, -1, 3, 8 }), ("g", new byte[] { 0xF2, 0x00 }), ("m", new float[] { 0, 0, 7, 0, -1, 0 }), ("y", y));
            return y;
        }

        Assert.Equal([4, 2, 0, 0], Visit(new NonZeros.Static(new[] { 4, 2 })));
        Assert.Equal([0, 0, 3, 8], Visit(new NonZeros.Operand("i", 1, 4)));
        Assert.Equal([2, 18, 19, 0], Visit(new NonZeros.RelativeOperand("g", 0, 3)));
        Assert.Equal([0, 17, 18, 0], Visit(new NonZeros.RelativeOperand("g", 0, 3) { Skip = 2 }));
        Assert.Equal([2, 4, 0, 0], Visit(new NonZeros.Made("m")));
    }

    [Fact]
    public void ListNonZeros_LineOfAMatrix_GivesHowManyAndWhich()
    {
        var list = new int[5];
        Array.Fill(list, -7);
        TileProgram program = new ProgramBuilder("list").Input("x", F32, 2, 4).InOut("l", S32, 5).Build(new ListNonZeros("l", "x", At(1, 0), 4));
        program.Run(("x", new float[] { 1, 1, 1, 1, 0, -0f, float.NaN, 3 }), ("l", list));
        Assert.Equal([2, 2, 3, -7, -7], list);
    }
}
