namespace Intarsia.Bench.Kernels;

/// <summary>Weights of integers that a table gives, 16 or 256 of them, with a scale per 32 of depth, 8-bit activations with a scale per token: the work of <see cref="Int4Kernels"/>.</summary>
internal static partial class TableKernels
{
    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void Flint4(
        [Format(NumberFormat.Flint4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void PowerOfTwo4(
        [Format(NumberFormat.PowerOfTwo4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void Float4(
        [Format(NumberFormat.Float4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void UFlint4(
        [Format(NumberFormat.UFlint4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void UPowerOfTwo4(
        [Format(NumberFormat.UPowerOfTwo4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void UFloat4(
        [Format(NumberFormat.UFloat4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void ByteCodebook16(
        [Format(NumberFormat.ByteCodebook16, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void ShortCodebook256(
        [Format(NumberFormat.ShortCodebook256, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>Weights of two bits and of one, with a scale per row, and the same activations.</summary>
internal static partial class NarrowKernels
{
    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void Int2(
        [Format(NumberFormat.Int2, Scale = Per.Row)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void Binary(
        [Format(NumberFormat.Binary, Scale = Per.Row)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>4-bit weights of binary32 activations, and the same numbers as binary32 weights.</summary>
internal static partial class WeightOnlyKernels
{
    [Gemm(Rows = 4096, Depth = 4096)]
    public static partial void Int4([Format(NumberFormat.Int4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    public static partial void Codebook16([Format(NumberFormat.Codebook16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    public static partial void Codebook256([Format(NumberFormat.Codebook256)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    public static partial void PowerOfTwoBasis([Format(NumberFormat.PowerOfTwoBasis, ScaleGroup = 504)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    public static partial void Float32(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}
