namespace Intarsia.Bench.Kernels;

/// <summary>SpMM of a 768×3072 matrix: 128 columns where X and Y are row-major, a run-time number of tokens where they are token-major.</summary>
internal static partial class SparseKernels
{
    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Csr([Sparse(Pattern.Csr)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Vectors4([Sparse(Pattern.VectorRows, V = 4)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Vectors8([Sparse(Pattern.VectorRows, V = 8)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Blocks4([Sparse(Pattern.Bsr, BlockRows = 4, BlockColumns = 4)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Blocks16([Sparse(Pattern.Bsr, BlockRows = 16, BlockColumns = 16)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Ell([Sparse(Pattern.Ell, Width = 1536)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Hyb([Sparse(Pattern.Hyb, Partitions = 1, BucketExponent = 8)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void TwoOfFour([Sparse(Pattern.NM, N = 2, M = 4)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void TwoOfFourBy8([Sparse(Pattern.NM, N = 2, M = 4, V = 8)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void OneOfFour([Sparse(Pattern.NM, N = 1, M = 4)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void TwoOfEight([Sparse(Pattern.NM, N = 2, M = 8)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void OneOfEight([Sparse(Pattern.NM, N = 1, M = 8)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void OneOfSixteen([Sparse(Pattern.NM, N = 1, M = 16)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void TwoOfFourTokens([Sparse(Pattern.NM, N = 2, M = 4)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void OneOfFourTokens([Sparse(Pattern.NM, N = 1, M = 4)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Blocks64([Sparse(Pattern.Bsr, BlockRows = 64, BlockColumns = 64)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Blocks128([Sparse(Pattern.Bsr, BlockRows = 128, BlockColumns = 128)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void DoublyCompressed16([Sparse(Pattern.Bsr, BlockRows = 16, BlockColumns = 16, DoublyCompressed = true)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void CsrTransposed([Sparse(Pattern.Csr, Transposed = true)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Blocks16Transposed([Sparse(Pattern.Bsr, BlockRows = 16, BlockColumns = 16, Transposed = true)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void BlocksAndRows([Sparse(Pattern.Bsr, BlockRows = 4, BlockColumns = 4, Fill = 50), Sparse(Pattern.Csr)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void TwoOfFourAndRows([Sparse(Pattern.NM, N = 2, M = 4), Sparse(Pattern.Csr)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void CsrTokens([Sparse(Pattern.Csr)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Vectors4Tokens([Sparse(Pattern.VectorRows, V = 4)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Vectors8Tokens([Sparse(Pattern.VectorRows, V = 8)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void TwoOfEightTokens([Sparse(Pattern.NM, N = 2, M = 8)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void OneOfEightTokens([Sparse(Pattern.NM, N = 1, M = 8)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void OneOfSixteenTokens([Sparse(Pattern.NM, N = 1, M = 16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}
