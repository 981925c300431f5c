using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>Which kernels the tensor cores of a warp group (wgmma, compute capability 9.0) serve.</summary>
internal static class WarpGroups
{
    /// <summary>What stands in the way of text for sm_90a, for the head of the generated file; null where nothing does. The text for sm_80 serves such a kernel on every device.</summary>
    public static string? Obstacle(KernelSpec spec)
    {
        if (!Contraction.Of(spec, Device.Sm80).IsMma) return "no text for sm_90a: it is tensor cores that it would be for";
        if (spec.X.Format == NumberFormat.TensorFloat32) return "no text for sm_90a: TensorFloat-32 keeps the instructions of sm_80";
        bool bytes = spec.X.Format is NumberFormat.Int8 or NumberFormat.UInt8;
        return bytes && spec.X.Layout != MatrixLayout.TokenMajor ? "no text for sm_90a: warp groups contract 8-bit activations where each token lies contiguous, and X is row-major" : null;
    }
}
