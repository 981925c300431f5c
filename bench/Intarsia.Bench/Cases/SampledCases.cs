using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench.Cases;

/// <summary>binary32 SDDMM. No peer samples, so that each computes the whole product; speeds count the operations on sampled elements, and a ratio is a ratio of times.</summary>
internal static unsafe class SampledCases
{
    public delegate void Kernel(ReadOnlySpan<float> a, ReadOnlySpan<float> b, PackedMatrix d);

    /// <summary>D (rows×columns, on a pattern) = scale·A (rows×depth)·Bᵀ (columns×depth).</summary>
    public static BenchCase Of(string pattern, int rows, int columns, int depth, float scale, double sparsity, KernelInfo info, Kernel kernel) =>
        new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"sddmm f32 {pattern} {rows}x{columns}x{depth} {100 * sparsity:0}%"), "GFLOP/s", Ceiling.Fma, setup =>
        {
            PackedMatrix d = PackedMatrix.Pack(SparseCases.Vectors(rows, columns, info.Weights!.VectorLength, sparsity, Math.Max(1, info.Weights.BlockColumns)), rows, columns, info.Weights);
            NativeBuffer<float> a = setup.Buffer<float>(Operands.Floats(rows * depth, 1)), b = setup.Buffer<float>(Operands.Floats(columns * depth, 2));
            // The scale is a power of two and costs the peers nothing.
            NativeBuffer<float> scaled = setup.Buffer<float>(a.Span.ToArray().Select(value => value * scale).ToArray()), transposed = setup.Buffer<float>(Reference.Transpose<float>(b.Span, columns, depth));
            NativeBuffer<float> dense = setup.Buffer<float>(rows * columns);
            setup.Work = info.Flops(d.StoredElements, depth);
            setup.Bytes = sizeof(float) * (d.StoredElements + (double)(rows + columns) * depth);
            setup.Clear = () =>
            {
                dense.Span.Fill(float.NaN);
                Fill(d, float.NaN);
            };
            float[] sampled = Array.ConvertAll(Reference.Product<double>(rows, columns, depth, Reference.Widen(scaled.Span), Reference.Widen(transposed.Span)), value => (float)value);
            Func<string?> whole = Reference.FloatCheck(rows, columns, depth, scaled.Span, transposed.Span, () => dense.Span);
            Func<string?> part = Reference.FloatCheck(rows, columns, depth, scaled.Span, transposed.Span, () => sampled);
            // A contender writes one or the other; what has been left out is not a number.
            setup.Check = () => !float.IsNaN(dense.Span[0]) ? whole() : part.After(() => Sample(d, sampled));
            setup.AddPeer("onednn", "dense", peer => peer.Gemm(PeerKind.Float32, PeerConstant.None, packed: false, rows, columns, depth, scaled.Pointer, transposed.Pointer, dense.Pointer));
            setup.AddPeer("openblas", "dense", peer => peer.Gemm(PeerKind.Float32, PeerConstant.None, packed: false, rows, columns, depth, scaled.Pointer, transposed.Pointer, dense.Pointer));
            setup.SetOurs(info, () => kernel(a.Span, b.Span, d));
        });

    private static string? After(this Func<string?> check, Action first)
    {
        first();
        return check();
    }

    private static void Fill(PackedMatrix matrix, float value)
    {
        for (int group = 0; group < matrix.GroupCount; group++)
        {
            var values = new float[matrix.GroupLength(group) * matrix.VectorLength];
            for (int i = 0; i < values.Length; i++)
                values[i] = group * matrix.VectorLength + i % matrix.VectorLength < matrix.Rows ? value : 0;
            matrix.SetGroup(group, values);
        }
    }

    /// <summary>Puts the elements that the matrix stores in their places; the others keep the right values.</summary>
    private static void Sample(PackedMatrix matrix, Span<float> dense)
    {
        for (int group = 0; group < matrix.GroupCount; group++)
        {
            int length = matrix.GroupLength(group), vector = matrix.VectorLength;
            int[] columns = new int[length];
            float[] values = new float[length * vector];
            matrix.ReadGroup(group, columns, values);
            for (int i = 0; i < values.Length; i++)
            {
                int row = group * vector + i % vector;
                if (row < matrix.Rows) dense[row * matrix.Depth + columns[i / vector]] = values[i];
            }
        }
    }
}
