using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>SR-BCRS as Magicube's code holds it: against arrays worked out by hand, there and back, and with arrays that nobody should have written.</summary>
public class SrBcrsMatrixTests
{
    public static TheoryData<NumberFormat> Formats => [NumberFormat.Int4, NumberFormat.UInt4, NumberFormat.Int8, NumberFormat.UInt8, NumberFormat.Int12, NumberFormat.UInt12, NumberFormat.Int16, NumberFormat.UInt16];

    [Fact]
    public void FromPacked_VectorsOfTwoInBytes_HaveTheArraysOfThePaper()
    {
        int[] dense = [1, 0, -2, 0, 0, /**/ 0, 0, 3, 0, 4, /**/ 0, 7, 0, 0, 0];
        SrBcrsMatrix matrix = Convert(dense, 3, 5, NumberFormat.Int8, 2, 8);

        Assert.Equal([0, 3, 16, 17], matrix.RowOffsets.ToArray());
        Assert.Equal([0, 2, 4, .. Fill(13), 1, .. Fill(15)], matrix.ColumnIndices.ToArray());
        Assert.Equal(Bytes("01 FE 00", 16, "00 03 04", 16, "07", 16, "", 16), matrix.Values.ToArray());
        Assert.Equal((16, 1), (matrix.Form.Stride, matrix.Form.Planes));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void FromPacked_VectorsOfFourInNibbles_AreShuffledInTheirColumnsAlone(bool isShuffled)
    {
        // Columns 0, 1, 2, 3, 5, 7, 8, 9, 10 and 11 of twelve.
        int[] dense = [1, 2, 3, 4, 0, 5, 0, 6, 7, -8, -1, -2, /**/ .. new int[24], /**/ 0, 0, 0, 0, 0, 0, 0, -3, 0, 0, 0, 5];
        SrBcrsMatrix matrix = Convert(dense, 4, 12, NumberFormat.Int4, 4, 4, isShuffled);

        Assert.Equal([0, 10], matrix.RowOffsets.ToArray());
        Assert.Equal(isShuffled ? [0, 2, 5, 8, 1, 3, 7, 9, 10, -1, -1, -1, 11, .. Fill(19)] : [0, 1, 2, 3, 5, 7, 8, 9, 10, 11, .. Fill(22)], matrix.ColumnIndices.ToArray());
        Assert.Equal(Bytes("21 43 65 87 EF", 16, "", 16, "", 16, "00 00 D0 00 50", 16), matrix.Values.ToArray());
        Assert.Equal((32, 1), (matrix.Form.Stride, matrix.Form.Planes));
    }

    [Fact]
    public void FromPacked_VectorsOfEightIn16Bits_HaveTheLowPlaneFirst()
    {
        SrBcrsMatrix matrix = Convert([0x1234, -1, short.MinValue, short.MaxValue, 0, 1, 256, -256], 8, 1, NumberFormat.Int16, 8, 8);
        Assert.Equal(Bytes("34", 16, "FF", 16, "00", 16, "FF", 16, "00", 16, "01", 16, "00", 16, "00", 16, "12", 16, "FF", 16, "80", 16, "7F", 16, "00", 16, "00", 16, "01", 16, "FF", 16), matrix.Values.ToArray());
        Assert.Equal((16, 2), (matrix.Form.Stride, matrix.Form.Planes));
    }

    [Fact]
    public void FromPacked_VectorsOf12BitsInNibbles_HaveThreePlanes()
    {
        // −2 is FFE, 0x7A5 and −2048 (800), in columns 0 and 2.
        SrBcrsMatrix matrix = Convert([-2, 0, 0x7A5, /**/ 0, 0, -2048], 2, 3, NumberFormat.Int12, 2, 4);
        Assert.Equal(Bytes("5E", 16, "00", 16, "AF", 16, "00", 16, "7F", 16, "80", 16), matrix.Values.ToArray());
        Assert.Equal((32, 3), (matrix.Form.Stride, matrix.Form.Planes));
    }

    [Fact]
    public void FromPacked_OtherWidthsOfDigits_SplitAndExtendTheSign()
    {
        // Bytes in nibbles, 200 is C8; 12 bits in bytes, −2048 is F800 and 2047 is 07FF.
        Assert.Equal(Bytes("08", 16, "00", 16, "0C", 16, "00", 16), Convert([200, 0], 2, 1, NumberFormat.UInt8, 2, 4).Values.ToArray());
        Assert.Equal(Bytes("00", 16, "FF", 16, "F8", 16, "07", 16), Convert([-2048, 2047], 2, 1, NumberFormat.Int12, 2, 8).Values.ToArray());
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void ToPacked_OfWhatWasConverted_IsTheSameMatrix(NumberFormat format) => PackedCase.ForAll(random => DrawLayout(format, random), drawn =>
    {
        PackedMatrix packed = drawn.Pack();
        foreach ((int digits, bool isShuffled) in Digits(format))
        {
            SrBcrsMatrix converted = SrBcrsMatrix.FromPacked(packed, digits, isShuffled), read = new(converted.Form, drawn.Rows, drawn.Depth, converted.RowOffsets, converted.ColumnIndices, converted.Values);
            Assert.Equal(Blob.Save(packed), Blob.Save(read.ToPacked(packed.Layout, drawn.Scales)));
            Assert.Equal(drawn.Integers, Decode(read));
            // Into single elements, without those that are 0 in a stored vector.
            var again = new int[drawn.Integers.Length];
            read.ToPacked(new WeightLayout(Pattern.Csr, format)).UnpackIntegers(again);
            Assert.Equal(drawn.Integers, again);
        }
    });

    /// <summary>The same matrix, and the same products, as the arrays themselves are multiplied.</summary>
    [Theory]
    [InlineData(NumberFormat.Int4)]
    [InlineData(NumberFormat.Int8)]
    [InlineData(NumberFormat.UInt12)]
    public void ToPacked_ShuffledAndNot_AreTheSameMatrixAndProduct(NumberFormat format) => PackedCase.ForAll(random => DrawLayout(format, random), drawn =>
    {
        PackedMatrix packed = drawn.Pack();
        SrBcrsMatrix plain = SrBcrsMatrix.FromPacked(packed, 4), shuffled = SrBcrsMatrix.FromPacked(packed, 4, isShuffled: true);
        Assert.Equal(plain.Values, shuffled.Values);
        Assert.Equal(Blob.Save(plain.ToPacked(packed.Layout, drawn.Scales)), Blob.Save(shuffled.ToPacked(packed.Layout, drawn.Scales)));
        // Each eight columns hold the same ones; two or more stand in another order.
        Assert.Equal(plain.ColumnIndices.ToArray().Chunk(8).Select(eight => string.Join(' ', eight.Order())), shuffled.ColumnIndices.ToArray().Chunk(8).Select(eight => string.Join(' ', eight.Order())));
        Assert.Equal(plain.ColumnIndices.ToArray().Chunk(8).All(eight => eight[1] < 0), plain.ColumnIndices.SequenceEqual(shuffled.ColumnIndices));

        var random = new Random(drawn.Seed);
        int[] x = [.. Enumerable.Range(0, drawn.Depth).Select(_ => random.Next(-8, 8))];
        long[] expected = [.. Enumerable.Range(0, drawn.Rows).Select(row => Enumerable.Range(0, drawn.Depth).Sum(k => (long)drawn.Integers[row * drawn.Depth + k] * x[k]))];
        Assert.Equal(expected, Multiply(plain, x));
        Assert.Equal(expected, Multiply(shuffled, x));
    });

    [Fact]
    public void ToPacked_StoredZeros_StayStored()
    {
        PackedMatrix packed = PackedMatrix.Pack(new CsrMatrix(2, 4, [0, 2, 3], [0, 3, 3], [5, 0, 0]), new WeightLayout(Pattern.VectorRows, NumberFormat.Int8) { V = 2, Scale = Per.None });
        SrBcrsMatrix matrix = SrBcrsMatrix.FromPacked(packed, 8);
        Assert.Equal([0, 3], matrix.ColumnIndices[..2].ToArray());
        Assert.Equal(Blob.Save(packed), Blob.Save(matrix.ToPacked()));
    }

    [Theory]
    [InlineData("begin", 2, 15, "row_offsets[2]: found 15, expected 16")]
    [InlineData("begin of the first", 0, 16, "row_offsets[0]: found 16, expected 0")]
    [InlineData("end before begin", 1, -1, "row_offsets[1]: found -1, expected 0 to 32")]
    [InlineData("end behind all", 3, 33, "row_offsets[3]: found 33, expected 16 to 32")]
    [InlineData("strides that nobody has", 3, 16, "number of column_indices: found 32, expected 16")]
    public void Constructor_ImpossibleOffsets_AreNamed(string what, int at, int value, string expected)
    {
        int[] offsets = [0, 3, 16, 17];
        offsets[at] = value;
        Assert.True(Message(offsets, Columns, new byte[64]).Contains(expected), $"{what}: {Message(offsets, Columns, new byte[64])}");
    }

    [Theory]
    [InlineData("not below the depth", 2, 5, "column_indices[2]: found 5, expected more than the column before it, 2, and less than the depth, 5")]
    [InlineData("negative", 1, -2, "column_indices[1]: found -2")]
    [InlineData("not ascending", 1, 4, "column_indices[2]: found 4, expected more than the column before it, 4")]
    [InlineData("padding in the middle", 1, -1, "column_indices[1]: found -1, expected a column, because the vectors of rows 0 and following go on to 3")]
    [InlineData("a column where a stride is filled up", 3, 4, "column_indices[3]: found 4, expected -1, because the vectors of rows 0 and following end at 3")]
    [InlineData("the same in the last stride", 31, 0, "column_indices[31]: found 0, expected -1")]
    public void Constructor_ImpossibleColumns_AreNamed(string what, int at, int value, string expected)
    {
        int[] columns = [.. Columns];
        columns[at] = value;
        Assert.True(Message([0, 3, 16, 17], columns, new byte[64]).Contains(expected), $"{what}: {Message([0, 3, 16, 17], columns, new byte[64])}");
    }

    [Fact]
    public void Constructor_ImpossibleColumnsThatAreShuffled_AreNamedWhereTheyStand()
    {
        var form = new SrBcrsForm(NumberFormat.Int4, 2, 4, IsShuffled: true);
        // Of 0, 1, 2, 3 the second stands in the fifth place.
        int[] columns = [0, 2, -1, -1, 1, 3, .. Fill(26)];
        _ = new SrBcrsMatrix(form, 2, 4, [0, 4], columns, new byte[32]);
        columns[4] = 0;
        Assert.StartsWith("column_indices[4]: found 0, expected more than the column before it, 0", Assert.Throws<IntarsiaFormatException>(() => new SrBcrsMatrix(form, 2, 4, [0, 4], columns, new byte[32])).Message);
        columns[4] = 1;
        columns[3] = 1;
        Assert.StartsWith("column_indices[3]: found 1, expected -1", Assert.Throws<IntarsiaFormatException>(() => new SrBcrsMatrix(form, 2, 4, [0, 4], columns, new byte[32])).Message);
        // In natural order, as an unshuffled matrix has them.
        Assert.Throws<IntarsiaFormatException>(() => new SrBcrsMatrix(form, 2, 4, [0, 4], [0, 1, 2, 3, .. Fill(28)], new byte[32]));
    }

    [Theory]
    [InlineData(3, "value of row 0, vector 3: found 9, expected 0, because it fills a stride up")]
    [InlineData(63, "value of row 3, vector 31: found 9, expected 0, because there are 3 rows")]
    [InlineData(48, "value of row 3, vector 16: found 9, expected 0, because there are 3 rows")]
    public void Constructor_ValuesWhereNoneAre_AreNamed(int at, string expected)
    {
        var values = new byte[64];
        values[at] = 9;
        Assert.Contains(expected, Message([0, 3, 16, 17], Columns, values));
    }

    [Fact]
    public void Constructor_ValuesThatAreNoneOfTheFormat_AreNamed()
    {
        // 2048 in two bytes, which 12 bits with a sign do not hold.
        var values = new byte[64];
        values[32] = 8;
        var error = Assert.Throws<IntarsiaFormatException>(() => new SrBcrsMatrix(new SrBcrsForm(NumberFormat.Int12, 2, 8, false), 2, 1, [0, 1], [0, .. Fill(15)], values));
        Assert.Equal(("value of row 0, vector 0", "2048", "−2048 to 2047, a 12-bit integer"), (error.Field, error.Found, error.Expected));
    }

    [Fact]
    public void Constructor_WrongLengthsAndForms_SaysWhatIsExpected()
    {
        SrBcrsForm form = new(NumberFormat.Int8, 2, 8, false);
        string Argument(Action make) => Assert.ThrowsAny<ArgumentException>(make).Message;
        Assert.Contains("3 rows have 4 offsets, begin and end of each 2 rows; 3 were given", Argument(() => _ = new SrBcrsMatrix(form, 3, 5, [0, 3, 16], Columns, new byte[64])));
        Assert.Contains("Columns come in strides of 16; 31 were given", Argument(() => _ = new SrBcrsMatrix(form, 3, 5, [0, 3, 16, 17], Columns[..31], new byte[64])));
        Assert.Contains("32 vectors of 2×1 Int8 in 1 digit of 8 bits have 64 bytes of values; 63 were given", Argument(() => _ = new SrBcrsMatrix(form, 3, 5, [0, 3, 16, 17], Columns, new byte[63])));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SrBcrsMatrix(form, -1, 5, [], [], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SrBcrsMatrix(form, 0, -5, [], [], []));
        Assert.Contains("Float16 has no form in digits", Argument(() => (form with { Format = NumberFormat.Float16 }).Validate()));
        Assert.Contains("V is 16; expected 2, 4 or 8", Argument(() => (form with { V = 16 }).Validate()));
        Assert.Contains("Digits have 5 bits; expected 4 or 8 for Int8", Argument(() => (form with { DigitBits = 5 }).Validate()));
        Assert.Contains("Digits have 8 bits; expected 4 for Int4", Argument(() => (form with { Format = NumberFormat.Int4 }).Validate()));
        Assert.Contains("shuffled for digits of 4 bits", Argument(() => (form with { IsShuffled = true }).Validate()));
        Assert.Contains("'csr s8'", Argument(() => SrBcrsMatrix.FromPacked(PackedMatrix.Pack(new int[4], 2, 2, new WeightLayout(Pattern.Csr, NumberFormat.Int8)), 8)));
        var asymmetric = new WeightLayout(Pattern.VectorRows, NumberFormat.Int8) { V = 2, Scale = Per.Tensor, Asymmetric = true };
        Assert.Contains("zero points", Argument(() => SrBcrsMatrix.FromPacked(PackedMatrix.Pack((sbyte[])[3, 3], 2, 1, asymmetric, [1], [3]), 8)));
        SrBcrsMatrix matrix = Convert([1, 2], 2, 1, NumberFormat.Int8, 2, 8);
        Assert.Throws<ArgumentException>(() => matrix.ToPacked(asymmetric, [1]));
        Assert.Throws<ArgumentException>(() => matrix.ToPacked(new WeightLayout(Pattern.Csr, NumberFormat.Int16)));
        Assert.Throws<IntarsiaFormatException>(() => matrix.ToPacked(new WeightLayout(Pattern.Csr, NumberFormat.Int8) { Scale = Per.Row }, [1]));
    }

    private static readonly int[] Columns = [0, 2, 4, .. Fill(13), 1, .. Fill(15)];

    private static string Message(int[] offsets, int[] columns, byte[] values) =>
        Assert.Throws<IntarsiaFormatException>(() => new SrBcrsMatrix(new SrBcrsForm(NumberFormat.Int8, 2, 8, false), 3, 5, offsets, columns, values)).Message;

    private static WeightLayout DrawLayout(NumberFormat format, Random random)
    {
        var scale = (Per)random.Next((int)Per.None, (int)Per.Group + 1);
        return new WeightLayout(Pattern.VectorRows, format) { V = 2 << random.Next(3), Scale = scale, ScaleGroup = scale == Per.Group ? random.Next(1, 40) : 0 };
    }

    private static IEnumerable<(int Digits, bool IsShuffled)> Digits(NumberFormat format) =>
        format is NumberFormat.Int4 or NumberFormat.UInt4 ? [(4, false), (4, true)] : [(4, false), (4, true), (8, false)];

    private static SrBcrsMatrix Convert(int[] dense, int rows, int depth, NumberFormat format, int v, int digits, bool isShuffled = false) =>
        SrBcrsMatrix.FromPacked(PackedMatrix.Pack(dense, rows, depth, new WeightLayout(Pattern.VectorRows, format) { V = v }), digits, isShuffled);

    private static IEnumerable<int> Fill(int count) => Enumerable.Repeat(-1, count);

    /// <summary>Lines of so many bytes, of which the first are given and the rest 0.</summary>
    private static byte[] Bytes(params object[] lines) => [.. lines.Chunk(2).SelectMany(line =>
    {
        byte[] first = System.Convert.FromHexString(((string)line[0]).Replace(" ", ""));
        return first.Concat(new byte[(int)line[1] - first.Length]);
    })];

    /// <summary>The integers by the documentation: digit by digit, the lowest plane first, the top one with the sign.</summary>
    private static int[] Decode(SrBcrsMatrix matrix)
    {
        var dense = new int[matrix.Rows * matrix.Depth];
        foreach ((int row, int column, int value) in Elements(matrix)) dense[row * matrix.Depth + column] = value;
        return dense;
    }

    private static long[] Multiply(SrBcrsMatrix matrix, int[] x)
    {
        var y = new long[matrix.Rows];
        foreach ((int row, int column, int value) in Elements(matrix)) y[row] += (long)value * x[column];
        return y;
    }

    private static IEnumerable<(int Row, int Column, int Value)> Elements(SrBcrsMatrix matrix)
    {
        (NumberFormat format, int v, int bits, bool isShuffled) = matrix.Form;
        int stride = bits == 8 ? 16 : 32, planes = format switch { NumberFormat.Int4 or NumberFormat.UInt4 => 4, NumberFormat.Int8 or NumberFormat.UInt8 => 8, NumberFormat.Int12 or NumberFormat.UInt12 => 12 + bits / 8 * 4, _ => 16 } / bits;
        bool isSigned = format is NumberFormat.Int4 or NumberFormat.Int8 or NumberFormat.Int12 or NumberFormat.Int16;
        byte[] values = matrix.Values.ToArray();
        int[] columns = matrix.ColumnIndices.ToArray(), offsets = matrix.RowOffsets.ToArray();
        for (int row = 0; row < matrix.Rows; row++)
        {
            for (int e = offsets[2 * (row / v)]; e < offsets[2 * (row / v) + 1]; e++)
            {
                long value = 0;
                for (int plane = 0; plane < planes; plane++)
                {
                    int place = (e / stride * planes + plane) * v * stride + row % v * stride + e % stride;
                    long digit = bits == 8 ? values[place] : values[place / 2] >> place % 2 * 4 & 15;
                    if (isSigned && plane == planes - 1 && digit >= 1 << (bits - 1)) digit -= 1 << bits;
                    value += digit << plane * bits;
                }
                yield return (row, columns[isShuffled ? e - e % 8 + e % 8 % 2 * 4 + e % 8 / 2 : e], (int)value);
            }
        }
    }
}
