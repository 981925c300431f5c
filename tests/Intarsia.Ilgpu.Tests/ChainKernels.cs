namespace Intarsia.Ilgpu.Tests;

/// <summary>Sampled products and the kernels that take their results as weights: a block-sparse hidden layer forwards and backwards, attention on windows, and bytes.</summary>
internal static partial class ChainKernels
{
    [Sddmm]
    internal static partial void Hidden(ReadOnlySpan<Half> a, ReadOnlySpan<Half> b, [Sparse(Pattern.Bsr, BlockRows = 64, BlockColumns = 128), Format(NumberFormat.Float16)] PackedMatrix d, int depth);

    /// <summary>On capability 9.0 the values of its blocks are read where they lie.</summary>
    [Spmm]
    internal static partial void Down([Sparse(Pattern.Bsr, BlockRows = 64, BlockColumns = 128), Format(NumberFormat.Float16)] PackedMatrix w, ReadOnlySpan<Half> x, Span<float> y, int columns);

    [Spmm]
    internal static partial void Back([Sparse(Pattern.Bsr, BlockRows = 64, BlockColumns = 128, Transposed = true), Format(NumberFormat.Float16)] PackedMatrix w, ReadOnlySpan<Half> x, Span<float> y, int columns);

    [Sddmm]
    internal static partial void Attention(ReadOnlySpan<Half> a, ReadOnlySpan<Half> b, [Sparse(Pattern.RowWindows), Format(NumberFormat.Float16)] PackedMatrix d, int depth);

    [Spmm]
    internal static partial void Attend([Sparse(Pattern.RowWindows), Format(NumberFormat.Float16)] PackedMatrix w, ReadOnlySpan<Half> x, Span<float> y, int columns);

    [Spmm]
    internal static partial void AttendBack([Sparse(Pattern.RowWindows, Transposed = true), Format(NumberFormat.Float16)] PackedMatrix w, ReadOnlySpan<Half> x, Span<float> y, int columns);

    [Sddmm, Epilogue(Tpp.Requantise)]
    internal static partial void Quantised(ReadOnlySpan<Half> a, ReadOnlySpan<Half> b, [Sparse(Pattern.VectorRows, V = 8), Format(NumberFormat.Int8, Scale = Per.Tensor)] PackedMatrix d, float yScale, int depth);

    [Spmm, Epilogue(Tpp.Dequantise)]
    internal static partial void FromBytes(
        [Sparse(Pattern.VectorRows, V = 8), Format(NumberFormat.Int8, Scale = Per.Tensor)] PackedMatrix w, [Format(NumberFormat.Int8)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale, Span<float> y, int columns);
}
