namespace Intarsia.RealData.Tests.Kwt1;

/// <summary>Model, clips and the features of the clips, loaded once for all tests. Where the data is absent, each use skips.</summary>
internal static class Kwt1Run
{
    /// <summary>Clips that share one call of each layer: 693 tokens, and 495 in the last call, neither a multiple of any tile.</summary>
    private const int ClipsPerCall = 7;

    private static readonly Lazy<Kwt1Model> LazyModel = new(Kwt1Model.Load);
    private static readonly Lazy<Kwt1Clips> LazyClips = new(Kwt1Clips.Load);
    private static readonly Lazy<float[][]> LazyFeatures = new(ComputeFeatures);

    public static Kwt1Model Model => LazyModel.Value;

    public static Kwt1Clips Clips => LazyClips.Value;

    /// <summary>The features of <paramref name="count"/> clips, one behind the other.</summary>
    public static float[] Features(int first, int count) => LazyFeatures.Value.AsSpan(first, count).ToArray().SelectMany(features => features).ToArray();

    /// <summary>The logits of all clips, clips×classes; several calls run at the same time.</summary>
    public static float[] Logits(ILinearLayers linear)
    {
        var logits = new float[Clips.Count * Kwt1Clips.Classes];
        Kwt1Model model = Model;
        Parallel.For(0, (Clips.Count + ClipsPerCall - 1) / ClipsPerCall, call =>
        {
            int first = call * ClipsPerCall, count = Math.Min(ClipsPerCall, Clips.Count - first);
            model.Logits(Features(first, count), count, linear).CopyTo(logits, first * Kwt1Clips.Classes);
        });
        return logits;
    }

    private static float[][] ComputeFeatures()
    {
        Kwt1Model model = Model;
        Kwt1Clips clips = Clips;
        var features = new float[clips.Count][];
        Parallel.For(0, clips.Count, clip => features[clip] = model.Features(clips.Audio(clip)));
        return features;
    }
}
