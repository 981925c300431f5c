namespace Intarsia.RealData.Tests.Graphs;

/// <summary>The products of a graph convolution. The graph gives rows and depth; the feature widths are small constants.</summary>
internal static partial class GraphKernels
{
    /// <summary>Sparse features times the first weights: every node gets 16 features.</summary>
    [Spmm(Columns = 16)]
    public static partial void Embed([Sparse(Pattern.Csr)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    /// <summary>Each node gathers from its neighbours; ReLU behind it.</summary>
    [Spmm(Columns = 16)]
    [Epilogue(Tpp.Relu)]
    public static partial void Propagate([Sparse(Pattern.RowWindows)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    /// <summary>Dense features of all nodes (here the left operand) times the second weights.</summary>
    [Gemm(Depth = 16, Columns = 7)]
    public static partial void Classify(ReadOnlySpan<float> weights, ReadOnlySpan<float> x, Span<float> y, int rows);

    /// <summary>Each node gathers the scores of its neighbours.</summary>
    [Spmm(Columns = 7)]
    public static partial void Collect([Sparse(Pattern.RowWindows)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    /// <summary>How much the features of two nodes that share an edge have in common: the second operator of TC-GNN (USENIX ATC'23, section 4.3), which attention on graphs begins with.</summary>
    [Sddmm(Depth = 16)]
    public static partial void EdgeFeatures(ReadOnlySpan<float> a, ReadOnlySpan<float> b, [Sparse(Pattern.RowWindows)] PackedMatrix d);

    /// <summary>The same in compressed rows.</summary>
    [Sddmm(Depth = 16)]
    public static partial void EdgeFeaturesOfRows(ReadOnlySpan<float> a, ReadOnlySpan<float> b, [Sparse(Pattern.Csr)] PackedMatrix d);

    /// <summary>The sum over the neighbours in the parameters of hyb(c, k) that are proposed for the BlogCatalog graph and 32 features.</summary>
    [Spmm(Columns = 32)]
    public static partial void SumNarrow([Sparse(Pattern.Hyb, Partitions = 2, BucketExponent = 7)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    /// <summary>The same for 128 features, of which a cache holds fewer nodes.</summary>
    [Spmm(Columns = 128)]
    public static partial void SumWide([Sparse(Pattern.Hyb, Partitions = 8, BucketExponent = 7)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    /// <summary>The same in compressed rows.</summary>
    [Spmm]
    public static partial void Sum([Sparse(Pattern.Csr)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);
}
