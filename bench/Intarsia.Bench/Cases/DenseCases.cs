using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench.Cases;

/// <summary>Dense binary32 GEMM with packed weights, token-major and row-major.</summary>
internal static unsafe class DenseCases
{
    /// <summary>Y (tokens×rows) = X (tokens×depth)·Wᵀ: the linear layer.</summary>
    public static BenchCase TokenMajor(int tokens, int rows, int depth) =>
        new($"gemm f32 token-major {tokens}x{rows}x{depth}", "GFLOP/s", Ceiling.Fma, setup =>
        {
            float[] w = Operands.Floats(rows * depth, 1);
            NativeBuffer<float> x = setup.Buffer<float>(Operands.Floats(tokens * depth, 2));
            NativeBuffer<float> transposed = setup.Buffer<float>(Reference.Transpose<float>(w, rows, depth));
            NativeBuffer<float> y = setup.Buffer<float>(tokens * rows);
            Common(setup, tokens, rows, depth, x, transposed, y, PeerConstant.Right);
        });

    /// <summary>Y (rows×columns) = W (rows×depth)·X (depth×columns).</summary>
    public static BenchCase RowMajor(int rows, int columns, int depth) =>
        new($"gemm f32 row-major {rows}x{columns}x{depth}", "GFLOP/s", Ceiling.Fma, setup =>
        {
            NativeBuffer<float> w = setup.Buffer<float>(Operands.Floats(rows * depth, 1));
            NativeBuffer<float> x = setup.Buffer<float>(Operands.Floats(depth * columns, 2));
            NativeBuffer<float> y = setup.Buffer<float>(rows * columns);
            Common(setup, rows, columns, depth, w, x, y, PeerConstant.Left);
        });

    private static void Common(CaseSetup setup, int m, int n, int k, NativeBuffer<float> a, NativeBuffer<float> b, NativeBuffer<float> c, PeerConstant constant)
    {
        setup.Work = 2.0 * m * n * k;
        setup.Clear = () => c.Span.Fill(float.NaN);
        setup.Check = Reference.FloatCheck(m, n, k, a.Span, b.Span, () => c.Span);
        setup.AddPeer("openblas", "", peer => peer.Gemm(PeerKind.Float32, constant, packed: false, m, n, k, a.Pointer, b.Pointer, c.Pointer));
        setup.AddPeer("onednn", "packed", peer => peer.Gemm(PeerKind.Float32, constant, packed: true, m, n, k, a.Pointer, b.Pointer, c.Pointer));
        setup.AddPeer("onednn", "plain", peer => peer.Gemm(PeerKind.Float32, constant, packed: false, m, n, k, a.Pointer, b.Pointer, c.Pointer));
        setup.AddPeer("libxsmm", constant == PeerConstant.Right ? "packed" : "", peer => peer.Gemm(PeerKind.Float32, constant, packed: true, m, n, k, a.Pointer, b.Pointer, c.Pointer));
    }
}
