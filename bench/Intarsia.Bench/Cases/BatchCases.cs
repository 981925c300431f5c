using Intarsia.Bench.Kernels;
using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench.Cases;

/// <summary>
/// How far the number of tokens may rise before a dense product is faster: narrow and sparse weights of 4096×4096, token-major, beside dense products of binary32 and, where activations are integers, of bytes. Speeds count the
/// operations of the dense product, everybody's. A case has one matrix, which lies wherever the call before left it: narrow weights in the third-level cache, the 64 MB of binary32 in memory.
/// </summary>
internal static unsafe class BatchCases
{
    private const int Size = 4096;

    /// <summary>What the last case had that its neighbours want again: making weights takes longer than timing them.</summary>
    private static (string Of, PackedMatrix Packed, float[] Transposed) _weights = ("", null!, []);

    /// <summary>Narrow weights times bytes, scaled in the kernel. The dense product of bytes has weights of its own.</summary>
    public static BenchCase Narrow(int tokens, KernelInfo info, DecodeCases.Kernel kernel) => Of($"{info.Weights!.Format.ToString().ToLowerInvariant()} a8", tokens, Ceiling.Int8Dot, setup =>
    {
        WeightLayout layout = info.Weights!;
        (PackedMatrix packed, float[] w) = Weights(layout, () => DecodeCases.Packer(Operands.Floats(Size * Size, 1), Size, Size, layout)());
        (NativeBuffer<sbyte> x, NativeBuffer<float> xScale, double[] wideX) = QuantisedCases.Activations(setup, tokens, Size);
        Floats(setup, tokens, setup.Buffer<float>(Array.ConvertAll(wideX, value => (float)value)), wideX, w, out NativeBuffer<float> y);
        Bytes(setup, PeerKind.Int8Int8, tokens, x.Pointer, Array.ConvertAll(x.Span.ToArray(), value => (int)value));
        setup.SetOurs(info, () => kernel(packed, x.Span, xScale.Span, y.Span, tokens));
    });

    /// <summary>Planes of weights times planes of activations, raw sums.</summary>
    public static BenchCase Planes(int tokens, int bits, KernelInfo info, PlaneCases.Kernel kernel) => Of($"planes w{bits}a{bits}", tokens, Ceiling.Int8Dot, setup => Planes(setup, tokens, bits, info, kernel));

    /// <summary>The same of any two numbers of planes, in bytes of our packed weights: the more pairs of planes, the less is won over bytes.</summary>
    public static BenchCase PlanesAgainstBytes(int tokens, int bitsOfX, KernelInfo info, PlaneCases.Kernel kernel) =>
        new($"planes w{info.Weights!.Format - NumberFormat.Planes1 + 1}a{bitsOfX} {tokens}x{Size}x{Size} against bytes", "GB/s", Ceiling.ReadL3, setup =>
        {
            setup.Operations = 2.0 * tokens * Size * Size;
            Planes(setup, tokens, bitsOfX, info, kernel, packed => packed.SizeInBytes);
        });

    private static void Planes(CaseSetup setup, int tokens, int bitsOfX, KernelInfo info, PlaneCases.Kernel kernel, Func<PackedMatrix, double>? work = null)
    {
        WeightLayout layout = info.Weights!;
        (PackedMatrix packed, float[] w) = Weights(layout, () => PackedMatrix.Pack(PlaneCases.Narrow(Operands.Unsigned(Size * Size, 1), layout.Format - NumberFormat.Planes1 + 1), Size, Size, layout));
        setup.Work = work?.Invoke(packed) ?? setup.Work;
        int[] wideX = PlaneCases.Narrow(Operands.Unsigned(tokens * Size, 2), bitsOfX);
        NativeBuffer<byte> x = setup.Buffer<byte>(Array.ConvertAll(wideX, value => (byte)value));
        NativeBuffer<int> y = setup.Buffer<int>(tokens * Size);
        setup.Clear = () => y.Span.Fill(int.MinValue);
        setup.Check = Reference.IntegerCheck(Reference.Product<int>(tokens, Size, Size, wideX, Array.ConvertAll(w, value => (int)value)), Size, () => y.Span);
        Bytes(setup, PeerKind.UInt8Int8, tokens, x.Pointer, wideX);
        setup.SetOurs(info, () => kernel(packed, x.Span, y.Span, tokens));
    }

