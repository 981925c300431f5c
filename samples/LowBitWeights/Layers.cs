using Intarsia;

namespace LowBitWeights;

/// <summary>One linear layer: its weights, as they were trained.</summary>
/// <param name="Name">The name in the file, for example <c>layers.3.ffn1</c>.</param>
/// <param name="Rows">Output features.</param>
/// <param name="Depth">Input features.</param>
/// <param name="Weights">rows×depth, row-major.</param>
/// <param name="Bias">One value per row; zeros where the model has no bias.</param>
/// <param name="Gelu">The tanh form of GELU follows the bias.</param>
internal sealed record LinearLayer(string Name, int Rows, int Depth, float[] Weights, float[] Bias, bool Gelu)
{
    /// <summary>Whether this is one of the six matrices of an encoder layer, not the embedding or the head.</summary>
    public bool IsEncoder => Name.StartsWith("layers.", StringComparison.Ordinal);
}

/// <summary>What enters linear layers: tokens×depth. The 8-bit form is made once for all layers that read it, when the first asks.</summary>
internal sealed class Activations(float[] values, int tokens)
{
    private (sbyte[] Values, float[] Scales)? _bytes;

    public ReadOnlySpan<float> Values => values;

    public int Tokens => tokens;

    /// <summary>Signed bytes, and a scale for each token.</summary>
    public (sbyte[] Values, float[] Scales) Bytes
    {
        get
        {
            if (_bytes is not { } bytes)
            {
                bytes = (new sbyte[values.Length], new float[tokens]);
                Quantiser.QuantiseActivations(values, tokens, values.Length / tokens, Per.Token, bytes.Values, bytes.Scales);
                _bytes = bytes;
            }
            return bytes;
        }
    }
}

/// <summary>Computes what a transformer consists of. What is compared with each other are implementations of this.</summary>
internal interface ILayers
{
    /// <summary><paramref name="y"/> = activation(x·Wᵀ + bias), tokens×rows.</summary>
    void Linear(LinearLayer layer, Activations x, Span<float> y);

    /// <summary>One head of attention: softmax(<paramref name="scale"/>·Q·Kᵀ)·V, each operand tokens×width.</summary>
    void Attention(ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v, Span<float> result, int tokens, float scale);

    /// <summary>Adds <paramref name="residual"/> to <paramref name="x"/> and normalises each token of the sum to mean 0 and variance 1; then <paramref name="gamma"/> times that plus <paramref name="beta"/>.</summary>
    void AddAndNormalise(Span<float> x, ReadOnlySpan<float> residual, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta);
}
