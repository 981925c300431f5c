using Intarsia;

namespace LowBitWeights;

/// <summary>Coefficients that are 0 or powers of two, times a 3×3 basis for each row (SmartDeal, arXiv 2101.01163). Weights only: they are rebuilt in registers, and activations stay floats.</summary>
internal static partial class RowBasis
{
    [Gemm]
    [Epilogue(Tpp.Bias)]
    public static partial void Linear(
        [Format(NumberFormat.PowerOfTwoBasis, Scale = Per.Row)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm]
    [Epilogue(Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Format(NumberFormat.PowerOfTwoBasis, Scale = Per.Row)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>The same with one basis for a whole matrix, so that it takes next to nothing.</summary>
internal static partial class TensorBasis
{
    [Gemm]
    [Epilogue(Tpp.Bias)]
    public static partial void Linear(
        [Format(NumberFormat.PowerOfTwoBasis, Scale = Per.Tensor)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm]
    [Epilogue(Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Format(NumberFormat.PowerOfTwoBasis, Scale = Per.Tensor)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}
