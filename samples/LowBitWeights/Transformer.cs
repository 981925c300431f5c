using System.Globalization;
using Intarsia;

namespace LowBitWeights;

/// <summary>Extents of a keyword-spotting transformer.</summary>
/// <param name="Layers">Layers of the encoder.</param>
/// <param name="Width">Features of a token.</param>
/// <param name="Hidden">Features between the two matrices of a feed-forward network.</param>
/// <param name="Coefficients">Cepstral coefficients of a frame.</param>
/// <param name="Frames">Frames of a clip; a class token stands ahead of them.</param>
/// <param name="Classes">Words that are told apart.</param>
internal sealed record TransformerShape(int Layers, int Width, int Hidden, int Coefficients, int Frames, int Classes)
{
    /// <summary>KWT-1.</summary>
    public static TransformerShape Kwt1 { get; } = new(12, 64, 256, CepstralFrontend.Coefficients, 98, 12);

    /// <summary>Tokens of a clip.</summary>
    public int Tokens => Frames + 1;
}

/// <summary>
/// A keyword-spotting transformer (Berg, O'Connor, Cruz: "Keyword Transformer", Interspeech 2021): post-norm layers with one head, over the frames of a clip and a class token, whose features the head classifies.
/// How its layers are computed is the caller's choice.
/// </summary>
internal sealed class Transformer
{
    /// <summary>What norms add to a variance.</summary>
    public const float Epsilon = 1e-6f;

    private readonly float[] _classToken, _position;
    private readonly LinearLayer _embed, _head;
    private readonly EncoderLayer[] _layers;
    private readonly float _attentionScale;

    /// <summary>Gathers the tensors of a model.</summary>
    /// <param name="shape">The extents.</param>
    /// <param name="attentionScale">What scores are multiplied by.</param>
    /// <param name="tensors">The tensor of a name, or null where the model has none (a bias).</param>
    public Transformer(TransformerShape shape, float attentionScale, Func<string, float[]?> tensors)
    {
        (Shape, _attentionScale) = (shape, attentionScale);
        _embed = Linear("embed", shape.Width, shape.Coefficients);
        (_classToken, _position) = (Tensor("cls_token"), Tensor("position"));
        _head = Linear("head", shape.Classes, shape.Width);
        _layers = [.. Enumerable.Range(0, shape.Layers).Select(index => $"layers.{index}").Select(name => new EncoderLayer(
            Linear($"{name}.q", shape.Width, shape.Width), Linear($"{name}.k", shape.Width, shape.Width), Linear($"{name}.v", shape.Width, shape.Width), Linear($"{name}.out", shape.Width, shape.Width),
            Linear($"{name}.ffn1", shape.Hidden, shape.Width, gelu: true), Linear($"{name}.ffn2", shape.Width, shape.Hidden),
            Tensor($"{name}.norm1.weight"), Tensor($"{name}.norm1.bias"), Tensor($"{name}.norm2.weight"), Tensor($"{name}.norm2.bias")))];

        float[] Tensor(string name) => tensors(name) ?? throw new InvalidDataException($"The model has no '{name}'.");
        LinearLayer Linear(string name, int rows, int depth, bool gelu = false) => new(name, rows, depth, Tensor($"{name}.weight"), tensors($"{name}.bias") ?? new float[rows], gelu);
    }

    public TransformerShape Shape { get; }

    /// <summary>The linear layers of the encoder in order of use, six of each layer: those whose weights the formats store. Embedding and head stay binary32.</summary>
    public IEnumerable<LinearLayer> EncoderLayers => _layers.SelectMany(layer => (LinearLayer[])[layer.Q, layer.K, layer.V, layer.Out, layer.Ffn1, layer.Ffn2]);

    /// <summary>Reads KWT-1.</summary>
    public static Transformer LoadKwt1(SafetensorsFile file)
    {
        // A constant of the kernels.
        float epsilon = float.Parse(file.Metadata["layernorm_eps"], CultureInfo.InvariantCulture);
        if (epsilon != Epsilon) throw new InvalidDataException($"The model was trained with layernorm_eps {epsilon}; the norms here have {Epsilon}.");
        return new Transformer(TransformerShape.Kwt1, float.Parse(file.Metadata["attention_scale"], CultureInfo.InvariantCulture), name => file.TryGetTensor(name, out SafetensorsTensor? tensor) ? tensor.GetFloats() : null);
    }

    /// <summary>
    /// The logits (clips×classes) of clips whose features (frames×coefficients) stand one behind the other. A linear layer runs over the tokens of all clips at once; attention stays within a clip.
    /// </summary>
    public float[] Logits(float[] features, int clips, ILayers layers)
    {
        var classTokens = new Activations(Encode(features, clips, layers), clips);
        var logits = new float[clips * Shape.Classes];
        layers.Linear(_head, classTokens, logits);
        return logits;
    }

    /// <summary>What the head classifies: the class token of each clip as it leaves the encoder, clips×width.</summary>
    public float[] Encode(float[] features, int clips, ILayers layers)
    {
        float[] x = Tokens(features, clips, layers);
        int count = x.Length / Shape.Width, clipLength = x.Length / clips;
        float[] q = new float[x.Length], k = new float[x.Length], v = new float[x.Length], mixed = new float[x.Length], hidden = new float[count * Shape.Hidden];
        foreach (EncoderLayer layer in _layers)
        {
            var input = new Activations(x, count);
            layers.Linear(layer.Q, input, q);
            layers.Linear(layer.K, input, k);
            layers.Linear(layer.V, input, v);
            for (int start = 0; start < x.Length; start += clipLength)
                layers.Attention(q.AsSpan(start, clipLength), k.AsSpan(start, clipLength), v.AsSpan(start, clipLength), mixed.AsSpan(start, clipLength), clipLength / Shape.Width, _attentionScale);
            layers.Linear(layer.Out, new Activations(mixed, count), q);
            layers.AddAndNormalise(x, q, layer.Norm1Gamma, layer.Norm1Beta);
            layers.Linear(layer.Ffn1, new Activations(x, count), hidden);
            layers.Linear(layer.Ffn2, new Activations(hidden, count), q);
            layers.AddAndNormalise(x, q, layer.Norm2Gamma, layer.Norm2Beta);
        }

        var classTokens = new float[clips * Shape.Width];
        for (int clip = 0; clip < clips; clip++)
            x.AsSpan(clip * clipLength, Shape.Width).CopyTo(classTokens.AsSpan(clip * Shape.Width));
        return classTokens;
    }

    /// <summary>The tokens of each clip: the class token, then one for each frame, with their positions added.</summary>
    private float[] Tokens(float[] features, int clips, ILayers layers)
    {
        int frames = features.Length / Shape.Coefficients, clipLength = _position.Length, width = Shape.Width;
        var embedded = new float[frames * width];
        layers.Linear(_embed, new Activations(features, frames), embedded);
        var x = new float[clips * clipLength];
        for (int clip = 0; clip < clips; clip++)
        {
            Span<float> tokens = x.AsSpan(clip * clipLength, clipLength);
            _classToken.CopyTo(tokens);
            embedded.AsSpan(clip * (clipLength - width), clipLength - width).CopyTo(tokens[width..]);
            for (int i = 0; i < clipLength; i++)
                tokens[i] += _position[i];
        }
        return x;
    }

    private sealed record EncoderLayer(
        LinearLayer Q, LinearLayer K, LinearLayer V, LinearLayer Out, LinearLayer Ffn1, LinearLayer Ffn2, float[] Norm1Gamma, float[] Norm1Beta, float[] Norm2Gamma, float[] Norm2Beta);
}
