namespace Intarsia.Bench.Kernels;

/// <summary>Narrow weights, 8-bit activations with a scale per token, one to sixteen tokens: the layers of a decoder.</summary>
internal static partial class DecodeKernels
{
    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void Int4x4096(
        [Format(NumberFormat.Int4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void Int4By128x4096(
        [Format(NumberFormat.Int4, ScaleGroup = 128)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 11008)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void Int4x11008(
        [Format(NumberFormat.Int4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void Int8x4096(
        [Format(NumberFormat.Int8, Scale = Per.Row)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 11008)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void Int8x11008(
        [Format(NumberFormat.Int8, Scale = Per.Row)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void Ternaryx4096(
        [Format(NumberFormat.Ternary, ScaleGroup = 128)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void Int2x4096(
        [Format(NumberFormat.Int2, ScaleGroup = 128)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void Binaryx4096(
        [Format(NumberFormat.Binary, ScaleGroup = 128)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void BinaryCoded1x4096(
        [Format(NumberFormat.BinaryCoded1, ScaleGroup = 128)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void BinaryCoded2x4096(
        [Format(NumberFormat.BinaryCoded2, ScaleGroup = 128)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void BinaryCoded3x4096(
        [Format(NumberFormat.BinaryCoded3, ScaleGroup = 128)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void BinaryCoded4x4096(
        [Format(NumberFormat.BinaryCoded4, ScaleGroup = 128)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void BinaryCoded8x4096(
        [Format(NumberFormat.BinaryCoded8, ScaleGroup = 128)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 11008)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void Ternaryx11008(
        [Format(NumberFormat.Ternary, ScaleGroup = 128)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 11008)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void Int2x11008(
        [Format(NumberFormat.Int2, ScaleGroup = 128)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 4096, Depth = 11008)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void Binaryx11008(
        [Format(NumberFormat.Binary, ScaleGroup = 128)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}