    /// <summary>Weights of any pattern and format times binary32.</summary>
    /// <param name="name">What is special about them.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="info">Our kernel.</param>
    /// <param name="kernel">The call.</param>
    /// <param name="sparsity">How many weights are zero.</param>
    public static BenchCase Floats(string name, int tokens, KernelInfo info, DenseCases.Kernel kernel, double sparsity = 0) => Of(name, tokens, Ceiling.Fma, setup =>
    {
        WeightLayout layout = info.Weights!;
        (PackedMatrix packed, float[] w) = Weights(layout, () =>
        {
            float[] dense = layout.Pattern == Pattern.GatherScatter ? Operands.Floats(Size * Size, 1) : SparseCases.Vectors(Size, Size, 1, sparsity);
            if (layout.Pattern == Pattern.GatherScatter) Pruner.GatherScatter(dense, Size, Size, layout.Banks, layout.PerRow, (int)Math.Round((1 - sparsity) * Size / layout.PerRow));
            return PackedMatrix.Pack(dense, Size, Size, layout);
        });
        NativeBuffer<float> x = setup.Buffer<float>(Operands.Floats(tokens * Size, 2));
        Floats(setup, tokens, x, Reference.Widen(x.Span), w, out NativeBuffer<float> y);
        setup.SetOurs(info, () => kernel(packed, x.Span, y.Span, tokens));
    });

    private static BenchCase Of(string curve, int tokens, Ceiling ceiling, Action<CaseSetup> prepare) => new($"batch {curve} {tokens}x{Size}x{Size}", ceiling == Ceiling.Fma ? "GFLOP/s" : "GOP/s", ceiling, setup =>
    {
        setup.Work = 2.0 * tokens * Size * Size;
        prepare(setup);
    });

    /// <summary>The result, its check and the dense product of binary32.</summary>
    private static void Floats(CaseSetup setup, int tokens, NativeBuffer<float> x, double[] wideX, float[] transposed, out NativeBuffer<float> y)
    {
        NativeBuffer<float> result = y = setup.Buffer<float>(tokens * Size), w = setup.Buffer<float>(transposed);
        setup.Clear = () => result.Span.Fill(float.NaN);
        setup.Check = Reference.FloatCheck(tokens, Size, Size, wideX, Reference.Widen(transposed), () => result.Span);
        setup.AddPeer("onednn", "dense f32 packed", peer => peer.Gemm(PeerKind.Float32, PeerConstant.Right, packed: true, tokens, Size, Size, x.Pointer, w.Pointer, result.Pointer));
    }

    /// <summary>The dense product of bytes, of the same activations and as many weights.</summary>
    private static void Bytes(CaseSetup setup, PeerKind kind, int tokens, void* x, int[] wideX)
    {
        NativeBuffer<sbyte> w = setup.Buffer<sbyte>(Operands.Signed(Size * Size, 5));
        NativeBuffer<int> y = setup.Buffer<int>(tokens * Size);
        Func<string?> check = Reference.IntegerCheck(Reference.Product<int>(tokens, Size, Size, wideX, Array.ConvertAll(w.Span.ToArray(), value => (int)value)), Size, () => y.Span);
        setup.AddPeer("onednn", "dense bytes packed", peer => peer.Gemm(kind, PeerConstant.Right, packed: true, tokens, Size, Size, x, w.Pointer, y.Pointer), check);
    }

    private static (PackedMatrix Packed, float[] Transposed) Weights(WeightLayout layout, Func<PackedMatrix> pack)
    {
        if (_weights.Of != layout.ToString())
        {
            PackedMatrix packed = pack();
            var w = new float[Size * Size];
            packed.Unpack(w);
            _weights = (layout.ToString(), packed, Reference.Transpose<float>(w, Size, Size));
        }

        return (_weights.Packed, _weights.Transposed);
    }
}
