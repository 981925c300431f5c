using System.Collections.Concurrent;
using Intarsia.Verification;

namespace Intarsia.RealData.Tests.Kwt1;

/// <summary>
/// Linear layers computed by generated kernels from packed weights. With <paramref name="verify"/> each result is compared with <see cref="SpecReference"/>, which gets the same
/// operands dense, never through the packer.
/// </summary>
internal abstract class KernelLinearLayers(bool verify) : ILinearLayers
{
    private readonly ConcurrentDictionary<string, object> _packed = new();

    /// <summary>How many results were compared.</summary>
    public int Verified { get; private set; }

    public abstract void Apply(LinearLayer layer, ReadOnlySpan<float> x, Span<float> y, int tokens);

    /// <summary>The packed weights of a layer, made on its first use.</summary>
    protected T PackOnce<T>(LinearLayer layer, Func<LinearLayer, T> pack)
        where T : class => (T)_packed.GetOrAdd(layer.Name, _ => pack(layer));

    /// <summary>Compares with the reference, where that is asked for.</summary>
    protected void Verify(LinearLayer layer, KernelInfo kernel, ReadOnlySpan<float> y, Func<ReferenceOperands> operands)
    {
        if (!verify) return;
        ReferenceResult expected = SpecReference.Execute(Intarsia.Compiler.Specs.KernelName.Parse(kernel.Name), operands());
        string? mismatch = expected.FirstMismatch(y, MatrixLayout.TokenMajor);
        Xunit.Assert.True(mismatch is null, $"{layer.Name} by {kernel.Name}: {mismatch}");
        Verified++;
    }

    /// <summary>tokens×depth as it lies in memory to depth×tokens as the reference wants it.</summary>
    protected static double[] Transpose<T>(ReadOnlySpan<T> x, int tokens, int depth)
        where T : System.Numerics.INumber<T>
    {
        var result = new double[x.Length];
        for (int token = 0; token < tokens; token++)
        {
            for (int k = 0; k < depth; k++)
                result[k * tokens + token] = double.CreateChecked(x[token * depth + k]);
        }
        return result;
    }

    protected static double[] ToDouble<T>(T[] values)
        where T : System.Numerics.INumber<T> => Array.ConvertAll(values, double.CreateChecked);
}

/// <summary>Dense binary32.</summary>
internal sealed class FloatKernelLayers(bool verify = false) : KernelLinearLayers(verify)
{
    private delegate void Kernel(PackedMatrix weights, ReadOnlySpan<float> x, ReadOnlySpan<float> bias, Span<float> y, int tokens);

    public override void Apply(LinearLayer layer, ReadOnlySpan<float> x, Span<float> y, int tokens)
    {
        (Kernel kernel, KernelInfo info) = Select(layer);
        PackedMatrix weights = PackOnce(layer, l => PackedMatrix.Pack(l.Weights, l.Rows, l.Depth, info.Weights!));
        kernel(weights, x, layer.Bias, y, tokens);

        float[] input = x.ToArray();
        Verify(layer, info, y, () => new ReferenceOperands
        {
            Rows = layer.Rows,
            Depth = layer.Depth,
            Columns = tokens,
            Weights = ToDouble(layer.Weights),
            X = Transpose<float>(input, tokens, layer.Depth),
            Biases = [ToDouble(layer.Bias)],
        });
    }

    private static (Kernel, KernelInfo) Select(LinearLayer layer) => (layer.Rows, layer.Depth, layer.Gelu) switch
    {
        (64, 40, false) => (Kwt1Kernels.Embed, Kwt1Kernels.EmbedKernel),
        (64, 64, false) => (Kwt1Kernels.Project, Kwt1Kernels.ProjectKernel),
        (256, 64, true) => (Kwt1Kernels.Expand, Kwt1Kernels.ExpandKernel),
        (64, 256, false) => (Kwt1Kernels.Contract, Kwt1Kernels.ContractKernel),
        (12, 64, false) => (Kwt1Kernels.Head, Kwt1Kernels.HeadKernel),
        _ => throw new ArgumentException($"There is no kernel for {layer.Name}."),
    };
}

/// <summary>Integer weights and int8 activations, quantised token by token on the way in.</summary>
internal abstract class QuantisedKernelLayers(bool verify) : KernelLinearLayers(verify)
{
    protected delegate void Kernel(PackedMatrix weights, ReadOnlySpan<sbyte> x, ReadOnlySpan<float> xScale, ReadOnlySpan<float> bias, Span<float> y, int tokens);

    private sealed record Packed(QuantisedMatrix Quantised, PackedMatrix Weights);

