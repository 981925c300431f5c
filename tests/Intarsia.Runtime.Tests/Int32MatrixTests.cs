using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>Matrices of 32-bit sums, which sampled products leave.</summary>
public class Int32MatrixTests
{
    private const int Rows = 21, Depth = 37;

    public static TheoryData<string> Names => new(Layouts.Of(NumberFormat.Int32).Where(layout => layout.Pattern != Pattern.NM || (layout.V == 0 && (layout.N is 1 or 2 || layout.N == layout.M))).Select(layout => layout.ToString()));

    [Theory]
    [MemberData(nameof(Names))]
    public void SaveAndLoad_EveryPattern_KeepsEverySum(string name)
    {
        WeightLayout layout = Layouts.Of(NumberFormat.Int32).Single(candidate => candidate.ToString() == name);
        PackedMatrix packed = PackedMatrix.Pack(OneOfEach(), Rows, Depth, layout);
        int[] dense = new int[Rows * Depth], read = new int[Rows * Depth];
        var random = new Random(5);
        var expected = new Dictionary<(int Row, int Depth), double>();
        for (int group = 0; group < packed.GroupCount; group++)
        {
            int length = packed.GroupLength(group), vector = packed.VectorLength;
            int[] columns = new int[length], values = new int[length * vector], again = new int[length * vector];
            packed.ReadGroup(group, columns, values);
            for (int i = 0; i < values.Length; i++)
            {
                int row = group * vector + i % vector;
                values[i] = row >= Rows ? 0 : random.Next(4) == 0 ? random.Next(2) == 0 ? int.MinValue : int.MaxValue : random.Next(int.MinValue, int.MaxValue);
                if (row < Rows) expected.Add((row, columns[i / vector]), dense[row * Depth + columns[i / vector]] = values[i]);
            }
            packed.SetGroup(group, values);
            packed.ReadGroup(group, columns, again);
            Assert.Equal(values, again);
        }

        byte[] file = Blob.Save(packed);
        Assert.Equal(6, file[13]);
        Assert.Equal(expected.OrderBy(element => element.Key), DocumentedDecoder.Decode(file).OrderBy(element => element.Key));
        PackedMatrix loaded = Blob.Load(file);
        loaded.UnpackIntegers(read);
        Assert.Equal(dense, read);
        Assert.Equal(file, Blob.Save(loaded));

        packed.SetValues(new int[Rows * Depth]);
        packed.SetValues(dense);
        Assert.Equal(file, Blob.Save(packed));
    }

    [Fact]
    public void Unpack_Sums_GivesTheirNumbers()
    {
        PackedMatrix packed = PackedMatrix.Pack([0, -5, 16777216, 0], 2, 2, new WeightLayout(Pattern.Csr, NumberFormat.Int32));
        var dense = new float[4];
        packed.Unpack(dense);
        Assert.Equal([0, -5, 16777216, 0], dense);
    }

    [Theory]
    [InlineData(0.5f)]
    [InlineData(2147483648f)]
    [InlineData(-2147483904f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Pack_FloatThatIsNo32BitInteger_IsRefused(float value)
    {
        var error = Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack([1, value], 1, 2, new WeightLayout(Pattern.Csr, NumberFormat.Int32)));
        Assert.Equal("a 32-bit integer", error.Expected);
    }

    [Fact]
    public void Sums_AsAnotherKindOfNumber_AreRefused()
    {
        PackedMatrix sums = PackedMatrix.Pack([1, 2], 1, 2, new WeightLayout(Pattern.Csr, NumberFormat.Int32));
        Assert.Throws<InvalidOperationException>(() => sums.ReadGroup(0, new int[2], new sbyte[2]));
        Assert.Throws<InvalidOperationException>(() => sums.ReadGroup(0, new int[2], new float[2]));
        Assert.Throws<InvalidOperationException>(() => sums.UnpackIntegers(new sbyte[2]));
        Assert.Throws<InvalidOperationException>(() => sums.SetValues((sbyte[])[1, 2]));
        Assert.Throws<ArgumentException>(() => PackedMatrix.Pack([1, 2], 1, 2, new WeightLayout(Pattern.Csr, NumberFormat.Int32) { Scale = Per.Tensor }));
    }

    // One element for each 32 columns, so that every pattern has a place for it, and rows without any.
    private static float[] OneOfEach()
    {
        var dense = new float[Rows * Depth];
        for (int row = 0; row < Rows; row++)
            for (int column = row % 5; column < Depth && row % 7 != 3; column += 32) dense[row * Depth + column] = row - 10 == 0 ? 1 : row - 10;
        return dense;
    }
}
