using Intarsia;

namespace GraphConvolution;

/// <summary>The products of a graph convolutional network. What kernels call weights is the left operand: the graph, or the features. Rows and depth of the sparse ones come with the matrix, columns (the width of the features) with the call.</summary>
internal static partial class GraphKernels
{
    /// <summary>Sparse features of all nodes times dense weights; with the packed transpose of the features, the gradient of these weights.</summary>
    [Spmm]
    public static partial void Embed([Sparse(Pattern.Csr)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    /// <summary>Each node sums what its neighbours have, times the value of the edge; with the packed transpose of the graph, the way back.</summary>
    [Spmm]
    public static partial void Aggregate([Sparse(Pattern.RowWindows)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    /// <summary>The same with the activation behind it, in one pass.</summary>
    [Spmm]
    [Epilogue(Tpp.Relu)]
    public static partial void AggregateRelu([Sparse(Pattern.RowWindows)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    /// <summary>Dense features of all nodes (here the left operand, rows×depth) times the weights of the layer (depth×columns).</summary>
    [Gemm]
    public static partial void Multiply(ReadOnlySpan<float> weights, ReadOnlySpan<float> x, Span<float> y, int rows, int depth, int columns);
}
