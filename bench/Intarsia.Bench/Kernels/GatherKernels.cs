namespace Intarsia.Bench.Kernels;

/// <summary>One token or two: weights in GS(16, k), and the same in compressed rows, as they run with so few tokens and as they run with many.</summary>
internal static partial class GatherKernels
{
    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Horizontalx768([Sparse(Pattern.GatherScatter, Banks = 16, PerRow = 16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Hybridx768([Sparse(Pattern.GatherScatter, Banks = 16, PerRow = 4)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Verticalx768([Sparse(Pattern.GatherScatter, Banks = 16, PerRow = 1)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Csrx768([Sparse(Pattern.Csr)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    [Tile(Tier.Avx512, Vectors = 6)]
    [Tile(Tier.Avx2, Vectors = 6)]
    public static partial void CsrColumnsx768([Sparse(Pattern.Csr)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 4096, Depth = 4096)]
    public static partial void Horizontalx4096([Sparse(Pattern.GatherScatter, Banks = 16, PerRow = 16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 4096, Depth = 4096)]
    public static partial void Hybridx4096([Sparse(Pattern.GatherScatter, Banks = 16, PerRow = 4)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 4096, Depth = 4096)]
    public static partial void Verticalx4096([Sparse(Pattern.GatherScatter, Banks = 16, PerRow = 1)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 4096, Depth = 4096)]
    public static partial void Csrx4096([Sparse(Pattern.Csr)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 4096, Depth = 4096)]
    [Tile(Tier.Avx512, Vectors = 6)]
    [Tile(Tier.Avx2, Vectors = 6)]
    public static partial void CsrColumnsx4096([Sparse(Pattern.Csr)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}
