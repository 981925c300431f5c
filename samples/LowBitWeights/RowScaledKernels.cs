using Intarsia;

namespace LowBitWeights;

/// <summary>int4 with one scale for a whole row, where a type must cover what the row's weights spread over: the comparison of the paper on ANT (MICRO'22), with the three types behind it.</summary>
internal static partial class RowInt4
{
    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Linear(
        [Format(NumberFormat.Int4, Scale = Per.Row)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Format(NumberFormat.Int4, Scale = Per.Row)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>flint of four bits with a scale per row.</summary>
internal static partial class RowFlint4
{
    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Linear(
        [Format(NumberFormat.Flint4, Scale = Per.Row)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Format(NumberFormat.Flint4, Scale = Per.Row)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>Powers of two of four bits with a scale per row.</summary>
internal static partial class RowPowerOfTwo4
{
    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Linear(
        [Format(NumberFormat.PowerOfTwo4, Scale = Per.Row)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Format(NumberFormat.PowerOfTwo4, Scale = Per.Row)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>Floats of four bits with a scale per row.</summary>
internal static partial class RowFloat4
{
    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Linear(
        [Format(NumberFormat.Float4, Scale = Per.Row)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Format(NumberFormat.Float4, Scale = Per.Row)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}
