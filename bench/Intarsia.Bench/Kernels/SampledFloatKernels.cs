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

    [Sddmm(Depth = 64, Scale = 0.125f)]
    public static partial void Windows(ReadOnlySpan<float> a, ReadOnlySpan<float> b, [Sparse(Pattern.RowWindows)] PackedMatrix d);

    [Sddmm(Depth = 64, Scale = 0.125f)]
    public static partial void Hyb(ReadOnlySpan<float> a, ReadOnlySpan<float> b, [Sparse(Pattern.Hyb, Partitions = 1, BucketExponent = 6)] PackedMatrix d);

    [Sddmm(Depth = 64, Scale = 0.125f)]
    public static partial void Ell(ReadOnlySpan<float> a, ReadOnlySpan<float> b, [Sparse(Pattern.Ell, Width = 384)] PackedMatrix d);

    [Sddmm(Depth = 64, Scale = 0.125f)]
    public static partial void TwoOfFour(ReadOnlySpan<float> a, ReadOnlySpan<float> b, [Sparse(Pattern.NM, N = 2, M = 4)] PackedMatrix d);

    [Sddmm(Depth = 64, Scale = 0.125f)]
    public static partial void OneOfEight(ReadOnlySpan<float> a, ReadOnlySpan<float> b, [Sparse(Pattern.NM, N = 1, M = 8)] PackedMatrix d);
}

/// <summary>The same of integers, raw sums. Those of 16 bits wrap.</summary>
internal static partial class SampledIntegerKernels
{
    [Sddmm(Depth = 64)]
    public static partial void BytesCsr(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b, [Sparse(Pattern.Csr), Format(NumberFormat.Int32)] PackedMatrix d);

    [Sddmm(Depth = 64)]
    public static partial void BytesVectors8(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b, [Sparse(Pattern.VectorRows, V = 8), Format(NumberFormat.Int32)] PackedMatrix d);

    [Sddmm(Depth = 64, Accumulator = Accumulator.Int32Wrap)]
    public static partial void ShortsCsr(ReadOnlySpan<short> a, ReadOnlySpan<short> b, [Sparse(Pattern.Csr), Format(NumberFormat.Int32)] PackedMatrix d);

    [Sddmm(Depth = 64, Accumulator = Accumulator.Int32Wrap)]
    public static partial void ShortsVectors8(ReadOnlySpan<short> a, ReadOnlySpan<short> b, [Sparse(Pattern.VectorRows, V = 8), Format(NumberFormat.Int32)] PackedMatrix d);
}
