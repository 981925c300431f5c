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
        var model = Kwt1Model.Load();
        var clips = Kwt1Clips.Load();
        Assert.Equal(72, model.LinearLayers.Count());
        Assert.Equal(589_824, model.LinearLayers.Sum(layer => layer.Weights.Length));

        float[] logits = Run(model, clips, new PlainLinearLayers());

        output.WriteLine($"largest error {clips.LargestError(logits):E2}, {clips.CountRight(logits)} of {clips.Count} right");
        Assert.InRange(clips.LargestError(logits), 0, 1e-4f);
        Assert.Equal(92, clips.CountRight(logits));
    }

    private static float[] Run(Kwt1Model model, Kwt1Clips clips, ILinearLayers linear)
    {
        var logits = new float[clips.Count * Kwt1Clips.Classes];
        Parallel.For(0, clips.Count, clip => model.Logits(clips.Audio(clip), linear).CopyTo(logits, clip * Kwt1Clips.Classes));
        return logits;
    }
}
