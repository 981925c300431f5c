using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>Sums of formats: which format takes which element, and what a file must not say.</summary>
public class CompositeTests
{
    private static WeightLayout Sum(params WeightLayout[] parts) => new(Pattern.Composite, NumberFormat.Float32) { Parts = LayoutParts.Create(parts) };

    private static WeightLayout Csr { get; } = new(Pattern.Csr, NumberFormat.Float32);

    [Fact]
    public void Equals_EqualParts_AreEqual()
    {
        WeightLayout one = Sum(new(Pattern.Ell, NumberFormat.Float32) { Width = 2 }, Csr), two = Sum(new(Pattern.Ell, NumberFormat.Float32) { Width = 2 }, Csr);
        Assert.Equal(one, two);
        Assert.Equal(one.GetHashCode(), two.GetHashCode());
        Assert.NotEqual(one, Sum(new(Pattern.Ell, NumberFormat.Float32) { Width = 3 }, Csr));
        Assert.Equal("ell2+csr f32", one.ToString());
        Assert.Equal("bsr4x2f50+csr f32", Sum(new(Pattern.Bsr, NumberFormat.Float32) { BlockRows = 4, BlockColumns = 2, Fill = 50 }, Csr).ToString());
    }

    [Fact]
    public void Pack_BlocksAndRest_TakesBlocksThatAreFullEnough()
    {
        // Blocks of 2×2: one is full, one half full, and so are those at the edges, which have two elements each.
        float[] dense =
        [
            1, 2, 5, 0, 7,
            3, 4, 0, 6, 0,
            8, 0, 0, 0, 0,
        ];
        WeightLayout layout = Sum(new(Pattern.Bsr, NumberFormat.Float32) { BlockRows = 2, BlockColumns = 2, Fill = 50 }, Csr);
        PackedMatrix packed = PackedMatrix.Pack(dense, 3, 5, layout);
        var back = new float[15];
        Blob.Load(Blob.Save(packed)).Unpack(back);
        Assert.Equal(dense, back);
        // Three blocks of the first block row, the last with one column of the matrix, and one below with one row; nothing is left for CSR.
        Assert.Equal((12L, 16L), (packed.StoredElements, packed.Slots));
        Assert.Equal(1, packed.VectorLength);

        packed = PackedMatrix.Pack(dense, 3, 5, Sum(layout.Parts[0] with { Fill = 51 }, Csr));
        Assert.Equal((8L, 8L), (packed.StoredElements, packed.Slots));
    }

    [Fact]
    public void Pack_RowsTogetherInEveryPart_StayTogether()
    {
        WeightLayout layout = Sum(new(Pattern.Bsr, NumberFormat.Float32) { BlockRows = 16, BlockColumns = 4, Fill = 100 }, new(Pattern.VectorRows, NumberFormat.Float32) { V = 4 });
        Assert.Equal(4, PackedMatrix.Pack(new float[64], 16, 4, layout).VectorLength);
    }

    [Fact]
    public void Pack_NMAndRest_KeepsTheFirstOfEachGroup()
    {
        PackedMatrix packed = PackedMatrix.Pack([1, 2, 3, 0, 0, 0, 0, 4], 2, 4, Sum(new(Pattern.NM, NumberFormat.Float32) { N = 2, M = 4 }, Csr));
        var values = new float[3];
        var depth = new int[3];
        packed.ReadGroup(0, depth, values);
        Assert.Equal([0, 1, 2], depth);
        Assert.Equal([1, 2, 3], values);
        Assert.Equal(3 + 2, packed.StoredElements);
    }

    [Fact]
    public void Pack_BlockOverWhatAnotherPartHas_KeepsItOnce()
    {
        // The vector of column 0 is full and goes to the first part; the block behind it has a place for it, too, and for the 3 beside it.
        PackedMatrix packed = PackedMatrix.Pack(
            [1, 0, 2, 3], 2, 2, Sum(new(Pattern.VectorRows, NumberFormat.Float32) { V = 2, Fill = 100 }, new(Pattern.Bsr, NumberFormat.Float32) { BlockRows = 2, BlockColumns = 2 }));
        Assert.Equal((2, 2, 4L), (packed.VectorLength, packed.GroupLength(0), packed.StoredElements));
        // A stride of 16 vectors, then the block.
        Assert.Equal(32 + 4, packed.Slots);
        packed.SetValues([5, 6, 7, 8]);
        var back = new float[4];
        Blob.Load(Blob.Save(packed)).Unpack(back);
        Assert.Equal([5, 6, 7, 8], back);
    }

    [Fact]
    public void Pack_LastPartTooSmall_NamesTheRow()
    {
        WeightLayout layout = Sum(new(Pattern.NM, NumberFormat.Float32) { N = 1, M = 4 }, new(Pattern.Ell, NumberFormat.Float32) { Width = 1 });
        Assert.Equal("row 1", Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack([0, 1, 2, 0, 3, 4, 5, 0], 2, 4, layout)).Field);
    }

    [Fact]
    public void Load_CompositeDamage_IsNamed()
    {
        // ELL has columns 0 and 1, CSR 2 and 3.
        byte[] file = Blob.Save(PackedMatrix.Pack([1, 0, 2, 3, 0, 4, 0, 0], 2, 4, Sum(new(Pattern.Ell, NumberFormat.Float32) { Width = 1 }, Csr)));
        int parts = Blob.HeaderLength, slots = parts + 2 * 20, ell = slots + 2 * 4, csr = ell + 2 * 4;

        void Named(string field, Action<byte[]> change) => Assert.Equal(field, Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, change))).Field);
        Named("header.N", bytes => bytes.Put(16, 1));
        Named("header.N", bytes => bytes.Put(16, 9));
        Named("WeightLayout.N:M", bytes => bytes.Put(20, 1));
        Named("pattern of part 0", bytes => bytes.Put(parts, 12));
        Named("WeightLayout.Parts[0].Pattern", bytes => bytes.Put(parts, 10));
        Named("WeightLayout.Parts[0].Pattern", bytes => bytes.Put(parts, 8));
        Named("WeightLayout.Parts[0].Pattern", bytes => bytes.Put(parts, 7));
        Named("WeightLayout.Parts[0].Width", bytes => bytes.Put(parts + 4, 0));
        Named("WeightLayout.Parts[1].V", bytes => bytes.Put(parts + 20 + 12, 4));
        Named("WeightLayout.Parts[1].Fill", bytes => bytes.Put(parts + 20 + 16, 50));
        Named("slots of part 1", bytes => bytes.Put(slots + 4, -1));
        Named("header.Slots", bytes => bytes.Put(slots, 3));
        // Column 2 of row 0 in both parts: that of the second is padding, and not 0.
        Named("padding value 2", bytes => bytes.Put(ell, 2));
        Named("column index 0 of row 1", bytes => bytes.Put(ell + 4, 4));
        Named("CSR row pointer 0", bytes => bytes.Put(csr, 1));
    }
}
