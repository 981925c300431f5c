using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>No file, however damaged, gives anything but a valid matrix or a typed exception.</summary>
public class PackedFileTests
{
    public static TheoryData<NumberFormat> Formats => new(Layouts.Formats);

    private static readonly string[] SampleNames = ["dense f32", "dense f16", "nm2of4 s4 scale/group3 asymmetric", "nm6of8 bf16", "nm2of4v4 s8 scale/row", "srbcrs4 s8 scale/row", "srbcrs2 s4", "csr f32", "csr s4 scale/tensor", "rcsc3 s8", "gs8k2q900 s8", "gs4k1q140s s4"];

    public static TheoryData<string> Samples => new(SampleNames);

    [Theory]
    [MemberData(nameof(Samples))]
    public void Load_AnyByteChanged_ThrowsFormatException(string name)
    {
        byte[] file = Blob.Save(Sample(name));
        foreach (byte flip in (byte[])[0x01, 0x80, 0xFF])
        {
            for (int i = 0; i < file.Length; i++)
            {
                file[i] ^= flip;
                Assert.Throws<IntarsiaFormatException>(() => Blob.Load(file));
                file[i] ^= flip;
            }
        }

        Blob.Load(file);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Load_CutShortAnywhere_ThrowsFormatExceptionThatNamesTheField(string name)
    {
        byte[] file = Blob.Save(Sample(name));
        for (int length = 0; length < file.Length; length++)
        {
            var error = Assert.Throws<IntarsiaFormatException>(() => Blob.Load(file[..length]));
            Assert.NotEmpty(error.Field);
            Assert.Equal($"the end of the data after {length} bytes", error.Found);
        }
    }

    /// <summary>Damage with right checksums: what comes through must be a valid matrix, which is to say that it survives a round trip to the byte and can be read.</summary>
    [Theory]
    [MemberData(nameof(Samples))]
    public void Load_AnyByteForged_ThrowsFormatExceptionOrGivesAValidMatrix(string name)
    {
        byte[] file = Blob.Save(Sample(name));
        int accepted = 0, refused = 0;
        for (int i = 0; i < file.Length - 4; i++)
        {
            if (i is >= Blob.HeaderLength - 4 and < Blob.HeaderLength)
                continue;
            for (int value = 0; value < 256; value += i < Blob.HeaderLength ? 1 : 5)
            {
                if (IsAcceptedAsValid(Blob.Forge(file, bytes => bytes[i] = (byte)value)))
                    accepted++;
                else
                    refused++;
            }
        }

        Assert.True(refused > 0 && accepted > 0, $"{refused} refused, {accepted} accepted");
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Load_SeveralBytesForged_ThrowsFormatExceptionOrGivesAValidMatrix(NumberFormat format) => PackedCase.ForAll(format, c =>
    {
        byte[] file = Blob.Save(c.Pack());
        var random = new Random(c.Seed);
        for (int attempt = 0; attempt < 10; attempt++)
        {
            IsAcceptedAsValid(Blob.Forge(file, bytes =>
            {
                for (int edits = random.Next(1, 4); edits > 0; edits--)
                {
                    // Half of the edits hit the header, and small values are those that come closest to being right.
                    int at = random.Next(2) == 0 ? random.Next(12, Blob.HeaderLength) : random.Next(bytes.Length);
                    bytes[at] = (byte)random.Next(random.Next(2) == 0 ? 8 : 256);
                }
            }));
        }
    });

    public static TheoryData<string, string, string> HostileHeaders => new()
    {
        { "dense f32", "magic", "0=88" },
        { "dense f32", "version", "8=2" },
        { "dense f32", "header.Pattern", "12=12" },
        { "dense f32", "header.Format", "13=99" },
        { "dense f32", "header.Scale", "14=9" },
        { "dense f32", "header.Asymmetric", "15=2" },
        { "dense f32", "WeightLayout.Asymmetric", "15=1" },
        { "dense f32", "WeightLayout.Scale", "14=1" },
        { "dense f32", "WeightLayout.V", "24=8" },
        { "dense f32", "header.Rows", "35=128" },
        { "dense f32", "header.Depth", "39=255" },
        { "dense f32", "header.Slots", "47=127" },
        { "dense f32", "header.Slots", "40=1" },
        { "dense f32", "header.IndexBytes", "48=1" },
        { "dense f32", "header.ValueBytes", "56=3" },
        { "dense f32", "header.ScaleCount", "64=1" },
        { "dense f32", "header.ZeroPointCount", "72=1" },
        { "dense f32", "elements (rows × depth)", "35=127,39=127" },
        { "nm6of8 bf16", "WeightLayout.M", "20=7" },
        { "nm6of8 bf16", "WeightLayout.N", "16=9" },
        { "nm2of4v4 s8 scale/row", "WeightLayout.V", "24=1" },
        { "nm6of8 bf16", "elements (rows × groups × N)", "35=127" },
        { "srbcrs4 s8 scale/row", "WeightLayout.V", "24=3" },
        { "srbcrs4 s8 scale/row", "header.Slots", "40=1" },
        { "nm2of4 s4 scale/group3 asymmetric", "WeightLayout.ScaleGroup", "28=0" },
        { "nm2of4 s4 scale/group3 asymmetric", "header.ScaleCount", "28=4" },
        { "dense u16 scale/row", "WeightLayout.Asymmetric", "15=1" },
        { "dense s12", "header.ValueBytes", "13=7" },
        { "srbcrs4 s12", "SR-BCRS begin of vector group 1", "13=7" },
        { "dense planes8", "WeightLayout.Asymmetric", "14=1,15=1" },
        { "dense signs3", "WeightLayout.Asymmetric", "14=1,15=1" },
        { "dense signs3", "WeightLayout.Pattern", "12=3" },
        { "dense planes3", "header.ValueBytes", "13=39" },
        { "gs8k2q900 s8", "WeightLayout.Banks", "16=7" },
        { "gs8k2q900 s8", "WeightLayout.Banks", "18=2" },
        { "gs8k2q900 s8", "WeightLayout.PerRow", "17=3" },
        { "gs8k2q900 s8", "WeightLayout.Groups", "23=1" },
        { "gs8k2q900 s8", "header.Slots", "40=1" },
        { "gs8k2q900 s8", "bundle pointers", "34=255,35=127" },
        { "csr f32", "CSR column indices", "43=16" },
        { "csr f32", "CSR row pointers", "35=64" },
        { "csr f32", "length of CSR row pointers", "32=255,33=255,34=255,35=127" },
    };

    [Theory]
    [MemberData(nameof(HostileHeaders))]
    public void Load_HostileHeader_NamesTheFieldAndAllocatesLittle(string name, string field, string edits)
    {
        byte[] forged = Blob.Forge(Blob.Save(Sample(name)), bytes =>
        {
            foreach (string edit in edits.Split(','))
                bytes[int.Parse(edit.Split('=')[0])] = byte.Parse(edit.Split('=')[1]);
        });
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<IntarsiaFormatException>(() => Blob.Load(forged));
        Assert.Equal(field, error.Field);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    [Fact]
    public void Load_CsrColumnOutOfRange_NamesRowFoundAndExpected()
    {
        PackedMatrix packed = PackedMatrix.Pack([1, 0, 2, 0, 3, 0], 2, 3, new WeightLayout(Pattern.Csr, NumberFormat.Float32));
        int columns = Blob.HeaderLength + 3 * 4;
        byte[] file = Blob.Save(packed);

        var error = Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, bytes => bytes.Put(columns + 8, 3))));
        Assert.Equal(("column index 0 of row 1", "3"), (error.Field, error.Found));
        Assert.Contains("less than the depth, 3", error.Expected);

        error = Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, bytes => bytes.Put(columns + 4, 0))));
        Assert.Equal("column index 1 of row 0", error.Field);
        error = Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, bytes => bytes.Put(columns, -1))));
        Assert.Equal("column index 0 of row 0", error.Field);
        error = Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, bytes => bytes.Put(columns - 8, 4))));
        Assert.Equal("CSR row pointer 1", error.Field);
    }

    [Fact]
    public void Load_VectorRowsDamage_IsNamed()
    {
        // Three groups of two rows with 2, 0 and 1 vectors; a tile is 2×16.
        var dense = new float[6 * 20];
        dense[3] = dense[20 + 7] = dense[4 * 20 + 19] = 1;
        byte[] file = Blob.Save(PackedMatrix.Pack(dense, 6, 20, new WeightLayout(Pattern.VectorRows, NumberFormat.Float32) { V = 2 }));
        int bounds = Blob.HeaderLength, columns = bounds + 6 * 4, values = columns + 32 * 4;

        void Named(string field, Action<byte[]> change) => Assert.Equal(field, Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, change))).Field);
        Named("SR-BCRS begin of vector group 1", bytes => bytes.Put(bounds + 8, 15));
        Named("SR-BCRS end of vector group 0", bytes => bytes.Put(bounds + 4, 33));
        Named("SR-BCRS end of vector group 2", bytes => bytes.Put(bounds + 20, 1));
        Named("column index 0 of vector group 2", bytes => bytes.Put(columns + 16 * 4, 20));
        Named("column index 2 of vector group 0", bytes => bytes.Put(bounds + 4, 3));
        Named("SR-BCRS padding index 5 of vector group 0", bytes => bytes.Put(columns + 5 * 4, 9));
        Named("padding value 2", bytes => bytes.Put(values + 2 * 4, 1f));
    }

    [Fact]
    public void Load_BlockDamage_IsNamed()
    {
        // Block rows of 4, 4 and 1 rows with 2, 0 and 1 blocks of 4×3; the last block has one column, and in the last block row one row.
        var dense = new float[9 * 10];
        dense[0] = dense[10 + 9] = dense[8 * 10 + 4] = 1;
        PackedMatrix packed = PackedMatrix.Pack(dense, 9, 10, new WeightLayout(Pattern.Bsr, NumberFormat.Float32) { BlockRows = 4, BlockColumns = 3 });
        Assert.Equal((4, 3), (packed.VectorLength, packed.GroupCount));
        Assert.Equal((4, 0, 3), (packed.GroupLength(0), packed.GroupLength(1), packed.GroupLength(2)));
        byte[] file = Blob.Save(packed);
        int pointers = Blob.HeaderLength, columns = pointers + 4 * 4, values = columns + 3 * 4;

        void Named(string field, Action<byte[]> change) => Assert.Equal(field, Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, change))).Field);
        Named("BSR block pointer 0", bytes => bytes.Put(pointers, 1));
        Named("BSR block pointer 1", bytes => bytes.Put(pointers + 4, 4));
        Named("BSR block pointer 2", bytes => bytes.Put(pointers + 8, 1));
        Named("BSR block pointer 3", bytes => bytes.Put(pointers + 12, 2));
        Named("column index 1 of block row 0", bytes => bytes.Put(columns + 4, 4));
        Named("column index 1 of block row 0", bytes => bytes.Put(columns + 4, 0));
        Named("padding value 13", bytes => bytes.Put(values + 13 * 4, 1f));
        Named("padding value 27", bytes => bytes.Put(values + 27 * 4, 1f));
        Named("WeightLayout.BlockRows", bytes => bytes.Put(16, 0));
        Named("header.Slots", bytes => bytes.Put(20, 5));
    }

    [Fact]
    public void Load_DoublyCompressedBlockDamage_IsNamed()
    {
        // Of block rows 0 to 4 the second and the fourth have two blocks and one.
        var dense = new float[10 * 6];
        dense[2 * 6] = dense[2 * 6 + 5] = dense[6 * 6 + 3] = 1;
        PackedMatrix packed = PackedMatrix.Pack(dense, 10, 6, new WeightLayout(Pattern.Bsr, NumberFormat.Float32) { BlockRows = 2, BlockColumns = 2, DoublyCompressed = true });
        Assert.Equal("dbsr2x2 f32", packed.Layout.ToString());
        Assert.Equal([0, 4, 0, 2, 0], Enumerable.Range(0, 5).Select(packed.GroupLength));
        byte[] file = Blob.Save(packed);
        int count = Blob.HeaderLength, stored = count + 4, pointers = stored + 2 * 4, columns = pointers + 3 * 4;

        void Named(string field, Action<byte[]> change) => Assert.Equal(field, Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, change))).Field);
        Named("DBSR number of stored block rows", bytes => bytes.Put(count, 6));
        Named("DBSR number of stored block rows", bytes => bytes.Put(count, -1));
        Named("DBSR stored block row 0", bytes => bytes.Put(stored, -1));
        Named("DBSR stored block row 1", bytes => bytes.Put(stored + 4, 1));
        Named("DBSR stored block row 1", bytes => bytes.Put(stored + 4, 5));
        Named("BSR block pointer 0", bytes => bytes.Put(pointers, 1));
        // A block row that is stored has a block.
        Named("BSR block pointer 1", bytes => bytes.Put(pointers + 4, 0));
        Named("BSR block pointer 2", bytes => bytes.Put(pointers + 8, 2));
        Named("column index 1 of block row 1", bytes => bytes.Put(columns + 4, 3));
        Named("column index 0 of block row 3", bytes => bytes.Put(columns + 8, -1));
        // As plain blocks the file would be longer.
        Named("BSR block pointer 0", bytes => bytes[12] = 4);
    }

    [Fact]
    public void Save_DoublyCompressedBlocks_TakesNoSpaceForEmptyRows()
    {
        CsrMatrix one = new(1_000_000, 8, [.. Enumerable.Range(0, 1_000_001).Select(row => row > 500_000 ? 1 : 0)], [3], [2f]);
        PackedMatrix packed = PackedMatrix.Pack(one, new WeightLayout(Pattern.Bsr, NumberFormat.Float32) { BlockRows = 2, BlockColumns = 4, DoublyCompressed = true });

        // One block row of one block: count, row, two pointers, a column; eight values.
        Assert.Equal(4 * (1 + 1 + 2 + 1) + 8 * 4, packed.SizeInBytes);
        Assert.Equal([250_000], packed.TransposeIndex.Rows.ToArray());
    }

    [Fact]
    public void Load_EllDamage_IsNamed()
    {
        // Three places a row: rows of 2, 0 and 3 elements.
        PackedMatrix packed = PackedMatrix.Pack([1, 0, 2, 0, 0, 0, 0, 0, 3, 4, 0, 5], 3, 4, new WeightLayout(Pattern.Ell, NumberFormat.Float32) { Width = 3 });
        Assert.Equal((1, 3, 5L), (packed.VectorLength, packed.GroupCount, packed.StoredElements));
        Assert.Equal((2, 0, 3), (packed.GroupLength(0), packed.GroupLength(1), packed.GroupLength(2)));
        byte[] file = Blob.Save(packed);
        int columns = Blob.HeaderLength, values = columns + 9 * 4;

        void Named(string field, Action<byte[]> change) => Assert.Equal(field, Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, change))).Field);
        Named("column index 1 of row 0", bytes => bytes.Put(columns + 4, 0));
        Named("column index 1 of row 0", bytes => bytes.Put(columns + 4, 4));
        Named("column index 0 of row 1", bytes => bytes.Put(columns + 12, -2));
        Named("ELL padding index 2 of row 1", bytes => bytes.Put(columns + 20, 3));
        Named("ELL padding index 1 of row 2", bytes => bytes.Put(columns + 24, -1));
        Named("padding value 2", bytes => bytes.Put(values + 2 * 4, 1f));
        Named("padding value 3", bytes => bytes.Put(values + 3 * 4, 1f));
        Named("WeightLayout.Width", bytes => bytes.Put(16, 0));
        Named("header.Slots", bytes => bytes.Put(16, 4));
        Named("header.Slots", bytes => bytes.Put(32, 4));
    }

    [Fact]
    public void Pack_EllRowTooLong_NamesTheRow()
    {
        var error = Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack([1, 0, 2, 3, 4, 5], 2, 3, new WeightLayout(Pattern.Ell, NumberFormat.Float32) { Width = 2 }));
        Assert.Equal(("row 1", "3 entries"), (error.Field, error.Found));
    }

    [Fact]
    public void Load_RelativeCscDamage_IsNamed()
    {
        // Two lanes of 19 rows, two columns. Entries: rows 0 and 2 of column 1 in lane 0; rows 1 and 37 of column 0 in lane 1 (local rows 0 and 18), with a filler between.
        var dense = new float[38 * 2];
        (dense[1], dense[2], dense[5], dense[74]) = (5, 3, 6, 4);
        PackedMatrix packed = PackedMatrix.Pack(dense, 38, 2, new WeightLayout(Pattern.RelativeCsc, NumberFormat.Float32) { Lanes = 2 });
        Assert.Equal((1, 38, 4L, 5L), (packed.VectorLength, packed.GroupCount, packed.StoredElements, packed.Slots));
        Assert.Equal((1, 1, 0, 1), (packed.GroupLength(0), packed.GroupLength(1), packed.GroupLength(3), packed.GroupLength(37)));
        byte[] file = Blob.Save(packed);
        int pointers = Blob.HeaderLength, fillers = pointers + 5 * 4, gaps = fillers + 2 * 4, values = gaps + 3;

        void Named(string field, Action<byte[]> change) => Assert.Equal(field, Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, change))).Field);
        Named("column pointer 0", bytes => bytes.Put(pointers, 1));
        Named("column pointer 2", bytes => bytes.Put(pointers + 8, 6));
        Named("column pointer 2", bytes => bytes.Put(pointers + 8, -1));
        Named("column pointer 4", bytes => bytes.Put(pointers + 16, 4));
        Named("number of fillers", bytes => bytes.Put(fillers, -1));
        Named("number of fillers", bytes => bytes.Put(fillers, 6));
        Named("filler 0", bytes => bytes.Put(fillers + 4, 5));
        Named("filler 0", bytes => bytes.Put(fillers + 4, -1));
        Named("gap of filler 0", bytes => bytes.Put(fillers + 4, 4));
        Named("row of entry 4 (lane 1, column 0)", bytes => bytes[gaps + 2] = 2);
        Named("unused high nibble behind the gaps", bytes => bytes[gaps + 2] = 0x11);
        // The filler as the last entry of a column.
        Named("entry 3 (lane 1, column 0)", bytes => bytes.Put(pointers + 12, 4));
        Named("padding value 3", bytes => bytes.Put(values + 3 * 4, 1f));
        Named("WeightLayout.Lanes", bytes => bytes.Put(16, 0));
        Named("WeightLayout.Lanes", bytes => bytes.Put(16, 1025));
    }

    [Fact]
    public void Load_HybDamage_IsNamed()
    {
        // Columns 0 to 2 and 3 to 5, buckets of 1 and 2. Pieces: row 2 in the first bucket of the first partition, row 0 in two pieces of its second; rows 0 and 2 in the second of the second.
        PackedMatrix packed = PackedMatrix.Pack(
            [1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 7, 8], 3, 6, new WeightLayout(Pattern.Hyb, NumberFormat.Float32) { Partitions = 2, BucketExponent = 1 });
        Assert.Equal((1, 3, 8L, 9L), (packed.VectorLength, packed.GroupCount, packed.StoredElements, packed.Slots));
        Assert.Equal((5, 0, 3), (packed.GroupLength(0), packed.GroupLength(1), packed.GroupLength(2)));
        byte[] file = Blob.Save(packed);
        int counts = Blob.HeaderLength, buckets = counts + 3 * 4, rows = buckets + 4 * 4, columns = rows + 5 * 4, values = columns + 9 * 4;

        void Named(string field, Action<byte[]> change) => Assert.Equal(field, Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, change))).Field);
        Named("hyb pieces of row 1", bytes => bytes.Put(counts + 4, 1));
        Named("hyb pieces of bucket 0 of partition 1", bytes => bytes.Put(buckets + 8, -1));
        Named("header.Slots", bytes => bytes.Put(buckets, 2));
        Named("hyb row of piece 0 (partition 0, bucket 0)", bytes => bytes.Put(rows, 3));
        Named("hyb row of piece 0 (partition 0, bucket 0)", bytes => bytes.Put(rows, -1));
        Named("hyb row of piece 1 (partition 0, bucket 1)", bytes => bytes.Put(rows + 4, 2));
        Named("column index 0 of piece 4 (partition 1, bucket 1)", bytes => bytes.Put(rows + 12, 2));
        Named("hyb row of piece 4 (partition 1, bucket 1)", bytes => bytes.Put(rows + 16, -7));
        // A piece alone in a bucket that is too wide for it, and a piece that is followed by another and not full.
        Named("hyb elements of piece 2 (partition 0, bucket 1)", bytes => bytes.Put(rows + 8, 1));
        Named("hyb elements of piece 1 (partition 0, bucket 1)", bytes => bytes.Put(columns + 8, -1));
        Named("column index 0 of piece 2 (partition 0, bucket 1)", bytes => bytes.Put(columns + 12, 1));
        Named("column index 0 of piece 2 (partition 0, bucket 1)", bytes => bytes.Put(columns + 12, 3));
        Named("column index 0 of piece 3 (partition 1, bucket 1)", bytes => bytes.Put(columns + 20, 2));
        Named("column index 1 of piece 4 (partition 1, bucket 1)", bytes => bytes.Put(columns + 32, 6));
        Named("padding value 4", bytes => bytes.Put(values + 4 * 4, 1f));
        Named("WeightLayout.Partitions", bytes => bytes.Put(16, 0));

        // A row of five: a full piece of four, and a rest of one with three places of padding.
        file = Blob.Save(PackedMatrix.Pack([1, 2, 3, 4, 5, 0, 0], 1, 7, new WeightLayout(Pattern.Hyb, NumberFormat.Float32) { Partitions = 1, BucketExponent = 2 }));
        columns = Blob.HeaderLength + 4 + 3 * 4 + 2 * 4;
        Named("hyb padding index 3 of piece 1 (partition 0, bucket 2)", bytes => bytes.Put(columns + 7 * 4, 6));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(0f)]
    [InlineData(-1f)]
    public void Load_ScaleThatIsNoPositiveNumber_NamesIt(float scale)
    {
        byte[] file = Blob.Save(PackedMatrix.Pack((sbyte[])[1, 2, 3, 4], 2, 2, new WeightLayout(Pattern.Dense, NumberFormat.Int8) { Scale = Per.Row }, [0.5f, 0.25f]));
        var error = Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, bytes => bytes.Put(Blob.HeaderLength + 4 + 4, scale))));
        Assert.Equal("scale 1", error.Field);
        Assert.Equal("a positive finite number", error.Expected);
    }

    [Fact]
    public void Load_UnusedBitsSet_AreNamed()
    {
        var int4 = new WeightLayout(Pattern.Dense, NumberFormat.Int4);
        byte[] file = Blob.Save(PackedMatrix.Pack((sbyte[])[1, -2, 3], 1, 3, int4));
        Assert.Contains("nibble", Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, bytes => bytes[^5] |= 0x10))).Field);
        file = Blob.Save(PackedMatrix.Pack((short[])[2047, -2048, 5], 1, 3, new WeightLayout(Pattern.Dense, NumberFormat.Int12)));
        Assert.Contains("nibble", Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, bytes => bytes[^5] |= 0x80))).Field);

        file = Blob.Save(PackedMatrix.Pack([0, 1], 1, 2, new WeightLayout(Pattern.NM, NumberFormat.Float32) { N = 1, M = 2 }));
        Assert.Contains("N:M positions", Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, bytes => bytes[Blob.HeaderLength] |= 2))).Field);
    }

    [Fact]
    public void Load_SeveralInOneStream_ReadsEachAndStopsBehindIt()
    {
        using var stream = new MemoryStream();
        foreach (string name in SampleNames)
            Sample(name).Save(stream);
        stream.Position = 0;
        foreach (string name in SampleNames)
            Assert.Equal(name, PackedMatrix.Load(stream).Layout.ToString());
        Assert.Equal(stream.Length, stream.Position);
    }

    [Fact]
    public void Load_FileThatGoesOn_Throws()
    {
        string path = Path.GetTempFileName();
        try
        {
            PackedMatrix packed = Sample("nm6of8 bf16");
            packed.Save(path);
            Assert.Equal(Blob.Save(packed), File.ReadAllBytes(path));
            Assert.Equal(packed.Layout, PackedMatrix.Load(path).Layout);
            File.AppendAllBytes(path, [0]);
            Assert.Equal("file length", Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Load(path)).Field);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Load_StreamThatGivesOneByteAtATime_ReadsAll()
    {
        byte[] file = Blob.Save(Sample("srbcrs4 s8 scale/row"));
        using var stream = new TrickleStream(file);
        Assert.Equal(file, Blob.Save(PackedMatrix.Load(stream)));
    }

    [Fact]
    public void Load_LargerThanOneChunk_ReadsAll()
    {
        var dense = new float[700 * 1000];
        for (int i = 0; i < dense.Length; i++)
            dense[i] = i;
        var back = new float[dense.Length];
        Blob.Load(Blob.Save(PackedMatrix.Pack(dense, 700, 1000, new WeightLayout(Pattern.Csr, NumberFormat.Float32)))).Unpack(back);
        Assert.Equal(dense, back);
    }

    /// <summary>False where the loader refuses the file; else the matrix must survive a round trip to the byte and be readable.</summary>
    private static bool IsAcceptedAsValid(byte[] forged)
    {
        PackedMatrix loaded;
        using var stream = new MemoryStream(forged);
        try
        {
            loaded = PackedMatrix.Load(stream);
        }
        catch (IntarsiaFormatException)
        {
            return false;
        }

        Assert.Equal(forged[..(int)stream.Position], Blob.Save(loaded));
        for (int group = 0; group < Math.Min(loaded.GroupCount, 100); group++)
            ReadWithoutError(loaded, group);
        // A sparse matrix may rightly be far deeper than its few entries need.
        if ((long)loaded.Rows * loaded.Depth < 1 << 16)
            loaded.Unpack(new float[loaded.Rows * loaded.Depth]);
        return true;
    }

    private static void ReadWithoutError(PackedMatrix packed, int group)
    {
        int length = packed.GroupLength(group);
        if (packed.Layout.IsInteger)
            packed.ReadGroup(group, new int[length], new int[length * packed.VectorLength]);
        else if (packed.Layout.Format == NumberFormat.Int32)
            packed.ReadGroup(group, new int[length], new int[length * packed.VectorLength]);
        else
            packed.ReadGroup(group, new int[length], new float[length * packed.VectorLength]);
    }

    private static PackedMatrix Sample(string name)
    {
        WeightLayout layout = Layouts.Formats.SelectMany(Layouts.Of).SelectMany(Scaled).First(layout => layout.ToString() == name);
        return PackedCase.Create(layout, 5, 11, seed: 3).Pack();
    }

    private static IEnumerable<WeightLayout> Scaled(WeightLayout layout) =>
        [layout, layout with { Scale = Per.Tensor }, layout with { Scale = Per.Row }, layout with { Scale = Per.Group, ScaleGroup = 3, Asymmetric = true }];

    private sealed class TrickleStream(byte[] data) : MemoryStream(data)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(1, buffer.Length)]);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(1, count));
    }
}
