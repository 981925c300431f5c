namespace Intarsia.RealData.Tests.Gru;

/// <summary>The products of a GRU step with int8 weights: one column when it runs frame by frame, more for its inputs in a batch.</summary>
internal static partial class GruKernels
{
    [Gemm(Rows = 1152, Depth = 384, Columns = 1)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Step(
        [Format(NumberFormat.Int8)] PackedMatrix weights, ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Tensor)] float xScale, ReadOnlySpan<float> bias, Span<float> y);

    [Gemm(Rows = 1152, Depth = 384)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Frames(
        [Format(NumberFormat.Int8)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}
