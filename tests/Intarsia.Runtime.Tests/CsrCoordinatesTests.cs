using Xunit;

namespace Intarsia.Runtime.Tests;

public class CsrCoordinatesTests
{
    [Fact]
    public void FromCoordinates_EntriesOfOnePlace_AreAddedUpInTheirOrder()
    {
        // 2²⁴ + 1 − 2²⁴ is 0 in binary32, 2²⁴ − 2²⁴ + 1 is 1.
        CsrMatrix csr = CsrMatrix.FromCoordinates(3, 4, [2, 0, 2, 0, 2, 0, 2], [3, 1, 0, 1, 3, 1, 3], [16777216, 16777216, 5, -16777216, 1, 1, -16777216]);
        Assert.Equal((3, 4), (csr.Rows, csr.Depth));
        Assert.Equal([0, 1, 1, 3], csr.RowPointers);
        Assert.Equal([1, 0, 3], csr.ColumnIndices);
        // A sum of 0 keeps its place.
        Assert.Equal([1, 5, 0], csr.Values!);
    }

    [Fact]
    public void FromCoordinates_WithoutValues_Counts() => Assert.Equal([1f, 2f], CsrMatrix.FromCoordinates(1, 2, [0, 0, 0], [1, 0, 1]).Values!);

    [Fact]
    public void FromCoordinates_AnyEntries_MakesTheMatrixThatTheyAddUpTo() => PackedCase.ForAllSeeds(random =>
    {
        int rows = random.Next(12), depth = random.Next(12), count = rows * depth == 0 ? 0 : random.Next(3 * rows * depth);
        int[] row = [.. Enumerable.Range(0, count).Select(_ => random.Next(rows))], column = [.. Enumerable.Range(0, count).Select(_ => random.Next(depth))];
        float[] values = [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)], dense = new float[rows * depth], found = new float[rows * depth];
        for (int i = 0; i < count; i++) dense[row[i] * depth + column[i]] += values[i];
        CsrMatrix csr = CsrMatrix.FromCoordinates(rows, depth, row, column, values);
        csr.ToDense(found);
        Assert.Equal(dense, found);
        Assert.Equal(row.Zip(column).Distinct().Count(), csr.Count);
    });

    [Theory]
    [InlineData(2, 0, "row of entry 1", "2", "0 to 1")]
    [InlineData(-1, 0, "row of entry 1", "-1", "0 to 1")]
    [InlineData(0, 3, "column of entry 1", "3", "0 to 2")]
    [InlineData(0, int.MinValue, "column of entry 1", "-2147483648", "0 to 2")]
    public void FromCoordinates_APlaceThatThereIsNot_IsNamed(int row, int column, string field, string found, string expected)
    {
        var error = Assert.Throws<IntarsiaFormatException>(() => CsrMatrix.FromCoordinates(2, 3, [0, row], [0, column]));
        Assert.Equal((field, found, expected), (error.Field, error.Found, error.Expected));
    }

    [Fact]
    public void FromCoordinates_OtherNumbersOfEach_Throws()
    {
        Assert.Contains("2 rows, 1 columns and 0 values", Assert.Throws<ArgumentException>(() => CsrMatrix.FromCoordinates(2, 3, [0, 1], [0])).Message);
        Assert.Throws<ArgumentException>(() => CsrMatrix.FromCoordinates(2, 3, [0, 1], [0, 1], [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => CsrMatrix.FromCoordinates(-1, 3, [], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => CsrMatrix.FromCoordinates(1, -3, [], []));
        Assert.Equal("none, because there is none", Assert.Throws<IntarsiaFormatException>(() => CsrMatrix.FromCoordinates(0, 3, [0], [0])).Expected);
    }
}
