namespace Intarsia.RealData.Tests.Graphs;

/// <summary>A layer of a relational graph convolution in one kernel, and the products that it is made of.</summary>
internal static partial class RelationalKernels
{
    [Rgms(Rows = 64, Depth = 64, Relations = 8)]
    [Epilogue(Tpp.Bias, Tpp.Relu)]
    public static partial void Layer(PackedMatrix graph, PackedMatrix weights, ReadOnlySpan<float> x, ReadOnlySpan<float> bias, Span<float> y);

    /// <summary>Extents that come with the operands.</summary>
    [Rgms(Relations = 3)]
    public static partial void Any(PackedMatrix graph, PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int ldy);

    /// <summary>Bytes: sums of 32 bits, bit for bit.</summary>
    [Rgms(Relations = 3)]
    public static partial void Bytes([Format(NumberFormat.Int8)] PackedMatrix graph, [Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, ReadOnlySpan<byte> x, Span<int> y);

    [Spmm(Columns = 64)]
    public static partial void Gather([Sparse(Pattern.Csr)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    [Gemm(Rows = 64, Depth = 64)]
    [Epilogue(Tpp.Residual)]
    public static partial void Add(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> residual, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}
