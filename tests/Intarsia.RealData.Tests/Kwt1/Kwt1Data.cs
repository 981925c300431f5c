using Intarsia.RealData.Tests.Data;
using LowBitWeights;

namespace Intarsia.RealData.Tests.Kwt1;

/// <summary>The model and the clips with their features, loaded once for all tests. Where the data is absent, each use skips.</summary>
internal static class Kwt1Data
{
    private static readonly Lazy<Transformer> s_model = new(() =>
    {
        using var file = SafetensorsFile.Open(DataFolder.Require("kwt1/kwt1.safetensors"));
        return Transformer.LoadKwt1(file);
    });

    private static readonly Lazy<Words> s_words = new(() =>
    {
        using SafetensorsFile model = SafetensorsFile.Open(DataFolder.Require("kwt1/kwt1.safetensors")), clips = SafetensorsFile.Open(DataFolder.Require("kwt1/clips.safetensors"));
        return Words.Load(clips, new CepstralFrontend(model));
    });

    public static Transformer Model => s_model.Value;

    public static Words Words => s_words.Value;

    /// <summary>The largest distance of logits from those that the model is known to give.</summary>
    public static float LargestError(float[] logits) => Words.LargestError(logits, Words.ExpectedLogits!);
}
