namespace Intarsia.Bench.Kernels;

/// <summary>Layers of relational graph convolutions, and the products that make one up where what is gathered goes through memory.</summary>
internal static partial class RelationalKernels
{
    [Rgms(Rows = 64, Depth = 64, Relations = 8)]
    public static partial void Layer64(PackedMatrix graph, PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    /// <summary>Every relation of every node is a row: what comes out are the gathered features of a node, relation beside relation.</summary>
    [Spmm(Columns = 64)]
    public static partial void Gather64([Sparse(Pattern.Csr)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    [Gemm(Rows = 64, Depth = 8 * 64)]
    public static partial void Multiply64(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Rgms(Rows = 32, Depth = 32, Relations = 46)]
    public static partial void Layer32(PackedMatrix graph, PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    [Spmm(Columns = 32)]
    public static partial void Gather32([Sparse(Pattern.Csr)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    [Gemm(Rows = 32, Depth = 46 * 32)]
    public static partial void Multiply32(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Rgms(Rows = 128, Depth = 128, Relations = 8)]
    public static partial void Layer128(PackedMatrix graph, PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    [Spmm(Columns = 128)]
    public static partial void Gather128([Sparse(Pattern.Csr)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    [Gemm(Rows = 128, Depth = 8 * 128)]
    public static partial void Multiply128(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Rgms(Rows = 32, Depth = 32, Relations = 2)]
    public static partial void Layer32Of2(PackedMatrix graph, PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    [Gemm(Rows = 32, Depth = 2 * 32)]
    public static partial void Multiply32Of2(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Rgms(Rows = 32, Depth = 32, Relations = 8)]
    public static partial void Layer32Of8(PackedMatrix graph, PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    [Gemm(Rows = 32, Depth = 8 * 32)]
    public static partial void Multiply32Of8(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Rgms(Rows = 32, Depth = 32, Relations = 32)]
    public static partial void Layer32Of32(PackedMatrix graph, PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    [Gemm(Rows = 32, Depth = 32 * 32)]
    public static partial void Multiply32Of32(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Rgms(Rows = 32, Depth = 32, Relations = 128)]
    public static partial void Layer32Of128(PackedMatrix graph, PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    [Gemm(Rows = 32, Depth = 128 * 32)]
    public static partial void Multiply32Of128(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    /// <summary>Edges and weights of signed bytes, features of unsigned ones, raw sums.</summary>
    [Rgms(Relations = 8)]
    public static partial void Bytes64([Format(NumberFormat.Int8)] PackedMatrix graph, [Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, ReadOnlySpan<byte> x, Span<int> y);
}
