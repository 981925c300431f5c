using System.Numerics;
using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench.Cases;

/// <summary>SDDMM. No peer samples, so that each computes the whole product; speeds count the operations on sampled elements, and a ratio is a ratio of times.</summary>
internal static unsafe class SampledCases
{
    public delegate void Kernel(ReadOnlySpan<float> a, ReadOnlySpan<float> b, PackedMatrix d);

    public delegate void IntegerKernel<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, PackedMatrix d);

    /// <summary>D (rows×columns, on a pattern) = scale·A (rows×depth)·Bᵀ (columns×depth).</summary>
    public static BenchCase Of(string name, int rows, int columns, int depth, float scale, double sparsity, KernelInfo info, Kernel kernel) =>
        new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"sddmm f32 {name} {rows}x{columns}x{depth} {100 * sparsity:0}%"), "GFLOP/s", Ceiling.Fma, setup =>
        {
            WeightLayout layout = info.Weights!;
            float[] pattern = layout.Pattern == Pattern.NM ? SparseCases.OfEach(rows, columns, layout.N, layout.M, 1) : SparseCases.Vectors(rows, columns, layout.VectorLength, sparsity, Math.Max(1, layout.BlockColumns));
            PackedMatrix d = PackedMatrix.Pack(pattern, rows, columns, layout);
            NativeBuffer<float> a = setup.Buffer<float>(Operands.Floats(rows * depth, 1)), b = setup.Buffer<float>(Operands.Floats(columns * depth, 2));
            // The scale is a power of two and costs the peers nothing.
            NativeBuffer<float> scaled = setup.Buffer<float>(a.Span.ToArray().Select(value => value * scale).ToArray()), transposed = setup.Buffer<float>(Reference.Transpose<float>(b.Span, columns, depth));
            NativeBuffer<float> dense = setup.Buffer<float>(rows * columns);
            setup.Work = info.Flops(d.StoredElements, depth);
            setup.Bytes = sizeof(float) * (d.StoredElements + (double)(rows + columns) * depth);
            setup.Clear = () =>
            {
                dense.Span.Fill(float.NaN);
                Fill(d, float.NaN, d.SetGroup);
            };
            float[] sampled = Array.ConvertAll(Reference.Product<double>(rows, columns, depth, Reference.Widen(scaled.Span), Reference.Widen(transposed.Span)), value => (float)value);
            Func<string?> whole = Reference.FloatCheck(rows, columns, depth, scaled.Span, transposed.Span, () => dense.Span);
            Func<string?> part = Reference.FloatCheck(rows, columns, depth, scaled.Span, transposed.Span, () => sampled).After(() => Sample<float>(d, sampled, d.ReadGroup));
            // A contender writes one or the other; what has been left out is not a number.
            setup.Check = () => !float.IsNaN(dense.Span[0]) ? whole() : part();
            setup.AddPeer("onednn", "dense", peer => peer.Gemm(PeerKind.Float32, PeerConstant.None, packed: false, rows, columns, depth, scaled.Pointer, transposed.Pointer, dense.Pointer));
            setup.AddPeer("openblas", "dense", peer => peer.Gemm(PeerKind.Float32, PeerConstant.None, packed: false, rows, columns, depth, scaled.Pointer, transposed.Pointer, dense.Pointer));
            setup.SetOurs(info, () => kernel(a.Span, b.Span, d));
        });

    /// <summary>D (rows×columns, on a pattern) = A (rows×depth)·Bᵀ (columns×depth) of signed integers, sums of 32 bits. Dense products of bytes, or of binary32 where integers are longer, stand beside it.</summary>
    public static BenchCase Integers<T>(string pattern, int rows, int columns, int depth, double sparsity, KernelInfo info, IntegerKernel<T> kernel)
        where T : unmanaged, IBinaryInteger<T> =>
        new($"sddmm s{8 * sizeof(T)}s{8 * sizeof(T)} {pattern} {rows}x{columns}x{depth} {SparseCases.Percent(sparsity)}", "GOP/s", Ceiling.Int8Dot, setup =>
        {
            WeightLayout layout = info.Weights!;
            PackedMatrix d = PackedMatrix.Pack(Array.ConvertAll(SparseCases.Vectors(rows, columns, layout.VectorLength, sparsity), value => value == 0 ? 0 : 1), rows, columns, layout);
            int[] wideA = IntegerCases.Drawn(rows * depth, 8 * sizeof(T), 1), wideB = IntegerCases.Drawn(columns * depth, 8 * sizeof(T), 2), transposed = Reference.Transpose<int>(wideB, columns, depth);
            NativeBuffer<T> a = setup.Buffer<T>(Array.ConvertAll(wideA, T.CreateTruncating)), b = setup.Buffer<T>(Array.ConvertAll(wideB, T.CreateTruncating)), right = setup.Buffer<T>(Array.ConvertAll(transposed, T.CreateTruncating));
            int[] exact = Reference.Product<int>(rows, columns, depth, wideA, transposed), sampled = [.. exact];
            setup.Work = info.Flops(d.StoredElements, depth);
            setup.Bytes = sizeof(int) * (double)d.StoredElements + sizeof(T) * (double)(rows + columns) * depth;
            setup.Clear = () => Fill(d, int.MinValue, d.SetGroup);
            setup.Check = Reference.IntegerCheck(exact, columns, () => sampled).After(() => Sample<int>(d, sampled, d.ReadGroup));
            if (sizeof(T) == 1)
            {
                NativeBuffer<int> dense = setup.Buffer<int>(rows * columns);
                setup.AddPeer("onednn", "dense", peer => peer.Gemm(PeerKind.Int8Int8, PeerConstant.None, packed: false, rows, columns, depth, a.Pointer, right.Pointer, dense.Pointer), Reference.IntegerCheck(exact, columns, () => dense.Span));
            }
            else
            {
                NativeBuffer<float> left = setup.Buffer<float>(Array.ConvertAll(wideA, value => (float)value)), floats = setup.Buffer<float>(Array.ConvertAll(transposed, value => (float)value)), dense = setup.Buffer<float>(rows * columns);
                setup.AddPeer("onednn", "dense f32", peer => peer.Gemm(PeerKind.Float32, PeerConstant.None, packed: false, rows, columns, depth, left.Pointer, floats.Pointer, dense.Pointer), Reference.FloatCheck(rows, columns, depth, left.Span, floats.Span, () => dense.Span));
            }
            setup.SetOurs(info, () => kernel(a.Span, b.Span, d));
        });

    private static Func<string?> After(this Func<string?> check, Action first) => () =>
    {
        first();
        return check();
    };

    private delegate void Writer<T>(int group, ReadOnlySpan<T> values);

    private delegate void Reader<T>(int group, Span<int> columns, Span<T> values);

    /// <summary>Spoils what is stored.</summary>
    private static void Fill<T>(PackedMatrix matrix, T value, Writer<T> write)
        where T : unmanaged
    {
        for (int group = 0; group < matrix.GroupCount; group++)
        {
            var values = new T[matrix.GroupLength(group) * matrix.VectorLength];
            for (int i = 0; i < values.Length; i++)
                values[i] = group * matrix.VectorLength + i % matrix.VectorLength < matrix.Rows ? value : default;
            write(group, values);
        }
    }

    /// <summary>Puts the elements that the matrix stores in their places; the others keep the right values.</summary>
    private static void Sample<T>(PackedMatrix matrix, Span<T> dense, Reader<T> read)
        where T : unmanaged
    {
        for (int group = 0; group < matrix.GroupCount; group++)
        {
            int length = matrix.GroupLength(group), vector = matrix.VectorLength;
            int[] columns = new int[length];
            T[] values = new T[length * vector];
            read(group, columns, values);
            for (int i = 0; i < values.Length; i++)
            {
                int row = group * vector + i % vector;
                if (row < matrix.Rows) dense[row * matrix.Depth + columns[i / vector]] = values[i];
            }
        }
    }
}
