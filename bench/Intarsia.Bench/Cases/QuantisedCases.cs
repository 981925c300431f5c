using System.Numerics;
using System.Runtime.InteropServices;
using Intarsia.Bench.Kernels;
using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench.Cases;

/// <summary>Token-major products on 16-, 8- and 4-bit numbers. Operands cover the full range of their types.</summary>
internal static unsafe class QuantisedCases
{
    public delegate void Int8Kernel<T>(PackedMatrix weights, ReadOnlySpan<T> x, Span<int> y, int tokens);

    public delegate void BFloat16Kernel(PackedMatrix weights, ReadOnlySpan<BFloat16> x, Span<float> y, int tokens);

    public delegate void Int4Kernel(PackedMatrix weights, ReadOnlySpan<sbyte> x, ReadOnlySpan<float> xScale, Span<float> y, int tokens);

    /// <summary>u8×s8 or s8×s8 → s32, dense, N:M, or single elements and vectors of rows of which a share is left out by chance. The speed counts stored elements, a dense peer's too, so that a pattern is compared by time.</summary>
    public static BenchCase Int8<T>(int tokens, int rows, int depth, KernelInfo info, Int8Kernel<T> kernel, double sparsity = 0) where T : unmanaged, IBinaryInteger<T>
    {
        WeightLayout layout = info.Weights!;
        (string formats, PeerKind kind) = typeof(T) == typeof(byte) ? ("u8s8", PeerKind.UInt8Int8) : ("s8s8", PeerKind.Int8Int8);
        return new($"{NameOf(layout, formats)} token-major {tokens}x{rows}x{depth}{(sparsity > 0 ? " " + SparseCases.Percent(sparsity) : "")}", "GOP/s", Ceiling.Int8Dot, setup =>
        {
            sbyte[] w = Weights(layout, rows, depth, sparsity);
            PackedMatrix packed = PackedMatrix.Pack(w, rows, depth, layout);
            NativeBuffer<T> x = setup.Buffer<T>(MemoryMarshal.Cast<byte, T>(Operands.Unsigned(tokens * depth, 2)));
            NativeBuffer<sbyte> transposed = setup.Buffer<sbyte>(Reference.Transpose<sbyte>(w, rows, depth));
            NativeBuffer<int> y = setup.Buffer<int>(tokens * rows);
            int[] wideX = Array.ConvertAll(x.Span.ToArray(), int.CreateChecked), wideW = Array.ConvertAll(transposed.Span.ToArray(), value => (int)value);
            setup.Work = 2.0 * tokens * packed.StoredElements;
            setup.Bytes = packed.SizeInBytes + (double)tokens * depth + sizeof(int) * (double)tokens * rows;
            setup.Clear = () => y.Span.Fill(int.MinValue);
            setup.Check = Reference.IntegerCheck(Reference.Product<int>(tokens, rows, depth, wideX, wideW), rows, () => y.Span);
            setup.AddPeer("onednn", "packed", peer => peer.Gemm(kind, PeerConstant.Right, packed: true, tokens, rows, depth, x.Pointer, transposed.Pointer, y.Pointer));
            setup.AddPeer("onednn", "gemm_u8s8s32", peer => peer.PlainGemm(kind, tokens, rows, depth, x.Pointer, transposed.Pointer, y.Pointer));
            setup.AddPeer("libxsmm", "packed", peer => peer.Gemm(kind, PeerConstant.Right, packed: true, tokens, rows, depth, x.Pointer, transposed.Pointer, y.Pointer));
            setup.SetOurs(info, () => kernel(packed, x.Span, y.Span, tokens));
        });
    }

