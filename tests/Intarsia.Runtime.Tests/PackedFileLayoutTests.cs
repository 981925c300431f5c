using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>The bytes of the examples in docs/formats.md. A change here is a new version of the file format.</summary>
public class PackedFileLayoutTests
{
    [Fact]
    public void Save_Dense_WritesRowMajorValues() => AssertBody(
        PackedMatrix.Pack([1, 2, 3, -0.5f], 2, 2, new WeightLayout(Pattern.Dense, NumberFormat.BFloat16)),
        "803F 0040 4040 00BF");

    [Fact]
    public void Save_Int4_PutsTheEvenSlotInTheLowNibble() => AssertBody(
        PackedMatrix.Pack((sbyte[])[1, -2, 7, -8, 5], 1, 5, new WeightLayout(Pattern.Dense, NumberFormat.Int4)),
        "E1 87 05");

    [Fact]
    public void Save_Int12_PutsTwoElementsIntoThreeBytes() => AssertBody(
        PackedMatrix.Pack((short[])[1, -2, 2047], 1, 3, new WeightLayout(Pattern.Dense, NumberFormat.Int12)),
        "01 E0 FF FF 07");

    [Fact]
    public void Save_Planes_WritesCodesWithoutGaps() => AssertBody(
        PackedMatrix.Pack((byte[])[3, 0, 5, 6], 1, 4, new WeightLayout(Pattern.Dense, NumberFormat.Planes3)),
        "43 0D");

    [Fact]
    public void Save_SignPlanes_WritesABitForEachPositiveSign() => AssertBody(
        PackedMatrix.Pack((sbyte[])[-3, 1, 3, -1, 3], 1, 5, new WeightLayout(Pattern.Dense, NumberFormat.SignPlanes2)),
        "78 03");

    [Fact]
    public void Save_UInt16_IsLittleEndian() => AssertBody(
        PackedMatrix.Pack((ushort[])[1, 65534], 1, 2, new WeightLayout(Pattern.Dense, NumberFormat.UInt16)),
        "0100 FEFF");

    [Fact]
    public void Save_NM_WritesFieldsThenValues() => AssertBody(
        // Row 0: groups (0, 3, 0, 4) and (5); row 1: (0, 0, 6, 0) and (0). Positions 1,3 | 0,1 || 0,2 | 0,1, two bits each, low bits first.
        PackedMatrix.Pack((sbyte[])[0, 3, 0, 4, 5, 0, 0, 6, 0, 0], 2, 5, new WeightLayout(Pattern.NM, NumberFormat.Int8) { N = 2, M = 4 }),
        "4D 48 | 03 04 05 00 00 06 00 00");

    [Fact]
    public void Save_NMWithSharedRows_WritesFieldsOnce() => AssertBody(
        // Rows 0 and 1 keep columns 1, 3 and 0, 1 (the last behind the depth); row 2 stands alone in the second vector, whose other row is padding.
        PackedMatrix.Pack((sbyte[])[0, 3, 0, 4, 5, 0, 1, 0, 0, 0, 0, 0, 6, 0, 0], 3, 5, new WeightLayout(Pattern.NM, NumberFormat.Int8) { N = 2, M = 4, V = 2 }),
        "4D 48 | 03 04 05 00 01 00 00 00 00 06 00 00 00 00 00 00");

    [Fact]
    public void Save_NMWithManyKept_WritesBitmaps() => AssertBody(
        PackedMatrix.Pack((sbyte[])[1, 0, 2, 3], 1, 4, new WeightLayout(Pattern.NM, NumberFormat.Int8) { N = 3, M = 4 }),
        "0D | 01 02 03");

