using System.Globalization;
using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench.Cases;

/// <summary>Sparse weights of a codebook times few tokens of sparse activations (EIE). Speeds count the operations on stored weights, of every contender: a ratio is a ratio of times.</summary>
internal static unsafe class ColumnCases
{
    /// <summary>Weights and activations of which so many are not zero, beside a dense product of the same numbers and our own kernel for compressed rows.</summary>
    public static BenchCase Of(string name, int tokens, int rows, int depth, double weightDensity, double activationDensity, KernelInfo info, DenseCases.Kernel kernel, KernelInfo csrInfo, DenseCases.Kernel csr) =>
        new(string.Create(CultureInfo.InvariantCulture, $"spmm {name} {tokens}x{rows}x{depth} weights {weightDensity:P0} activations {activationDensity:P0}").Replace(" %", "%", StringComparison.Ordinal), "GFLOP/s", Ceiling.Fma, setup =>
        {
            int entries = info.Weights!.Format == NumberFormat.Codebook16 ? 16 : 256;
            var random = new Random(3);
            float[] codebook = Operands.Floats(entries, 1);
            codebook[0] = 0;
            var codes = new byte[rows * depth];
            for (int i = 0; i < codes.Length; i++) codes[i] = random.NextDouble() < weightDensity ? (byte)random.Next(1, entries) : (byte)0;
            var shared = new CodebookMatrix(codes, codebook, rows, depth);
            var w = new float[rows * depth];
            shared.Decode(w);
            float[] activations = Operands.Floats(tokens * depth, 2);
            foreach (ref float value in activations.AsSpan()) value = random.NextDouble() < activationDensity ? value : 0;

            PackedMatrix packed = PackedMatrix.Pack(shared, info.Weights!), packedRows = PackedMatrix.Pack(shared, csrInfo.Weights!);
            NativeBuffer<float> x = setup.Buffer<float>(activations), y = setup.Buffer<float>(tokens * rows), transposed = setup.Buffer<float>(Reference.Transpose<float>(w, rows, depth));
            setup.Work = 2.0 * tokens * packed.StoredElements;
            setup.Bytes = packed.SizeInBytes + sizeof(float) * (double)tokens * (rows + depth);
            setup.Clear = () => y.Span.Fill(float.NaN);
            setup.Check = Reference.FloatCheck(tokens, rows, depth, x.Span, transposed.Span, () => y.Span);
            setup.AddPeer("openblas", "dense", peer => peer.Gemm(PeerKind.Float32, PeerConstant.Right, packed: false, tokens, rows, depth, x.Pointer, transposed.Pointer, y.Pointer));
            setup.AddPeer("onednn", "dense packed", peer => peer.Gemm(PeerKind.Float32, PeerConstant.Right, packed: true, tokens, rows, depth, x.Pointer, transposed.Pointer, y.Pointer));
            setup.AddOwn("ours, csr", () => csr(packedRows, x.Span, y.Span, tokens));
            setup.SetOurs(info, () => kernel(packed, x.Span, y.Span, tokens));
        });
}
