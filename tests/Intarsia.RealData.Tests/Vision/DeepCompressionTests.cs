using CompressedVision;
using Intarsia.RealData.Tests.Data;
using Xunit;

namespace Intarsia.RealData.Tests.Vision;

/// <summary>The published SqueezeNet of Deep Compression, read to its last byte.</summary>
[Trait("Category", "RealData")]
public class DeepCompressionTests
{
    public const string Path = "squeezenet/compressed_SqueezeNet.net";

    /// <summary>The 26 layers in the order of the prototxt: 96 filters of 7×7, eight fire modules (squeeze, expand 1×1, expand 3×3), and 1000 classes.</summary>
    public static IReadOnlyList<DeepCompressionShape> Shapes { get; } = Architecture.SqueezeNet.Shapes();

    [SkippableFact]
    public void Read_SqueezeNet_HasTheKnownCounts()
    {
        string path = DataFolder.Require(Path);
        IReadOnlyList<DeepCompressionLayer> layers = DeepCompressionFile.Read(path, Shapes);
        Assert.Equal(26, layers.Count);
        Assert.Equal(1_244_448, layers.Sum(layer => (long)layer.Shape.Rows * layer.Shape.Depth));
        Assert.Equal((422_083, 415_921, 6_162), (layers.Sum(layer => layer.Codes.Length), layers.Sum(layer => layer.NonZeros), layers.Sum(layer => layer.Fillers)));
        Assert.Equal((14_112, 13_902), Counts(layers, "conv1"));
        Assert.Equal((9_216, 3_073), Counts(layers, "fire2/conv3x3_2"));
        Assert.Equal((512_000, 105_973), Counts(layers, "conv_final"));
        Assert.Equal(34, layers.Single(layer => layer.Shape.Name == "fire2/conv3x3_2").Fillers);
        Assert.Equal(3_650, layers.Single(layer => layer.Shape.Name == "conv_final").Fillers);

        // Code 0 occurs as a filler alone.
        foreach (DeepCompressionLayer layer in layers)
            for (int i = 0; i < layer.Codes.Length; i++)
                Assert.True(layer.Codes[i] != 0 || layer.Gaps[i] == DeepCompressionLayer.MaxGap, $"entry {i} of {layer.Shape.Name}");
    }

    [SkippableFact]
    public void Write_SqueezeNet_GivesTheFileBack()
    {
        byte[] file = File.ReadAllBytes(DataFolder.Require(Path));
        Assert.Equal(675_763, file.Length);
        IReadOnlyList<DeepCompressionLayer> layers = DeepCompressionFile.Read(new MemoryStream(file), Shapes);
        using var again = new MemoryStream();
        DeepCompressionFile.Write(again, layers);
        Assert.Equal(file, again.ToArray());

        // Compressed anew, every layer has the same non-zeros, and no more fillers.
        Assert.All(layers, layer =>
        {
            DeepCompressionLayer compressed = DeepCompressionLayer.FromCodes(layer.Shape.Name, layer.ToCodes(), layer.Bias.ToArray());
            Assert.Equal(layer.NonZeros, compressed.NonZeros);
            Assert.InRange(compressed.Fillers, 0, layer.Fillers);
            Assert.Equal(layer.ToDense(), compressed.ToDense());
        });
    }

    [SkippableFact]
    public void Read_SqueezeNetWithFourBitFireModules_IsRefused()
    {
        DeepCompressionShape[] shapes = [.. Shapes.Select(shape => shape.Name.StartsWith("fire", StringComparison.Ordinal) ? shape with { CodeBits = 4 } : shape)];
        Assert.Throws<IntarsiaFormatException>(() => DeepCompressionFile.Read(DataFolder.Require(Path), shapes));
    }

    private static (int Weights, int Entries) Counts(IReadOnlyList<DeepCompressionLayer> layers, string name)
    {
        DeepCompressionLayer layer = layers.Single(layer => layer.Shape.Name == name);
        return (layer.Shape.Rows * layer.Shape.Depth, layer.Codes.Length);
    }
}
