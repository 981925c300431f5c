using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>The choice of c and k of hyb(c, k), on matrices small enough to count by hand, and held against what packing gives.</summary>
public class HybChoiceTests
{
    private const long Plenty = 1 << 20;

    /// <summary>The example of docs/formats.md: rows of 3, 0 and 3 entries.</summary>
    private static readonly CsrMatrix Example = new(3, 5, [0, 3, 3, 6], [0, 1, 2, 1, 3, 4]);

    public static TheoryData<int, int, int> Shapes => new()
    {
        // Rows, depth, entries of a row at most.
        { 0, 0, 0 }, { 0, 9, 0 }, { 9, 0, 0 }, { 5, 7, 0 }, { 1, 1, 1 }, { 40, 3, 3 }, { 33, 100, 9 }, { 200, 150, 150 }, { 3, 2000, 2000 }, { 1, 200_000, 200_000 },
    };

    // Pieces of 2 and 1 (each in two places) and of 1 and 2 in two partitions; in one partition 2 and 1, twice; in three of two columns 2, 1 and 1, 1, 1.
    [Theory]
    [InlineData(1, 8, 4, 8 + 2 * 4)]
    [InlineData(2, 7, 4, 7 + 2 * 4)]
    [InlineData(4, 6, 5, 6 + 2 * 5)]
    public void Of_ExampleInCache_CountsPlacesAndPieces(int partitions, long slots, long pieces, double cost)
    {
        HybChoice choice = HybChoice.Of(Example, partitions, 1, columns: 4, Plenty);
        Assert.Equal((6, slots, pieces, cost), (choice.Entries, choice.Slots, choice.Pieces, choice.Cost));
        Assert.Equal(slots / 6.0, choice.Padding);
    }

    // Room for two rows of X of 16 bytes: three of five miss, one of three, none of two.
    [Theory]
    [InlineData(1, 16 + 4 * 0.6 * 8)]
    [InlineData(2, 15 + 4 * 7 / 3.0)]
    [InlineData(4, 16)]
    public void Of_ExampleInSmallCache_CountsMisses(int partitions, double cost) => Assert.Equal(cost, HybChoice.Of(Example, partitions, 1, columns: 4, cacheBytes: 32).Cost, 12);

    // Six entries in three rows: k = ⌈log₂ 2⌉. The least of the costs above.
    [Theory]
    [InlineData(4, Plenty, 4, 2)]
    [InlineData(4, 32, 4, 4)]
    // Room for two rows, in elements of two bytes and in columns of X; and for three, a partition of two.
    [InlineData(4, 16, 2, 4)]
    [InlineData(4, 24, 2, 2)]
    [InlineData(8, 64, 4, 4)]
    public void For_Example_TakesTheCheapest(int columns, long cache, int elementBytes, int partitions)
    {
        HybChoice choice = HybChoice.For(Example, columns, cache, elementBytes);
        Assert.Equal((partitions, 1), (choice.Partitions, choice.BucketExponent));
        Assert.Equal(HybChoice.Of(Example, partitions, 1, columns, cache, elementBytes), choice);
    }

    /// <summary>One more entry than a power of two for each row takes the next, and the widest bucket there is has 2^16 places.</summary>
    [Theory]
    [InlineData(4, 4, 0)]
    [InlineData(4, 5, 1)]
    [InlineData(4, 8, 1)]
    [InlineData(4, 9, 2)]
    [InlineData(4, 0, 0)]
    [InlineData(1, 65_536, 16)]
    [InlineData(1, 131_072, 16)]
    public void For_EntriesOfARow_GiveTheExponent(int rows, int entries, int exponent)
    {
        // All in the first row, which the average does not see.
        CsrMatrix matrix = new(rows, 200_000, [0, .. Enumerable.Repeat(entries, rows)], [.. Enumerable.Range(0, entries)]);
        Assert.Equal(exponent, HybChoice.For(matrix, 1).BucketExponent);
    }

