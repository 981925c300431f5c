using Xunit;

namespace Intarsia.Runtime.Tests;

public class PackedMatrixTests
{
    [Fact]
    public void Pack_MoreNonZerosThanThePatternAllows_NamesRowColumnsFoundAndExpected()
    {
        var layout = new WeightLayout(Pattern.NM, NumberFormat.Float32) { N = 2, M = 4 };
        var dense = new float[3 * 10];
        dense[2 * 10 + 4] = dense[2 * 10 + 5] = dense[2 * 10 + 7] = 1;
        var error = Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack(dense, 3, 10, layout));
        Assert.Equal("row 2, columns 4 to 7 (group 1)", error.Field);
        Assert.Equal("3 non-zero elements, at columns 4, 5, 7", error.Found);
        Assert.Equal("at most 2 of 4", error.Expected);
        Assert.Equal("row 2, columns 4 to 7 (group 1): found 3 non-zero elements, at columns 4, 5, 7, expected at most 2 of 4.", error.Message);
    }

    [Fact]
    public void Pack_ShortLastGroupOverfull_NamesItsRealColumns()
    {
        var layout = new WeightLayout(Pattern.NM, NumberFormat.Int8) { N = 1, M = 32 };
        var error = Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack((sbyte[])[1, 2, 0], 1, 3, layout));
        Assert.Equal("row 0, columns 0 to 2 (group 0)", error.Field);
    }

    [Fact]
    public void Pack_AsymmetricZero_IsTheZeroPointNotTheNumberZero()
    {
        var layout = new WeightLayout(Pattern.NM, NumberFormat.Int8) { N = 1, M = 4, Scale = Per.Tensor, Asymmetric = true };
        // Only q = 0 differs from the zero point 5, so only that element is stored.
        PackedMatrix packed = PackedMatrix.Pack((sbyte[])[5, 5, 0, 5], 1, 4, layout, [2], [5]);
        int[] depth = new int[1];
        sbyte[] values = new sbyte[1];
        packed.ReadGroup(0, depth, values);
        Assert.Equal((2, (sbyte)0), (depth[0], values[0]));
        var dense = new float[4];
        packed.Unpack(dense);
        Assert.Equal([0, 0, -10, 0], dense);
        Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack((sbyte[])[5, 0, 0, 5], 1, 4, layout, [2], [5]));
    }

    [Fact]
    public void Pack_IntegerOutOfFourBits_NamesRowAndColumn()
    {
        var error = Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack((sbyte[])[0, 0, 0, 8], 2, 2, new WeightLayout(Pattern.Dense, NumberFormat.Int4)));
        Assert.Equal(("element in row 1, column 1", "8"), (error.Field, error.Found));
    }

    public static TheoryData<NumberFormat> Integers => new(Layouts.Integers);

    [Theory]
    [MemberData(nameof(Integers))]
    public void Integers_OutOfTheirFormat_AreNamedWhereverTheyComeFrom(NumberFormat format)
    {
        (int minimum, int maximum) = PackedCase.Range(format);
        var layout = new WeightLayout(Pattern.Dense, format);
        foreach (int value in (int[])[minimum - 1, maximum + 1, int.MinValue, int.MaxValue])
        {
            var error = Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack((int[])[minimum, maximum, 0, value], 2, 2, layout));
            Assert.Equal(("element in row 1, column 1", $"{value}"), (error.Field, error.Found));
            PackedMatrix packed = PackedMatrix.Pack((int[])[minimum, maximum, 0, 1], 2, 2, layout);
            Assert.Equal("element 3", Assert.Throws<IntarsiaFormatException>(() => packed.SetValues((int[])[0, 0, 0, value])).Field);
            Assert.Equal("element 1", Assert.Throws<IntarsiaFormatException>(() => packed.SetGroup(0, (int[])[0, value])).Field);
            Assert.Equal("quantised value 1", Assert.Throws<IntarsiaFormatException>(() => new QuantisedMatrix([0, value], [1], [], 1, 2, format, Per.Tensor)).Field);
            var kept = new int[4];
            packed.UnpackIntegers(kept);
            Assert.Equal([minimum, maximum, 0, 1], kept);
        }
    }

    [Fact]
    public void Pack_ElementsOfEveryWidth_GiveTheSameMatrix()
    {
        foreach (NumberFormat format in Layouts.Integers)
        {
            var layout = new WeightLayout(Pattern.Csr, format);
            // Two that every type and format has.
            byte a = (byte)Math.Min(2, PackedCase.Range(format).Maximum), b = (byte)(a == 2 && PackedCase.Range(format).Maximum >= 4 ? 4 : 1);
            byte[] expected = Blob.Save(PackedMatrix.Pack((int[])[0, a, b, 0], 2, 2, layout));
            Assert.Equal(expected, Blob.Save(PackedMatrix.Pack((sbyte[])[0, (sbyte)a, (sbyte)b, 0], 2, 2, layout)));
            Assert.Equal(expected, Blob.Save(PackedMatrix.Pack((byte[])[0, a, b, 0], 2, 2, layout)));
            Assert.Equal(expected, Blob.Save(PackedMatrix.Pack((short[])[0, a, b, 0], 2, 2, layout)));
            Assert.Equal(expected, Blob.Save(PackedMatrix.Pack((ushort[])[0, a, b, 0], 2, 2, layout)));
        }
    }

    [Fact]
    public void BytesView_OfWiderIntegers_IsRefused()
    {
        PackedMatrix wide = PackedMatrix.Pack((short[])[300, 2], 1, 2, new WeightLayout(Pattern.Dense, NumberFormat.Int16));
        Assert.Contains("read and written as int, not as sbyte", Assert.Throws<InvalidOperationException>(() => wide.ReadGroup(0, new int[2], new sbyte[2])).Message);
        Assert.Throws<InvalidOperationException>(() => wide.UnpackIntegers(new sbyte[2]));
    }

    [Theory]
    [InlineData(0.5f)]
    [InlineData(128f)]
    [InlineData(-129f)]
    [InlineData(float.NaN)]
    public void Pack_FloatThatIsNoIntegerWithoutScales_NamesRowAndColumn(float value)
    {
        var error = Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack([1, -128, 127, value], 2, 2, new WeightLayout(Pattern.Dense, NumberFormat.Int8)));
        Assert.Equal("element in row 1, column 1", error.Field);
    }

    [Fact]
    public void Pack_WrongArguments_AreRefused()
    {
        var f32 = new WeightLayout(Pattern.Dense, NumberFormat.Float32);
        var s8 = new WeightLayout(Pattern.Dense, NumberFormat.Int8) { Scale = Per.Row };
        Assert.Throws<ArgumentException>(() => PackedMatrix.Pack(new float[5], 2, 3, f32));
        Assert.Throws<ArgumentOutOfRangeException>(() => PackedMatrix.Pack(new float[6], -2, -3, f32));
        Assert.Throws<ArgumentException>(() => PackedMatrix.Pack(new float[0], 65536, 65536, f32));
        Assert.Throws<ArgumentException>(() => PackedMatrix.Pack(new sbyte[6], 2, 3, f32));
        Assert.Throws<ArgumentException>(() => PackedMatrix.Pack(new float[6], 2, 3, new WeightLayout(Pattern.NM, NumberFormat.Float32) { N = 3, M = 2 }));
        Assert.Equal("number of scales", Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack(new sbyte[6], 2, 3, s8, [1])).Field);
        Assert.Equal("number of zero points", Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack(new sbyte[6], 2, 3, s8, [1, 1], [0, 0])).Field);
        Assert.Equal("scale 1", Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack(new sbyte[6], 2, 3, s8, [1, float.NaN])).Field);
        Assert.Throws<ArgumentException>(() => PackedMatrix.Pack(Quantiser.Quantise(new float[6], 2, 3, NumberFormat.Int8, Per.Tensor), s8));
    }

    [Fact]
    public void Read_AsTheOtherKindOfNumber_IsRefused()
    {
        PackedMatrix floats = PackedMatrix.Pack([1, 2], 1, 2, new WeightLayout(Pattern.Dense, NumberFormat.Float32));
        PackedMatrix integers = PackedMatrix.Pack((sbyte[])[1, 2], 1, 2, new WeightLayout(Pattern.Dense, NumberFormat.Int8));
        Assert.Throws<InvalidOperationException>(() => floats.ReadGroup(0, new int[2], new sbyte[2]));
        Assert.Throws<InvalidOperationException>(() => integers.ReadGroup(0, new int[2], new float[2]));
        Assert.Throws<InvalidOperationException>(() => floats.UnpackIntegers(new sbyte[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => floats.GroupLength(1));
        Assert.Throws<ArgumentException>(() => floats.ReadGroup(0, new int[1], new float[2]));
        Assert.Throws<ArgumentException>(() => floats.Unpack(new float[3]));
    }

    [Fact]
    public void Pack_CsrWithExplicitZeros_KeepsTheirPlaces()
    {
        var csr = new CsrMatrix(2, 3, [0, 2, 3], [0, 2, 1], [0, 5, 0]);
        PackedMatrix packed = PackedMatrix.Pack(csr, new WeightLayout(Pattern.Csr, NumberFormat.Float32));
        Assert.Equal(3, packed.StoredElements);
        Assert.Equal(3, Blob.Load(Blob.Save(packed)).StoredElements);
        packed.SetValues([7, 0, 5, 0, 8, 0]);
        var dense = new float[6];
        packed.Unpack(dense);
        Assert.Equal([7, 0, 5, 0, 8, 0], dense);

        PackedMatrix vectors = PackedMatrix.Pack(csr, new WeightLayout(Pattern.VectorRows, NumberFormat.Float32) { V = 2 });
        Assert.Equal(3, vectors.GroupLength(0));
        Assert.Equal(6, vectors.StoredElements);

        // In N:M a zero needs no place, so it does not count against N.
        PackedMatrix one = PackedMatrix.Pack(csr, new WeightLayout(Pattern.NM, NumberFormat.Float32) { N = 1, M = 4 });
        one.Unpack(dense);
        Assert.Equal([0, 0, 5, 0, 0, 0], dense);
    }

    [Fact]
    public void Pack_CsrPattern_PacksOnes()
    {
        PackedMatrix packed = PackedMatrix.Pack(new CsrMatrix(2, 3, [0, 2, 3], [0, 2, 1]), new WeightLayout(Pattern.Csr, NumberFormat.Int8));
        var dense = new sbyte[6];
        packed.UnpackIntegers(dense);
        Assert.Equal([1, 0, 1, 0, 1, 0], dense);
    }

    [Fact]
    public void Pack_HugeSparseGraph_TakesTimeByItsEntries()
    {
        // A dense pass over 10¹² elements would not end.
        const int Nodes = 1_000_000;
        int[] pointers = [.. Enumerable.Range(0, Nodes + 1)], columns = [.. Enumerable.Range(0, Nodes).Select(i => Nodes - 1 - i)];
        PackedMatrix packed = PackedMatrix.Pack(new CsrMatrix(Nodes, Nodes, pointers, columns), new WeightLayout(Pattern.Csr, NumberFormat.BFloat16));
        Assert.Equal(Nodes, packed.StoredElements);
        Assert.Equal(2 * Nodes + 4 * (Nodes + 1) + 4 * Nodes, packed.SizeInBytes);
    }

    [Fact]
    public void ToString_PackedMatrix_TellsSizeLayoutAndBytes()
    {
        var layout = new WeightLayout(Pattern.NM, NumberFormat.Int4) { N = 2, M = 4, Scale = Per.Group, ScaleGroup = 64 };
        Assert.Equal("4×768 nm2of4 s4 scale/group64, 1,536 stored elements, 1,344 bytes", PackedMatrix.Pack(new float[4 * 768], 4, 768, layout).ToString());
    }

    [Fact]
    public void Unpack_NoRowsOfHugeDepth_AllocatesNothing()
    {
        PackedMatrix matrix = PackedMatrix.Pack([], 0, 2_000_000_000, new WeightLayout(Pattern.VectorRows, NumberFormat.Float32) { V = 16 });
        matrix.Unpack([]);
        Assert.Equal(0, matrix.GroupCount);
    }
}
