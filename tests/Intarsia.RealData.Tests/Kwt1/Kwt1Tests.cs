using Xunit;
using Xunit.Abstractions;

namespace Intarsia.RealData.Tests.Kwt1;

[Trait("Category", "RealData")]
public class Kwt1Tests(ITestOutputHelper output)
{
    /// <summary>The model in plain code gives the logits it is known for; so what the kernels are compared with is right.</summary>
    [SkippableFact]
    public void Model_PlainCode_GivesTheExpectedLogits()
    {
        Kwt1Clips clips = Kwt1Run.Clips;
        Assert.Equal(74, Kwt1Run.Model.LinearLayers.Count());
        Assert.Equal(589_824, Kwt1Run.Model.EncoderLayers.Sum(layer => layer.Weights.Length));

        float[] logits = Kwt1Run.Logits(new PlainLinearLayers());

        output.WriteLine($"largest error {clips.LargestError(logits):E2}, {clips.CountRight(logits)} of {clips.Count} right");
        Assert.InRange(clips.LargestError(logits), 0, 1e-4f);
        Assert.Equal(92, clips.CountRight(logits));
    }
}
