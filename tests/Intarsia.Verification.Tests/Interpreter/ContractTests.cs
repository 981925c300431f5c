using Intarsia.Compiler.Tiles;
using Xunit;
using static Intarsia.Compiler.Tiles.ElementType;
using static Intarsia.Compiler.Tiles.Statement;
using static Intarsia.Verification.Tests.Programs;

namespace Intarsia.Verification.Tests.Interpreter;

/// <summary>Each unit that a contraction can run on, with the arithmetic that tells it from the others.</summary>
public class ContractTests
{
    private static int Dot<TA, TB>(ContractVia via, ElementType a, ElementType b, TA[] left, TB[] right)
    {
        var y = new int[1];
        new ProgramBuilder("dot").Input("a", a, left.Length).Input("b", b, right.Length).Output("y", S32, 1, 1)
            .Tile("a", a, 1, left.Length).Tile("b", b, right.Length, 1).Tile("y", S32, 1, 1)
            .Build(new Load("a", "a", At(0)), new Load("b", "b", At(0)) { Transposed = true }, new Fill("y", 0), new Contract("y", "a", "b", via), new Store("y", At(0, 0), "y"))
            .Run(("a", left), ("b", right), ("y", y));
        return y[0];
    }

    [Fact]
    public void Fma_Float_RoundsOncePerStepInOrder()
    {
        // 1 + u·(1 + u): fused keeps the low product, separate rounding of the product would too, but not of the sum.
        float a = 1 + MathF.ScaleB(1, -12), c = -(1 + MathF.ScaleB(1, -11));
        var y = new float[1];
        new ProgramBuilder("fma").Input("x", F32, 1).Output("y", F32, 1).Tile("x", F32, 1).Tile("y", F32, 1)
            .Build(new Load("x", "x", At(0)), new Fill("y", c), new Contract("y", "x", "x", ContractVia.Fma), new Store("y", At(0), "y"))
            .Run(("x", new[] { a }), ("y", y));

        Assert.Equal(MathF.FusedMultiplyAdd(a, a, c), y[0]);
        Assert.NotEqual(a * a + c, y[0]);
    }

    [Fact]
    public void Contract_EveryTransposition_GivesTheSameProduct()
    {
        float[] a = [1, 2, 3, 4, 5, 6], b = [1, 0, 2, 1, 0, 3, 1, 1, 1, 2, 0, 1];
        float[] expected = [.. Enumerable.Range(0, 2).SelectMany(r => Enumerable.Range(0, 4).Select(c => Enumerable.Range(0, 3).Sum(k => a[r * 3 + k] * b[k * 4 + c])))];
        foreach ((bool turnA, bool turnB) in new[] { (false, false), (true, false), (false, true), (true, true) })
        {
            var y = new float[8];
            new ProgramBuilder("product").Input("a", F32, 2, 3).Input("b", F32, 3, 4).Output("y", F32, 2, 4)
                .Tile("a", F32, turnA ? [3, 2] : [2, 3]).Tile("b", F32, turnB ? [4, 3] : [3, 4]).Tile("y", F32, 2, 4)
                .Build(
                    new Load("a", "a", At(0, 0)) { Transposed = turnA }, new Load("b", "b", At(0, 0)) { Transposed = turnB },
                    new Fill("y", 0), new Contract("y", "a", "b", ContractVia.Fma) { TransposedA = turnA, TransposedB = turnB }, new Store("y", At(0, 0), "y"))
                .Run(("a", a), ("b", b), ("y", y));
            Assert.Equal(expected, y);
        }
    }

    [Fact]
    public void Contract_Batched_MultipliesMatrixByMatrix()
    {
        var y = new float[2];
        new ProgramBuilder("batch").Input("a", F32, 2, 1, 2).Input("b", F32, 2, 2, 1).Output("y", F32, 2, 1, 1).Tile("a", F32, 2, 1, 2).Tile("b", F32, 2, 2, 1).Tile("y", F32, 2, 1, 1)
            .Build(new Load("a", "a", At(0, 0, 0)), new Load("b", "b", At(0, 0, 0)), new Fill("y", 0), new Contract("y", "a", "b", ContractVia.Fma), new Store("y", At(0, 0, 0), "y"))
            .Run(("a", new float[] { 1, 2, 3, 4 }), ("b", new float[] { 10, 100, 1000, 1 }), ("y", y));

        Assert.Equal([210, 3004], y);
    }

    [Fact]
    public void Dot4_Extremes_IsExactAndTheNarrowFormSaturates()
    {
        byte[] u8 = [255, 255, 255, 255];
        sbyte[] s8 = [127, 127, -128, -128];

        Assert.Equal(-510, Dot(ContractVia.Dot4, U8, S8, u8, s8));
        // Each pair saturates at 16 bits: 64770 to 32767 and −65280 to −32768.
        Assert.Equal(-1, Dot(ContractVia.Dot4Narrow, U8, S8, u8, s8));
        Assert.Equal(-1, Dot(ContractVia.Dot4Narrow, S8, U8, s8, u8));
        sbyte[] small = [64, 64, -64, 63];
        Assert.Equal(Dot(ContractVia.Dot4, U8, S8, u8, small), Dot(ContractVia.Dot4Narrow, U8, S8, u8, small));
    }

