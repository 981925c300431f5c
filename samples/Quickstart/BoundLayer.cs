using System.Numerics;
using Intarsia;
using Intarsia.Compiler.Specs;
using Intarsia.Verification;

namespace Quickstart;

/// <summary>A layer in the form one kernel wants it, with the buffers it reads and writes: ready to run, and to be checked.</summary>
internal abstract class BoundLayer
{
    private readonly double[] storedWeights;
    private readonly double[]? weightScales;

    /// <summary>Quantises the weights if the kernel's layout asks for it, and packs them.</summary>
    protected BoundLayer(KernelInfo kernel, Layer layer, int tokens)
    {
        (Kernel, Layer, Tokens) = (kernel, layer, tokens);
        WeightLayout layout = kernel.Weights!;
        if (layout.IsInteger)
        {
            QuantisedMatrix quantised = Quantiser.Quantise(layer.Weights, layer.Rows, layer.Depth, layout.Format, layout.Scale, layout.ScaleGroup);
            Packed = PackedMatrix.Pack(quantised, layout);
            storedWeights = Array.ConvertAll(quantised.Values, value => (double)value);
            weightScales = Array.ConvertAll(quantised.Scales, scale => (double)scale);
        }
        else
        {
            Packed = PackedMatrix.Pack(layer.Weights, layer.Rows, layer.Depth, layout);
            storedWeights = Array.ConvertAll(layer.Weights, value => (double)value);
        }
    }

    /// <summary>What Intarsia says about the kernel.</summary>
    public KernelInfo Kernel { get; }

    /// <summary>The layer as it was trained.</summary>
    public Layer Layer { get; }

    /// <summary>Items in a call.</summary>
    public int Tokens { get; }

    /// <summary>The weights as the kernel reads them.</summary>
    public PackedMatrix Packed { get; }

    /// <summary>Calls the kernel.</summary>
    public abstract void Run();

    /// <summary>Brings the layer to an accelerator, and returns what queues the kernel there.</summary>
    public abstract Action On(DeviceArrays device);

    /// <summary>Brings back what the kernel wrote there.</summary>
    public abstract void Download(DeviceArrays device);

    /// <summary>Compares the last result with the reference executor: null, or what differs.</summary>
    public abstract string? FirstMismatch();

    /// <summary>
    /// The reference sees the weights before they were packed, and the kernel's declaration. Tokens do not depend on each other, so that they can be checked in chunks, side by side.
    /// </summary>
    protected string? Compare<TX, TY>(TX[] x, TY[] y, double? xScale = null, double yScale = 1)
        where TX : unmanaged, INumberBase<TX>
        where TY : unmanaged
    {
        const int Chunk = 32;
        KernelSpec spec = KernelName.Parse(Kernel.Spec);
        var mismatches = new string?[(Tokens + Chunk - 1) / Chunk];
        Parallel.For(0, mismatches.Length, chunk =>
        {
            int first = chunk * Chunk, count = Math.Min(Chunk, Tokens - first);
            var logical = new double[Layer.Depth * count];
            for (int token = 0; token < count; token++)
                for (int k = 0; k < Layer.Depth; k++)
                    logical[k * count + token] = double.CreateChecked(x[(first + token) * Layer.Depth + k]);
            ReferenceResult expected = SpecReference.Execute(spec, new ReferenceOperands
            {
                Rows = Layer.Rows,
                Depth = Layer.Depth,
                Columns = count,
                Weights = storedWeights,
                WeightScales = weightScales,
                X = logical,
                XScales = xScale is { } scale ? [scale] : null,
                YScale = yScale,
                Biases = [Array.ConvertAll(Layer.Bias, value => (double)value)],
            });
            if (expected.FirstMismatch<TY>(y.AsSpan(first * Layer.Rows, count * Layer.Rows), MatrixLayout.TokenMajor) is { } mismatch)
                mismatches[chunk] = $"{Kernel.Name}, from token {first} on: {mismatch}";
        });
        return Array.Find(mismatches, mismatch => mismatch is not null);
    }
}

