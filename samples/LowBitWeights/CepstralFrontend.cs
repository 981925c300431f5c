using System.Numerics.Tensors;
using Intarsia;

namespace LowBitWeights;

/// <summary>
/// The front end that KWT-1 was trained with: windowed frames, magnitude spectrum, mel filters, logarithm, cosine transform, normalisation. Its tables stand in the file; the matrices of its Fourier transform, of frames padded to 512
/// samples, do too, and are known to be that: butterfly factors do their work in a hundredth of the operations.
/// </summary>
internal sealed class CepstralFrontend(SafetensorsFile file)
{
    public const int Coefficients = 40;

    private const int FrameLength = Spectrum.FrameLength;
    private const int Hop = 160;
    private const int Bins = 244;
    private const int MelBands = 80;

    private readonly float[] _window = file["frontend.window"].GetFloats();
    private readonly float[] _mel = file["frontend.mel"].GetFloats();
    private readonly float _melFloor = file["frontend.mel_floor"].GetFloats()[0];
    private readonly float[] _cosineTransform = file["frontend.dct"].GetFloats();
    private readonly float _mean = file["frontend.mean"].GetFloats()[0];
    private readonly float[] _scale = file["frontend.scale"].GetFloats();

    /// <summary>frames×coefficients for 16-bit audio at 16 kHz.</summary>
    public float[] Features(ReadOnlySpan<short> audio)
    {
        int frames = (audio.Length - FrameLength) / Hop + 1;
        var features = new float[frames * Coefficients];
        var mel = new float[MelBands];
        var windowed = new float[frames * FrameLength];
        for (int index = 0; index < frames; index++)
        {
            for (int i = 0; i < FrameLength; i++)
                windowed[index * FrameLength + i] = audio[index * Hop + i] / 32768f * _window[i];
        }
        float[] magnitudes = Spectrum.Magnitudes(windowed, frames, Bins);
        for (int index = 0; index < frames; index++)
        {
            for (int band = 0; band < MelBands; band++)
                mel[band] = MathF.Log(MathF.Max(TensorPrimitives.Dot(_mel.AsSpan(band * Bins, Bins), magnitudes.AsSpan(index * Bins, Bins)), _melFloor));
            for (int i = 0; i < Coefficients; i++)
                features[index * Coefficients + i] = (TensorPrimitives.Dot(_cosineTransform.AsSpan(i * MelBands, MelBands), mel) - _mean) * _scale[i];
        }
        return features;
    }
}
