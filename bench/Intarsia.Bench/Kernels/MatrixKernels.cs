namespace Intarsia.Bench.Kernels;

/// <summary>SpMM of any matrix in compressed rows, or in vectors of rows.</summary>
internal static partial class MatrixKernels
{
    [Spmm]
    public static partial void Csr([Sparse(Pattern.Csr)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void Vectors4([Sparse(Pattern.VectorRows, V = 4)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void Vectors8([Sparse(Pattern.VectorRows, V = 8)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);
}