    [Fact]
    public void Save_VectorRows_WritesBoundsColumnsAndTiles() => AssertBody(
        // Rows 0 and 1 share columns 0 and 2; row 2 stands alone in the second group.
        PackedMatrix.Pack((sbyte[])[1, 0, 0, 2, 0, 3, 0, 4, 0], 3, 3, new WeightLayout(Pattern.VectorRows, NumberFormat.Int8) { V = 2 }),
        "00000000 02000000 10000000 11000000 | 00000000 02000000" + Repeat("FFFFFFFF", 14) + "01000000" + Repeat("FFFFFFFF", 15)
        + "| 01 00" + Repeat("00", 14) + "02 03" + Repeat("00", 14) + "| 04" + Repeat("00", 15) + Repeat("00", 16));

    [Fact]
    public void Save_Csr_WritesPointersColumnsAndValues() => AssertBody(
        PackedMatrix.Pack((sbyte[])[0, 7, 0, 0, 0, 0, -8, 0, 1], 3, 3, new WeightLayout(Pattern.Csr, NumberFormat.Int8)),
        "00000000 01000000 01000000 03000000 | 01000000 00000000 02000000 | 07 F8 01");

    [Fact]
    public void Save_Bsr_WritesPointersBlockColumnsAndBlocks() => AssertBody(
        PackedMatrix.Pack((sbyte[])[1, 2, 0, 0, 3, 4], 2, 3, new WeightLayout(Pattern.Bsr, NumberFormat.Int8) { BlockRows = 2, BlockColumns = 2 }),
        "00000000 02000000 | 00000000 01000000 | 01 02 00 03 00 00 04 00");

    [Fact]
    public void Save_DoublyCompressedBsr_WritesTheBlockRowsThatHoldBlocks() => AssertBody(
        // Block rows of one row: the second and the fourth have blocks.
        PackedMatrix.Pack((sbyte[])[0, 0, 0, 3, 0, 0, 5, 6, 0, 0], 5, 2, new WeightLayout(Pattern.Bsr, NumberFormat.Int8) { BlockRows = 1, BlockColumns = 1, DoublyCompressed = true }),
        "02000000 01000000 03000000 | 00000000 01000000 03000000 | 01000000 00000000 01000000 | 03 05 06");

    [Fact]
    public void Save_Ell_WritesColumnsAndValuesOfEveryPlace() => AssertBody(
        PackedMatrix.Pack((sbyte[])[0, 7, 0, 0, 0, 0, -8, 0, 1], 3, 3, new WeightLayout(Pattern.Ell, NumberFormat.Int8) { Width = 2 }),
        "01000000 FFFFFFFF FFFFFFFF FFFFFFFF 00000000 02000000 | 07 00 00 00 F8 01");

    [Fact]
    public void Save_RelativeCsc_WritesLanesGapsAndFillers()
    {
        // Column 0: rows 1 and 37, both in lane 1, as local rows 0 and 18, with a filler between; column 1: rows 0 and 2, lane 0.
        var dense = new sbyte[38 * 2];
        (dense[1], dense[2], dense[5], dense[74]) = (5, 3, 6, 4);
        AssertBody(
            PackedMatrix.Pack(dense, 38, 2, new WeightLayout(Pattern.RelativeCsc, NumberFormat.Int8) { Lanes = 2 }),
            "00000000 00000000 02000000 05000000 05000000 | 01000000 03000000 | 00 F0 01 | 05 06 03 00 04");
    }

    [Fact]
    public void Save_Hyb_WritesBucketsOfEachPartition() => AssertBody(
        // Columns 0 to 2 and 3 to 4. Row 0 has three elements in the first partition, a full piece and a rest; row 2 one, and two in the second.
        PackedMatrix.Pack((sbyte[])[1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 5, 6], 3, 5, new WeightLayout(Pattern.Hyb, NumberFormat.Int8) { Partitions = 2, BucketExponent = 1 }),
        "02000000 00000000 02000000 | 01000000 02000000 00000000 01000000 | 02000000 00000000 00000000 02000000"
        + "| 01000000 | 00000000 01000000 02000000 FFFFFFFF | 03000000 04000000 | 04 01 02 03 00 05 06");

