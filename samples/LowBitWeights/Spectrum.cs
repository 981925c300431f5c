using Intarsia;

namespace LowBitWeights;

/// <summary>
/// Magnitudes of the Fourier transform of real frames, padded with zeros to 512 samples. Two neighbouring samples are one complex number, so that a butterfly product of 256 complex elements does the work: with Z its result and
/// w = exp(−2πi/512), frequency k of the frame is (Z[k] + Z*[256 − k])/2 − i·w^k·(Z[k] − Z*[256 − k])/2 (Sorensen et al., "Real-Valued Fast Fourier Transform Algorithms", 1987).
/// </summary>
internal static partial class Spectrum
{
    /// <summary>Samples of a frame.</summary>
    public const int FrameLength = 480;

    /// <summary>Samples of the transform.</summary>
    public const int Length = 512;

    private const int Elements = Length / 2;

    private static readonly float[] s_factors = ButterflyFactors.Fourier(Elements);
    private static readonly int[] s_order = ButterflyFactors.BitReversal(Elements);
    private static readonly (double Sine, double Cosine)[] s_angles = [.. Enumerable.Range(0, Elements + 1).Select(k => Math.SinCos(2 * Math.PI * k / Length))];

    /// <summary>frames×bins magnitudes of the lowest frequencies of frames×<see cref="FrameLength"/> samples.</summary>
    public static float[] Magnitudes(ReadOnlySpan<float> frames, int count, int bins)
    {
        var transforms = new float[count * Length];
        var magnitudes = new float[count * bins];
        Transform(s_factors, frames, transforms, count);
        for (int frame = 0; frame < count; frame++)
            for (int bin = 0; bin < bins; bin++) magnitudes[frame * bins + bin] = Magnitude(transforms.AsSpan(frame * Length, Length), bin);
        return magnitudes;
    }

    private static float Magnitude(ReadOnlySpan<float> transform, int bin)
    {
        int here = 2 * s_order[bin % Elements], mirrored = 2 * s_order[(Elements - bin) % Elements];
        float evenReal = (transform[here] + transform[mirrored]) / 2, evenImaginary = (transform[here + 1] - transform[mirrored + 1]) / 2;
        float oddReal = (transform[here + 1] + transform[mirrored + 1]) / 2, oddImaginary = (transform[mirrored] - transform[here]) / 2;
        (float sine, float cosine) = ((float)s_angles[bin].Sine, (float)s_angles[bin].Cosine);
        float real = evenReal + cosine * oddReal + sine * oddImaginary, imaginary = evenImaginary + cosine * oddImaginary - sine * oddReal;
        return MathF.Sqrt(real * real + imaginary * imaginary);
    }

    [Butterfly(Rows = Length, Depth = FrameLength, Decreasing = true, Complex = true)]
    private static partial void Transform(ReadOnlySpan<float> factors, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}