    [Fact]
    public void Dot2_BothLowest_WrapsAt32Bits() =>
        Assert.Equal(int.MinValue, Dot(ContractVia.Dot2, S16, S16, new short[] { -32768, -32768 }, new short[] { -32768, -32768 }));

    [Fact]
    public void IntegerMultiplyAdd_AnyIntegers_IsExact() =>
        Assert.Equal(-128 * 255 + 7, Dot(ContractVia.IntegerMultiplyAdd, S8, U8, new sbyte[] { -128, 7 }, new byte[] { 255, 1 }));

    [Fact]
    public void BitPlanes_Words_CountsCommonBits() =>
        Assert.Equal(3 + 32, Dot(ContractVia.BitPlanes, S32, S32, new[] { 0b1111, -1 }, new[] { 0b10111 ^ 0b10000, -1 }));

    [Fact]
    public void BitPlanes_TimesAPowerOfTwo_CountsEachBitSoOften()
    {
        var y = new int[1];
        TileProgram Program(int times) => new ProgramBuilder("planes").Input("a", S32, 1, 1).Input("b", S32, 1, 1).Output("y", S32, 1, 1).Tile("a", S32, 1, 1).Tile("b", S32, 1, 1).Tile("y", S32, 1, 1)
            .Build(new Load("a", "a", At(0, 0)), new Load("b", "b", At(0, 0)), new Fill("y", 1), new Contract("y", "a", "b", ContractVia.BitPlanes) { Times = times }, new Store("y", At(0, 0), "y"));
        Program(8).Run(("a", new[] { 0b1110 }), ("b", new[] { 0b0111 }), ("y", y));
        Assert.Equal([17], y);
        Assert.Throws<TileProgramException>(() => Program(3).Run(("a", new int[1]), ("b", new int[1]), ("y", y)));
    }

    [Fact]
    public void SplitPlanes_ThatSaturates_TakesTheLargestCodeAndGoesWhereItIsTold()
    {
        var y = new int[4];
        TileProgram Program(bool saturates) => new ProgramBuilder("codes").Input("q", U8, 1, 3).Output("y", S32, 1, 4)
            .Build(new SplitPlanes("y", "q", 1, 2, 2, AreSigns: false), new SplitPlanes("y", "q", 1, 3, 2, AreSigns: false) { DestinationAt = At(0, 2), Saturates = saturates });
        Program(true).Run(("q", new byte[] { 2, 3, 200 }), ("y", y));
        Assert.Equal([0b10, 0b11, 0b110, 0b111], y);
        Assert.Contains("200", Assert.Throws<TileProgramException>(() => Program(false).Run(("q", new byte[] { 2, 3, 200 }), ("y", y))).Message);
    }

    [Theory]
    [InlineData(false, 1 + 2 * 2 + 3)]
    [InlineData(true, 2 * (1 + 2 * 2 + 3) - 3 * 34)]
    public void SumPlanes_OfARow_LooksAtNoBitBehindTheLastColumn(bool areSigns, int expected)
    {
        // Row 1 has codes 1, 2, 2, no others up to 33 and a 3 at column 33; column 34 has every bit set.
        var z = new int[1];
        new ProgramBuilder("sums").Input("t", S32, 2, 4).Output("z", S32, 1, 1).Build(new SumPlanes("z", "t", 1, 1, 34, 2, areSigns)).Run(("t", new[] { -1, -1, -1, -1, 0b001, 0b110, 0b110, 0b110 }), ("z", z));
        Assert.Equal([expected], z);
    }

    [Fact]
    public void SplitPlanes_OfBitsAndSigns_GivesWordsOfEachPlane()
    {
        var bits = new int[2 * 4];
        new ProgramBuilder("bits").Input("x", S16, 2, 33).Output("t", S32, 2, 4).Build(new SplitPlanes("t", "x", 2, 33, 2, AreSigns: false))
            .Run(("x", (short[])[1, 2, 3, .. new short[29], 3, .. new short[33]]), ("t", bits));
        Assert.Equal([0b101, 0b110, 1, 1, 0, 0, 0, 0], bits);

        var signs = new int[2];
        TileProgram program = new ProgramBuilder("signs").Input("x", S8, 1, 4).Output("t", S32, 1, 2).Build(new SplitPlanes("t", "x", 1, 4, 2, AreSigns: true));
        program.Run(("x", new sbyte[] { -3, -1, 1, 3 }), ("t", signs));
        Assert.Equal([0b1010, 0b1100], signs);
        foreach (sbyte foreign in (sbyte[])[0, 2, 5, -5])
            Assert.Contains("is no sum of 2 planes of signs", Assert.Throws<TileProgramException>(() => program.Run(("x", new sbyte[] { foreign, 1, 1, 1 }), ("t", signs))).Message);
    }

