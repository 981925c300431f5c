using Xunit;

namespace Intarsia.Runtime.Tests.Readers;

public class DeepCompressionFileTests
{
    private static readonly float[] Book16 = [0, .. Enumerable.Range(1, 15).Select(i => i / 4f - 2.1f)];

    [Fact]
    public void FromCodes_LongRuns_AreBrokenByFillers()
    {
        // 15 zeros need no filler, 16 need one, 33 need two; what stands behind the last weight is not stored.
        var codes = new byte[4 * 20];
        (codes[15], codes[32], codes[66]) = (3, 5, 9);
        DeepCompressionLayer layer = DeepCompressionLayer.FromCodes("fc6", new CodebookMatrix(codes, Book16, 4, 20), [1, 2, 3, 4]);
        Assert.Equal([3, 0, 5, 0, 0, 9], layer.Codes.ToArray());
        Assert.Equal([15, 15, 0, 15, 15, 1], layer.Gaps.ToArray());
        Assert.Equal((3, 3), (layer.NonZeros, layer.Fillers));
        Assert.Equal(codes, layer.ToCodes().Codes);
    }

    [Fact]
    public void Write_TwoSmallLayers_GivesTheDocumentedBytes()
    {
        var codes = new byte[2 * 10];
        (codes[1], codes[18]) = (7, 2);
        DeepCompressionLayer layer = DeepCompressionLayer.FromCodes("fc6", new CodebookMatrix(codes, Book16, 2, 10), [0.5f, -0.5f]);
        byte[] bytes = Write(layer);
        // Three entries: code 7 behind one zero, a filler, code 2 behind none.
        Assert.Equal([3, 0, 0, 0], bytes[..4]);
        Assert.Equal(Book16, Enumerable.Range(0, 16).Select(i => BitConverter.ToSingle(bytes, 4 + 4 * i)));
        Assert.Equal(0.5f, BitConverter.ToSingle(bytes, 68));
        Assert.Equal([0x07, 0x02, 0xF1, 0x00], bytes[76..]);
    }

    [Fact]
    public void Write_RandomLayers_AreReadAsTheyWere() => PackedCase.ForAllSeeds(random =>
    {
        DeepCompressionLayer[] layers = RandomLayers(random);
        byte[] bytes = Write(layers);
        IReadOnlyList<DeepCompressionLayer> read = DeepCompressionFile.Read(new MemoryStream(bytes), [.. layers.Select(layer => layer.Shape)]);
        Assert.Equal(bytes, Write([.. read]));
        for (int i = 0; i < layers.Length; i++)
        {
            Assert.Equal(layers[i].ToDense(), read[i].ToDense());
            Assert.Equal(layers[i].Bias.ToArray(), read[i].Bias.ToArray());
        }
    });

    [Fact]
    public void Read_TruncatedAnywhere_NamesWhatIsMissing()
    {
        DeepCompressionLayer[] layers = RandomLayers(new Random(7));
        DeepCompressionShape[] shapes = [.. layers.Select(layer => layer.Shape)];
        byte[] bytes = Write(layers);
        for (int length = 0; length < bytes.Length; length++)
        {
            var exception = Assert.Throws<IntarsiaFormatException>(() => DeepCompressionFile.Read(new MemoryStream(bytes, 0, length), shapes));
            Assert.Contains("layer", exception.Field);
            Assert.Contains("end of the data", exception.Found);
        }
    }

    [Fact]
    public void Read_BytesBehindTheLastLayer_AreRefused()
    {
        DeepCompressionLayer[] layers = RandomLayers(new Random(8));
        var exception = Assert.Throws<IntarsiaFormatException>(() => DeepCompressionFile.Read(new MemoryStream([.. Write(layers), 0]), [.. layers.Select(layer => layer.Shape)]));
        Assert.Equal("end of the data", exception.Field);
    }

