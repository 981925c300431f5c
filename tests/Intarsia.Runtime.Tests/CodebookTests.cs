using Xunit;

namespace Intarsia.Runtime.Tests;

public class CodebookTests
{
    [Theory]
    [InlineData(16, false)]
    [InlineData(16, true)]
    [InlineData(256, true)]
    public void Quantise_AGaussian_LosesLessThanItsFirstEntriesAndKeepsZeros(int entries, bool pruned)
    {
        var random = new Random(4);
        float[] dense = [.. Enumerable.Range(0, 60 * 50).Select(_ => pruned && random.Next(2) == 0 ? 0 : (float)(random.NextDouble() + random.NextDouble() - random.NextDouble() - random.NextDouble()))];
        CodebookMatrix matrix = CodebookQuantiser.Quantise(dense, 60, 50, entries);
        var back = new float[dense.Length];
        matrix.Decode(back);
        Assert.Equal(entries, matrix.Codebook.Length);
        if (pruned) Assert.Equal(0, matrix.Codebook[0]);
        for (int i = 0; i < dense.Length; i++)
        {
            if (dense[i] == 0) Assert.Equal(0, matrix.Codes[i]);
            else Assert.Equal(matrix.Codebook.Where(entry => !pruned || entry != 0).Min(entry => Math.Abs((double)entry - dense[i])), Math.Abs((double)back[i] - dense[i]));
        }
        // Entries spread evenly, which is where k-means begins.
        double least = dense.Min(), step = (dense.Max() - least) / (entries - (pruned ? 2 : 1)), even = 0;
        foreach (float value in dense.Where(value => value != 0)) even += Math.Pow(value - (least + Math.Round((value - least) / step) * step), 2);
        Assert.InRange(dense.Zip(back, (a, b) => Math.Pow((double)a - b, 2)).Sum(), 0, 0.9 * even);
        // Entries are the means of what shares them.
        foreach (var cluster in dense.Zip(back).Where(pair => pair.First != 0).GroupBy(pair => pair.Second)) Assert.Equal(cluster.Key, cluster.Average(pair => (double)pair.First), 1e-6);
    }

    [Fact]
    public void Quantise_FewNumbers_LosesNothing()
    {
        CodebookMatrix matrix = CodebookQuantiser.Quantise([3, 0, -1.5f, 3, 0.1f, 0], 2, 3);
        Assert.Equal([0f, -1.5f, 0.1f, 3f, 0f], matrix.Codebook[..5]);
        Assert.Equal([3, 0, 1, 3, 2, 0], matrix.Codes);
        Assert.Equal([2f, 2f], CodebookQuantiser.Quantise([2], 1, 1).Codebook[..2]);
        Assert.Equal(0, CodebookQuantiser.Quantise([], 0, 1).Codebook[0]);
        Assert.Equal("element in row 1, column 0", Assert.Throws<IntarsiaFormatException>(() => CodebookQuantiser.Quantise([1, float.NaN], 2, 1)).Field);
        Assert.Throws<ArgumentException>(() => CodebookQuantiser.Quantise([1], 1, 1, 8));
    }