    [Fact]
    public void Table_Codes_LooksUpSignedSums()
    {
        // x = 1 2 3 4 5, three bits to a code, so the second run is short.
        var y = new float[2];
        new ProgramBuilder("lut").Input("x", F32, 5).Input("w", U8, 2, 2).Output("y", F32, 2, 1)
            .Tile("x", F32, 5).Tile("w", U8, 2, 2).Tile("t", F32, 2, 8).Tile("y", F32, 2, 1)
            .Build(
                new Load("x", "x", At(0)), new Load("w", "w", At(0, 0)), new Statement.Table("t", "x", 3), new Fill("y", 0),
                new Contract("y", "w", "t", ContractVia.Table), new Store("y", At(0, 0), "y"))
            .Run(("x", new float[] { 1, 2, 3, 4, 5 }), ("w", new byte[] { 0b111, 0b11, 0b001, 0b10 }), ("y", y));

        Assert.Equal([15, 1 - 2 - 3 - 4 + 5], y);
    }

    [Fact]
    public void Table_Turned_LooksUpATableOfEachLine()
    {
        // Two columns of X, of six elements in groups of five, four bits to a code: the second run of the first group, and the only one of the second, are short.
        var y = new int[4];
        ProgramBuilder program = new ProgramBuilder("turned").Input("x", S32, 2, 6).Input("w", U8, 2, 3).Scratch("t", S32, 2, 4, 16).Output("y", S32, 2, 2)
            .Tile("w", U8, 2, 3).Tile("t", S32, 2, 3, 16).Tile("y", S32, 2, 2);
        Statement[] body =
        [
            new SignedSums("t", "x", 2, 6, 5, 2, 4), new Load("w", "w", At(0, 0)), new Load("t", "t", At(0, 0, 0)), new Fill("y", 0),
            new Contract("y", "t", "w", ContractVia.Table) { TransposedB = true }, new Store("y", At(0, 0), "y"),
        ];

        program.Build(body).Run(("x", new[] { 1, 2, 3, 4, 5, 6, -10, 20, -30, 40, -50, 60 }), ("w", new byte[] { 0b1111, 1, 1, 0b0101, 0, 0 }), ("y", y));

        Assert.Equal([1 + 2 + 3 + 4 + 5 + 6, 1 - 2 + 3 - 4 - 5 - 6, -10 + 20 - 30 + 40 - 50 + 60, -10 - 20 - 30 - 40 + 50 - 60], y);
    }

    [Fact]
    public void SignedSums_RunsThatLeaveElementsOut_AreRefused()
    {
        TileProgram program = new ProgramBuilder("short").Input("x", F32, 1, 9).Output("t", F32, 1, 2, 16).Build(new SignedSums("t", "x", 1, 9, 9, 2, 4));

        Assert.Contains("2 runs of 4 do not cover groups of 9", Assert.Throws<TileProgramException>(() => program.Run(("x", new float[9]), ("t", new float[32]))).Message);
    }

    [Fact]
    public void SumRuns_Floats_AreSummed()
    {
        var sums = new float[2];
        var rounded = new float[1];
        new ProgramBuilder("rounded").Input("x", S32, 1, 2).Output("s", F32, 1, 1).Build(new SumRuns("s", "x", 1, 2, 2, 1)).Run(("x", new[] { 1 << 24, 1 }), ("s", rounded));
        Assert.Equal([16777216f], rounded);
        new ProgramBuilder("sums").Input("x", F32, 1, 5).Output("s", F32, 1, 2).Build(new SumRuns("s", "x", 1, 5, 3, -2)).Run(("x", new[] { 0.5f, 1, 2, 4, -8 }), ("s", sums));

        Assert.Equal([-7f, 8f], sums);
    }

    [Fact]
    public void SparseMma_ThreeOfFour_IsRefused()
    {
        foreach (ContractVia via in (ContractVia[])[ContractVia.SparseMma, ContractVia.WarpGroupSparseMma])
        {
            Assert.Equal(5, Dot(via, S8, S8, new sbyte[] { 1, 0, 2, 0 }, new sbyte[] { 1, 9, 2, 9 }));
            Assert.Throws<TileProgramException>(() => Dot(via, S8, S8, new sbyte[] { 1, 1, 2, 0 }, new sbyte[] { 1, 9, 2, 9 }));
        }
    }

    [Theory]
    [InlineData(ContractVia.Dot4)]
    [InlineData(ContractVia.Dot2)]
    [InlineData(ContractVia.Fma)]
    public void Contract_WrongOperandTypes_IsRefused(ContractVia via)
    {
        var error = Assert.Throws<TileProgramException>(() => Dot(via, S8, S8, new sbyte[4], new sbyte[4]));

        Assert.Contains("found S8 and S8 into S32", error.Message);
    }
}
