using System.Globalization;
using Intarsia.RealData.Tests.Data;

namespace Intarsia.RealData.Tests.Kwt1;

/// <summary>
/// KWT-1, a keyword-spotting transformer (Berg, O'Connor, Cruz: "Keyword Transformer", Interspeech 2021): 12 post-norm layers of width 64 with one head,
/// 98 frames of 40 cepstral coefficients and a class token. Everything but the linear layers is plain code.
/// </summary>
internal sealed class Kwt1Model
{
    public const string Path = "kwt1/kwt1.safetensors";

    private const int Width = 64;
    private const int Hidden = 256;
    private const int LayerCount = 12;
    private const int Classes = 12;

    private readonly CepstralFrontend _frontend;
    private readonly float[] _classToken, _position;
    private readonly LinearLayer _embed, _head;
    private readonly EncoderLayer[] _layers;
    private readonly float _epsilon, _attentionScale;

    private Kwt1Model(SafetensorsFile file)
    {
        _frontend = new CepstralFrontend(file);
        _embed = Linear(file, "embed", Width, CepstralFrontend.Coefficients);
        _classToken = file["cls_token"].GetFloats();
        _position = file["position"].GetFloats();
        _head = Linear(file, "head", Classes, Width);
        _epsilon = float.Parse(file.Metadata["layernorm_eps"], CultureInfo.InvariantCulture);
        _attentionScale = float.Parse(file.Metadata["attention_scale"], CultureInfo.InvariantCulture);
        _layers = Enumerable.Range(0, LayerCount).Select(index => new EncoderLayer(file, $"layers.{index}")).ToArray();
    }

    /// <summary>All 74 linear layers in order of use: the embedding of a frame, six in each layer of the encoder, the head.</summary>
    public IEnumerable<LinearLayer> LinearLayers => [_embed, .. EncoderLayers, _head];

    /// <summary>The 72 linear layers of the encoder.</summary>
    public IEnumerable<LinearLayer> EncoderLayers => _layers.SelectMany(layer => (LinearLayer[])[layer.Q, layer.K, layer.V, layer.Out, layer.Ffn1, layer.Ffn2]);

    public static Kwt1Model Load()
    {
        using var file = SafetensorsFile.Open(DataFolder.Require(Path));
        return new Kwt1Model(file);
    }

    /// <summary>The cepstral coefficients of one second of audio at 16 kHz, frames×coefficients: what enters the model.</summary>
    public float[] Features(ReadOnlySpan<short> audio) => _frontend.Features(audio);

    /// <summary>
    /// The logits (clips×classes) of clips whose features stand one behind the other. A linear layer runs over the tokens of all clips at once; attention stays within a clip.
    /// </summary>
    public float[] Logits(ReadOnlySpan<float> features, int clips, ILinearLayers linear)
    {
        float[] x = Tokens(features, clips, linear);
        int count = x.Length / Width;
        float[] q = new float[x.Length], k = new float[x.Length], v = new float[x.Length], mixed = new float[x.Length], hidden = new float[count * Hidden];
        int clipLength = x.Length / clips;
        foreach (EncoderLayer layer in _layers)
        {
            linear.Apply(layer.Q, x, q, count);
            linear.Apply(layer.K, x, k, count);
            linear.Apply(layer.V, x, v, count);
            for (int start = 0; start < x.Length; start += clipLength)
                Plain.Attention(q.AsSpan(start, clipLength), k.AsSpan(start, clipLength), v.AsSpan(start, clipLength), mixed.AsSpan(start, clipLength), clipLength / Width, Width, _attentionScale);
            linear.Apply(layer.Out, mixed, q, count);
            AddAndNormalise(x, q, layer.Norm1Weight, layer.Norm1Bias);
            linear.Apply(layer.Ffn1, x, hidden, count);
            linear.Apply(layer.Ffn2, hidden, q, count);
            AddAndNormalise(x, q, layer.Norm2Weight, layer.Norm2Bias);
        }

        var classTokens = new float[clips * Width];
        for (int clip = 0; clip < clips; clip++)
            x.AsSpan(clip * clipLength, Width).CopyTo(classTokens.AsSpan(clip * Width));
        var logits = new float[clips * Classes];
        linear.Apply(_head, classTokens, logits, clips);
        return logits;
    }

    /// <summary>The tokens of each clip: the class token, then one for each frame, with their positions added.</summary>
    private float[] Tokens(ReadOnlySpan<float> features, int clips, ILinearLayers linear)
    {
        int frames = features.Length / CepstralFrontend.Coefficients, clipLength = _position.Length;
        var embedded = new float[frames * Width];
        linear.Apply(_embed, features, embedded, frames);
        var x = new float[clips * clipLength];
        for (int clip = 0; clip < clips; clip++)
        {
            Span<float> tokens = x.AsSpan(clip * clipLength, clipLength);
            _classToken.CopyTo(tokens);
            embedded.AsSpan(clip * (clipLength - Width), clipLength - Width).CopyTo(tokens[Width..]);
            for (int i = 0; i < clipLength; i++)
                tokens[i] += _position[i];
        }
        return x;
    }

    private static LinearLayer Linear(SafetensorsFile file, string name, int rows, int depth, bool gelu = false)
    {
        float[] bias = file.TryGetTensor($"{name}.bias", out SafetensorsTensor? tensor) ? tensor.GetFloats() : new float[rows];
        return new LinearLayer(name, rows, depth, file[$"{name}.weight"].GetFloats(), bias, gelu);
    }

    private void AddAndNormalise(float[] x, float[] residual, float[] weight, float[] bias)
    {
        for (int i = 0; i < x.Length; i++)
            x[i] += residual[i];
        Plain.LayerNorm(x, weight, bias, _epsilon);
    }

    private sealed class EncoderLayer(SafetensorsFile file, string name)
    {
        public LinearLayer Q { get; } = Linear(file, $"{name}.q", Width, Width);

        public LinearLayer K { get; } = Linear(file, $"{name}.k", Width, Width);

        public LinearLayer V { get; } = Linear(file, $"{name}.v", Width, Width);

        public LinearLayer Out { get; } = Linear(file, $"{name}.out", Width, Width);

        public LinearLayer Ffn1 { get; } = Linear(file, $"{name}.ffn1", Hidden, Width, gelu: true);

        public LinearLayer Ffn2 { get; } = Linear(file, $"{name}.ffn2", Width, Hidden);

        public float[] Norm1Weight { get; } = file[$"{name}.norm1.weight"].GetFloats();

        public float[] Norm1Bias { get; } = file[$"{name}.norm1.bias"].GetFloats();

        public float[] Norm2Weight { get; } = file[$"{name}.norm2.weight"].GetFloats();

        public float[] Norm2Bias { get; } = file[$"{name}.norm2.bias"].GetFloats();
    }
}
