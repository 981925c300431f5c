namespace Intarsia.Bench.Kernels;

/// <summary>Aggregation over the neighbours in a graph of 2708 nodes, as many as Cora has.</summary>
internal static partial class GraphKernels
{
    [Spmm(Rows = 2708, Depth = 2708)]
    public static partial void Csr([Sparse(Pattern.Csr)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 2708, Depth = 2708)]
    public static partial void Windows([Sparse(Pattern.RowWindows)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    /// <summary>Any graph in hyb(c, k), with the c and k that <see cref="HybChoice"/> proposes for BlogCatalog and 32 features.</summary>
    [Spmm]
    public static partial void AnyHyb([Sparse(Pattern.Hyb, Partitions = 2, BucketExponent = 7)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void AnyWindows([Sparse(Pattern.RowWindows)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);
}
