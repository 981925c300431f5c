using Intarsia;

namespace CompressedVision;

/// <summary>What a SqueezeNet is built of: a first convolution, fire modules, and a convolution of one pixel for each class.</summary>
/// <param name="Filters">Output channels of the first convolution.</param>
/// <param name="Window">Width and height of its window, which moves two pixels at a time.</param>
/// <param name="Squeezed">Channels that each fire module squeezes to; it expands them to four times as many with windows of 1×1 and of 3×3 each.</param>
/// <param name="PooledAfter">Which fire modules are followed by pooling, as the first convolution is.</param>
/// <param name="Classes">Classes.</param>
internal sealed record Architecture(int Filters, int Window, int[] Squeezed, int[] PooledAfter, int Classes)
{
    /// <summary>Version 1.0 (Iandola et al., arXiv 1602.07360, table 1).</summary>
    public static Architecture SqueezeNet { get; } = new(96, 7, [16, 16, 32, 32, 48, 48, 64, 64], [2, 6], 1000);

    /// <summary>A small one, for weights that are drawn.</summary>
    public static Architecture Small { get; } = new(12, 5, [4, 6], [0], 10);

    /// <summary>Names and extents of the layers in the order of the file, that of the published prototxt.</summary>
    public IReadOnlyList<DeepCompressionShape> Shapes()
    {
        var shapes = new List<DeepCompressionShape> { new("conv1", Filters, 3 * Window * Window) };
        int channels = Filters;
        for (int i = 0; i < Squeezed.Length; i++)
        {
            shapes.Add(new($"fire{i + 2}/conv1x1_1", Squeezed[i], channels));
            shapes.Add(new($"fire{i + 2}/conv1x1_2", 4 * Squeezed[i], Squeezed[i]));
            shapes.Add(new($"fire{i + 2}/conv3x3_2", 4 * Squeezed[i], 9 * Squeezed[i]));
            channels = 8 * Squeezed[i];
        }

        shapes.Add(new("conv_final", Classes, channels));
        return shapes;
    }
}

/// <summary>A compressed network that runs on the kernels. Pooling and softmax are plain code.</summary>
internal sealed class Network
{
    private readonly Architecture _architecture;

    public Network(Architecture architecture, IReadOnlyList<DeepCompressionLayer> layers)
    {
        _architecture = architecture;
        Layers = [.. layers.Select((layer, i) => i == 0 ? new Convolution(layer, architecture.Window, stride: 2)
            : i + 1 == layers.Count ? new Convolution(layer, 1, border: 1)
            : i % 3 == 0 ? new Convolution(layer, 3, border: 1) : new Convolution(layer, 1))];
    }

    /// <summary>The convolutions in the order of the file.</summary>
    public IReadOnlyList<Convolution> Layers { get; }

    /// <summary>The probability of each class.</summary>
    /// <param name="image">Three channels.</param>
    /// <param name="observe">Called for each layer with its input and its result.</param>
    public float[] Run(FeatureMap image, Action<Convolution, FeatureMap, FeatureMap>? observe = null)
    {
        FeatureMap Convolve(int layer, FeatureMap input)
        {
            FeatureMap result = Layers[layer].Run(input);
            observe?.Invoke(Layers[layer], input, result);
            return result;
        }

        FeatureMap map = Convolve(0, image).MaxPool();
        for (int fire = 0; fire < _architecture.Squeezed.Length; fire++)
        {
            FeatureMap squeezed = Convolve(1 + 3 * fire, map);
            map = Convolve(2 + 3 * fire, squeezed).Concat(Convolve(3 + 3 * fire, squeezed));
            if (_architecture.PooledAfter.Contains(fire)) map = map.MaxPool();
        }

        return Convolve(Layers.Count - 1, map).Classify();
    }

    /// <summary>Weights drawn at random: a third of them are not zero, in 15 different values.</summary>
    public static IReadOnlyList<DeepCompressionLayer> Draw(Architecture architecture, Random random) => [.. architecture.Shapes().Select(shape =>
    {
        float spread = MathF.Sqrt(6f / shape.Depth);
        float[] codebook = [0, .. Enumerable.Range(0, 255).Select(i => (i % 15 - 7.3f) / 7 * spread)];
        byte[] codes = [.. Enumerable.Range(0, shape.Rows * shape.Depth).Select(_ => random.Next(3) == 0 ? (byte)random.Next(1, 16) : (byte)0)];
        return DeepCompressionLayer.FromCodes(shape.Name, new CodebookMatrix(codes, codebook, shape.Rows, shape.Depth), [.. Enumerable.Range(0, shape.Rows).Select(_ => random.NextSingle() * 0.1f)]);
    })];
}
