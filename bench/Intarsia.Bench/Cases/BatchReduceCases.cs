using Intarsia.Bench.Measuring;

namespace Intarsia.Bench.Cases;

/// <summary>Batch-reduce GEMM of plain spans, the terms behind one another.</summary>
internal static unsafe class BatchReduceCases
{
    public delegate void Kernel(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int count, int strideA, int strideB);

    public static BenchCase Strided(int extent, int count, KernelInfo info, Kernel kernel) =>
        new($"batch-reduce f32 {extent}x{extent}x{extent} of {count}", "GFLOP/s", Ceiling.Fma, setup =>
        {
            int square = extent * extent;
            NativeBuffer<float> a = setup.Buffer<float>(Operands.Floats(count * square, 1)), b = setup.Buffer<float>(Operands.Floats(count * square, 2));
            NativeBuffer<float> c = setup.Buffer<float>(square);
            setup.Work = 2.0 * square * extent * count;
            setup.Bytes = sizeof(float) * square * (2.0 * count + 1);
            setup.Clear = () => c.Span.Fill(float.NaN);
            setup.Check = Reference.FloatCheck(extent, extent, extent * count, SideBySide(a.Span, extent, count), b.Span, () => c.Span);
            setup.AddPeer("libxsmm", "", peer => peer.BatchReduce(extent, extent, extent, count, a.Pointer, b.Pointer, c.Pointer));
            setup.SetOurs(info, () => kernel(a.Span, b.Span, c.Span, count, square, square));
        });

    // The sum over the terms is one product of [A_0 A_1 …] with the B_r on top of one another.
    private static float[] SideBySide(ReadOnlySpan<float> a, int extent, int count)
    {
        var wide = new float[a.Length];
        for (int term = 0; term < count; term++)
            for (int row = 0; row < extent; row++)
                a.Slice((term * extent + row) * extent, extent).CopyTo(wide.AsSpan((row * count + term) * extent));
        return wide;
    }
}