    /// <summary>s8×s8 → s32 with X and Y row-major, where the columns of X lie beside each other: single elements and vectors of rows of which a share is left out by chance. Speeds count as those of the token-major ones. Of the peers one multiplies bytes whose left factor is constant.</summary>
    public static BenchCase Int8RowMajor(int rows, int columns, int depth, KernelInfo info, Int8Kernel<sbyte> kernel, double sparsity) =>
        new($"{NameOf(info.Weights!, "s8s8")} {rows}x{columns}x{depth} {SparseCases.Percent(sparsity)}", "GOP/s", Ceiling.Int8Dot, setup =>
        {
            NativeBuffer<sbyte> w = setup.Buffer<sbyte>(Weights(info.Weights!, rows, depth, sparsity)), x = setup.Buffer<sbyte>(Operands.Signed(depth * columns, 2));
            PackedMatrix packed = PackedMatrix.Pack(w.Span, rows, depth, info.Weights!);
            NativeBuffer<int> y = setup.Buffer<int>(rows * columns);
            setup.Work = 2.0 * columns * packed.StoredElements;
            setup.Bytes = packed.SizeInBytes + (double)depth * columns + sizeof(int) * (double)rows * columns;
            setup.Clear = () => y.Span.Fill(int.MinValue);
            setup.Check = Reference.IntegerCheck(Reference.Product<int>(rows, columns, depth, Array.ConvertAll(w.Span.ToArray(), value => (int)value), Array.ConvertAll(x.Span.ToArray(), value => (int)value)), columns, () => y.Span);
            setup.AddPeer("onednn", "dense packed", peer => peer.Gemm(PeerKind.Int8Int8, PeerConstant.Left, packed: true, rows, columns, depth, w.Pointer, x.Pointer, y.Pointer));
            PackedMatrix dense = PackedMatrix.Pack(w.Span, rows, depth, RowMajorInt8Kernels.DenseKernel.Weights!);
            setup.AddOwn("ours, dense", () => RowMajorInt8Kernels.Dense(dense, x.Span, y.Span, columns));
            setup.SetOurs(info, () => kernel(packed, x.Span, y.Span, columns));
        });

    private static string NameOf(WeightLayout layout, string formats) => layout.Pattern switch
    {
        Pattern.NM => $"spmm {formats} {(layout.V > 0 ? $"{layout.V}:" : "")}{layout.N}:{layout.M}",
        Pattern.VectorRows => $"spmm {formats} sr-bcrs V={layout.V}",
        Pattern.Csr => $"spmm {formats} csr",
        _ => "gemm " + formats,
    };

    /// <summary>Weights of a pattern, of whose elements or vectors of rows a share is left out by chance.</summary>
    private static sbyte[] Weights(WeightLayout layout, int rows, int depth, double sparsity)
    {
        sbyte[] w = Operands.Signed(rows * depth, 1);
        if (layout.Pattern == Pattern.NM) KeepOfEach(w, depth, layout.N, layout.M, layout.VectorLength);
        if (sparsity == 0) return w;
        float[] kept = SparseCases.Vectors(rows, depth, layout.VectorLength, sparsity);
        for (int i = 0; i < w.Length; i++) w[i] = kept[i] == 0 ? (sbyte)0 : w[i];
        return w;
    }

