using System.Runtime.InteropServices;
using Intarsia.Bench.Kernels;
using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench.Cases;

/// <summary>
/// Products of integers other than bytes, of which one operand at least has 16, 12 or 4 bits: no peer has such kernels. Beside them stand a dense product of bytes, of the same extents, and a dense one of binary32 of the same numbers. Operands cover the
/// full range of their types, sums are of 32 bits and wrap; the speed counts stored elements, the peers' too.
/// </summary>
internal static unsafe class IntegerCases
{
    private const int Tokens = 128, Rows = 768, Depth = 3072;

    public static IEnumerable<BenchCase> All() =>
    [
        .. Both<short>(16, 16, (IntegerKernels.Int16ByS16Kernel, IntegerKernels.Int16ByS16), (IntegerKernels.Vectors8Int16ByS16Kernel, IntegerKernels.Vectors8Int16ByS16)),
        .. Both<sbyte>(16, 8, (IntegerKernels.Int16ByS8Kernel, IntegerKernels.Int16ByS8), (IntegerKernels.Vectors8Int16ByS8Kernel, IntegerKernels.Vectors8Int16ByS8)),
        .. Both<byte>(16, 4, (IntegerKernels.Int16ByS4Kernel, IntegerKernels.Int16ByS4), (IntegerKernels.Vectors8Int16ByS4Kernel, IntegerKernels.Vectors8Int16ByS4)),
        .. Both<byte>(12, 4, (IntegerKernels.Int12ByS4Kernel, IntegerKernels.Int12ByS4), (IntegerKernels.Vectors8Int12ByS4Kernel, IntegerKernels.Vectors8Int12ByS4)),
        .. Both<byte>(8, 4, (IntegerKernels.Int8ByS4Kernel, IntegerKernels.Int8ByS4), (IntegerKernels.Vectors8Int8ByS4Kernel, IntegerKernels.Vectors8Int8ByS4)),
        .. Both<byte>(4, 4, (IntegerKernels.Int4ByS4Kernel, IntegerKernels.Int4ByS4), (IntegerKernels.Vectors8Int4ByS4Kernel, IntegerKernels.Vectors8Int4ByS4)),
    ];

    private static IEnumerable<BenchCase> Both<T>(int bits, int bitsOfX, (KernelInfo Info, QuantisedCases.Int8Kernel<T> Run) dense, (KernelInfo Info, QuantisedCases.Int8Kernel<T> Run) vectors)
        where T : unmanaged =>
    [
        Of(bits, bitsOfX, dense.Info, dense.Run, 0),
        .. new[] { 0.7, 0.9 }.Select(sparsity => Of(bits, bitsOfX, vectors.Info, vectors.Run, sparsity)),
    ];

    private static BenchCase Of<T>(int bits, int bitsOfX, KernelInfo info, QuantisedCases.Int8Kernel<T> kernel, double sparsity)
        where T : unmanaged
    {
        string pair = $"s{bitsOfX}s{bits}", pattern = sparsity == 0 ? $"gemm {pair}" : $"spmm {pair} sr-bcrs V=8";
        return new($"{pattern} token-major {Tokens}x{Rows}x{Depth}{(sparsity == 0 ? "" : " " + SparseCases.Percent(sparsity))}", "GOP/s", Ceiling.Int8Dot, setup =>
        {
            int[] w = Drawn(Rows * Depth, bits, 1), x = Drawn(Tokens * Depth, bitsOfX, 2);
            if (sparsity > 0)
            {
                float[] kept = SparseCases.Vectors(Rows, Depth, 8, sparsity);
                for (int i = 0; i < w.Length; i++) w[i] = kept[i] == 0 ? 0 : w[i];
            }
            PackedMatrix packed = PackedMatrix.Pack(w, Rows, Depth, info.Weights!);
            NativeBuffer<T> stored = setup.Buffer<T>(Stored<T>(x, bitsOfX));
            int[] transposed = Reference.Transpose<int>(w, Rows, Depth);
            NativeBuffer<int> y = setup.Buffer<int>(Tokens * Rows), ofBytes = setup.Buffer<int>(Tokens * Rows);
            NativeBuffer<float> wideX = setup.Buffer<float>(Array.ConvertAll(x, value => (float)value)), wideW = setup.Buffer<float>(Array.ConvertAll(transposed, value => (float)value)), ofFloats = setup.Buffer<float>(Tokens * Rows);
            NativeBuffer<sbyte> bytesX = setup.Buffer<sbyte>(Operands.Signed(Tokens * Depth, 3)), bytesW = setup.Buffer<sbyte>(Operands.Signed(Rows * Depth, 4));
            setup.Work = 2.0 * Tokens * packed.StoredElements;
            setup.Bytes = packed.SizeInBytes + stored.Length * (double)sizeof(T) + sizeof(int) * (double)Tokens * Rows;
            setup.Clear = () =>
            {
                y.Span.Fill(int.MinValue);
                ofBytes.Span.Fill(int.MinValue);
                ofFloats.Span.Fill(float.NaN);
            };
            setup.Check = Reference.IntegerCheck(Reference.Product<int>(Tokens, Rows, Depth, x, transposed), Rows, () => y.Span);
            Func<string?> bytes = Reference.IntegerCheck(Reference.Product<int>(Tokens, Rows, Depth, Wide(bytesX), Wide(bytesW)), Rows, () => ofBytes.Span);
            Func<string?> floats = Reference.FloatCheck(Tokens, Rows, Depth, wideX.Span, wideW.Span, () => ofFloats.Span);
            setup.AddPeer("onednn", "dense bytes packed", peer => peer.Gemm(PeerKind.Int8Int8, PeerConstant.Right, packed: true, Tokens, Rows, Depth, bytesX.Pointer, bytesW.Pointer, ofBytes.Pointer), bytes);
            setup.AddPeer("onednn", "dense f32 packed", peer => peer.Gemm(PeerKind.Float32, PeerConstant.Right, packed: true, Tokens, Rows, Depth, wideX.Pointer, wideW.Pointer, ofFloats.Pointer), floats);
            setup.SetOurs(info, () => kernel(packed, stored.Span, y.Span, Tokens));
        });
    }

    private static int[] Wide(NativeBuffer<sbyte> values) => Array.ConvertAll(values.Span.ToArray(), value => (int)value);

    /// <summary>Uniform over the signed integers of so many bits.</summary>
    public static int[] Drawn(int length, int bits, int seed)
    {
        var random = new Random(seed);
        var values = new int[length];
        foreach (ref int value in values.AsSpan()) value = random.Next(-(1 << (bits - 1)), 1 << (bits - 1));
        return values;
    }

    /// <summary>As a kernel takes them: integers of 4 bits two to a byte, the even one in the low nibble.</summary>
    private static T[] Stored<T>(int[] values, int bits)
        where T : unmanaged
    {
        byte[] stored = bits switch
        {
            4 => [.. Enumerable.Range(0, values.Length / 2).Select(i => (byte)((values[2 * i] & 15) | (values[2 * i + 1] << 4)))],
            8 => Array.ConvertAll(values, value => (byte)value),
            _ => MemoryMarshal.AsBytes(Array.ConvertAll(values, value => (short)value).AsSpan()).ToArray(),
        };
        return MemoryMarshal.Cast<byte, T>(stored).ToArray();
    }
}