    [Fact]
    public void Save_GatherScatter_WritesBundlesOrderAndLanes() => AssertBody(
        // By their elements rows 1 and 2 make the first bundle, and row 0 the second, whose other row does not exist. Row 1 has columns 0, 1, 6 and 7, row 2 columns 2, 3, 4 and 5: two groups, in which each takes two banks of four.
        PackedMatrix.Pack((sbyte[])[0, 9, 0, 0, 8, 0, 0, 0, 1, 2, 0, 0, 0, 0, 3, 4, 0, 0, 5, 6, 7, -8, 0, 0], 3, 8, new WeightLayout(Pattern.GatherScatter, NumberFormat.Int8) { Banks = 4, PerRow = 2, Scatter = true }),
        "00000000 02000000 03000000 | 01000000 02000000 00000000 | 0000 0100 0200 0300 0600 0700 0400 0500 0100 0400 FFFF FFFF | 01 02 05 06 03 04 07 F8 09 08 00 00");

    [Fact]
    public void Save_RowWindows_WritesBlocksColumnsPlacesAndValues() => AssertBody(
        // Rows 0 and 2 have columns 1 and 18, and 18: one block.
        PackedMatrix.Pack(new CsrMatrix(3, 20, [0, 2, 2, 3], [1, 18, 18], [7, -8, 1]), new WeightLayout(Pattern.RowWindows, NumberFormat.Int8)),
        "00000000 01000000 | 00000000 03000000 | 01000000 12000000 " + Repeat("FFFFFFFF", 6) + " | 00 01 11 | 07 F8 01");

    [Fact]
    public void Save_Composite_WritesItsPartsOneBehindTheOther() => AssertBody(
        // The first element of each row goes to ELL, the rest to CSR.
        PackedMatrix.Pack((sbyte[])[0, 7, 5, 0, 0, 0, -8, 0, 1], 3, 3,
            new WeightLayout(Pattern.Composite, NumberFormat.Int8) { Parts = [new(Pattern.Ell, NumberFormat.Int8) { Width = 1 }, new(Pattern.Csr, NumberFormat.Int8)] }),
        "05000000 01000000 00000000 00000000 00000000 | 03000000 00000000 00000000 00000000 00000000 | 03000000 02000000"
        + "| 01000000 FFFFFFFF 00000000 | 00000000 01000000 01000000 02000000 | 02000000 02000000 | 07 00 F8 05 01");

    [Fact]
    public void Save_WholeFile_IsAsDocumented()
    {
        var layout = new WeightLayout(Pattern.Dense, NumberFormat.Int8) { Scale = Per.Group, ScaleGroup = 2, Asymmetric = true };
        PackedMatrix packed = PackedMatrix.Pack((sbyte[])[1, 2, 3], 1, 3, layout, [0.5f, 2], [1, -1]);
        const string Expected =
            "494E544152534941 01000000 00 03 03 01" + "00000000 00000000 00000000 02000000 01000000 03000000"
            + "0300000000000000 0000000000000000 0300000000000000 0200000000000000 0200000000000000 HEADERCRC"
            + "010203 0000003F 00000040 01 FF FILECRC";
        byte[] file = Blob.Save(packed);
        string text = Expected
            .Replace("HEADERCRC", Convert.ToHexString(BitConverter.GetBytes(Blob.Crc(file.AsSpan(0, 80)))))
            .Replace("FILECRC", Convert.ToHexString(BitConverter.GetBytes(Blob.Crc(file.AsSpan(0, file.Length - 4)))));
        Assert.Equal(text.Replace(" ", ""), Convert.ToHexString(file));
    }

    [Fact]
    public void Crc_OfTheStandardCheckString_IsThePublishedValue()
    {
        var crc = new Crc32C();
        crc.Add("123456789"u8);
        Assert.Equal(0xE3069283, crc.Value);
        Assert.Equal(0xE3069283, Blob.Crc("123456789"u8));
    }

    private static void AssertBody(PackedMatrix packed, string expected) =>
        Assert.Equal(expected.Replace(" ", "").Replace("|", ""), Convert.ToHexString(Blob.Save(packed).AsSpan(Blob.HeaderLength..^4)));

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
