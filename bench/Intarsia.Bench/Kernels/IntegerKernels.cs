namespace Intarsia.Bench.Kernels;

/// <summary>Integers of 16, 12, 8 and 4 bits times those of 16, 8 and 4, token-major, raw sums: the pairs of Magicube (SC'22, table 4), dense and in vectors of eight rows. Where the sums of the whole ranges exceed 32 bits, they wrap.</summary>
internal static partial class IntegerKernels
{
    [Gemm(Rows = 768, Depth = 3072, Accumulator = Accumulator.Int32Wrap)]
    public static partial void Int16ByS16([Format(NumberFormat.Int16, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<short> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072, Accumulator = Accumulator.Int32Wrap)]
    public static partial void Vectors8Int16ByS16([Sparse(Pattern.VectorRows, V = 8), Format(NumberFormat.Int16, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<short> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 768, Depth = 3072, Accumulator = Accumulator.Int32Wrap)]
    public static partial void Int16ByS8([Format(NumberFormat.Int16, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072, Accumulator = Accumulator.Int32Wrap)]
    public static partial void Vectors8Int16ByS8([Sparse(Pattern.VectorRows, V = 8), Format(NumberFormat.Int16, Scale = Per.None)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 768, Depth = 3072)]
    public static partial void Int16ByS4([Format(NumberFormat.Int16, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Int4), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Vectors8Int16ByS4([Sparse(Pattern.VectorRows, V = 8), Format(NumberFormat.Int16, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Int4), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 768, Depth = 3072)]
    public static partial void Int12ByS4([Format(NumberFormat.Int12, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Int4), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Vectors8Int12ByS4([Sparse(Pattern.VectorRows, V = 8), Format(NumberFormat.Int12, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Int4), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 768, Depth = 3072)]
    public static partial void Int8ByS4([Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Int4), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Vectors8Int8ByS4([Sparse(Pattern.VectorRows, V = 8), Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Int4), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 768, Depth = 3072)]
    public static partial void Int4ByS4([Format(NumberFormat.Int4, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Int4), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Spmm(Rows = 768, Depth = 3072)]
    public static partial void Vectors8Int4ByS4([Sparse(Pattern.VectorRows, V = 8), Format(NumberFormat.Int4, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Int4), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);
}
