using System.Globalization;
using Intarsia.RealData.Tests.Data;

namespace Intarsia.RealData.Tests.Kwt1;

/// <summary>
/// KWT-1, a keyword-spotting transformer (Berg, O'Connor, Cruz: "Keyword Transformer", Interspeech 2021): 12 post-norm layers of width 64 with one head,
/// 98 frames of 40 cepstral coefficients and a class token. Everything but the linear layers of the encoder is plain code.
/// </summary>
internal sealed class Kwt1Model
{
    public const string Path = "kwt1/kwt1.safetensors";

    private const int Width = 64;
    private const int Hidden = 256;
    private const int LayerCount = 12;
    private const int Classes = 12;

    private readonly CepstralFrontend _frontend;
    private readonly float[] _embedWeights, _embedBias, _classToken, _position, _headWeights, _headBias;
    private readonly EncoderLayer[] _layers;
    private readonly float _epsilon, _attentionScale;

    private Kwt1Model(SafetensorsFile file)
    {
        _frontend = new CepstralFrontend(file);
        _embedWeights = file["embed.weight"].GetFloats();
        _embedBias = file["embed.bias"].GetFloats();
        _classToken = file["cls_token"].GetFloats();
        _position = file["position"].GetFloats();
        _headWeights = file["head.weight"].GetFloats();
        _headBias = file["head.bias"].GetFloats();
        _epsilon = float.Parse(file.Metadata["layernorm_eps"], CultureInfo.InvariantCulture);
        _attentionScale = float.Parse(file.Metadata["attention_scale"], CultureInfo.InvariantCulture);
        _layers = Enumerable.Range(0, LayerCount).Select(index => new EncoderLayer(file, $"layers.{index}")).ToArray();
    }

    /// <summary>The 72 linear layers of the encoder, in order of use.</summary>
    public IEnumerable<LinearLayer> LinearLayers => _layers.SelectMany(layer => (LinearLayer[])[layer.Q, layer.K, layer.V, layer.Out, layer.Ffn1, layer.Ffn2]);

    public static Kwt1Model Load()
    {
        using var file = SafetensorsFile.Open(DataFolder.Require(Path));
        return new Kwt1Model(file);
    }

    /// <summary>The logits of one second of audio at 16 kHz.</summary>
    public float[] Logits(ReadOnlySpan<short> audio, ILinearLayers linear) => Logits(Tokens(audio), 1, linear);

    /// <summary>The tokens of a clip, tokens×width: what enters the first layer.</summary>
    public float[] Tokens(ReadOnlySpan<short> audio)
    {
        float[] features = _frontend.Features(audio);
        int frames = features.Length / CepstralFrontend.Coefficients;
        var x = new float[(frames + 1) * Width];
        _classToken.CopyTo(x, 0);
        for (int frame = 0; frame < frames; frame++)
        {
            ReadOnlySpan<float> coefficients = features.AsSpan(frame * CepstralFrontend.Coefficients, CepstralFrontend.Coefficients);
            for (int i = 0; i < Width; i++)
                x[(frame + 1) * Width + i] = _embedBias[i] + Plain.Dot(_embedWeights.AsSpan(i * coefficients.Length, coefficients.Length), coefficients);
        }
        for (int i = 0; i < x.Length; i++)
            x[i] += _position[i];
        return x;
    }

    /// <summary>
    /// The logits (clips×classes) of clips whose tokens stand one behind the other. A linear layer runs over the tokens of all clips at once; attention stays within a clip.
    /// </summary>
    public float[] Logits(ReadOnlySpan<float> tokens, int clips, ILinearLayers linear)
    {
        float[] x = tokens.ToArray();
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

        var logits = new float[clips * Classes];
        for (int clip = 0; clip < clips; clip++)
        {
            ReadOnlySpan<float> classToken = x.AsSpan(clip * clipLength, Width);
            for (int i = 0; i < Classes; i++)
                logits[clip * Classes + i] = _headBias[i] + Plain.Dot(_headWeights.AsSpan(i * Width, Width), classToken);
        }
        return logits;
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

        private static LinearLayer Linear(SafetensorsFile file, string name, int rows, int depth, bool gelu = false)
        {
            float[] bias = file.TryGetTensor($"{name}.bias", out SafetensorsTensor? tensor) ? tensor.GetFloats() : new float[rows];
            return new LinearLayer(name, rows, depth, file[$"{name}.weight"].GetFloats(), bias, gelu);
        }
    }
}
