using Intarsia;

namespace CompressedVision;

/// <summary>The one kernel that every convolution of the network is: shared weights (codes of a codebook of 256), of which those that are not zero are stored column by column with 4-bit gaps, as EIE has them; then bias and ReLU.</summary>
internal static partial class VisionKernels
{
    /// <param name="weights">Output channels × (input channels · places of the kernel).</param>
    /// <param name="x">The patches that the kernel's window sees, one column for each pixel of the result: depth×pixels.</param>
    /// <param name="bias">One for each output channel.</param>
    /// <param name="y">Output channels × pixels.</param>
    /// <param name="columns">Pixels of the result.</param>
    [Spmm]
    [Epilogue(Tpp.Bias, Tpp.Relu)]
    public static partial void Convolve([Sparse(Pattern.RelativeCsc), Format(NumberFormat.Codebook256)] PackedMatrix weights, ReadOnlySpan<float> x, ReadOnlySpan<float> bias, Span<float> y, int columns);
}