    public override void Apply(LinearLayer layer, ReadOnlySpan<float> x, Span<float> y, int tokens)
    {
        (Kernel kernel, KernelInfo info) = Select(layer);
        Packed packed = PackOnce(layer, l =>
        {
            WeightLayout layout = info.Weights!;
            QuantisedMatrix quantised = Quantiser.Quantise(Prune(l), l.Rows, l.Depth, layout.Format, layout.Scale, layout.ScaleGroup);
            return new Packed(quantised, PackedMatrix.Pack(quantised, layout));
        });
        var q = new sbyte[x.Length];
        var scales = new float[tokens];
        Quantiser.QuantiseActivations(x, tokens, layer.Depth, Per.Token, q, scales);
        kernel(packed.Weights, q, scales, layer.Bias, y, tokens);

        Verify(layer, info, y, () => new ReferenceOperands
        {
            Rows = layer.Rows,
            Depth = layer.Depth,
            Columns = tokens,
            Weights = ToDouble(packed.Quantised.Values),
            WeightScales = ToDouble(packed.Quantised.Scales),
            X = Transpose<sbyte>(q, tokens, layer.Depth),
            XScales = ToDouble(scales),
            Biases = [ToDouble(layer.Bias)],
        });
    }

    protected abstract (Kernel, KernelInfo) Select(LinearLayer layer);

    /// <summary>The weights as they are to be quantised.</summary>
    protected virtual float[] Prune(LinearLayer layer) => layer.Weights;
}

/// <summary>int8 weights with a scale per row.</summary>
internal class Int8KernelLayers(bool verify = false) : QuantisedKernelLayers(verify)
{
    protected override (Kernel, KernelInfo) Select(LinearLayer layer) => (layer.Rows, layer.Depth, layer.Gelu) switch
    {
        (64, 40, false) => (Kwt1Int8Kernels.Embed, Kwt1Int8Kernels.EmbedKernel),
        (64, 64, false) => (Kwt1Int8Kernels.Project, Kwt1Int8Kernels.ProjectKernel),
        (256, 64, true) => (Kwt1Int8Kernels.Expand, Kwt1Int8Kernels.ExpandKernel),
        (64, 256, false) => (Kwt1Int8Kernels.Contract, Kwt1Int8Kernels.ContractKernel),
        (12, 64, false) => (Kwt1Int8Kernels.Head, Kwt1Int8Kernels.HeadKernel),
        _ => throw new ArgumentException($"There is no kernel for {layer.Name}."),
    };
}

/// <summary>int8 weights of the encoder pruned to 4:8 by magnitude, without training after it; embedding and head stay dense.</summary>
internal sealed class SparseKernelLayers(bool verify = false) : Int8KernelLayers(verify)
{
    protected override (Kernel, KernelInfo) Select(LinearLayer layer) => !IsPruned(layer)
        ? base.Select(layer)
        : layer.Gelu
            ? (Kwt1SparseKernels.LinearGelu, Kwt1SparseKernels.LinearGeluKernel)
            : (Kwt1SparseKernels.Linear, Kwt1SparseKernels.LinearKernel);

    protected override float[] Prune(LinearLayer layer)
    {
        float[] weights = [.. layer.Weights];
        if (IsPruned(layer))
            Pruner.NM(weights, layer.Rows, layer.Depth, 4, 8);
        return weights;
    }

    private static bool IsPruned(LinearLayer layer) => layer.Name.StartsWith("layers.", StringComparison.Ordinal);
}

/// <summary>int4 weights with a scale per 32 of depth.</summary>
internal sealed class Int4KernelLayers(bool verify = false) : QuantisedKernelLayers(verify)
{
    protected override (Kernel, KernelInfo) Select(LinearLayer layer) => (layer.Rows, layer.Depth, layer.Gelu) switch
    {
        (64, 40, false) => (Kwt1Int4Kernels.Embed, Kwt1Int4Kernels.EmbedKernel),
        (64, 64, false) => (Kwt1Int4Kernels.Project, Kwt1Int4Kernels.ProjectKernel),
        (256, 64, true) => (Kwt1Int4Kernels.Expand, Kwt1Int4Kernels.ExpandKernel),
        (64, 256, false) => (Kwt1Int4Kernels.Contract, Kwt1Int4Kernels.ContractKernel),
        (12, 64, false) => (Kwt1Int4Kernels.Head, Kwt1Int4Kernels.HeadKernel),
        _ => throw new ArgumentException($"There is no kernel for {layer.Name}."),
    };
}
