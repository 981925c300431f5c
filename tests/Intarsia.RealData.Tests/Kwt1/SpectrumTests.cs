using Intarsia.RealData.Tests.Data;
using LowBitWeights;
using Xunit;

namespace Intarsia.RealData.Tests.Kwt1;

/// <summary>The spectrum of the front end, a butterfly product, against sums over cosines and sines.</summary>
public class SpectrumTests
{
    private const int Frames = 5, Bins = 257;

    private static float[] Drawn()
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, Frames * Spectrum.FrameLength).Select(_ => random.NextSingle() * 2 - 1)];
    }

    private static void AssertMagnitudes(float[] frames, int bins, Func<int, int, (double Cosine, double Sine)> table)
    {
        float[] magnitudes = Spectrum.Magnitudes(frames, Frames, bins);
        for (int frame = 0; frame < Frames; frame++)
        {
            for (int bin = 0; bin < bins; bin++)
            {
                (double real, double imaginary) = (0, 0);
                for (int t = 0; t < Spectrum.FrameLength; t++)
                {
                    (double cosine, double sine) = table(bin, t);
                    real += cosine * frames[frame * Spectrum.FrameLength + t];
                    imaginary += sine * frames[frame * Spectrum.FrameLength + t];
                }
                // A few roundings of a sum of 480 terms of up to 1.
                Assert.Equal(Math.Sqrt(real * real + imaginary * imaginary), magnitudes[frame * bins + bin], 1e-4);
            }
        }
    }

    [Fact]
    public void Magnitudes_EveryFrequency_AreThoseOfTheTransform() => AssertMagnitudes(Drawn(), Bins, (bin, t) =>
    {
        (double sine, double cosine) = Math.SinCos(2 * Math.PI * (bin * t % Spectrum.Length) / Spectrum.Length);
        return (cosine, sine);
    });

    /// <summary>The matrices of KWT-1's file are those of a transform of 512 samples, of which 480 are there.</summary>
    [SkippableFact, Trait("Category", "RealData")]
    public void Magnitudes_MatricesOfTheFile_AreTheSame()
    {
        using var file = SafetensorsFile.Open(DataFolder.Require("kwt1/kwt1.safetensors"));
        float[] cosines = file["frontend.dft_cos"].GetFloats(), sines = file["frontend.dft_sin"].GetFloats();
        AssertMagnitudes(Drawn(), cosines.Length / Spectrum.FrameLength, (bin, t) => (cosines[bin * Spectrum.FrameLength + t], sines[bin * Spectrum.FrameLength + t]));
    }
}
