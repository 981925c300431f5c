namespace Intarsia.Bench.Kernels;

/// <summary>u8×s8 → s32, token-major.</summary>
internal static partial class Int8Kernels
{
    [Gemm(Rows = 512, Depth = 512)]
    public static partial void Dense512x512([Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 1024, Depth = 1024)]
    public static partial void Dense1024x1024([Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 768, Depth = 768)]
    public static partial void Dense768x768([Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 3072, Depth = 768)]
    public static partial void Dense3072x768([Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 768, Depth = 3072)]
    public static partial void Dense768x3072([Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void TwoOfFour([Sparse(Pattern.NM, N = 2, M = 4), Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void OneOfFour([Sparse(Pattern.NM, N = 1, M = 4), Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void OneOfEight([Sparse(Pattern.NM, N = 1, M = 8), Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void TwoOfFourBy4([Sparse(Pattern.NM, N = 2, M = 4, V = 4), Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void TwoOfFourBy8([Sparse(Pattern.NM, N = 2, M = 4, V = 8), Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);
}

/// <summary>s8×s8 → s32, row-major.</summary>
internal static partial class RowMajorInt8Kernels
{
    [Gemm(Rows = 768, Depth = 3072)]
    public static partial void Dense([Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, ReadOnlySpan<sbyte> x, Span<int> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Csr([Sparse(Pattern.Csr), Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, ReadOnlySpan<sbyte> x, Span<int> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Vectors4([Sparse(Pattern.VectorRows, V = 4), Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, ReadOnlySpan<sbyte> x, Span<int> y, int columns);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Vectors8([Sparse(Pattern.VectorRows, V = 8), Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, ReadOnlySpan<sbyte> x, Span<int> y, int columns);
}

/// <summary>s8×s8 → s32, token-major.</summary>
internal static partial class SignedInt8Kernels
{
    [Gemm(Rows = 512, Depth = 512)]
    public static partial void Dense512x512([Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 1024, Depth = 1024)]
    public static partial void Dense1024x1024([Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 768, Depth = 768)]
    public static partial void Dense768x768([Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 3072, Depth = 768)]
    public static partial void Dense3072x768([Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 768, Depth = 3072)]
    public static partial void Dense768x3072([Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Csr([Sparse(Pattern.Csr), Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Vectors4([Sparse(Pattern.VectorRows, V = 4), Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Vectors8([Sparse(Pattern.VectorRows, V = 8), Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);
}

/// <summary>bf16×bf16 → f32, token-major.</summary>
internal static partial class BFloat16Kernels
{
    [Gemm(Rows = 512, Depth = 512)]
    public static partial void Dense512x512([Format(NumberFormat.BFloat16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<BFloat16> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 1024, Depth = 1024)]
    public static partial void Dense1024x1024([Format(NumberFormat.BFloat16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<BFloat16> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 3072, Depth = 768)]
    public static partial void Dense3072x768([Format(NumberFormat.BFloat16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<BFloat16> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 768, Depth = 768)]
    public static partial void Dense768x768([Format(NumberFormat.BFloat16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<BFloat16> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 768, Depth = 3072)]
    public static partial void Dense768x3072([Format(NumberFormat.BFloat16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<BFloat16> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>4-bit weights with a scale per 32 of depth, 8-bit activations with a scale per token.</summary>
internal static partial class Int4Kernels
{
    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void Gemm(
        [Format(NumberFormat.Int4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}
