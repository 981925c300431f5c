using Intarsia;

namespace LowBitWeights;

/// <summary>Two of each four neighbouring weights, in binary32.</summary>
internal static partial class TwoOfFour
{
    [Spmm]
    [Epilogue(Tpp.Bias)]
    public static partial void Linear(
        [Sparse(Pattern.NM, N = 2, M = 4)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm]
    [Epilogue(Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Sparse(Pattern.NM, N = 2, M = 4)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>Two of each four, as int4 with a scale for each 32 of depth.</summary>
internal static partial class TwoOfFourInt4
{
    [Spmm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Linear(
        [Sparse(Pattern.NM, N = 2, M = 4), Format(NumberFormat.Int4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Sparse(Pattern.NM, N = 2, M = 4), Format(NumberFormat.Int4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>Four of each eight, as int8 with a scale per row.</summary>
internal static partial class FourOfEightInt8
{
    [Spmm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Linear(
        [Sparse(Pattern.NM, N = 4, M = 8), Format(NumberFormat.Int8)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Sparse(Pattern.NM, N = 4, M = 8), Format(NumberFormat.Int8)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>Any weights, in compressed sparse rows, in binary32.</summary>
internal static partial class CompressedRows
{
    [Spmm]
    [Epilogue(Tpp.Bias)]
    public static partial void Linear(
        [Sparse(Pattern.Csr)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm]
    [Epilogue(Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Sparse(Pattern.Csr)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}
