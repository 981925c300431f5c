namespace Intarsia.Bench.Kernels;

/// <summary>SpMM of any matrix in compressed rows.</summary>
internal static partial class MatrixKernels
{
    [Spmm]
    public static partial void Csr([Sparse(Pattern.Csr)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);
}