    [Fact]
    public void Pack_ATrainedCodebook_IsKeptAsItIs()
    {
        float[] codebook = [0, 0.5f, -3, 0.5f, .. Enumerable.Range(0, 12).Select(i => i + 10f)];
        var matrix = new CodebookMatrix([1, 0, 3, 0, 2, 15], codebook, 2, 3);
        PackedMatrix packed = PackedMatrix.Pack(matrix, new WeightLayout(Pattern.Csr, NumberFormat.Codebook16));
        Assert.Equal(codebook, packed.Codebook.ToArray());
        var back = new float[6];
        Blob.Load(Blob.Save(packed)).Unpack(back);
        Assert.Equal([0.5f, 0, 0.5f, 0, -3, 21], back);
        Assert.Equal(4, packed.StoredElements);

        codebook[0] = 1;
        Assert.Equal("codebook entry 0", Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack(matrix, new WeightLayout(Pattern.NM, NumberFormat.Codebook16) { N = 2, M = 4 })).Field);
        Assert.Equal([0.5f, 1, 0.5f, 1, -3, 21], Unpacked(PackedMatrix.Pack(matrix, new WeightLayout(Pattern.Dense, NumberFormat.Codebook16))));
        Assert.Throws<ArgumentException>(() => PackedMatrix.Pack(matrix, new WeightLayout(Pattern.Dense, NumberFormat.Codebook256)));
        Assert.Equal("code in row 0, column 1", Assert.Throws<IntarsiaFormatException>(() => new CodebookMatrix([0, 16], codebook, 1, 2)).Field);
        codebook[7] = float.PositiveInfinity;
        Assert.Equal("codebook entry 7", Assert.Throws<IntarsiaFormatException>(() => new CodebookMatrix([0, 1], codebook, 1, 2)).Field);
    }

    [Theory]
    [InlineData(NumberFormat.Flint4)]
    [InlineData(NumberFormat.PowerOfTwo4)]
    [InlineData(NumberFormat.Int4)]
    public void As_ByteCodebook_HoldsEveryFormatOf16Bytes(NumberFormat format)
    {
        var random = new Random(5);
        float[] dense = [.. Enumerable.Range(0, 64).Select(_ => random.NextSingle() - 0.5f)];
        QuantisedMatrix q = Quantiser.Quantise(dense, 4, 16, format, Per.Row);
        PackedMatrix as16 = PackedMatrix.Pack(q.As(NumberFormat.ByteCodebook16), new WeightLayout(Pattern.Dense, NumberFormat.ByteCodebook16) { Scale = Per.Row });
        Assert.Equal(Unpacked(PackedMatrix.Pack(q, new WeightLayout(Pattern.Dense, format) { Scale = Per.Row })), Unpacked(as16));
        Assert.Throws<IntarsiaFormatException>(() => Quantiser.Quantise(dense, 4, 16, NumberFormat.Int8, Per.Row).As(NumberFormat.ByteCodebook16));
    }

    [Fact]
    public void SetValues_OutsideTheCodebook_IsRefusedAndNothingIsWritten()
    {
        PackedMatrix packed = PackedMatrix.Pack([1.5f, 2.5f, 0], 1, 3, new WeightLayout(Pattern.Dense, NumberFormat.Codebook256));
        packed.SetValues([2.5f, 0, 1.5f]);
        Assert.Equal("element 2", Assert.Throws<IntarsiaFormatException>(() => packed.SetValues([0, 0, 3f])).Field);
        Assert.Equal("element 1", Assert.Throws<IntarsiaFormatException>(() => packed.SetGroup(0, [0, float.NaN, 1.5f])).Field);
        Assert.Equal([2.5f, 0, 1.5f], Unpacked(packed));
    }

    [Fact]
    public void Load_AForgedCodebook_IsRefusedByName()
    {
        byte[] file = Blob.Save(PackedMatrix.Pack([1.5f, 2.5f, 0, 0], 1, 4, new WeightLayout(Pattern.Csr, NumberFormat.Codebook16)));
        int at = file.Length - 4 - 64 - 1;
        string Field(Action<byte[]> edit) => Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, edit))).Field;
        Assert.Equal("codebook entry 0", Field(bytes => bytes[at + 3] = 0x40));
        Assert.Equal("codebook entry 5", Field(bytes => (bytes[at + 22], bytes[at + 23]) = (0x80, 0x7F)));
        // Entry 9 is a second 0.
        Assert.Equal("value 1", Field(bytes => bytes[at + 64] = 0x91));
    }

    /// <summary>256 entries of two bytes stand before the values, and what they cannot hold is named.</summary>
    [Fact]
    public void Pack_ACodebookOf16Bits_IsWrittenAsDocumented()
    {
        var layout = new WeightLayout(Pattern.Dense, NumberFormat.ShortCodebook256);
        PackedMatrix packed = PackedMatrix.Pack((int[])[-4096, 32512, 0, -4096], 1, 4, layout);
        byte[] file = Blob.Save(packed);
        Assert.Equal("00 00 00 F0 00 7F 00 00", string.Join(" ", file[84..92].Select(b => b.ToString("X2"))));
        Assert.Equal("01 02 00 01", string.Join(" ", file[(84 + 512)..^4].Select(b => b.ToString("X2"))));
        Assert.Equal(4 + 512, packed.SizeInBytes);
        string expected = "−32512 to 32512 with at most eight significant bits, an entry of a codebook of 16 bits";
        foreach (int foreign in (int[])[257, -32513, 32640, 511, int.MinValue])
        {
            var error = Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack((int[])[1, foreign], 1, 2, layout));
            Assert.Equal(("element in row 0, column 1", $"{foreign}", expected), (error.Field, error.Found, error.Expected));
        }
        Assert.Equal("element in row 0, column 1", Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack([1f, 511f], 1, 2, layout)).Field);
        Assert.Equal("codebook entry 3", Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, bytes => (bytes[90], bytes[91]) = (1, 1)))).Field);
        Assert.Equal("codebook entry 2", Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, bytes => bytes[88] = 0x80))).Field);
    }

    [Fact]
    public void Pack_FloatsIntoACodebookOf16Bits_LosesNoMoreThanEightBitsDo()
    {
        var random = new Random(6);
        float[] dense = [.. Enumerable.Range(0, 8 * 400).Select(_ => (float)(random.NextDouble() + random.NextDouble() - random.NextDouble() - random.NextDouble()))];
        float[] back = Unpacked(PackedMatrix.Pack(dense, 8, 400, new WeightLayout(Pattern.Dense, NumberFormat.ShortCodebook256) { Scale = Per.Tensor })), bytes = new float[dense.Length];
        Quantiser.Quantise(dense, 8, 400, NumberFormat.Int8, Per.Tensor).Dequantise(bytes);
        Assert.InRange(Loss(back), 1e-9, 0.9 * Loss(bytes));
        double Loss(float[] rounded) => dense.Zip(rounded, (a, b) => Math.Pow((double)a - b, 2)).Sum();
    }

    /// <summary>Compressed columns of codes of four bits: a byte for each entry, and for each filler, and what does not grow with them.</summary>
    [Theory]
    [InlineData(1, 0.11)]
    [InlineData(4, 0.25)]
    [InlineData(16, 0.02)]
    public void Pack_RelativeColumnsOfACodebook_TakeAByteForEachEntry(int lanes, double density)
    {
        const int Rows = 512, Depth = 300;
        var random = new Random(lanes);
        float[] dense = [.. Enumerable.Range(0, Rows * Depth).Select(_ => random.NextDouble() < density ? random.Next(1, 16) / 4f : 0)];
        PackedMatrix packed = PackedMatrix.Pack(dense, Rows, Depth, new WeightLayout(Pattern.RelativeCsc, NumberFormat.Codebook16) { Lanes = lanes });

        // Each run of 16 zeros that an element of its lane and column stands behind is a filler.
        int nonZeros = dense.Count(value => value != 0), fillers = 0;
        for (int lane = 0; lane < lanes; lane++)
            for (int column = 0; column < Depth; column++)
                for (int row = lane, zeros = 0; row < Rows; row += lanes)
                {
                    if (dense[row * Depth + column] == 0) zeros++;
                    else (fillers, zeros) = (fillers + zeros / 16, 0);
                }
        int entries = nonZeros + fillers, nibbles = (entries + 1) / 2;
        // A gap and a code of half a byte, the number of every filler, pointers of every column of every lane, and 16 numbers.
        Assert.Equal(2 * nibbles + 4 * fillers + 4 + 4 * (lanes * Depth + 1) + 64, packed.SizeInBytes);
        Assert.Equal((nonZeros, entries), (packed.StoredElements, packed.Slots));
        if (density > 0.2) Assert.InRange((packed.SizeInBytes - 4.0 * lanes * Depth) / nonZeros, 1, 1.1);
    }

    private static float[] Unpacked(PackedMatrix packed)
    {
        var dense = new float[packed.Rows * packed.Depth];
        packed.Unpack(dense);
        return dense;
    }
}
