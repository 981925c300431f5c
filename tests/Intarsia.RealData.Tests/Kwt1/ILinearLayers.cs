namespace Intarsia.RealData.Tests.Kwt1;

/// <summary>One linear layer: its weights, as they stand in the model.</summary>
/// <param name="Name">The name in the file, for example <c>layers.3.ffn1</c>.</param>
/// <param name="Rows">Output features.</param>
/// <param name="Depth">Input features.</param>
/// <param name="Weights">rows×depth, row-major.</param>
/// <param name="Bias">One value per row; zeros where the model has no bias.</param>
/// <param name="Gelu">The tanh form of GELU follows the bias.</param>
internal sealed record LinearLayer(string Name, int Rows, int Depth, float[] Weights, float[] Bias, bool Gelu);

/// <summary>Computes the linear layers; the rest of the model is plain code. What is tested against each other are implementations of this.</summary>
internal interface ILinearLayers
{
    /// <summary><paramref name="y"/> = activation(<paramref name="x"/>·Wᵀ + bias), with <paramref name="x"/> tokens×depth and <paramref name="y"/> tokens×rows.</summary>
    void Apply(LinearLayer layer, ReadOnlySpan<float> x, Span<float> y, int tokens);
}

/// <summary>One dot product after the other, in binary32.</summary>
internal sealed class PlainLinearLayers : ILinearLayers
{
    public void Apply(LinearLayer layer, ReadOnlySpan<float> x, Span<float> y, int tokens)
    {
        for (int token = 0; token < tokens; token++)
        {
            ReadOnlySpan<float> input = x.Slice(token * layer.Depth, layer.Depth);
            for (int row = 0; row < layer.Rows; row++)
            {
                float sum = layer.Bias[row] + Plain.Dot(layer.Weights.AsSpan(row * layer.Depth, layer.Depth), input);
                y[token * layer.Rows + row] = layer.Gelu ? Plain.GeluTanh(sum) : sum;
            }
        }
    }
}
