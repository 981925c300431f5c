namespace Intarsia.RealData.Tests.Experts;

/// <summary>The products of a mixture of experts whose tokens stand in blocks (MegaBlocks, MLSys'23, section 5): the hidden layer is a sparse tokens×(experts·width) matrix, and the weights of all experts stand one below the other.</summary>
internal static partial class ExpertKernels
{
    public const int Features = 24;

    /// <summary>SDD: hidden = x·w1ᵀ where an expert has the token, and ∂hidden = ∂y·w2ᵀ.</summary>
    [Sddmm(Depth = Features)]
    public static partial void Hidden(ReadOnlySpan<float> a, ReadOnlySpan<float> b, [Sparse(Pattern.Bsr, BlockRows = 128, BlockColumns = 128)] PackedMatrix d);

    /// <summary>DSD: y = hidden·w2, and ∂x = ∂hidden·w1.</summary>
    [Spmm(Columns = Features)]
    public static partial void Collect([Sparse(Pattern.Bsr, BlockRows = 128, BlockColumns = 128)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y);

    /// <summary>DSD with the sparse factor transposed: ∂w2 = hiddenᵀ·∂y, and ∂w1 = ∂hiddenᵀ·x.</summary>
    [Spmm(Columns = Features)]
    public static partial void Gradient([Sparse(Pattern.Bsr, BlockRows = 128, BlockColumns = 128, Transposed = true)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y);

    /// <summary>Blocks of 12×8, which become strips of eight rows where they are transposed.</summary>
    [Sddmm]
    public static partial void SmallHidden(ReadOnlySpan<float> a, ReadOnlySpan<float> b, [Sparse(Pattern.Bsr, BlockRows = 12, BlockColumns = 8)] PackedMatrix d, int depth);

    /// <summary>S·X.</summary>
    [Spmm]
    public static partial void SmallDsd([Sparse(Pattern.Bsr, BlockRows = 12, BlockColumns = 8)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int columns);

    /// <summary>Sᵀ·X.</summary>
    [Spmm]
    public static partial void SmallDsdTransposed([Sparse(Pattern.Bsr, BlockRows = 12, BlockColumns = 8, Transposed = true)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int columns);

    /// <summary>S·Xᵀ.</summary>
    [Spmm]
    public static partial void SmallDsdOfTransposed([Sparse(Pattern.Bsr, BlockRows = 12, BlockColumns = 8)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, Span<float> y, int columns);

    /// <summary>Sᵀ·Xᵀ.</summary>
    [Spmm]
    public static partial void SmallDsdTransposedBoth(
        [Sparse(Pattern.Bsr, BlockRows = 12, BlockColumns = 8, Transposed = true)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, Span<float> y, int columns);

    /// <summary>DDS: G·S = (Sᵀ·Gᵀ)ᵀ. Rows of G and of the result are tokens.</summary>
    [Spmm]
    public static partial void SmallDds(
        [Sparse(Pattern.Bsr, BlockRows = 12, BlockColumns = 8, Transposed = true)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int columns);

    /// <summary>G·Sᵀ.</summary>
    [Spmm]
    public static partial void SmallDdsTransposed(
        [Sparse(Pattern.Bsr, BlockRows = 12, BlockColumns = 8)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int columns);

    /// <summary>Gᵀ·S.</summary>
    [Spmm]
    public static partial void SmallDdsOfTransposed(
        [Sparse(Pattern.Bsr, BlockRows = 12, BlockColumns = 8, Transposed = true)] PackedMatrix w, ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int columns);

    /// <summary>Gᵀ·Sᵀ.</summary>
    [Spmm]
    public static partial void SmallDdsTransposedBoth(
        [Sparse(Pattern.Bsr, BlockRows = 12, BlockColumns = 8)] PackedMatrix w, ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int columns);
}
