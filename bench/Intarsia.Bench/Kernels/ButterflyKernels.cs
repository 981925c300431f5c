namespace Intarsia.Bench.Kernels;

/// <summary>Square products of butterfly factors (FABNet's linear layers), token-major, for a run-time number of tokens.</summary>
internal static partial class ButterflyKernels
{
    [Butterfly(Rows = 64, Depth = 64)]
    public static partial void Square64(ReadOnlySpan<float> factors, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Butterfly(Rows = 128, Depth = 128)]
    public static partial void Square128(ReadOnlySpan<float> factors, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Butterfly(Rows = 256, Depth = 256)]
    public static partial void Square256(ReadOnlySpan<float> factors, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Butterfly(Rows = 512, Depth = 512)]
    public static partial void Square512(ReadOnlySpan<float> factors, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Butterfly(Rows = 1024, Depth = 1024)]
    public static partial void Square1024(ReadOnlySpan<float> factors, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Butterfly(Rows = 2048, Depth = 2048)]
    public static partial void Square2048(ReadOnlySpan<float> factors, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    /// <summary>A Fourier transform of 512 complex elements, in bit-reversed order.</summary>
    [Butterfly(Rows = 1024, Depth = 1024, Decreasing = true, Complex = true)]
    public static partial void Fourier512(ReadOnlySpan<float> factors, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}
