using System.Numerics.Tensors;

namespace LowBitWeights;

/// <summary>The layers in plain code, in binary32: no kernel is asked. Dot products are a library's, because a plain loop takes a minute for 96 clips.</summary>
internal sealed class PlainLayers : ILayers
{
    public void Linear(LinearLayer layer, Activations x, Span<float> y)
    {
        for (int token = 0; token < x.Tokens; token++)
        {
            ReadOnlySpan<float> input = x.Values.Slice(token * layer.Depth, layer.Depth);
            for (int row = 0; row < layer.Rows; row++)
            {
                float sum = layer.Bias[row] + TensorPrimitives.Dot(layer.Weights.AsSpan(row * layer.Depth, layer.Depth), input);
                y[token * layer.Rows + row] = layer.Gelu ? GeluTanh(sum) : sum;
            }
        }
    }

    public void Attention(ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v, Span<float> result, int tokens, float scale)
    {
        int width = q.Length / tokens;
        Span<float> weights = stackalloc float[tokens];
        for (int query = 0; query < tokens; query++)
        {
            float max = float.NegativeInfinity;
            for (int key = 0; key < tokens; key++)
            {
                weights[key] = scale * TensorPrimitives.Dot(q.Slice(query * width, width), k.Slice(key * width, width));
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

    public void AddAndNormalise(Span<float> x, ReadOnlySpan<float> residual, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta)
    {
        for (int start = 0; start < x.Length; start += gamma.Length)
        {
            Span<float> row = x.Slice(start, gamma.Length);
            double mean = 0, variance = 0;
            for (int i = 0; i < row.Length; i++)
                mean += row[i] += residual[start + i];
            mean /= row.Length;
            foreach (float value in row) variance += (value - mean) * (value - mean);
            double factor = 1 / Math.Sqrt(variance / row.Length + Transformer.Epsilon);
            for (int i = 0; i < row.Length; i++)
                row[i] = (float)((row[i] - mean) * factor) * gamma[i] + beta[i];
        }
    }

    /// <summary>x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))).</summary>
    private static float GeluTanh(float x) => 0.5f * x * (1 + MathF.Tanh(0.7978845608f * (x + 0.044715f * x * x * x)));
}
