namespace Intarsia.RealData.Tests.Vision;

/// <summary>EIE's layer: 64 processing elements, one token at a time, weights of a codebook, bias and ReLU.</summary>
internal static partial class EieKernels
{
    [Spmm(Rows = 1000, Depth = 512, Columns = 1)]
    [Epilogue(Tpp.Bias, Tpp.Relu)]
    public static partial void Token([Sparse(Pattern.RelativeCsc, Lanes = 64), Format(NumberFormat.Codebook256)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y);
}
