using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Intarsia;

public static partial class Quantiser
{
    /// <summary>Quantises activations to signed 8 bits, symmetric: scale = max|x| / 127, q = x / scale rounded half to even, so −127…127.</summary>
    /// <param name="x">The activations: tokens×depth row-major, or depth×tokens for <see cref="MatrixLayout.RowMajor"/>; each finite.</param>
    /// <param name="tokens">Number of tokens (columns of the product).</param>
    /// <param name="depth">Features of a token.</param>
    /// <param name="scale"><see cref="Per.Tensor"/> or <see cref="Per.Token"/>.</param>
    /// <param name="q">Receives the integers, in the layout of <paramref name="x"/>.</param>
    /// <param name="scales">Receives one scale, or one per token; 1 where all elements are zero.</param>
    /// <param name="layout">How <paramref name="x"/> lies in memory.</param>
    /// <exception cref="ArgumentException">A length does not fit, or the scale is per something else.</exception>
    /// <exception cref="IntarsiaFormatException">An element is NaN or infinite; token and feature are named, and q has not been written.</exception>
    public static void QuantiseActivations(
        ReadOnlySpan<float> x, int tokens, int depth, Per scale, Span<sbyte> q, Span<float> scales, MatrixLayout layout = MatrixLayout.TokenMajor)
    {
        FindActivationScales(x, tokens, depth, scale, q.Length, scales, layout, signed: true);
        for (int row = 0, length = RowLength(tokens, depth, layout); row * (long)length < x.Length; row++)
            Encode(x.Slice(row * length, length), RowScales(scales, row, scale, layout), q.Slice(row * length, length));
    }

    /// <summary>
    /// Quantises activations to unsigned 8 bits without a zero point: scale = max(x) / 255, q = x / scale rounded half to even. For activations behind a ReLU; a
    /// negative element saturates to 0.
    /// </summary>
    /// <inheritdoc cref="QuantiseActivations(ReadOnlySpan{float}, int, int, Per, Span{sbyte}, Span{float}, MatrixLayout)"/>
    public static void QuantiseActivations(
        ReadOnlySpan<float> x, int tokens, int depth, Per scale, Span<byte> q, Span<float> scales, MatrixLayout layout = MatrixLayout.TokenMajor)
    {
        FindActivationScales(x, tokens, depth, scale, q.Length, scales, layout, signed: false);
        for (int row = 0, length = RowLength(tokens, depth, layout); row * (long)length < x.Length; row++)
            Encode(x.Slice(row * length, length), RowScales(scales, row, scale, layout), q.Slice(row * length, length));
    }

    /// <summary>Length of a row as it lies in memory.</summary>
    private static int RowLength(int tokens, int depth, MatrixLayout layout) => layout == MatrixLayout.TokenMajor ? depth : tokens;

    /// <summary>The scales of one row as it lies in memory: one for all its elements, or one for each.</summary>
    private static ReadOnlySpan<float> RowScales(ReadOnlySpan<float> scales, int row, Per scale, MatrixLayout layout) =>
        scale == Per.Tensor ? scales[..1] : layout == MatrixLayout.TokenMajor ? scales.Slice(row, 1) : scales;

    private static void FindActivationScales(
        ReadOnlySpan<float> x, int tokens, int depth, Per scale, int outputLength, Span<float> scales, MatrixLayout layout, bool signed)
    {
        Extents.RequireDense(x.Length, tokens, depth, nameof(x));
        if (scale is not (Per.Tensor or Per.Token))
            throw new ArgumentException($"Activations have a scale per Tensor or per Token, not per {scale}.", nameof(scale));
        if (outputLength != x.Length)
            throw new ArgumentException($"There are {x.Length} activations, but the output holds {outputLength}.", "q");
        int count = scale == Per.Tensor ? 1 : tokens;
        if (scales.Length != count)
            throw new ArgumentException($"{count} scales are needed for a scale per {scale}; the span holds {scales.Length}.", nameof(scales));
        RequireFinite(x, tokens, depth, layout);

        scales.Clear();
        if (!x.IsEmpty)
        {
            if (scale == Per.Tensor)
                scales[0] = Largest(x, signed);
            else if (layout == MatrixLayout.TokenMajor)
                for (int token = 0; token < tokens; token++)
                    scales[token] = Largest(x.Slice(token * depth, depth), signed);
            else
                for (int k = 0; k < depth; k++)
                    Widen(x.Slice(k * tokens, tokens), scales, signed);
        }

        double steps = signed ? 127 : 255;
        foreach (ref float value in scales)
            value = ScaleFit.Divisor(value / steps, steps);
    }

