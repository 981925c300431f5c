using System.Globalization;
using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench.Cases;

/// <summary>Weights in GS(B, k) times a token or two, whose activations are gathered. Speeds count the operations on stored weights, of every contender: a ratio is a ratio of times.</summary>
internal static unsafe class GatherCases
{
    /// <summary>The weights of the last case: pruning and packing take longer than timing, and the next case may want them again.</summary>
    private static (string Of, float[] Dense, PackedMatrix Packed, PackedMatrix Rows) _weights = ("", [], null!, null!);

    /// <summary>Weights pruned to a sparsity, beside a dense product of the same numbers and our own kernels for compressed rows: the one that gathers, and the one whose lanes are columns.</summary>
    public static BenchCase Of(int tokens, int rows, int depth, double sparsity, KernelInfo info, DenseCases.Kernel kernel, KernelInfo csrInfo, DenseCases.Kernel csr, DenseCases.Kernel csrColumns)
    {
        WeightLayout layout = info.Weights!;
        string matrix = string.Create(CultureInfo.InvariantCulture, $"gs({layout.Banks},{layout.PerRow}) {tokens}x{rows}x{depth} {sparsity:P0}").Replace(" %", "%", StringComparison.Ordinal);
        return new($"spmm f32 {matrix}", "GFLOP/s", Ceiling.Fma, setup =>
        {
            (float[] w, PackedMatrix packed, PackedMatrix packedRows) = Weights(rows, depth, sparsity, layout, csrInfo.Weights!);
            NativeBuffer<float> x = setup.Buffer<float>(Operands.Floats(tokens * depth, 2)), y = setup.Buffer<float>(tokens * rows), transposed = setup.Buffer<float>(Reference.Transpose<float>(w, rows, depth));
            setup.Work = 2.0 * tokens * packed.StoredElements;
            setup.Bytes = packed.SizeInBytes + sizeof(float) * (double)tokens * (rows + depth);
            setup.Clear = () => y.Span.Fill(float.NaN);
            setup.Check = Reference.FloatCheck(tokens, rows, depth, x.Span, transposed.Span, () => y.Span);
            setup.AddPeer("openblas", "dense", peer => peer.Gemm(PeerKind.Float32, PeerConstant.Right, packed: false, tokens, rows, depth, x.Pointer, transposed.Pointer, y.Pointer));
            setup.AddPeer("onednn", "dense packed", peer => peer.Gemm(PeerKind.Float32, PeerConstant.Right, packed: true, tokens, rows, depth, x.Pointer, transposed.Pointer, y.Pointer));
            if (tokens == 1)
            {
                // One token lies in memory as one column does.
                CsrMatrix stored = CsrMatrix.FromDense(w, rows, depth);
                NativeBuffer<int> pointers = setup.Buffer<int>(stored.RowPointers), indices = setup.Buffer<int>(stored.ColumnIndices);
                NativeBuffer<float> values = setup.Buffer<float>(stored.Values!);
                setup.AddPeer("eigen", "csr", peer => peer.CsrSpmm(rows, 1, depth, pointers.Pointer, indices.Pointer, values.Pointer, x.Pointer, y.Pointer));
            }

            setup.AddOwn("ours, csr", () => csr(packedRows, x.Span, y.Span, tokens));
            setup.AddOwn("ours, csr, lanes along columns", () => csrColumns(packedRows, x.Span, y.Span, tokens));
            setup.SetOurs(info, () => kernel(packed, x.Span, y.Span, tokens));
        });
    }

    private static (float[] Dense, PackedMatrix Packed, PackedMatrix Rows) Weights(int rows, int depth, double sparsity, WeightLayout layout, WeightLayout compressed)
    {
        string of = string.Create(CultureInfo.InvariantCulture, $"{layout} {rows}x{depth} {sparsity}");
        if (_weights.Of != of)
        {
            float[] dense = Operands.Floats(rows * depth, 1);
            Pruner.GatherScatter(dense, rows, depth, layout.Banks, layout.PerRow, (int)Math.Round((1 - sparsity) * depth / layout.PerRow));
            CsrMatrix csr = CsrMatrix.FromDense(dense, rows, depth);
            _weights = (of, dense, PackedMatrix.Pack(csr, layout), PackedMatrix.Pack(csr, compressed));
        }

        return (_weights.Dense, _weights.Packed, _weights.Rows);
    }
}
