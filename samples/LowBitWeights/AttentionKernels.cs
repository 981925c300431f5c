using Intarsia;

namespace LowBitWeights;

/// <summary>What stands between the linear layers, in binary32 for every format of the weights.</summary>
internal static partial class AttentionKernels
{
    /// <summary>Q·Kᵀ: a row for each query, a column for each key.</summary>
    [Gemm]
    public static partial void Scores(
        [Operand(Role.Weights)] ReadOnlySpan<float> queries, [Operand(Role.X), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> keys, [Operand(Role.Y)] Span<float> scores, int rows, int depth, int columns);

    /// <summary>The shares that each query gives to the keys. Both operands are rows of queries, which the layout calls tokens.</summary>
    [Softmax]
    public static partial void Shares([Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, float scale, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int rows, int tokens);

    /// <summary>Each query collects the values of all keys, by their shares.</summary>
    [Gemm]
    public static partial void Collect([Operand(Role.Weights)] ReadOnlySpan<float> shares, [Operand(Role.X)] ReadOnlySpan<float> values, [Operand(Role.Y)] Span<float> result, int rows, int depth, int columns);

    /// <summary>x + residual.</summary>
    [Elementwise]
    [Epilogue(Tpp.Residual)]
    public static partial void Add(
        [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> residual, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int rows, int tokens);

    [LayerNorm(Epsilon = Transformer.Epsilon)]
    public static partial void Normalise(
        [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int rows, int tokens);
}
