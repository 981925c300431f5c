using System.Numerics.Tensors;

namespace Intarsia.RealData.Tests.Kwt1;

/// <summary>The parts of a transformer that stay plain code.</summary>
internal static class Plain
{
    /// <summary>Σ a·b, by a library that is not under test: a plain loop takes a minute for the 96 clips.</summary>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => TensorPrimitives.Dot(a, b);

    /// <summary>x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))).</summary>
    public static float GeluTanh(float x) => 0.5f * x * (1 + MathF.Tanh(0.7978845608f * (x + 0.044715f * x * x * x)));

    /// <summary>Normalises each row of <paramref name="x"/> in place to mean 0 and variance 1, then applies weight and bias.</summary>
    public static void LayerNorm(Span<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float epsilon)
    {
        for (int start = 0; start < x.Length; start += weight.Length)
        {
            Span<float> row = x.Slice(start, weight.Length);
            double mean = 0, variance = 0;
            foreach (float value in row) mean += value;
            mean /= row.Length;
            foreach (float value in row) variance += (value - mean) * (value - mean);
            double factor = 1 / Math.Sqrt(variance / row.Length + epsilon);
            for (int i = 0; i < row.Length; i++)
                row[i] = (float)((row[i] - mean) * factor) * weight[i] + bias[i];
        }
    }

    /// <summary>One head of attention: softmax(<paramref name="scale"/>·Q·Kᵀ)·V, each operand tokens×width.</summary>
    public static void Attention(ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v, Span<float> result, int tokens, int width, float scale)
    {
        Span<float> weights = stackalloc float[tokens];
        for (int query = 0; query < tokens; query++)
        {
            float max = float.NegativeInfinity;
            for (int key = 0; key < tokens; key++)
            {
                weights[key] = scale * Dot(q.Slice(query * width, width), k.Slice(key * width, width));
                max = MathF.Max(max, weights[key]);
            }
            float sum = 0;
            for (int key = 0; key < tokens; key++)
                sum += weights[key] = MathF.Exp(weights[key] - max);
            Span<float> output = result.Slice(query * width, width);
            output.Clear();
            for (int key = 0; key < tokens; key++)
            {
                float share = weights[key] / sum;
                for (int i = 0; i < width; i++)
                    output[i] += share * v[key * width + i];
            }
        }
    }
}
