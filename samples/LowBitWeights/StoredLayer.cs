using System.Numerics;
using Intarsia;
using Intarsia.Compiler.Specs;
using Intarsia.Verification;

namespace LowBitWeights;

internal delegate void FloatKernel(PackedMatrix weights, ReadOnlySpan<float> x, ReadOnlySpan<float> bias, Span<float> y, int tokens);

internal delegate void ByteKernel(PackedMatrix weights, ReadOnlySpan<sbyte> x, ReadOnlySpan<float> xScale, ReadOnlySpan<float> bias, Span<float> y, int tokens);

/// <summary>A generated kernel of a linear layer, whose activations are floats or bytes.</summary>
internal sealed class LayerKernel
{
    private readonly FloatKernel? _floats;
    private readonly ByteKernel? _bytes;

    public LayerKernel(KernelInfo info, FloatKernel kernel) => (Info, _floats) = (info, kernel);

    public LayerKernel(KernelInfo info, ByteKernel kernel) => (Info, _bytes) = (info, kernel);

    public KernelInfo Info { get; }

    /// <summary>Activations are bytes with a scale for each token.</summary>
    public bool TakesBytes => _bytes is not null;

    public void Run(PackedMatrix weights, Activations x, ReadOnlySpan<float> bias, Span<float> y)
    {
        if (_bytes is null)
            _floats!(weights, x.Values, bias, y, x.Tokens);
        else
            _bytes(weights, x.Bytes.Values, x.Bytes.Scales, bias, y, x.Tokens);
    }
}

/// <summary>A linear layer whose weights stand in the format of the kernel that multiplies them.</summary>
internal sealed class StoredLayer
{
    private readonly LinearLayer _layer;

    // What the reference executor gets: the same numbers, dense, and never through the packer.
    private readonly double[] _values;
    private readonly double[]? _scales;

    private StoredLayer(LinearLayer layer, LayerKernel kernel, PackedMatrix weights, double[] values, double[]? scales) =>
        (_layer, Kernel, Weights, _values, _scales) = (layer, kernel, weights, values, scales);

    public LayerKernel Kernel { get; }

    public PackedMatrix Weights { get; }

    /// <summary>Brings weights (rows×depth) into the number format of a kernel, and packs them.</summary>
    public static StoredLayer Of(LinearLayer layer, ReadOnlySpan<float> weights, LayerKernel kernel)
    {
        WeightLayout layout = kernel.Info.Weights!;
        if (layout.Planes > 0)
        {
            BinaryCodedMatrix planes = BinaryCodedQuantiser.Quantise(weights, layer.Rows, layer.Depth, layout.Planes, layout.Scale, layout.ScaleGroup).Matrix;
            return new StoredLayer(layer, kernel, PackedMatrix.Pack(planes, layout), ToDouble(planes.Codes), ToDouble(planes.Scales));
        }
        if (layout.BasisOrder > 0)
        {
            BasisMatrix rebuilt = BasisSolver.Decompose(weights, layer.Rows, layer.Depth, layout.Scale, layout.ScaleGroup).Matrix;
            return new StoredLayer(layer, kernel, PackedMatrix.Pack(rebuilt, layout), ToDouble(rebuilt.Coefficients), ToDouble(rebuilt.Bases));
        }
        return layout.IsInteger
            ? Of(layer, Quantiser.Quantise(weights, layer.Rows, layer.Depth, layout.Format, layout.Scale, layout.ScaleGroup), kernel)
            : new StoredLayer(layer, kernel, PackedMatrix.Pack(weights, layer.Rows, layer.Depth, layout), ToDouble(weights.ToArray()), null);
    }

    /// <summary>Packs weights that are quantised already.</summary>
    public static StoredLayer Of(LinearLayer layer, QuantisedMatrix weights, LayerKernel kernel) =>
        new(layer, kernel, PackedMatrix.Pack(weights, kernel.Info.Weights!), ToDouble(weights.Values), ToDouble(weights.Scales));

    /// <summary><paramref name="y"/> = activation(x·Wᵀ + bias), tokens×rows.</summary>
    public void Run(Activations x, Span<float> y) => Kernel.Run(Weights, x, _layer.Bias, y);

    /// <summary>Compares a result with the reference executor, within the bound that it gives; null where they agree.</summary>
    public string? FirstMismatch(Activations x, ReadOnlySpan<float> y)
    {
        ReferenceResult expected = SpecReference.Execute(KernelName.Parse(Kernel.Info.Name), new ReferenceOperands
        {
            Rows = _layer.Rows,
            Depth = _layer.Depth,
            Columns = x.Tokens,
            Weights = _values,
            WeightScales = _scales,
            X = Kernel.TakesBytes ? Transpose<sbyte>(x.Bytes.Values, x.Tokens) : Transpose(x.Values, x.Tokens),
            XScales = Kernel.TakesBytes ? ToDouble(x.Bytes.Scales) : null,
            Biases = [ToDouble(_layer.Bias)],
        });
        return expected.FirstMismatch(y, MatrixLayout.TokenMajor) is { } mismatch ? $"{_layer.Name} by {Kernel.Info.Name}: {mismatch}" : null;
    }

    /// <summary>tokens×depth as it lies in memory to depth×tokens as the reference wants it.</summary>
    private static double[] Transpose<T>(ReadOnlySpan<T> x, int tokens)
        where T : INumber<T>
    {
        int depth = x.Length / tokens;
        var result = new double[x.Length];
        for (int token = 0; token < tokens; token++)
        {
            for (int k = 0; k < depth; k++)
                result[k * tokens + token] = double.CreateChecked(x[token * depth + k]);
        }
        return result;
    }

    private static double[] ToDouble<T>(T[] values)
        where T : INumber<T> => Array.ConvertAll(values, double.CreateChecked);
}
