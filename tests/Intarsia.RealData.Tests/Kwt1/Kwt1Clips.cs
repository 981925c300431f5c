using Intarsia.RealData.Tests.Data;

namespace Intarsia.RealData.Tests.Kwt1;

/// <summary>The 96 recorded words with their labels and the logits that the model is known to give.</summary>
internal sealed class Kwt1Clips
{
    public const string Path = "kwt1/clips.safetensors";
    public const int Classes = 12;

    private const int Samples = 16_000;

    private readonly short[] _audio;

    private Kwt1Clips(SafetensorsFile file)
    {
        _audio = Array.ConvertAll(file["audio"].GetInt32s(), value => (short)value);
        Labels = file["label"].GetInt32s();
        ExpectedLogits = file["expected_logits"].GetFloats();
    }

    public int Count => Labels.Length;

    public int[] Labels { get; }

    /// <summary>clips×classes.</summary>
    public float[] ExpectedLogits { get; }

    public static Kwt1Clips Load()
    {
        using var file = SafetensorsFile.Open(DataFolder.Require(Path));
        return new Kwt1Clips(file);
    }

    public ReadOnlySpan<short> Audio(int clip) => _audio.AsSpan(clip * Samples, Samples);

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

    /// <summary>The largest distance from the expected logits.</summary>
    public float LargestError(ReadOnlySpan<float> logits)
    {
        float largest = 0;
        for (int i = 0; i < logits.Length; i++)
            largest = MathF.Max(largest, MathF.Abs(logits[i] - ExpectedLogits[i]));
        return largest;
    }
}
