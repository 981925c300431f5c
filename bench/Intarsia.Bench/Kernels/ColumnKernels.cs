namespace Intarsia.Bench.Kernels;

/// <summary>EIE's layers, one token at a time: weights of a codebook in compressed columns, and the same in compressed rows.</summary>
internal static partial class ColumnKernels
{
    [Spmm(Rows = 4096, Depth = 4096)]
    public static partial void Alex7([Sparse(Pattern.RelativeCsc), Format(NumberFormat.Codebook16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 4096, Depth = 4096)]
    public static partial void Alex7Csr([Sparse(Pattern.Csr), Format(NumberFormat.Codebook16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 2048, Depth = 2048)]
    public static partial void Square2048([Sparse(Pattern.RelativeCsc), Format(NumberFormat.Codebook16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 2048, Depth = 2048)]
    public static partial void Square2048Csr([Sparse(Pattern.Csr), Format(NumberFormat.Codebook16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 1000, Depth = 512)]
    public static partial void ConvFinal([Sparse(Pattern.RelativeCsc), Format(NumberFormat.Codebook256)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 1000, Depth = 512)]
    public static partial void ConvFinalCsr([Sparse(Pattern.Csr), Format(NumberFormat.Codebook256)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 4096, Depth = 9216)]
    public static partial void Alex6([Sparse(Pattern.RelativeCsc), Format(NumberFormat.Codebook16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 4096, Depth = 9216)]
    public static partial void Alex6Csr([Sparse(Pattern.Csr), Format(NumberFormat.Codebook16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 4096, Depth = 25088)]
    public static partial void Vgg6([Sparse(Pattern.RelativeCsc), Format(NumberFormat.Codebook16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 4096, Depth = 25088)]
    public static partial void Vgg6Csr([Sparse(Pattern.Csr), Format(NumberFormat.Codebook16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 1000, Depth = 4096)]
    public static partial void Alex8([Sparse(Pattern.RelativeCsc), Format(NumberFormat.Codebook16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 1000, Depth = 4096)]
    public static partial void Alex8Csr([Sparse(Pattern.Csr), Format(NumberFormat.Codebook16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}