    /// <summary>bf16×bf16 → f32.</summary>
    public static BenchCase BFloat16s(int tokens, int rows, int depth, KernelInfo info, BFloat16Kernel kernel) =>
        new($"gemm bf16 token-major {tokens}x{rows}x{depth}", "GFLOP/s", Ceiling.BFloat16Dot, setup =>
        {
            float[] w = Rounded(Operands.Floats(rows * depth, 1)), wideX = Rounded(Operands.Floats(tokens * depth, 2));
            float[] wideTransposed = Reference.Transpose<float>(w, rows, depth);
            PackedMatrix packed = PackedMatrix.Pack(w, rows, depth, info.Weights!);
            NativeBuffer<BFloat16> x = setup.Buffer<BFloat16>(Array.ConvertAll(wideX, value => (BFloat16)value));
            NativeBuffer<BFloat16> transposed = setup.Buffer<BFloat16>(Array.ConvertAll(wideTransposed, value => (BFloat16)value));
            NativeBuffer<float> y = setup.Buffer<float>(tokens * rows);
            setup.Work = 2.0 * tokens * rows * depth;
            setup.Bytes = packed.SizeInBytes + 2.0 * tokens * depth + sizeof(float) * (double)tokens * rows;
            setup.Clear = () => y.Span.Fill(float.NaN);
            setup.Check = Reference.FloatCheck(tokens, rows, depth, wideX, wideTransposed, () => y.Span);
            setup.AddPeer("onednn", "packed", peer => peer.Gemm(PeerKind.BFloat16, PeerConstant.Right, packed: true, tokens, rows, depth, x.Pointer, transposed.Pointer, y.Pointer));
            setup.AddPeer("libxsmm", "packed", peer => peer.Gemm(PeerKind.BFloat16, PeerConstant.Right, packed: true, tokens, rows, depth, x.Pointer, transposed.Pointer, y.Pointer));
            setup.SetOurs(info, () => kernel(packed, x.Span, y.Span, tokens));
        });

    public delegate void FloatKernel(PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int tokens);

    /// <summary>
    /// Weights of 4 bits with a scale per group, activations of 8 bits with a scale per token. None of the peers has such a kernel: beside it stand their binary32
    /// products of the same values. A matrix-vector product is limited by reading the weights and is given in bytes of our packed ones.
    /// </summary>
    public static BenchCase Int4(int tokens, int rows, int depth, KernelInfo info, Int4Kernel kernel)
    {
        WeightLayout layout = info.Weights!;
        bool vector = tokens == 1;
        return new($"{(vector ? "gemv" : "gemm")} w4a8 group {layout.ScaleGroup} {tokens}x{rows}x{depth}", vector ? "GB/s" : "GOP/s", vector ? Ceiling.ReadL3 : Ceiling.Int8Dot, setup =>
        {
            QuantisedMatrix int4 = Quantiser.Quantise(Operands.Floats(rows * depth, 1), rows, depth, NumberFormat.Int4, Per.Group, layout.ScaleGroup);
            PackedMatrix packed = PackedMatrix.Pack(int4, layout);
            var w = new float[rows * depth];
            packed.Unpack(w);
            (NativeBuffer<sbyte> x, NativeBuffer<float> xScale, double[] wideX) = Activations(setup, tokens, depth);
            NativeBuffer<float> y = setup.Buffer<float>(tokens * rows);
            NativeBuffer<float> floatX = setup.Buffer<float>(Array.ConvertAll(wideX, value => (float)value)), transposed = setup.Buffer<float>(Reference.Transpose<float>(w, rows, depth));
            setup.Work = vector ? packed.SizeInBytes : 2.0 * tokens * rows * depth;
            setup.Clear = () => y.Span.Fill(float.NaN);
            setup.Check = Reference.FloatCheck(tokens, rows, depth, wideX, Reference.Widen(transposed.Span), () => y.Span);
            setup.AddPeer("openblas", "f32", peer => peer.Gemm(PeerKind.Float32, PeerConstant.Right, packed: false, tokens, rows, depth, floatX.Pointer, transposed.Pointer, y.Pointer));
            setup.AddPeer("onednn", "f32 packed", peer => peer.Gemm(PeerKind.Float32, PeerConstant.Right, packed: true, tokens, rows, depth, floatX.Pointer, transposed.Pointer, y.Pointer));
            setup.SetOurs(info, () => kernel(packed, x.Span, xScale.Span, y.Span, tokens));
        });
    }