    [Theory]
    [InlineData(0, 21, "number of entries of layer 'fc6'", "21")]
    [InlineData(4, 1, "codebook entry 0 of layer 'fc6'", "1E-45")]
    [InlineData(78, 0xFF, "position of entry 1 of layer 'fc6'", "31")]
    [InlineData(79, 0x0F, "position of entry 2 of layer 'fc6'", "33")]
    [InlineData(79, 0x10, "unused high nibble behind the gaps of layer 'fc6'", "1")]
    [InlineData(77, 0x12, "unused high nibble behind the codes of layer 'fc6'", "1")]
    [InlineData(71, 0x7F, "bias 0 of layer 'fc6'", "NaN")]
    [InlineData(11, 0xFF, "codebook entry 1 of layer 'fc6'", "NaN")]
    public void Read_OneWrongByte_NamesFieldAndFinding(int at, byte value, string field, string found)
    {
        var codes = new byte[2 * 10];
        (codes[1], codes[18]) = (7, 2);
        byte[] bytes = Write(DeepCompressionLayer.FromCodes("fc6", new CodebookMatrix(codes, Book16, 2, 10), [float.MinValue, 0]));
        bytes[at] = value;
        if (at is 71 or 11) bytes[at - 1] = 0xFF;
        var exception = Assert.Throws<IntarsiaFormatException>(() => DeepCompressionFile.Read(new MemoryStream(bytes), [new DeepCompressionShape("fc6", 2, 10)]));
        Assert.Equal((field, found), (exception.Field, exception.Found));
    }

    [Fact]
    public void Read_RandomDamage_ThrowsOrGivesValidLayers()
    {
        for (int seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            DeepCompressionLayer[] layers = RandomLayers(random);
            byte[] bytes = Write(layers);
            for (int n = random.Next(1, 4); n > 0; n--) bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
            try
            {
                foreach (DeepCompressionLayer layer in DeepCompressionFile.Read(new MemoryStream(bytes), [.. layers.Select(layer => layer.Shape)]))
                    Assert.All(layer.ToDense(), value => Assert.True(float.IsFinite(value)));
            }
            catch (IntarsiaFormatException exception)
            {
                Assert.Contains("expected", exception.Message);
            }
        }
    }

    [Fact]
    public void Shape_BitsOfCodes_FollowTheName()
    {
        Assert.Equal(8, new DeepCompressionShape("fire2/conv1x1_1", 1, 1).CodeBits);
        Assert.Equal(4, new DeepCompressionShape("fc7", 1, 1).CodeBits);
        var exception = Assert.Throws<ArgumentException>(() => DeepCompressionFile.Read(new MemoryStream(), [new DeepCompressionShape("fc7", 1, 1) { CodeBits = 5 }]));
        Assert.Contains("'fc7'", exception.Message);
        Assert.Throws<ArgumentException>(() => DeepCompressionFile.Read(new MemoryStream(), [new DeepCompressionShape("fc7", -1, 1)]));
        Assert.Throws<ArgumentException>(() => DeepCompressionFile.Read(new MemoryStream(), [new DeepCompressionShape("fc7", 1 << 16, 1 << 16)]));
    }

    private static byte[] Write(params DeepCompressionLayer[] layers)
    {
        using var stream = new MemoryStream();
        DeepCompressionFile.Write(stream, layers);
        return stream.ToArray();
    }

    private static DeepCompressionLayer[] RandomLayers(Random random)
    {
        var layers = new DeepCompressionLayer[random.Next(1, 4)];
        for (int i = 0; i < layers.Length; i++)
        {
            int rows = random.Next(9), depth = random.Next(70), entries = random.Next(2) == 0 ? 16 : 256;
            double density = random.NextDouble() * random.NextDouble();
            var codes = new byte[rows * depth];
            for (int k = 0; k < codes.Length; k++) codes[k] = random.NextDouble() < density ? (byte)random.Next(entries) : (byte)0;
            float[] codebook = [0, .. Enumerable.Range(1, entries - 1).Select(_ => random.NextSingle() - 0.5f)];
            layers[i] = DeepCompressionLayer.FromCodes($"layer{i}", new CodebookMatrix(codes, codebook, rows, depth), [.. Enumerable.Range(0, rows).Select(_ => random.NextSingle())]);
        }

        return layers;
    }
}
