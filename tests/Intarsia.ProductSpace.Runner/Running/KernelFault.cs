using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;

namespace Intarsia.ProductSpace.Running;

/// <summary>Everything that is asked of one compiled kernel in one process.</summary>
public static class KernelFault
{
    /// <returns>Null when nothing is wrong, else a sentence.</returns>
    public static string? Find(DrawnKernel kernel, LoadedKernel loaded, Tier expected) =>
        Companion(kernel, loaded, expected) ?? KernelCheck.Run(kernel, loaded.Call) ?? PlanCheck.Run(kernel, loaded.Info().Tier);

    // The companion must tell what was declared, so that a parser that misreads an attribute is found even where the result is right.
    private static string? Companion(DrawnKernel kernel, LoadedKernel loaded, Tier expected)
    {
        KernelInfo info = loaded.Info();
        string declared = KernelName.Of(kernel.Spec);
        if (info.Spec != declared) return $"its companion says {info.Spec}, declared is {declared}";
        return info.Tier == expected || info.Tier == Base(expected) ? null : $"ran on tier {info.Tier}, expected {expected}";
    }

    // A dot-product extension makes a tier of its own only for kernels that use it.
    private static Tier Base(Tier tier) => tier switch { Tier.Avx512Vnni => Tier.Avx512, Tier.Avx2Vnni => Tier.Avx2, Tier.AdvSimdDp => Tier.AdvSimd, _ => tier };
}
