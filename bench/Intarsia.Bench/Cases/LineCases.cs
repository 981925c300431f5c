using Intarsia.Bench.Kernels;
using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;
using Intarsia.Compiler.Specs;
using Intarsia.Verification;

namespace Intarsia.Bench.Cases;

/// <summary>Softmax, norms and chains on lines of binary32. Speeds count the bytes of X, of a residual, and of Y, once each.</summary>
internal static unsafe class LineCases
{
    /// <summary>Softmax of each token.</summary>
    public static BenchCase Softmax(int tokens, int rows) => Line("softmax", tokens, rows, PeerLine.Softmax, LineKernels.SoftmaxKernel,
        o => LineKernels.Softmax(o.X.Span, o.Y.Span, rows, tokens));

    /// <summary>Layer norm of each token, with γ and β.</summary>
    public static BenchCase LayerNorm(int tokens, int rows) => Line("layer norm", tokens, rows, PeerLine.LayerNorm, LineKernels.LayerNormKernel,
        o => LineKernels.LayerNorm(o.X.Span, o.Gamma.Span, o.Beta.Span, o.Y.Span, rows, tokens));

    /// <summary>RMS norm of each token, with γ. oneDNN has the operation where its headers have the flag.</summary>
    public static BenchCase RmsNorm(int tokens, int rows) => Line("rms norm", tokens, rows, PeerLine.RmsNorm, LineKernels.RmsNormKernel,
        o => LineKernels.RmsNorm(o.X.Span, o.Gamma.Span, o.Y.Span, rows, tokens));

    /// <summary>x·Φ(x).</summary>
    public static BenchCase Gelu(int tokens, int rows) => Line("gelu", tokens, rows, PeerLine.Gelu, LineKernels.GeluKernel,
        o => LineKernels.Gelu(o.X.Span, o.Y.Span, rows, tokens));

    /// <summary>gelu(x + bias) + residual.</summary>
    public static BenchCase BiasGeluResidual(int tokens, int rows) => Line("bias+gelu+residual", tokens, rows, PeerLine.BiasGeluResidual, LineKernels.BiasGeluResidualKernel,
        o => LineKernels.BiasGeluResidual(o.X.Span, o.Beta.Span, o.Residual.Span, o.Y.Span, rows, tokens));

    private sealed record LineOperands(NativeBuffer<float> X, NativeBuffer<float> Gamma, NativeBuffer<float> Beta, NativeBuffer<float> Residual, NativeBuffer<float> Y);

    private static BenchCase Line(string name, int tokens, int rows, PeerLine line, KernelInfo info, Action<LineOperands> kernel)
    {
        bool hasResidual = line == PeerLine.BiasGeluResidual;
        double bytes = (hasResidual ? 3.0 : 2.0) * tokens * rows * sizeof(float);
        return new($"{name} f32 {tokens}x{rows}", "GB/s", bytes <= OwnCache ? Ceiling.ReadL2 : Ceiling.ReadL3, setup =>
        {
            // Arguments of a few units, as attention scores and activations have.
            float[] Values(int length, int seed) => Array.ConvertAll(Operands.Floats(length, seed), value => 8 * value);
            var operands = new LineOperands(
                setup.Buffer<float>(Values(tokens * rows, 1)), setup.Buffer<float>(Values(rows, 2)), setup.Buffer<float>(Values(rows, 3)), setup.Buffer<float>(Values(tokens * rows, 4)),
                setup.Buffer<float>(tokens * rows));
            setup.Work = bytes;
            setup.Clear = () => operands.Y.Span.Fill(float.NaN);
            ReferenceResult expected = SpecReference.Execute(KernelName.Parse(info.Spec), Logical(operands, tokens, rows, hasResidual));
            setup.Check = () => expected.FirstMismatch<float>(operands.Y.Span, MatrixLayout.TokenMajor);
            setup.AddPeer("onednn", "", peer => peer.Line(line, tokens, rows, operands.X.Pointer, operands.Gamma.Pointer, operands.Beta.Pointer, operands.Residual.Pointer, operands.Y.Pointer));
            setup.SetOurs(info, () => kernel(operands));
        });
    }

    /// <summary>Bytes that the second-level cache holds beside nothing else.</summary>
    private const int OwnCache = 1 << 20;

    private static ReferenceOperands Logical(LineOperands o, int tokens, int rows, bool isChain)
    {
        double[] Turned(NativeBuffer<float> lines) => Reference.Widen(Reference.Transpose<float>(lines.Span, tokens, rows));
        return new()
        {
            Rows = rows,
            Columns = tokens,
            X = Turned(o.X),
            Gamma = Reference.Widen(o.Gamma.Span),
            Shift = Reference.Widen(o.Beta.Span),
            Biases = isChain ? [Reference.Widen(o.Beta.Span)] : [],
            Residuals = isChain ? [Turned(o.Residual)] : [],
        };
    }
}