    /// <summary>Single entries are pieces of one place wherever the partitions lie: of equal costs the fewest partitions.</summary>
    [Fact]
    public void For_Diagonal_HasOnePartition()
    {
        int[] columns = [.. Enumerable.Range(0, 50)];
        HybChoice choice = HybChoice.For(new CsrMatrix(50, 50, [.. columns, 50], columns), 16);
        Assert.Equal((1, 0, 1.0), (choice.Partitions, choice.BucketExponent, choice.Padding));
        // Five rows of X of 64 bytes: sixteen partitions of four rows are the first that fit.
        Assert.Equal(16, HybChoice.For(new CsrMatrix(50, 50, [.. columns, 50], columns), 16, cacheBytes: 320).Partitions);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void For_AnyMatrix_PacksWithThePaddingThatIsSaid(int rows, int depth, int most)
    {
        CsrMatrix matrix = Draw(rows, depth, most);
        foreach (long cache in (long[])[1, 4096, Plenty])
        {
            HybChoice choice = HybChoice.For(matrix, 8, cache);
            Assert.InRange(choice.Partitions, 1, Math.Max(1, Math.Min(16, depth)));
            foreach (int partitions in (int[])[1, 2, 4, 8, 16])
                if (partitions <= depth) Assert.True(choice.Cost <= HybChoice.Of(matrix, partitions, choice.BucketExponent, 8, cache).Cost);
            RequirePacked(matrix, choice);
        }

        // Any parameters, not only those that are chosen.
        RequirePacked(matrix, HybChoice.Of(matrix, 3, 2, 8));
        RequirePacked(matrix, HybChoice.Of(matrix, 1024, 5, 8));
        RequirePacked(matrix, HybChoice.Of(matrix, 1, 0, 8));
    }

    [Fact]
    public void For_NumbersOutOfRange_AreNamed()
    {
        Assert.Throws<ArgumentNullException>("matrix", () => HybChoice.For(null!, 1));
        Assert.Throws<ArgumentNullException>("matrix", () => HybChoice.Of(null!, 1, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>("columns", () => HybChoice.For(Example, 0));
        Assert.Throws<ArgumentOutOfRangeException>("cacheBytes", () => HybChoice.For(Example, 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>("elementBytes", () => HybChoice.For(Example, 1, 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>("partitions", () => HybChoice.Of(Example, 0, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>("partitions", () => HybChoice.Of(Example, 1025, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>("bucketExponent", () => HybChoice.Of(Example, 1, -1, 1));
        Assert.Throws<ArgumentOutOfRangeException>("bucketExponent", () => HybChoice.Of(Example, 1, 17, 1));
    }

    private static void RequirePacked(CsrMatrix matrix, HybChoice choice)
    {
        PackedMatrix packed = Blob.Load(Blob.Save(PackedMatrix.Pack(matrix, choice.Layout(NumberFormat.Float32))));
        Assert.Equal((choice.Entries, choice.Slots), (packed.StoredElements, packed.Slots));
        Assert.Equal(matrix.Count == 0 ? 1 : (double)packed.Slots / packed.StoredElements, choice.Padding);
        Assert.InRange(choice.Padding, 1, 2);
        CsrMatrix again = packed.ToCsr();
        Assert.Equal(matrix.RowPointers, again.RowPointers);
        Assert.Equal(matrix.ColumnIndices, again.ColumnIndices);
    }

    /// <summary>Rows of very different lengths; a row of all columns where there is one row.</summary>
    private static CsrMatrix Draw(int rows, int depth, int most)
    {
        var random = new Random(rows + depth);
        int[] pointers = new int[rows + 1], all = [.. Enumerable.Range(0, depth)];
        var columns = new List<int>();
        for (int row = 0; row < rows; row++)
        {
            int length = (int)(most * Math.Pow(random.NextDouble(), 4));
            columns.AddRange(rows == 1 ? all : length == 0 ? [] : random.GetItems(all, length).Distinct().Order());
            pointers[row + 1] = columns.Count;
        }

        return new CsrMatrix(rows, depth, pointers, [.. columns]);
    }
}