    /// <summary>Activations of 8 bits, a scale for each token, and what the two say.</summary>
    public static (NativeBuffer<sbyte> Quantised, NativeBuffer<float> Scales, double[] Wide) Activations(CaseSetup setup, int tokens, int depth)
    {
        sbyte[] quantised = Operands.Signed(tokens * depth, 2);
        float[] scales = Array.ConvertAll(Operands.Floats(tokens, 4), value => value / 128);
        var wide = new double[tokens * depth];
        for (int i = 0; i < wide.Length; i++) wide[i] = (double)quantised[i] * scales[i / depth];
        return (setup.Buffer<sbyte>(quantised), setup.Buffer<float>(scales), wide);
    }

    /// <summary>
    /// The same work with weights of a table, against int4: the same integers, which both formats hold, so that the difference is what the decoder costs.
    /// </summary>
    public static BenchCase Table(int tokens, int rows, int depth, KernelInfo info, Int4Kernel kernel)
    {
        WeightLayout layout = info.Weights!;
        bool vector = tokens == 1;
        return new($"{(vector ? "gemv" : "gemm")} {layout.Format.ToString().ToLowerInvariant()} a8 group {layout.ScaleGroup} {tokens}x{rows}x{depth} against s4", vector ? "GB/s" : "GOP/s", vector ? Ceiling.ReadL3 : Ceiling.Int8Dot, setup =>
        {
            bool isSigned = layout.Format is not (NumberFormat.UFlint4 or NumberFormat.UPowerOfTwo4 or NumberFormat.UFloat4);
            int[] integers = Array.ConvertAll(Operands.Signed(rows * depth, 1), value => (ReadOnlySpan<int>)[0, 1, 2, 4] is var held ? held[value & 3] * (isSigned && value < 0 ? -1 : 1) : 0);
            float[] groups = Array.ConvertAll(Operands.Floats(rows * depth / layout.ScaleGroup, 3), value => Math.Abs(value) + 0.01f);
            PackedMatrix packed = PackedMatrix.Pack(integers, rows, depth, layout, groups), int4 = PackedMatrix.Pack(integers, rows, depth, layout with { Format = NumberFormat.Int4 }, groups);
            var w = new float[rows * depth];
            packed.Unpack(w);
            (NativeBuffer<sbyte> x, NativeBuffer<float> xScale, double[] wideX) = Activations(setup, tokens, depth);
            NativeBuffer<float> y = setup.Buffer<float>(tokens * rows);
            setup.Work = vector ? packed.SizeInBytes : 2.0 * tokens * rows * depth;
            setup.Clear = () => y.Span.Fill(float.NaN);
            setup.Check = Reference.FloatCheck(tokens, rows, depth, wideX, Reference.Widen(Reference.Transpose<float>(w, rows, depth)), () => y.Span);
            setup.AddOwn("ours s4", () => Int4Kernels.Gemm(int4, x.Span, xScale.Span, y.Span, tokens));
            setup.SetOurs(info, () => kernel(packed, x.Span, xScale.Span, y.Span, tokens));
        });
    }

