using Intarsia;

namespace Quickstart;

/// <summary>The digit recogniser, 64 → 128 → 128 → 10, in fp32 with every weight stored. Every extent but the number of images is a constant.</summary>
internal static partial class Dense
{
    [Gemm(Rows = 128, Depth = 64)]
    [Epilogue(Tpp.Bias, Tpp.Relu)]
    public static partial void First(
        PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 128, Depth = 128)]
    [Epilogue(Tpp.Bias, Tpp.Relu)]
    public static partial void Hidden(
        PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 10, Depth = 128)]
    [Epilogue(Tpp.Bias)]
    public static partial void Last(
        PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>The same in fp32 with V×1 sparse weights: four neighbouring rows share their columns.</summary>
internal static partial class Vectors4
{
    [Spmm(Rows = 128, Depth = 64)]
    [Epilogue(Tpp.Bias, Tpp.Relu)]
    public static partial void First(
        [Sparse(Pattern.VectorRows, V = 4)] PackedMatrix weights,
        [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 128, Depth = 128)]
    [Epilogue(Tpp.Bias, Tpp.Relu)]
    public static partial void Hidden(
        [Sparse(Pattern.VectorRows, V = 4)] PackedMatrix weights,
        [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = 10, Depth = 128)]
    [Epilogue(Tpp.Bias)]
    public static partial void Last(
        [Sparse(Pattern.VectorRows, V = 4)] PackedMatrix weights,
        [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>The same in int8 with 2:4-sparse weights and a scale per row. The activations between the layers are bytes, so each kernel but the last requantises.</summary>
internal static partial class TwoOfFourInt8
{
    [Spmm(Rows = 128, Depth = 64)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.Relu, Tpp.Requantise)]
    public static partial void First(
        [Sparse(Pattern.NM, N = 2, M = 4), Format(NumberFormat.Int8, Scale = Per.Row)] PackedMatrix weights,
        [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [ScaleOf(nameof(x), Per.Tensor)] float xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<byte> y, float yScale, int tokens);

    [Spmm(Rows = 128, Depth = 128)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.Relu, Tpp.Requantise)]
    public static partial void Hidden(
        [Sparse(Pattern.NM, N = 2, M = 4), Format(NumberFormat.Int8, Scale = Per.Row)] PackedMatrix weights,
        [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [ScaleOf(nameof(x), Per.Tensor)] float xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<byte> y, float yScale, int tokens);

    [Spmm(Rows = 10, Depth = 128)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Last(
        [Sparse(Pattern.NM, N = 2, M = 4), Format(NumberFormat.Int8, Scale = Per.Row)] PackedMatrix weights,
        [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [ScaleOf(nameof(x), Per.Tensor)] float xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>The same with 1:4-sparse weights of four bits, two to a byte, and a scale for each 32 of depth.</summary>
internal static partial class OneOfFourInt4
{
    [Spmm(Rows = 128, Depth = 64)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.Relu, Tpp.Requantise)]
    public static partial void First(
        [Sparse(Pattern.NM, N = 1, M = 4), Format(NumberFormat.Int4, ScaleGroup = 32)] PackedMatrix weights,
        [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [ScaleOf(nameof(x), Per.Tensor)] float xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<byte> y, float yScale, int tokens);

    [Spmm(Rows = 128, Depth = 128)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.Relu, Tpp.Requantise)]
    public static partial void Hidden(
        [Sparse(Pattern.NM, N = 1, M = 4), Format(NumberFormat.Int4, ScaleGroup = 32)] PackedMatrix weights,
        [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [ScaleOf(nameof(x), Per.Tensor)] float xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<byte> y, float yScale, int tokens);

    [Spmm(Rows = 10, Depth = 128)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Last(
        [Sparse(Pattern.NM, N = 1, M = 4), Format(NumberFormat.Int4, ScaleGroup = 32)] PackedMatrix weights,
        [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [ScaleOf(nameof(x), Per.Tensor)] float xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}
