using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <summary>Whether this process can run machine code of kernels, and which extensions its processor has.</summary>
internal static class NativeCpu
{
    /// <summary>The <see cref="AppContext"/> switch that turns machine code off where it is false.</summary>
    public const string Switch = "Intarsia.Native";

    /// <summary>
    /// What CPUID reports (Intel SDM vol. 2A, CPUID leaf 7). That the operating system saves 512-bit registers is not asked again: <see cref="CpuTier.Avx512"/> implies it, because the
    /// runtime reads XCR0 before it says yes.
    /// </summary>
    public static NativeFeatures Features { get; } = Detect();

    /// <summary>Why no machine code can run in this process; null where it can.</summary>
    public static string? Obstacle()
    {
        if (AppContext.TryGetSwitch(Switch, out bool isOn) && !isOn) return $"switched off by the AppContext switch {Switch}";
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return $"this process is {RuntimeInformation.RuntimeIdentifier}, machine code is written for linux-x64 alone";
        return CpuTier.Avx512 ? null : "the processor has no AVX-512, or the runtime does not use it";
    }

    private static NativeFeatures Detect()
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7) return NativeFeatures.None;
        (int subleaves, _, int ecx, _) = X86Base.CpuId(7, 0);
        int eax = subleaves >= 1 ? X86Base.CpuId(7, 1).Eax : 0;
        return (Bit(ecx, 11) ? NativeFeatures.Avx512Vnni : 0)
            | (Bit(eax, 5) ? NativeFeatures.Avx512Bf16 : 0)
            | (Bit(ecx, 14) ? NativeFeatures.Avx512Vpopcntdq : 0)
            | (Bit(ecx, 1) ? NativeFeatures.Avx512Vbmi : 0);
    }

    private static bool Bit(int value, int bit) => (value >> bit & 1) != 0;
}
