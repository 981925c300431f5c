using Intarsia.Bench.Measuring;

namespace Intarsia.Bench.Cases;

/// <summary>
/// Decoding: narrow weights times 8-bit activations of a few tokens, in the third-level cache or from memory. ggml quantises weights and activations itself, so that its numbers are others: its format of as many bits stands
/// beside ours, and its results are held against the product of what both began with.
/// </summary>
internal static unsafe class DecodeCases
{
    public delegate void Kernel(PackedMatrix weights, ReadOnlySpan<sbyte> x, ReadOnlySpan<float> xScale, Span<float> y, int tokens);

    /// <summary>A case in bytes of our packed weights.</summary>
    /// <param name="level">Where the weights come from: <see cref="Ceiling.ReadL3"/> or <see cref="Ceiling.ReadMemory"/>.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="info">Our kernel.</param>
    /// <param name="kernel">The call.</param>
    /// <param name="rows">Rows of the weights.</param>
    /// <param name="depth">Depth.</param>
    /// <param name="peer">ggml's formats of about as many bits, with blanks between them; empty where it has none.</param>
    /// <param name="error">Relative error (L2) of its product that quantising explains.</param>
    public static BenchCase Of(Ceiling level, int tokens, KernelInfo info, Kernel kernel, int rows, int depth, string peer, double error)
    {
        WeightLayout layout = info.Weights!;
        string name = $"decode {layout.Format.ToString().ToLowerInvariant()} a8 {(layout.Scale == Per.Group ? $"group {layout.ScaleGroup} " : "")}{tokens}x{rows}x{depth} {(level == Ceiling.ReadL3 ? "L3" : "memory")}";
        return new(name, "GB/s", level, setup =>
        {
            float[] w = Operands.Floats(rows * depth, 1), scales = Array.ConvertAll(Operands.Floats(tokens, 4), value => (value + 1) / 128);
            sbyte[] quantised = Operands.Signed(tokens * depth, 2);
            NativeBuffer<sbyte> x = setup.Buffer<sbyte>(quantised);
            NativeBuffer<float> xScale = setup.Buffer<float>(scales), y = setup.Buffer<float>(tokens * rows), wideX = setup.Buffer<float>(tokens * depth), wideW = setup.Buffer<float>(w);
            for (int i = 0; i < quantised.Length; i++) wideX.Span[i] = quantised[i] * scales[i / depth];

            Func<PackedMatrix> pack = Packer(w, rows, depth, layout);
            PackedMatrix first = pack();
            PackedMatrix[] weights = level == Ceiling.ReadMemory ? WeightCopies.FromMemoryOf(first, pack) : [first];
            setup.Work = weights[0].SizeInBytes;
            setup.Operations = 2.0 * tokens * rows * depth;
            setup.Bytes = setup.Work + (double)tokens * depth + sizeof(float) * (double)tokens * rows;
            setup.Clear = () => y.Span.Fill(float.NaN);
            weights[0].Unpack(w);
            setup.Check = Reference.FloatCheck(tokens, rows, depth, Exact(quantised, scales, depth), Reference.Widen(Reference.Transpose<float>(w, rows, depth)), () => y.Span);
            Func<string?> check = Reference.RelativeCheck(tokens, rows, depth, wideX.Span, Reference.Transpose<float>(wideW.Span, rows, depth), error, () => y.Span);
            // Four bits and two have an order of the library's own as well; so have bytes, but its version 0.9.9 ends the process when it makes it.
            foreach (string format in peer.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                foreach (bool packed in format is "q4_0" or "q2_K" ? (bool[])[false, true] : [false])
                    setup.AddPeer("ggml", format + (packed ? " packed" : ""), library => library.LowBit(format, packed, rows, depth, tokens, weights.Length, wideW.Pointer, wideX.Pointer, y.Pointer), check);
            // The order that the kernel reads is made at its first call.
            foreach (PackedMatrix copy in weights) kernel(copy, x.Span, xScale.Span, y.Span, tokens);
            int next = 0;
            setup.SetOurs(info, () =>
            {
                kernel(weights[next], x.Span, xScale.Span, y.Span, tokens);
                next = (next + 1) % weights.Length;
            });
        });
    }

    /// <summary>Packs weights as the nearest numbers of a format, found once for all copies; planes of signs by the solver that finds them.</summary>
    public static Func<PackedMatrix> Packer(float[] w, int rows, int depth, WeightLayout layout)
    {
        if (layout.Planes > 0)
        {
            BinaryCodedMatrix planes = BinaryCodedQuantiser.Quantise(w, rows, depth, layout.Planes, layout.Scale, layout.ScaleGroup).Matrix;
            return () => PackedMatrix.Pack(planes, layout);
        }
        QuantisedMatrix quantised = Quantiser.Quantise(w, rows, depth, layout.Format, layout.Scale, layout.ScaleGroup);
        return () => PackedMatrix.Pack(quantised, layout);
    }

    private static double[] Exact(sbyte[] quantised, float[] scales, int depth)
    {
        var exact = new double[quantised.Length];
        for (int i = 0; i < exact.Length; i++) exact[i] = (double)quantised[i] * scales[i / depth];
        return exact;
    }
}
