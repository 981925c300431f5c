using Intarsia.Bench.Measuring;

namespace Intarsia.Bench.Cases;

/// <summary>
/// Planes times planes with a few tokens, in bytes of our packed weights: in the second-level cache, where instructions are what limits them, in the third, and from memory. X is cut into planes within the call. No peer has such
/// kernels.
/// </summary>
internal static class PlaneCases
{
    public delegate void Kernel(PackedMatrix weights, ReadOnlySpan<byte> x, Span<int> y, int tokens);

    /// <summary>A case.</summary>
    /// <param name="level">Where the weights come from.</param>
    /// <param name="info">Our kernel.</param>
    /// <param name="kernel">The call.</param>
    /// <param name="rows">Rows of the weights.</param>
    /// <param name="bitsOfX">Planes of X.</param>
    /// <param name="depth">Depth.</param>
    /// <param name="tokens">Tokens.</param>
    public static BenchCase Of(Ceiling level, KernelInfo info, Kernel kernel, int rows, int bitsOfX, int depth = 4096, int tokens = 1)
    {
        WeightLayout layout = info.Weights!;
        int bits = layout.Format - NumberFormat.Planes1 + 1;
        string where = level switch { Ceiling.ReadL2 => "L2", Ceiling.ReadL3 => "L3", _ => "memory" };
        return new(FormattableString.Invariant($"planes w{bits}a{bitsOfX} {tokens}x{rows}x{depth} {where}"), "GB/s", level, setup =>
        {
            int[] w = Narrow(Operands.Unsigned(rows * depth, 1), bits), wideX = Narrow(Operands.Unsigned(tokens * depth, 2), bitsOfX);
            PackedMatrix Pack() => PackedMatrix.Pack(w, rows, depth, layout);
            PackedMatrix first = Pack();
            PackedMatrix[] weights = level == Ceiling.ReadMemory ? WeightCopies.FromMemoryOf(first, Pack) : [first];
            NativeBuffer<byte> x = setup.Buffer<byte>(Array.ConvertAll(wideX, value => (byte)value));
            NativeBuffer<int> y = setup.Buffer<int>(tokens * rows);
            setup.Work = first.SizeInBytes;
            setup.Operations = 2.0 * tokens * rows * depth;
            setup.Bytes = setup.Work + (double)tokens * depth + sizeof(int) * (double)tokens * rows;
            setup.Clear = () => y.Span.Fill(int.MinValue);
            setup.Check = Reference.IntegerCheck(Reference.Product<int>(tokens, rows, depth, wideX, Reference.Transpose<int>(w, rows, depth)), rows, () => y.Span);
            // The order that the kernel reads is made at its first call.
            foreach (PackedMatrix copy in weights) kernel(copy, x.Span, y.Span, tokens);
            int next = 0;
            setup.SetOurs(info, () =>
            {
                kernel(weights[next], x.Span, y.Span, tokens);
                next = (next + 1) % weights.Length;
            });
        });
    }

    /// <summary>The low bits of each byte.</summary>
    public static int[] Narrow(byte[] bytes, int bits) => Array.ConvertAll(bytes, value => value & ((1 << bits) - 1));
}
