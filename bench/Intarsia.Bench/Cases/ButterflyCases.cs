using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench.Cases;

/// <summary>Products of butterfly factors (FABNet) beside dense products of the same extents. Speeds count the operations on the factors' numbers, of every contender: a ratio is a ratio of times.</summary>
internal static unsafe class ButterflyCases
{
    /// <summary>A generated butterfly kernel, token-major.</summary>
    public delegate void Kernel(ReadOnlySpan<float> factors, ReadOnlySpan<float> x, Span<float> y, int tokens);

    /// <summary>Rotations of n elements: an orthogonal matrix.</summary>
    public static BenchCase Square(int tokens, int n, KernelInfo info, Kernel kernel, KernelInfo denseInfo, DenseCases.Kernel denseKernel) =>
        new($"butterfly f32 {tokens}x{n}x{n}", "GFLOP/s", Ceiling.Fma, setup =>
        {
            float[] numbers = ButterflyFactors.Rotations(n, n, new Random(1)), dense = ButterflyFactors.ToDense(numbers, n, n);
            Common(setup, tokens, n, info, numbers, dense, kernel, denseInfo, denseKernel);
        });

    /// <summary>A Fourier transform of complex elements, real part and imaginary part beside each other.</summary>
    public static BenchCase Fourier(int tokens, int elements, KernelInfo info, Kernel kernel, KernelInfo denseInfo, DenseCases.Kernel denseKernel) =>
        new($"butterfly f32 fourier {tokens}x{elements}", "GFLOP/s", Ceiling.Fma, setup =>
        {
            int n = 2 * elements;
            int[] order = ButterflyFactors.BitReversal(elements);
            var dense = new float[n * n];
            for (int f = 0; f < elements; f++)
            {
                for (int k = 0; k < elements; k++)
                {
                    (double sine, double cosine) = Math.SinCos(-2 * Math.PI * ((long)f * k % elements) / elements);
                    int re = 2 * order[f] * n + 2 * k, im = re + n;
                    (dense[re], dense[re + 1], dense[im], dense[im + 1]) = ((float)cosine, (float)-sine, (float)sine, (float)cosine);
                }
            }
            Common(setup, tokens, n, info, ButterflyFactors.Fourier(elements), dense, kernel, denseInfo, denseKernel);
        });

    private static void Common(CaseSetup setup, int tokens, int n, KernelInfo info, float[] numbers, float[] dense, Kernel kernel, KernelInfo denseInfo, DenseCases.Kernel denseKernel)
    {
        NativeBuffer<float> factors = setup.Buffer<float>(numbers), x = setup.Buffer<float>(Operands.Floats(tokens * n, 2)), y = setup.Buffer<float>(tokens * n), transposed = setup.Buffer<float>(Reference.Transpose<float>(dense, n, n));
        PackedMatrix packed = PackedMatrix.Pack(dense, n, n, denseInfo.Weights!);
        setup.Work = info.Flops(n, n, tokens);
        setup.Bytes = info.Bytes(n, n, tokens);
        setup.Clear = () => y.Span.Fill(float.NaN);
        setup.Check = Reference.FloatCheck(tokens, n, n, x.Span, transposed.Span, () => y.Span);
        setup.AddPeer("openblas", "dense", peer => peer.Gemm(PeerKind.Float32, PeerConstant.Right, packed: false, tokens, n, n, x.Pointer, transposed.Pointer, y.Pointer));
        setup.AddPeer("onednn", "dense packed", peer => peer.Gemm(PeerKind.Float32, PeerConstant.Right, packed: true, tokens, n, n, x.Pointer, transposed.Pointer, y.Pointer));
        setup.AddOwn("ours, dense", () => denseKernel(packed, x.Span, y.Span, tokens));
        setup.SetOurs(info, () => kernel(factors.Span, x.Span, y.Span, tokens));
    }
}
