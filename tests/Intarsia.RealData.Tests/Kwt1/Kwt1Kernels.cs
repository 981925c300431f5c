namespace Intarsia.RealData.Tests.Kwt1;

/// <summary>The linear layers of KWT-1 as kernels: one for each shape and number format, activations token-major. Extents are constant, but for the tokens.</summary>
internal static partial class Kwt1Kernels
{
    [Gemm(Rows = 64, Depth = 40)]
    [Epilogue(Tpp.Bias)]
    public static partial void Embed(
        PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 64, Depth = 64)]
    [Epilogue(Tpp.Bias)]
    public static partial void Project(
        PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 256, Depth = 64)]
    [Epilogue(Tpp.Bias, Tpp.GeluTanh)]
    public static partial void Expand(
        PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 64, Depth = 256)]
    [Epilogue(Tpp.Bias)]
    public static partial void Contract(
        PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 12, Depth = 64)]
    [Epilogue(Tpp.Bias)]
    public static partial void Head(
        PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>The same layers with int8 weights (a scale per row) and int8 activations (a scale per token).</summary>
internal static partial class Kwt1Int8Kernels
{
    [Gemm(Rows = 64, Depth = 40)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Embed(
        [Format(NumberFormat.Int8)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 64, Depth = 64)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Project(
        [Format(NumberFormat.Int8)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 256, Depth = 64)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.GeluTanh)]
    public static partial void Expand(
        [Format(NumberFormat.Int8)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 64, Depth = 256)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Contract(
        [Format(NumberFormat.Int8)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 12, Depth = 64)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Head(
        [Format(NumberFormat.Int8)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale,
        ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>The same layers with int4 weights (a scale per 32 of depth, so that the embedding's last group is short) and int8 activations (a scale per token).</summary>
internal static partial class Kwt1Int4Kernels
{
    [Gemm(Rows = 64, Depth = 40)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Embed(
        [Format(NumberFormat.Int4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x,
        [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 64, Depth = 64)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Project(
        [Format(NumberFormat.Int4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x,
        [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 256, Depth = 64)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.GeluTanh)]
    public static partial void Expand(
        [Format(NumberFormat.Int4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x,
        [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 64, Depth = 256)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Contract(
        [Format(NumberFormat.Int4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x,
        [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Gemm(Rows = 12, Depth = 64)]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Head(
        [Format(NumberFormat.Int4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x,
        [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}

/// <summary>Layers with 4:8-sparse int8 weights. Rows and depth come with the packed weights, so two kernels serve every shape.</summary>
internal static partial class Kwt1SparseKernels
{
    [Spmm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias)]
    public static partial void Linear(
        [Sparse(Pattern.NM, N = 4, M = 8), Format(NumberFormat.Int8)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x,
        [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

    [Spmm]
    [Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.GeluTanh)]
    public static partial void LinearGelu(
        [Sparse(Pattern.NM, N = 4, M = 8), Format(NumberFormat.Int8)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x,
        [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
}
