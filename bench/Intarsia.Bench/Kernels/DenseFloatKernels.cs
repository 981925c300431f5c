namespace Intarsia.Bench.Kernels;

/// <summary>Linear layers: token-major activations, packed weights, a run-time number of tokens.</summary>
internal static partial class LinearKernels
{
    [Gemm(Rows = 512, Depth = 512)]
    public static partial void F32_512x512(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 1024, Depth = 1024)]
    public static partial void F32_1024x1024(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 2048, Depth = 2048)]
    public static partial void F32_2048x2048(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 768, Depth = 768)]
    public static partial void F32_768x768(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 3072, Depth = 768)]
    public static partial void F32_3072x768(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 768, Depth = 3072)]
    public static partial void F32_768x3072(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 32, Depth = 32)]
    public static partial void F32_32x32(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 128, Depth = 128)]
    public static partial void F32_128x128(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 256, Depth = 256)]
    public static partial void F32_256x256(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 64, Depth = 64)]
    public static partial void F32_64x64(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>The same weights with row-major X and Y.</summary>
internal static partial class RowMajorKernels
{
    [Gemm(Rows = 512, Depth = 512)]
    public static partial void F32_512x512(PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Gemm(Rows = 1024, Depth = 1024)]
    public static partial void F32_1024x1024(PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Gemm(Rows = 768, Depth = 768)]
    public static partial void F32_768x768(PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Gemm(Rows = 3072, Depth = 768)]
    public static partial void F32_3072x768(PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Gemm(Rows = 768, Depth = 3072)]
    public static partial void F32_768x3072(PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Gemm(Rows = 32, Depth = 32)]
    public static partial void F32_32x32(PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Gemm(Rows = 64, Depth = 64)]
    public static partial void F32_64x64(PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);
}

/// <summary>Small products with every extent constant and every operand a span: the work of libxsmm.</summary>
internal static partial class SmallKernels
{
    [Gemm(Rows = 16, Depth = 16, Columns = 16)]
    public static partial void Gemm16(ReadOnlySpan<float> w, ReadOnlySpan<float> x, Span<float> y);

    [Gemm(Rows = 17, Depth = 17, Columns = 17)]
    public static partial void Gemm17(ReadOnlySpan<float> w, ReadOnlySpan<float> x, Span<float> y);

    [Gemm(Rows = 24, Depth = 24, Columns = 24)]
    public static partial void Gemm24(ReadOnlySpan<float> w, ReadOnlySpan<float> x, Span<float> y);

    [Gemm(Rows = 31, Depth = 31, Columns = 31)]
    public static partial void Gemm31(ReadOnlySpan<float> w, ReadOnlySpan<float> x, Span<float> y);

    [Gemm(Rows = 32, Depth = 32, Columns = 32)]
    public static partial void Gemm32(ReadOnlySpan<float> w, ReadOnlySpan<float> x, Span<float> y);

    [Gemm(Rows = 33, Depth = 33, Columns = 33)]
    public static partial void Gemm33(ReadOnlySpan<float> w, ReadOnlySpan<float> x, Span<float> y);

    [Gemm(Rows = 48, Depth = 48, Columns = 48)]
    public static partial void Gemm48(ReadOnlySpan<float> w, ReadOnlySpan<float> x, Span<float> y);

    [Gemm(Rows = 64, Depth = 64, Columns = 64)]
    public static partial void Gemm64(ReadOnlySpan<float> w, ReadOnlySpan<float> x, Span<float> y);

    [BatchReduceGemm(Rows = 17, Depth = 17, Columns = 17)]
    public static partial void Reduce17(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int count, int strideA, int strideB);

    [BatchReduceGemm(Rows = 24, Depth = 24, Columns = 24)]
    public static partial void Reduce24(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int count, int strideA, int strideB);

    [BatchReduceGemm(Rows = 31, Depth = 31, Columns = 31)]
    public static partial void Reduce31(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int count, int strideA, int strideB);

    [BatchReduceGemm(Rows = 32, Depth = 32, Columns = 32)]
    public static partial void Reduce32(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int count, int strideA, int strideB);

    [BatchReduceGemm(Rows = 33, Depth = 33, Columns = 33)]
    public static partial void Reduce33(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int count, int strideA, int strideB);

    [BatchReduceGemm(Rows = 48, Depth = 48, Columns = 48)]
    public static partial void Reduce48(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int count, int strideA, int strideB);

    [BatchReduceGemm(Rows = 64, Depth = 64, Columns = 64)]
    public static partial void Reduce64(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int count, int strideA, int strideB);
}
