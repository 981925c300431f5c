using Xunit;
using Xunit.Abstractions;

namespace Intarsia.RealData.Tests.Kwt1;

[Trait("Category", "RealData")]
public class Kwt1KernelTests(ITestOutputHelper output)
{
    [SkippableFact]
    public void Model_DenseFloatKernels_GivesTheExpectedLogits()
    {
        Kwt1Clips clips = Kwt1Run.Clips;
        float[] logits = Kwt1Run.Logits(new FloatKernelLayers());
        output.WriteLine($"largest error {clips.LargestError(logits):E2}, {clips.CountRight(logits)} of {clips.Count} right");
        Assert.InRange(clips.LargestError(logits), 0, 1e-4f);
        Assert.Equal(92, clips.CountRight(logits));
    }

    /// <summary>Rounding 589,824 weights to 8 bits may cost at most one of the 92 words.</summary>
    [SkippableFact]
    public void Model_Int8Kernels_RecognisesAtLeast91Words()
    {
        Kwt1Clips clips = Kwt1Run.Clips;
        float[] logits = Kwt1Run.Logits(new Int8KernelLayers());
        output.WriteLine($"int8: largest error {clips.LargestError(logits):E2}, {clips.CountRight(logits)} of {clips.Count} right");
        Assert.InRange(clips.CountRight(logits), 91, clips.Count);
        // Different arithmetic, so different numbers: equal logits would mean that no int8 kernel ran.
        Assert.InRange(clips.LargestError(logits), 0.01f, 0.5f);
    }

    /// <summary>Measured: 92, with plain code too. Two words of slack, because a rounding near a tie may fall differently.</summary>
    [SkippableFact]
    public void Model_Int4Kernels_RecognisesAtLeast90Words()
    {
        Kwt1Clips clips = Kwt1Run.Clips;
        float[] logits = Kwt1Run.Logits(new Int4KernelLayers());
        output.WriteLine($"int4: largest error {clips.LargestError(logits):E2}, {clips.CountRight(logits)} of {clips.Count} right");
        Assert.InRange(clips.CountRight(logits), 90, clips.Count);
        Assert.InRange(clips.LargestError(logits), 0.1f, 5f);
    }

    [SkippableFact]
    public void Model_SparseInt8Kernels_RecognisesAtLeast88Words()
    {
        Kwt1Clips clips = Kwt1Run.Clips;
        float[] logits = Kwt1Run.Logits(new SparseKernelLayers());
        output.WriteLine($"4:8 int8: largest error {clips.LargestError(logits):E2}, {clips.CountRight(logits)} of {clips.Count} right");
        Assert.InRange(clips.CountRight(logits), 88, clips.Count);
    }

    /// <summary>Every layer of the model on the activations that really reach it, in each number format.</summary>
    [SkippableTheory]
    [InlineData("f32")]
    [InlineData("s8")]
    [InlineData("s4")]
    [InlineData("4:8 s8")]
    public void EveryLinearLayer_OnRealActivations_EqualsTheReference(string format)
    {
        KernelLinearLayers layers = format switch
        {
            "f32" => new FloatKernelLayers(verify: true),
            "s8" => new Int8KernelLayers(verify: true),
            "s4" => new Int4KernelLayers(verify: true),
            _ => new SparseKernelLayers(verify: true),
        };
        Kwt1Run.Model.Logits(Kwt1Run.Features(0, 1), 1, layers);
        Assert.Equal(Kwt1Run.Model.LinearLayers.Count(), layers.Verified);
    }
}
