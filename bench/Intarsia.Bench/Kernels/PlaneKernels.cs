namespace Intarsia.Bench.Kernels;

/// <summary>Planes times planes, w of the weights and a of the activations, raw sums: layers of a binarised or very narrow decoder.</summary>
internal static partial class PlaneKernels
{
    [Gemm(Rows = 4096, Depth = 4096)]
    public static partial void W1A1([Format(NumberFormat.Planes1, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Planes1), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    public static partial void W1A2([Format(NumberFormat.Planes1, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Planes2), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    public static partial void W2A2([Format(NumberFormat.Planes2, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Planes2), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    public static partial void W2A4([Format(NumberFormat.Planes2, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Planes4), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    public static partial void W4A4([Format(NumberFormat.Planes4, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Planes4), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 4096, Depth = 4096)]
    public static partial void W3A4([Format(NumberFormat.Planes3, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Planes4), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 4096, Depth = 11008)]
    public static partial void W1A2x11008([Format(NumberFormat.Planes1, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Planes2), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 512, Depth = 4096)]
    public static partial void W1A1Short([Format(NumberFormat.Planes1, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Planes1), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 512, Depth = 4096)]
    public static partial void W1A2Short([Format(NumberFormat.Planes1, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Planes2), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 512, Depth = 4096)]
    public static partial void W2A2Short([Format(NumberFormat.Planes2, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Planes2), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm(Rows = 512, Depth = 4096)]
    public static partial void W3A4Short([Format(NumberFormat.Planes3, Scale = Per.None)] PackedMatrix weights, [Format(NumberFormat.Planes4), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);
}
