namespace Intarsia.RealData.Tests.Spmm;

/// <summary>SpMM kernels for matrices of any size: the packed weights carry rows and depth, columns come with the call. Each in both layouts.</summary>
internal static partial class SparseKernels
{
    [Spmm]
    public static partial void Csr([Sparse(Pattern.Csr)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void CsrTokens(
        [Sparse(Pattern.Csr)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm]
    public static partial void CsrHalf([Sparse(Pattern.Csr), Format(NumberFormat.Float16)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void CsrHalfTokens(
        [Sparse(Pattern.Csr), Format(NumberFormat.Float16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm]
    public static partial void Vectors1([Sparse(Pattern.VectorRows, V = 1)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void Vectors1Tokens(
        [Sparse(Pattern.VectorRows, V = 1)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm]
    public static partial void Vectors4([Sparse(Pattern.VectorRows, V = 4)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void Vectors4Tokens(
        [Sparse(Pattern.VectorRows, V = 4)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm]
    public static partial void Vectors8([Sparse(Pattern.VectorRows, V = 8)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void Vectors8Tokens(
        [Sparse(Pattern.VectorRows, V = 8)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm]
    public static partial void Blocks4([Sparse(Pattern.Bsr, BlockRows = 4, BlockColumns = 4)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void Blocks4Tokens(
        [Sparse(Pattern.Bsr, BlockRows = 4, BlockColumns = 4)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm]
    public static partial void Ell32([Sparse(Pattern.Ell, Width = 32)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void Ell32Tokens(
        [Sparse(Pattern.Ell, Width = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm]
    public static partial void Hyb([Sparse(Pattern.Hyb, Partitions = 4, BucketExponent = 5)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void HybTokens(
        [Sparse(Pattern.Hyb, Partitions = 4)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm]
    public static partial void Windows([Sparse(Pattern.RowWindows)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void WindowsTokens(
        [Sparse(Pattern.RowWindows)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm]
    public static partial void BlocksAndRest(
        [Sparse(Pattern.Bsr, BlockRows = 4, BlockColumns = 4, Fill = 40), Sparse(Pattern.Ell, Width = 16), Sparse(Pattern.Csr)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void BlocksAndRestTokens(
        [Sparse(Pattern.Bsr, BlockRows = 4, BlockColumns = 4, Fill = 40), Sparse(Pattern.Ell, Width = 16), Sparse(Pattern.Csr)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm]
    public static partial void Groups([Sparse(Pattern.GatherScatter, Banks = 16, PerRow = 4, Groups = 24)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void GroupsTokens(
        [Sparse(Pattern.GatherScatter, Banks = 16, PerRow = 4, Groups = 24)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm]
    public static partial void GroupsOfRows([Sparse(Pattern.GatherScatter, Banks = 32, Groups = 65536, Scatter = true)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void GroupsOfRowsTokens(
        [Sparse(Pattern.GatherScatter, Banks = 32, Groups = 65536, Scatter = true)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm]
    public static partial void TwoOfFour([Sparse(Pattern.NM, N = 2, M = 4)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void TwoOfFourTokens(
        [Sparse(Pattern.NM, N = 2, M = 4)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm]
    public static partial void OneOfEight([Sparse(Pattern.NM, N = 1, M = 8)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void OneOfEightTokens(
        [Sparse(Pattern.NM, N = 1, M = 8)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}
