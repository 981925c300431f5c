namespace Intarsia.Bench.Kernels;

/// <summary>Small matrices whose pattern is known at compile time: the files lie in <c>Patterns</c>, elements drawn at random. The last three have shape and density of the smallest layers of a pruned hand-landmark network.</summary>
internal static partial class KnownPatternKernels
{
    [Spmm]
    public static partial void Sparse32x64([Sparse(Pattern.Csr, File = "32x64-90.smtx")] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void Sparse64x64([Sparse(Pattern.Csr, File = "64x64-80.smtx")] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void Sparse64x256([Sparse(Pattern.Csr, File = "64x256-90.smtx")] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void Sparse16x24([Sparse(Pattern.Csr, File = "16x24-80.smtx")] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void Sparse64x16([Sparse(Pattern.Csr, File = "64x16-80.smtx")] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm]
    public static partial void Sparse24x64([Sparse(Pattern.Csr, File = "24x64-80.smtx")] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    /// <summary>What any pattern runs on.</summary>
    [Spmm]
    public static partial void Csr([Sparse(Pattern.Csr)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);
}
