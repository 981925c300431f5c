namespace Intarsia.Bench.Kernels;

/// <summary>The scores of an attention head of 64 features on a pattern of query and key pairs.</summary>
internal static partial class SampledKernels
{
    [Sddmm(Depth = 64, Scale = 0.125f)]
    public static partial void Csr(ReadOnlySpan<float> a, ReadOnlySpan<float> b, [Sparse(Pattern.Csr)] PackedMatrix d);

    [Sddmm(Depth = 64, Scale = 0.125f)]
    public static partial void Vectors8(ReadOnlySpan<float> a, ReadOnlySpan<float> b, [Sparse(Pattern.VectorRows, V = 8)] PackedMatrix d);

    [Sddmm(Depth = 64, Scale = 0.125f)]
    public static partial void Blocks16(ReadOnlySpan<float> a, ReadOnlySpan<float> b, [Sparse(Pattern.Bsr, BlockRows = 16, BlockColumns = 16)] PackedMatrix d);
}