    private static float Largest(ReadOnlySpan<float> x, bool signed) =>
        signed ? Math.Abs(TensorPrimitives.MaxMagnitude(x)) : Math.Max(0, TensorPrimitives.Max(x));

    /// <summary>Element by element, the larger of the maximum so far and the next row.</summary>
    private static void Widen(ReadOnlySpan<float> row, Span<float> largest, bool signed)
    {
        if (!signed)
        {
            TensorPrimitives.Max(row, largest, largest);
            return;
        }

        TensorPrimitives.MaxMagnitude(row, largest, largest);
        TensorPrimitives.Abs(largest, largest);
    }

    private static void RequireFinite(ReadOnlySpan<float> x, int tokens, int depth, MatrixLayout layout)
    {
        // The sum of magnitudes would overflow; the largest magnitude does not, and carries NaN through.
        if (x.IsEmpty || float.IsFinite(TensorPrimitives.MaxMagnitude(x)))
            return;
        int bad = 0;
        while (float.IsFinite(x[bad]))
            bad++;
        (int token, int feature) = layout == MatrixLayout.TokenMajor ? (bad / depth, bad % depth) : (bad % tokens, bad / tokens);
        throw new IntarsiaFormatException($"activation of token {token}, feature {feature}", FormattableString.Invariant($"{x[bad]}"), "a finite number, because it is quantised");
    }

    private static void Encode(ReadOnlySpan<float> x, ReadOnlySpan<float> scales, Span<sbyte> q)
    {
        bool shared = scales.Length == 1;
        int i = 0;
        for (; i + 32 <= x.Length; i += 32)
        {
            Vector256<short> low = Vector256.NarrowWithSaturation(Rounded(x, scales, shared, i), Rounded(x, scales, shared, i + 8));
            Vector256<short> high = Vector256.NarrowWithSaturation(Rounded(x, scales, shared, i + 16), Rounded(x, scales, shared, i + 24));
            Vector256.NarrowWithSaturation(low, high).CopyTo(q[i..]);
        }

        for (; i < x.Length; i++)
            q[i] = (sbyte)Math.Clamp(MathF.Round(x[i] / scales[shared ? 0 : i]), -128, 127);
    }

    private static void Encode(ReadOnlySpan<float> x, ReadOnlySpan<float> scales, Span<byte> q)
    {
        bool shared = scales.Length == 1;
        int i = 0;
        for (; i + 32 <= x.Length; i += 32)
        {
            // Negative numbers go to 0 first: the unsigned narrowing reads its input as unsigned.
            Vector256<ushort> low = Vector256.NarrowWithSaturation(NotNegative(x, scales, shared, i), NotNegative(x, scales, shared, i + 8));
            Vector256<ushort> high = Vector256.NarrowWithSaturation(NotNegative(x, scales, shared, i + 16), NotNegative(x, scales, shared, i + 24));
            Vector256.NarrowWithSaturation(low, high).CopyTo(q[i..]);
        }

        for (; i < x.Length; i++)
            q[i] = (byte)Math.Clamp(MathF.Round(x[i] / scales[shared ? 0 : i]), 0, 255);
    }

    private static Vector256<uint> NotNegative(ReadOnlySpan<float> x, ReadOnlySpan<float> scales, bool shared, int i) =>
        Vector256.Max(Rounded(x, scales, shared, i), Vector256<int>.Zero).AsUInt32();

    private static Vector256<int> Rounded(ReadOnlySpan<float> x, ReadOnlySpan<float> scales, bool shared, int i)
    {
        Vector256<float> scale = shared ? Vector256.Create(scales[0]) : Vector256.Create(scales.Slice(i, 8));
        return Vector256.ConvertToInt32(Vector256.Round(Vector256.Create(x.Slice(i, 8)) / scale));
    }
}
