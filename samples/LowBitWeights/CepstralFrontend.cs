using System.Numerics.Tensors;
using Intarsia;

namespace LowBitWeights;

/// <summary>The front end that KWT-1 was trained with: windowed frames, magnitude spectrum, mel filters, logarithm, cosine transform, normalisation. All its tables stand in the file.</summary>
internal sealed class CepstralFrontend(SafetensorsFile file)
{
    public const int Coefficients = 40;

    private const int FrameLength = 480;
    private const int Hop = 160;
    private const int Bins = 244;
    private const int MelBands = 80;

    private readonly float[] _window = file["frontend.window"].GetFloats();
    private readonly float[] _cosines = file["frontend.dft_cos"].GetFloats();
    private readonly float[] _sines = file["frontend.dft_sin"].GetFloats();
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
        float[] frame = new float[FrameLength], magnitude = new float[Bins], mel = new float[MelBands];
        for (int index = 0; index < frames; index++)
        {
            for (int i = 0; i < FrameLength; i++)
                frame[i] = audio[index * Hop + i] / 32768f * _window[i];
            for (int bin = 0; bin < Bins; bin++)
            {
                float real = TensorPrimitives.Dot(_cosines.AsSpan(bin * FrameLength, FrameLength), frame);
                float imaginary = TensorPrimitives.Dot(_sines.AsSpan(bin * FrameLength, FrameLength), frame);
                magnitude[bin] = MathF.Sqrt(real * real + imaginary * imaginary);
            }
            for (int band = 0; band < MelBands; band++)
                mel[band] = MathF.Log(MathF.Max(TensorPrimitives.Dot(_mel.AsSpan(band * Bins, Bins), magnitude), _melFloor));
            for (int i = 0; i < Coefficients; i++)
                features[index * Coefficients + i] = (TensorPrimitives.Dot(_cosineTransform.AsSpan(i * MelBands, MelBands), mel) - _mean) * _scale[i];
        }
        return features;
    }
}
