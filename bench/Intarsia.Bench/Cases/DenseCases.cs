using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench.Cases;

/// <summary>Dense binary32 GEMM with packed weights, token-major and row-major.</summary>
internal static unsafe class DenseCases
{
    /// <summary>A generated GEMM with packed weights; columns are tokens where X and Y are token-major.</summary>
    public delegate void Kernel(PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    /// <summary>A generated GEMM whose extents are all constants and whose operands are all new at every call.</summary>
    public delegate void SmallKernel(ReadOnlySpan<float> w, ReadOnlySpan<float> x, Span<float> y);

    /// <summary>Y (tokens×rows) = X (tokens×depth)·Wᵀ: the linear layer.</summary>
    public static BenchCase TokenMajor(int tokens, int rows, int depth, KernelInfo info, Kernel kernel) =>
        new($"gemm f32 token-major {tokens}x{rows}x{depth}", "GFLOP/s", Ceiling.Fma, setup =>
        {
            float[] w = Operands.Floats(rows * depth, 1);
            PackedMatrix packed = PackedMatrix.Pack(w, rows, depth, info.Weights!);
            NativeBuffer<float> x = setup.Buffer<float>(Operands.Floats(tokens * depth, 2));
            NativeBuffer<float> transposed = setup.Buffer<float>(Reference.Transpose<float>(w, rows, depth));
            NativeBuffer<float> y = setup.Buffer<float>(tokens * rows);
            Common(setup, tokens, rows, depth, x, transposed, y, PeerConstant.Right);
            setup.SetOurs(info, () => kernel(packed, x.Span, y.Span, tokens));
        });

    /// <summary>Y (rows×columns) = W (rows×depth)·X (depth×columns).</summary>
    public static BenchCase RowMajor(int rows, int columns, int depth, KernelInfo info, Kernel kernel) =>
        new($"gemm f32 row-major {rows}x{columns}x{depth}", "GFLOP/s", Ceiling.Fma, setup =>
        {
            NativeBuffer<float> w = setup.Buffer<float>(Operands.Floats(rows * depth, 1));
            PackedMatrix packed = PackedMatrix.Pack(w.Span, rows, depth, info.Weights!);
            NativeBuffer<float> x = setup.Buffer<float>(Operands.Floats(depth * columns, 2));
            NativeBuffer<float> y = setup.Buffer<float>(rows * columns);
            Common(setup, rows, columns, depth, w, x, y, PeerConstant.Left);
            setup.SetOurs(info, () => kernel(packed, x.Span, y.Span, columns));
        });

    /// <summary>A small GEMM of plain spans, the work of libxsmm.</summary>
    public static BenchCase Small(int extent, KernelInfo info, SmallKernel kernel) =>
        new($"gemm f32 spans {extent}x{extent}x{extent}", "GFLOP/s", Ceiling.Fma, setup =>
        {
            NativeBuffer<float> w = setup.Buffer<float>(Operands.Floats(extent * extent, 1));
            NativeBuffer<float> x = setup.Buffer<float>(Operands.Floats(extent * extent, 2));
            NativeBuffer<float> y = setup.Buffer<float>(extent * extent);
            Expect(setup, extent, extent, extent, w, x, y);
            setup.AddPeer("libxsmm", "", peer => peer.BatchReduce(extent, extent, extent, 1, w.Pointer, x.Pointer, y.Pointer));
            setup.AddPeer("openblas", "", peer => peer.Gemm(PeerKind.Float32, PeerConstant.None, packed: false, extent, extent, extent, w.Pointer, x.Pointer, y.Pointer));
            setup.SetOurs(info, () => kernel(w.Span, x.Span, y.Span));
        });

    private static void Expect(CaseSetup setup, int m, int n, int k, NativeBuffer<float> a, NativeBuffer<float> b, NativeBuffer<float> c)
    {
        setup.Work = 2.0 * m * n * k;
        setup.Bytes = sizeof(float) * ((double)m * k + (double)k * n + (double)m * n);
        setup.Clear = () => c.Span.Fill(float.NaN);
        setup.Check = Reference.FloatCheck(m, n, k, a.Span, b.Span, () => c.Span);
    }

    private static void Common(CaseSetup setup, int m, int n, int k, NativeBuffer<float> a, NativeBuffer<float> b, NativeBuffer<float> c, PeerConstant constant)
    {
        Expect(setup, m, n, k, a, b, c);
        setup.AddPeer("openblas", "", peer => peer.Gemm(PeerKind.Float32, constant, packed: false, m, n, k, a.Pointer, b.Pointer, c.Pointer));
        setup.AddPeer("onednn", "packed", peer => peer.Gemm(PeerKind.Float32, constant, packed: true, m, n, k, a.Pointer, b.Pointer, c.Pointer));
        setup.AddPeer("onednn", "plain", peer => peer.Gemm(PeerKind.Float32, constant, packed: false, m, n, k, a.Pointer, b.Pointer, c.Pointer));
        setup.AddPeer("libxsmm", constant == PeerConstant.Right ? "packed" : "", peer => peer.Gemm(PeerKind.Float32, constant, packed: true, m, n, k, a.Pointer, b.Pointer, c.Pointer));
    }
}
