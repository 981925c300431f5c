using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.Verification;

namespace Intarsia.ProductSpace.Running;

/// <summary>Everything that is asked of one compiled kernel in one process.</summary>
public static class KernelFault
{
    /// <summary>Products beyond which a tile program is interpreted for one draw in <see cref="LargeShare"/> only: the interpreter takes a microsecond for what a kernel does in a nanosecond.</summary>
    private const long LargeWork = 100_000;

    private const int LargeShare = 4;

    private static readonly int s_tiers = Enum.GetValues<Tier>().Length;

    /// <param name="kernel">The draw.</param>
    /// <param name="loaded">What was compiled.</param>
    /// <param name="expected">The tier that the setting of this process has.</param>
    /// <param name="threads">Numbers of threads, of which the draw is called with one and the setting's next draw with the next.</param>
    /// <returns>Null when nothing is wrong, else a sentence.</returns>
    public static string? Find(DrawnKernel kernel, LoadedKernel loaded, Tier expected, IReadOnlyList<int> threads)
    {
        if (Companion(kernel, loaded, expected) is { } told) return told;
        ReferenceOperands operands = OperandFactory.Draw(kernel);
        ReferenceResult result = SpecReference.Execute(kernel.Spec, operands);
        if (KernelCheck.Run(kernel, operands, result, loaded.Call) is { } fault) return fault;
        if (ThreadCheck.Run(kernel, operands, [Degree(kernel, expected, threads)], loaded.Call) is { } other) return other;

        // Under a setting whose extension the kernel does not use, the plan is that of the base tier, which has a setting of its own.
        Tier tier = loaded.Info().Tier;
        return tier == expected && Turn(kernel, expected) % s_tiers == 0 && IsInterpreted(kernel) ? PlanCheck.Run(kernel, tier, operands, result) : null;
    }

    // Every setting compiles and runs each draw; what costs much beside that it does for its share of them, and the next setting for the next draws.
    private static int Turn(DrawnKernel kernel, Tier expected) => kernel.Index + (int)expected;

    private static int Degree(DrawnKernel kernel, Tier expected, IReadOnlyList<int> threads) => threads[Turn(kernel, expected) % threads.Count];

    /// <summary>Whether the tile program of a draw is interpreted.</summary>
    public static bool IsInterpreted(DrawnKernel kernel)
    {
        CallSizes sizes = kernel.Sizes;
        return (long)sizes.Rows * sizes.Depth * sizes.Columns * Math.Max(1, sizes.BatchCount) <= LargeWork || kernel.Index % LargeShare == 0;
    }

    // The companion must tell what was declared, so that a parser that misreads an attribute is found even where the result is right.
    private static string? Companion(DrawnKernel kernel, LoadedKernel loaded, Tier expected)
    {
        KernelInfo info = loaded.Info();
        string declared = KernelName.Of(kernel.Spec);
        if (info.Spec != declared) return $"its companion says {info.Spec}, declared is {declared}";
        return info.Tier == expected || Bases(expected).Contains(info.Tier) ? null : $"ran on tier {info.Tier}, expected {expected}";
    }

    // A dot-product extension makes a tier of its own only for kernels that use it, and so does machine code: a kernel that has the form runs on it. Sampled products have dot products of bytes in C# alone.
    private static Tier[] Bases(Tier tier) => tier switch
    {
        Tier.Avx512Native => [Tier.Avx512Vnni, Tier.Avx512],
        Tier.Avx512Vnni => [Tier.Avx512],
        Tier.Avx2Vnni => [Tier.Avx2],
        Tier.AdvSimdDp => [Tier.AdvSimd],
        _ => [],
    };
}
