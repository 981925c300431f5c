using Intarsia.Bench.Measuring;

namespace Intarsia.Bench.Cases;

/// <summary>
/// Planes times planes with one token, in bytes of our packed weights: in the second-level cache, where instructions are what limits them, in the third, and from memory. X is cut into planes within the call. No peer has such
/// kernels.
/// </summary>
internal static class PlaneCases
{
    public delegate void Kernel(PackedMatrix weights, ReadOnlySpan<byte> x, Span<int> y, int tokens);

    /// <summary>Bytes of weights that a run from memory passes through before it comes back to the first.</summary>
    private const long FromMemory = 640L << 20;

    /// <summary>A case.</summary>
    /// <param name="level">Where the weights come from.</param>
    /// <param name="info">Our kernel.</param>
    /// <param name="kernel">The call.</param>
    /// <param name="rows">Rows of the weights.</param>
    /// <param name="bitsOfX">Planes of X.</param>
    public static BenchCase Of(Ceiling level, KernelInfo info, Kernel kernel, int rows, int bitsOfX)
    {
        const int Depth = 4096;
        WeightLayout layout = info.Weights!;
        int bits = layout.Format - NumberFormat.Planes1 + 1;
        string where = level switch { Ceiling.ReadL2 => "L2", Ceiling.ReadL3 => "L3", _ => "memory" };
        return new(FormattableString.Invariant($"planes w{bits}a{bitsOfX} 1x{rows}x{Depth} {where}"), "GB/s", level, setup =>
        {
            int[] w = Narrow(Operands.Unsigned(rows * Depth, 1), bits), wideX = Narrow(Operands.Unsigned(Depth, 2), bitsOfX);
            PackedMatrix first = PackedMatrix.Pack(w, rows, Depth, layout);
            PackedMatrix[] weights = level == Ceiling.ReadMemory ? [first, .. Enumerable.Range(1, (int)(FromMemory / first.SizeInBytes)).Select(_ => PackedMatrix.Pack(w, rows, Depth, layout))] : [first];
            NativeBuffer<byte> x = setup.Buffer<byte>(Array.ConvertAll(wideX, value => (byte)value));
            NativeBuffer<int> y = setup.Buffer<int>(rows);
            setup.Work = first.SizeInBytes;
            setup.Operations = 2.0 * rows * Depth;
            setup.Bytes = setup.Work + Depth + sizeof(int) * (double)rows;
            setup.Clear = () => y.Span.Fill(int.MinValue);
            setup.Check = Reference.IntegerCheck(Reference.Product<int>(1, rows, Depth, wideX, Reference.Transpose<int>(w, rows, Depth)), rows, () => y.Span);
            // The order that the kernel reads is made at its first call.
            foreach (PackedMatrix copy in weights) kernel(copy, x.Span, y.Span, 1);
            int next = 0;
            setup.SetOurs(info, () =>
            {
                kernel(weights[next], x.Span, y.Span, 1);
                next = (next + 1) % weights.Length;
            });
        });
    }

    /// <summary>The low bits of each byte.</summary>
    public static int[] Narrow(byte[] bytes, int bits) => Array.ConvertAll(bytes, value => value & ((1 << bits) - 1));
}
