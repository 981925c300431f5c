namespace Intarsia.Bench.Kernels;

/// <summary>Few rows and columns and a long depth: the planner cuts the depth for threads.</summary>
internal static partial class LongDepthKernels
{
    [Gemm(Rows = 64, Depth = 65536, Columns = 16)]
    public static partial void F32_64x65536(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y);
}
