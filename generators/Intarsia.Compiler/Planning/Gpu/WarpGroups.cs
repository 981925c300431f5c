using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>Which kernels the tensor cores of a warp group (wgmma, compute capability 9.0) serve.</summary>
internal static class WarpGroups
{
    /// <summary>What stands in the way of text for sm_90a, for the head of the generated file; null where nothing does. The text for sm_80 serves such a kernel on every device.</summary>
    public static string? Obstacle(KernelSpec spec)
    {
        if (spec.Batch is not null) return "no text for sm_90a: the text for sm_80 serves batches";
        if (DevicePlanner.UsesDigits(spec)) return "no text for sm_90a: the text for sm_80 multiplies digits there, too";
        if (DecodeShape.For(spec, aligned: true) is not null) return "no text for sm_90a: with so few columns the weights are streamed, as for sm_80";
        if (!Contraction.Of(spec, Device.Sm80).IsMma) return "no text for sm_90a: it is tensor cores that it would be for";
        bool turns = spec.X.Format is NumberFormat.Float16 or NumberFormat.BFloat16;
        return !turns && spec.X.Layout != MatrixLayout.TokenMajor ? "no text for sm_90a: warp groups transpose activations of 16 bits alone, and X is row-major" : null;
    }

    /// <summary>The same for a sampled product into large blocks, either factor of which may lie across the depth.</summary>
    public static string? ObstacleOfSampled(KernelSpec spec)
    {
        Contraction contraction = Contraction.OfSampled(spec, Device.Sm80);
        if (!contraction.IsMma) return "no text for sm_90a: it is tensor cores that it would be for";
        return contraction.XBytes != 2 && spec.TurnedFactors is not (false, false) ? "no text for sm_90a: warp groups transpose factors of 16 bits alone, and one lies across the depth" : null;
    }
}