/// <summary>A kernel on floats.</summary>
internal delegate void FloatKernel(PackedMatrix weights, ReadOnlySpan<float> x, ReadOnlySpan<float> bias, Span<float> y, int tokens);

/// <summary>A kernel on bytes that writes floats.</summary>
internal delegate void DequantisingKernel(PackedMatrix weights, ReadOnlySpan<byte> x, float xScale, ReadOnlySpan<float> bias, Span<float> y, int tokens);

/// <summary>A kernel on bytes that writes bytes, for a next layer.</summary>
internal delegate void RequantisingKernel(PackedMatrix weights, ReadOnlySpan<byte> x, float xScale, ReadOnlySpan<float> bias, Span<byte> y, float yScale, int tokens);

/// <summary>Floats in, floats out.</summary>
internal sealed class FloatLayer(FloatKernel kernel, FloatDeviceKernel onDevice, KernelInfo info, Layer layer, float[] x, int tokens) : BoundLayer(info, layer, tokens)
{
    /// <summary>tokens×rows.</summary>
    public float[] Y { get; } = new float[tokens * layer.Rows];

    /// <inheritdoc/>
    public override void Run() => kernel(Packed, x, Layer.Bias, Y, Tokens);

    /// <inheritdoc/>
    public override Action On(DeviceArrays device)
    {
        (var weights, var from, var bias, var to) = (device.Weights(Packed), device.Input(x), device.Input(Layer.Bias), device.Output(Y));
        return () => onDevice(device.Stream, weights, from, bias, to, Tokens);
    }

    /// <inheritdoc/>
    public override void Download(DeviceArrays device) => device.Download(Y);

    /// <inheritdoc/>
    public override string? FirstMismatch() => Compare(x, Y);
}

/// <summary>Bytes in, floats out.</summary>
internal sealed class DequantisingLayer(DequantisingKernel kernel, DequantisingDeviceKernel onDevice, KernelInfo info, Layer layer, byte[] x, float xScale, int tokens) : BoundLayer(info, layer, tokens)
{
    /// <summary>tokens×rows.</summary>
    public float[] Y { get; } = new float[tokens * layer.Rows];

    /// <inheritdoc/>
    public override void Run() => kernel(Packed, x, xScale, Layer.Bias, Y, Tokens);

    /// <inheritdoc/>
    public override Action On(DeviceArrays device)
    {
        (var weights, var from, var bias, var to) = (device.Weights(Packed), device.Input(x), device.Input(Layer.Bias), device.Output(Y));
        return () => onDevice(device.Stream, weights, from, xScale, bias, to, Tokens);
    }

    /// <inheritdoc/>
    public override void Download(DeviceArrays device) => device.Download(Y);

    /// <inheritdoc/>
    public override string? FirstMismatch() => Compare(x, Y, xScale);
}

/// <summary>Bytes in, bytes out.</summary>
internal sealed class RequantisingLayer(RequantisingKernel kernel, RequantisingDeviceKernel onDevice, KernelInfo info, Layer layer, byte[] x, float xScale, float yScale, int tokens) : BoundLayer(info, layer, tokens)
{
    /// <summary>tokens×rows.</summary>
    public byte[] Y { get; } = new byte[tokens * layer.Rows];

    /// <inheritdoc/>
    public override void Run() => kernel(Packed, x, xScale, Layer.Bias, Y, yScale, Tokens);

    /// <inheritdoc/>
    public override Action On(DeviceArrays device)
    {
        (var weights, var from, var bias, var to) = (device.Weights(Packed), device.Input(x), device.Input(Layer.Bias), device.Output(Y));
        return () => onDevice(device.Stream, weights, from, xScale, bias, to, yScale, Tokens);
    }

    /// <inheritdoc/>
    public override void Download(DeviceArrays device) => device.Download(Y);

    /// <inheritdoc/>
    public override string? FirstMismatch() => Compare(x, Y, xScale, yScale);
}
