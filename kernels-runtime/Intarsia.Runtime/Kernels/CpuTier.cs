using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <summary>What this process's CPU can run. The properties are constants to the JIT, so that a dispatcher folds to one call.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class CpuTier
{
    /// <summary>AVX-512 F, BW, DQ and VL.</summary>
    public static bool Avx512
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Avx512BW.VL.IsSupported && Avx512DQ.VL.IsSupported && Avx512F.VL.IsSupported;
    }

    /// <summary>AVX2 with FMA.</summary>
    public static bool Avx2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => System.Runtime.Intrinsics.X86.Avx2.IsSupported && Fma.IsSupported;
    }

    /// <summary>AVX-VNNI.</summary>
    public static bool Vnni
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => AvxVnni.IsSupported;
    }

    /// <summary>AVX-512 with AVX-VNNI.</summary>
    public static bool Avx512Vnni
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Avx512 && Vnni;
    }

    /// <summary>AVX2 with FMA and AVX-VNNI.</summary>
    public static bool Avx2Vnni
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Avx2 && Vnni;
    }

    /// <summary>Arm AdvSimd.</summary>
    public static bool AdvSimd
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported;
    }

    /// <summary>Arm AdvSimd with dot products.</summary>
    public static bool AdvSimdDp
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Dp.IsSupported;
    }

    /// <summary>Any 128-bit vectors.</summary>
    public static bool Vector128
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => System.Runtime.Intrinsics.Vector128.IsHardwareAccelerated;
    }

    /// <summary>Whether kernels of a tier run here. Machine code is not asked for here: whether it runs depends on its assembly, too.</summary>
    public static bool IsSupported(Tier tier) => tier switch
    {
        Tier.Scalar => true,
        Tier.Vector128 => Vector128,
        Tier.AdvSimd => AdvSimd,
        Tier.AdvSimdDp => AdvSimdDp,
        Tier.Avx2 => Avx2,
        Tier.Avx2Vnni => Avx2Vnni,
        Tier.Avx512 => Avx512,
        Tier.Avx512Vnni => Avx512Vnni,
        _ => false,
    };
}
