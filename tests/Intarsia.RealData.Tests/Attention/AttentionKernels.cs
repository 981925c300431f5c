namespace Intarsia.RealData.Tests.Attention;

/// <summary>The products of one attention head of 64 features on a pattern: scores of the query and key pairs that it has, and what each query collects from the values of its keys.</summary>
internal static partial class AttentionKernels
{
    public const int Features = 64;

    /// <summary>1/√64.</summary>
    public const float Scale = 0.125f;

    /// <summary>Single pairs.</summary>
    [Sddmm(Depth = Features, Scale = Scale)]
    public static partial void Score([Operand(Role.Weights)] ReadOnlySpan<float> queries, [Operand(Role.X)] ReadOnlySpan<float> keys, [Operand(Role.Y), Sparse(Pattern.Csr)] PackedMatrix scores);

    /// <summary>The values of the keys of each query, weighted.</summary>
    [Spmm(Columns = Features)]
    public static partial void Collect([Sparse(Pattern.Csr)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    /// <summary>Eight neighbouring queries share their keys.</summary>
    [Sddmm(Depth = Features, Scale = Scale)]
    public static partial void ScoreEight(
        [Operand(Role.Weights)] ReadOnlySpan<Half> queries, [Operand(Role.X)] ReadOnlySpan<Half> keys, [Operand(Role.Y), Sparse(Pattern.VectorRows, V = 8)] PackedMatrix scores);

    /// <summary>The same behind it.</summary>
    [Spmm(Columns = Features)]
    public static partial void CollectEight([Sparse(Pattern.VectorRows, V = 8)] PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    /// <summary>Eight neighbouring queries in signed bytes with a scale of each query and of each key; the scores are floats, dequantised where they are summed (Magicube, SC'22, section 4).</summary>
    [Sddmm(Depth = Features, Scale = Scale)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void ScoreBytes(
        [Operand(Role.Weights)] ReadOnlySpan<sbyte> queries, [ScaleOf(nameof(queries), Per.Row)] ReadOnlySpan<float> queryScales,
        [Operand(Role.X)] ReadOnlySpan<sbyte> keys, [ScaleOf(nameof(keys), Per.Token)] ReadOnlySpan<float> keyScales, [Operand(Role.Y), Sparse(Pattern.VectorRows, V = 8)] PackedMatrix scores);

    /// <summary>Probabilities in unsigned bytes with a scale of each query, values in signed ones with a scale of each feature.</summary>
    [Spmm(Columns = Features)]
    [Epilogue(Tpp.Dequantise)]
    public static partial void CollectBytes(
        [Sparse(Pattern.VectorRows, V = 8), Format(NumberFormat.UInt8, Scale = Per.Row)] PackedMatrix weights, ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScales, Span<float> y);
}
