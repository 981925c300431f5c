using Intarsia;

namespace LowBitWeights;

/// <summary>Dense weights in binary32. Rows and depth come with the packed weights, so that two kernels serve every layer: one with GELU behind the bias, one without.</summary>
internal static partial class Float32
{
    [Gemm]
    [Epilogue(Tpp.Bias)]
    public static partial void Linear(
        PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm]
    [Epilogue(Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>int8 with a scale per row; activations are int8, too, with a scale per token, as in all kernels here whose weights are integers.</summary>
internal static partial class Int8
{
    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Linear(
        [Format(NumberFormat.Int8)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Format(NumberFormat.Int8)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>int4, two to a byte, with a scale for each 32 of depth.</summary>
internal static partial class Int4
{
    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Linear(
        [Format(NumberFormat.Int4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Format(NumberFormat.Int4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>flint of four bits (Guo et al., ANT, MICRO'22), with a scale for each 32 of depth: one of the types that ANT chooses from, as the next two and int4 are.</summary>
internal static partial class Flint4
{
    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Linear(
        [Format(NumberFormat.Flint4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Format(NumberFormat.Flint4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>Powers of two of four bits, with a scale for each 32 of depth.</summary>
internal static partial class PowerOfTwo4
{
    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Linear(
        [Format(NumberFormat.PowerOfTwo4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Format(NumberFormat.PowerOfTwo4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>Floats of four bits, with a scale for each 32 of depth.</summary>
internal static partial class Float4
{
    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Linear(
        [Format(NumberFormat.Float4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Format(NumberFormat.Float4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>int2, four to a byte, with a scale for each 32 of depth: too few numbers for weights that were trained without a thought of them.</summary>
internal static partial class Int2
{
    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Linear(
        [Format(NumberFormat.Int2, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Format(NumberFormat.Int2, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>−1, 0 and 1 in two bits, with a scale for each 32 of depth.</summary>
internal static partial class Ternary
{
    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Linear(
        [Format(NumberFormat.Ternary, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Format(NumberFormat.Ternary, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>Three binary-coded planes (BCQ; nuQmm, arXiv 2206.09557) with an α of each plane for each row. Weights only: activations stay floats, and sums of four of them are looked up.</summary>
internal static partial class BinaryCoded3
{
    [Gemm]
    [Epilogue(Tpp.Bias)]
    public static partial void Linear(
        [Format(NumberFormat.BinaryCoded3)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm]
    [Epilogue(Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Format(NumberFormat.BinaryCoded3)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>Two binary-coded planes (BCQ; nuQmm, arXiv 2206.09557) with an α of each plane for each row. Weights only: activations stay floats, and sums of four of them are looked up.</summary>
internal static partial class BinaryCoded2
{
    [Gemm]
    [Epilogue(Tpp.Bias)]
    public static partial void Linear(
        [Format(NumberFormat.BinaryCoded2)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm]
    [Epilogue(Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Format(NumberFormat.BinaryCoded2)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias,
        [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}
