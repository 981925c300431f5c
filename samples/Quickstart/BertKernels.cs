using Intarsia;

namespace Quickstart;

/// <summary>The first feed-forward layer of BERT-base, 768 → 3072, in the forms of the digit recogniser. The activation is a ReLU in all of them and in the baselines, so that they compare.</summary>
internal static partial class Bert
{
    /// <summary>Input features.</summary>
    public const int Depth = 768;

    /// <summary>Output features.</summary>
    public const int Rows = 3072;

    [Gemm(Rows = Rows, Depth = Depth)]
    [Epilogue(Tpp.Bias, Tpp.Relu)]
    public static partial void DenseFloat(
        PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = Rows, Depth = Depth)]
    [Epilogue(Tpp.Bias, Tpp.Relu)]
    public static partial void VectorsFloat(
        [Sparse(Pattern.VectorRows, V = 4)] PackedMatrix weights,
        [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = Rows, Depth = Depth)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.Relu)]
    public static partial void TwoOfFourInt8(
        [Sparse(Pattern.NM, N = 2, M = 4), Format(NumberFormat.Int8, Scale = Per.Row)] PackedMatrix weights,
        [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [ScaleOf(nameof(x), Per.Tensor)] float xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm(Rows = Rows, Depth = Depth)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.Relu)]
    public static partial void OneOfFourInt4(
        [Sparse(Pattern.NM, N = 1, M = 4), Format(NumberFormat.Int4, ScaleGroup = 64)] PackedMatrix weights,
        [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [ScaleOf(nameof(x), Per.Tensor)] float xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}
