using Intarsia;
using Intarsia.Compiler.Specs;
using Intarsia.Verification;

namespace CompressedVision;

/// <summary>A layer as it comes from a Deep-Compression file, packed for the kernel. Its codes are packed as they are; nothing is rounded.</summary>
internal sealed class Convolution
{
    private readonly float[] _bias;
    private readonly int _size;
    private readonly int _stride;
    private readonly int _border;

    public Convolution(DeepCompressionLayer layer, int size, int stride = 1, int border = 0)
    {
        (_size, _stride, _border, _bias, Layer) = (size, stride, border, layer.Bias.ToArray(), layer);
        CodebookMatrix codes = layer.ToCodes();
        // The kernel has one format for all layers: 16 entries are the first of 256.
        var codebook = new float[256];
        codes.Codebook.CopyTo(codebook, 0);
        Weights = PackedMatrix.Pack(new CodebookMatrix(codes.Codes, codebook, codes.Rows, codes.Depth), VisionKernels.ConvolveKernel.Weights!);
    }

    /// <summary>What the file says.</summary>
    public DeepCompressionLayer Layer { get; }

    /// <summary>The weights of the kernel.</summary>
    public PackedMatrix Weights { get; }

    /// <summary>Products of the convolution if every weight and pixel were multiplied.</summary>
    public long DenseProducts(FeatureMap patches) => (long)Weights.Rows * Weights.Depth * patches.Pixels;

    /// <summary>The columns that the weights are multiplied by.</summary>
    public FeatureMap Patches(FeatureMap input) => input.Patches(_size, _stride, _border);

    public FeatureMap Run(FeatureMap input)
    {
        FeatureMap patches = Patches(input);
        var y = new float[Weights.Rows * patches.Pixels];
        VisionKernels.Convolve(Weights, patches.Values, _bias, y, patches.Pixels);
        return new FeatureMap(y, Weights.Rows, patches.Height, patches.Width);
    }

    /// <summary>Compares a result with the reference executor, within the bound that it gives; null where they agree.</summary>
    public string? Difference(FeatureMap patches, ReadOnlySpan<float> y) => SpecReference.Execute(KernelName.Parse(VisionKernels.ConvolveKernel.Name), new ReferenceOperands
    {
        Rows = Weights.Rows,
        Depth = Weights.Depth,
        Columns = patches.Pixels,
        Weights = Array.ConvertAll(Layer.ToDense(), value => (double)value),
        X = Array.ConvertAll(patches.Values, value => (double)value),
        Biases = [Array.ConvertAll(_bias, value => (double)value)],
    }).FirstMismatch<float>(y, MatrixLayout.RowMajor);
}
