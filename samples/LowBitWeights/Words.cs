using Intarsia;

namespace LowBitWeights;

/// <summary>Spoken words that a model is to recognise.</summary>
/// <param name="Features">The cepstral coefficients of each clip, frames×coefficients.</param>
/// <param name="Labels">The class of each clip.</param>
/// <param name="Classes">Number of classes.</param>
internal sealed record Words(float[][] Features, int[] Labels, int Classes)
{
    private const int Samples = 16_000;

    public int Count => Labels.Length;

    /// <summary>The logits (clips×classes) that the model is known to give; null where nobody knows.</summary>
    public float[]? ExpectedLogits { get; private init; }

    /// <summary>Reads recorded clips of a second, and computes their features.</summary>
    public static Words Load(SafetensorsFile clips, CepstralFrontend frontend)
    {
        short[] audio = Array.ConvertAll(clips["audio"].GetInt32s(), value => (short)value);
        int[] labels = clips["label"].GetInt32s();
        var features = new float[labels.Length][];
        Parallel.For(0, labels.Length, clip => features[clip] = frontend.Features(audio.AsSpan(clip * Samples, Samples)));
        return new Words(features, labels, TransformerShape.Kwt1.Classes) { ExpectedLogits = clips["expected_logits"].GetFloats() };
    }

    /// <summary>The features of <paramref name="count"/> clips, one behind the other.</summary>
    public float[] Batch(int first, int count) => [.. Features.Skip(first).Take(count).SelectMany(features => features)];

    /// <summary>The logits of all clips, clips×classes. Several clips share a call of each layer, and several calls run at the same time.</summary>
    public float[] Logits(Transformer model, ILayers layers)
    {
        // 693 tokens, and 495 in the last call, neither a multiple of any tile.
        const int ClipsPerCall = 7;
        var logits = new float[Count * Classes];
        Parallel.For(0, (Count + ClipsPerCall - 1) / ClipsPerCall, call =>
        {
            int first = call * ClipsPerCall, count = Math.Min(ClipsPerCall, Count - first);
            model.Logits(Batch(first, count), count, layers).CopyTo(logits, first * Classes);
        });
        return logits;
    }

    /// <summary>How many clips are recognised by these logits, clips×classes.</summary>
    public int CountRight(ReadOnlySpan<float> logits)
    {
        int right = 0;
        for (int clip = 0; clip < Count; clip++)
        {
            ReadOnlySpan<float> row = logits.Slice(clip * Classes, Classes);
            int best = 0;
            for (int i = 1; i < Classes; i++)
                best = row[i] > row[best] ? i : best;
            right += best == Labels[clip] ? 1 : 0;
        }
        return right;
    }

    /// <summary>The largest distance from other logits.</summary>
    public static float LargestError(ReadOnlySpan<float> logits, ReadOnlySpan<float> expected)
    {
        float largest = 0;
        for (int i = 0; i < logits.Length; i++)
            largest = MathF.Max(largest, MathF.Abs(logits[i] - expected[i]));
        return largest;
    }
}
