using CompressedVision;
using Intarsia.Compiler.Specs;
using Intarsia.RealData.Tests.Data;
using Intarsia.Verification;
using Xunit;
using Xunit.Abstractions;

namespace Intarsia.RealData.Tests.Vision;

/// <summary>The compressed SqueezeNet, decoded and run on sparse kernels.</summary>
[Trait("Category", "RealData")]
public class SqueezeNetTests(ITestOutputHelper output)
{
    private const string Folder = "squeezenet";

    private static readonly Lazy<Network> s_network = new(() => new Network(Architecture.SqueezeNet, DeepCompressionFile.Read(DataFolder.Require(DeepCompressionTests.Path), Architecture.SqueezeNet.Shapes())));

    [SkippableTheory]
    [InlineData("chelsea", "Egyptian cat", 0.57)]
    [InlineData("coffee", "espresso", 0.74)]
    [InlineData("camera", "tripod", 0.97)]
    public void Run_WholeNetwork_GivesTheKnownClass(string image, string expected, double probability)
    {
        string folder = DataFolder.Require(Folder);
        string[] classes = File.ReadAllLines(Path.Combine(folder, "synset.txt"));

        float[] result = s_network.Value.Run(Pictures.Load(Path.Combine(folder, $"image-{image}.u8")));

        int best = Array.IndexOf(result, result.Max());
        Assert.Contains(expected, classes[best], StringComparison.Ordinal);
        // Given to two places.
        Assert.Equal(probability, Math.Round(result[best], 2));
        Assert.Equal(1.0, result.Sum(value => (double)value), 1e-4);
    }

    /// <summary>1000×512 at 20 %, on real activations of which one in seven to nine is not zero: a token at a time, from 64 lanes, and all at once.</summary>
    [SkippableTheory]
    [InlineData("chelsea")]
    [InlineData("coffee")]
    [InlineData("camera")]
    public void Run_LastLayer_EqualsTheReference(string image)
    {
        FeatureMap? input = null, result = null;
        Convolution? last = null;
        s_network.Value.Run(Pictures.Load(Path.Combine(DataFolder.Require(Folder), $"image-{image}.u8")), (layer, x, y) => (last, input, result) = (layer, x, y));
        Assert.Equal("conv_final", last!.Layer.Shape.Name);
        output.WriteLine($"{image}: {100 * input!.Density:F1} % of the activations are not zero");
        Assert.InRange(input.Density, 0.11, 0.15);
        PackedMatrix lanes = PackedMatrix.Pack(last.Layer.ToCodes(), EieKernels.TokenKernel.Weights!);
        FeatureMap patches = last.Patches(input);
        KernelSpec spec = KernelName.Parse(EieKernels.TokenKernel.Name);
        double[] weights = Array.ConvertAll(last.Layer.ToDense(), value => (double)value), bias = Array.ConvertAll(last.Layer.Bias.ToArray(), value => (double)value);
        var y = new float[1000];
        // Border, corner and middle among them.
        for (int pixel = 0; pixel < patches.Pixels; pixel += 19)
        {
            float[] token = [.. Enumerable.Range(0, 512).Select(channel => patches.Values[channel * patches.Pixels + pixel])];
            Array.Fill(y, float.NaN);
            EieKernels.Token(lanes, token, last.Layer.Bias, y);
            ReferenceResult expected = SpecReference.Execute(spec, new ReferenceOperands { Rows = 1000, Depth = 512, Columns = 1, Weights = weights, X = Array.ConvertAll(token, value => (double)value), Biases = [bias] });
            string? mismatch = expected.FirstMismatch<float>(y, MatrixLayout.TokenMajor) ?? expected.FirstMismatch<float>(Enumerable.Range(0, 1000).Select(row => result!.Values[row * patches.Pixels + pixel]).ToArray(), MatrixLayout.TokenMajor);
            Assert.True(mismatch is null, $"{image}, pixel {pixel}: {mismatch}");
        }
    }
}
