namespace Intarsia.Bench.Kernels;

/// <summary>What stands between the products of a transformer, token-major, for a run-time number of tokens.</summary>
internal static partial class LineKernels
{
    [Softmax]
    public static partial void Softmax([Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int rows, int tokens);

    [LayerNorm]
    public static partial void LayerNorm([Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int rows, int tokens);

    [RmsNorm]
    public static partial void RmsNorm([Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> gamma, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int rows, int tokens);

    [Elementwise]
    [Epilogue(Tpp.Gelu)]
    public static partial void Gelu([Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int rows, int tokens);

    [Elementwise]
    [Epilogue(Tpp.Bias, Tpp.Gelu, Tpp.Residual)]
    public static partial void BiasGeluResidual(
        [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, ReadOnlySpan<float> residual, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int rows, int tokens);
}