    /// <summary>Weights of two bits or of one with a scale per row, times bytes, against int4 weights of the same numbers. A matrix-vector product is given in bytes of the narrow weights.</summary>
    public static BenchCase Narrow(int tokens, int rows, int depth, KernelInfo info, Int4Kernel kernel)
    {
        WeightLayout layout = info.Weights!;
        bool vector = tokens == 1;
        return new($"{(vector ? "gemv" : "gemm")} {layout.Format.ToString().ToLowerInvariant()} a8 {tokens}x{rows}x{depth} against s4", vector ? "GB/s" : "GOP/s", vector ? Ceiling.ReadL3 : Ceiling.Int8Dot, setup =>
        {
            ReadOnlySpan<short> table = CodeTable.Of(layout.Format);
            int[] integers = new int[rows * depth];
            sbyte[] drawn = Operands.Signed(integers.Length, 1);
            for (int i = 0; i < integers.Length; i++) integers[i] = table[drawn[i] & (table.Length - 1)];
            float[] scales = Array.ConvertAll(Operands.Floats(rows, 3), value => Math.Abs(value) + 0.01f);
            WeightLayout wide = Int4Kernels.GemmKernel.Weights!;
            float[] groups = [.. Enumerable.Range(0, rows * depth / wide.ScaleGroup).Select(i => scales[i / (depth / wide.ScaleGroup)])];
            PackedMatrix packed = PackedMatrix.Pack(integers, rows, depth, layout, scales), int4 = PackedMatrix.Pack(integers, rows, depth, wide, groups);
            var w = new float[rows * depth];
            packed.Unpack(w);
            (NativeBuffer<sbyte> x, NativeBuffer<float> xScale, double[] wideX) = Activations(setup, tokens, depth);
            NativeBuffer<float> y = setup.Buffer<float>(tokens * rows);
            setup.Work = vector ? packed.SizeInBytes : 2.0 * tokens * rows * depth;
            setup.Clear = () => y.Span.Fill(float.NaN);
            setup.Check = Reference.FloatCheck(tokens, rows, depth, wideX, Reference.Widen(Reference.Transpose<float>(w, rows, depth)), () => y.Span);
            setup.AddOwn("ours s4", () => Int4Kernels.Gemm(int4, x.Span, xScale.Span, y.Span, tokens));
            setup.SetOurs(info, () => kernel(packed, x.Span, xScale.Span, y.Span, tokens));
        });
    }

    /// <summary>Weights of four bits times binary32 activations, against binary32 weights of the same numbers. A matrix-vector product is given in bytes of the narrow weights.</summary>
    public static BenchCase WeightOnly(int tokens, int rows, int depth, KernelInfo info, FloatKernel kernel)
    {
        WeightLayout layout = info.Weights!;
        bool vector = tokens == 1;
        return new($"{(vector ? "gemv" : "gemm")} {layout.Format.ToString().ToLowerInvariant()} f32 {tokens}x{rows}x{depth} against f32 weights", vector ? "GB/s" : "GFLOP/s", vector ? Ceiling.ReadL3 : Ceiling.Fma, setup =>
        {
            PackedMatrix packed = PackedMatrix.Pack(Operands.Floats(rows * depth, 1), rows, depth, layout);
            var w = new float[rows * depth];
            packed.Unpack(w);
            PackedMatrix wide = PackedMatrix.Pack(w, rows, depth, new WeightLayout(Pattern.Dense, NumberFormat.Float32));
            NativeBuffer<float> x = setup.Buffer<float>(Operands.Floats(tokens * depth, 2)), y = setup.Buffer<float>(tokens * rows);
            setup.Work = vector ? packed.SizeInBytes : 2.0 * tokens * rows * depth;
            setup.Clear = () => y.Span.Fill(float.NaN);
            setup.Check = Reference.FloatCheck(tokens, rows, depth, Reference.Widen(x.Span), Reference.Widen(Reference.Transpose<float>(w, rows, depth)), () => y.Span);
            setup.AddOwn("ours f32", () => WeightOnlyKernels.Float32(wide, x.Span, y.Span, tokens));
            setup.SetOurs(info, () => kernel(packed, x.Span, y.Span, tokens));
        });
    }

    private static float[] Rounded(float[] values) => Array.ConvertAll(values, value => (float)(BFloat16)value);

    // Zeroes all but the first n of each m elements in a seeded order; what is kept stays over the full range.
    /// <summary>Keeps n of each m elements of rows of the given length, the same in v neighbouring rows.</summary>
    private static void KeepOfEach(Span<sbyte> values, int depth, int n, int m, int v)
    {
        var random = new Random(5);
        int[] order = Enumerable.Range(0, m).ToArray();
        for (int rows = 0; rows < values.Length; rows += v * depth)
        {
            for (int start = rows; start < rows + depth; start += m)
            {
                random.Shuffle(order);
                for (int row = 0; row < v; row++)
                    for (int drop = n; drop < m; drop++) values[start + row * depth + order[drop]] = 0;
            }
        }
    }
}
