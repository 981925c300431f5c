using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Intarsia;

namespace Quickstart;

/// <summary>A fully connected layer as it was trained: weights rows×depth, a bias per row. The two baselines work on this form.</summary>
internal sealed record Layer(float[] Weights, float[] Bias)
{
    /// <summary>Output features.</summary>
    public int Rows => Bias.Length;

    /// <summary>Input features.</summary>
    public int Depth => Weights.Length / Bias.Length;

    /// <summary>Bytes of the weights as they stand here.</summary>
    public long WeightBytes => (long)Weights.Length * sizeof(float);

    /// <summary>Reads the layers of one trained network.</summary>
    public static Layer[] Load(string folder, string network)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, "digits.safetensors"));
        return [.. Enumerable.Range(0, 3).Select(i => new Layer(file[$"{network}.{i}.weight"].GetFloats(), file[$"{network}.{i}.bias"].GetFloats()))];
    }

    /// <summary>y = x·Wᵀ + b, then ReLU unless it is the last layer, as one would write it down: three loops. x is tokens×depth, y tokens×rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // Measured at its best from the first call on.
    public void PlainLoop(float[] x, float[] y, int tokens, bool relu)
    {
        int rows = Rows, depth = Depth;
        float[] weights = Weights, bias = Bias;
        for (int token = 0; token < tokens; token++)
        {
            for (int row = 0; row < rows; row++)
            {
                float sum = bias[row];
                for (int k = 0; k < depth; k++) sum += weights[row * depth + k] * x[token * depth + k];
                y[token * rows + row] = relu ? MathF.Max(sum, 0) : sum;
            }
        }
    }

    /// <summary>The same with the fastest thing <see cref="TensorPrimitives"/> has for it: a vectorised dot product per element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void DotProducts(float[] x, float[] y, int tokens, bool relu)
    {
        int rows = Rows, depth = Depth;
        for (int token = 0; token < tokens; token++)
        {
            ReadOnlySpan<float> features = x.AsSpan(token * depth, depth);
            for (int row = 0; row < rows; row++)
                y[token * rows + row] = TensorPrimitives.Dot(Weights.AsSpan(row * depth, depth), features) + Bias[row];
        }
        if (relu) TensorPrimitives.Max(y.AsSpan(0, tokens * rows), 0, y);
    }
}
