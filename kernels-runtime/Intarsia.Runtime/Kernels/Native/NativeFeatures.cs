using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>Instruction-set extensions that machine code of kernels may need beyond AVX-512 F, BW, DQ and VL. None of them has an intrinsic of 512 bits in .NET 10.</summary>
[Flags]
[EditorBrowsable(EditorBrowsableState.Never)]
public enum NativeFeatures
{
    /// <summary>AVX-512 F, BW, DQ and VL alone.</summary>
    None = 0,

    /// <summary>AVX512_VNNI: <c>vpdpbusd</c>.</summary>
    Avx512Vnni = 1,

    /// <summary>AVX512_BF16: <c>vdpbf16ps</c>.</summary>
    Avx512Bf16 = 2,

    /// <summary>AVX512_VPOPCNTDQ: <c>vpopcntq</c>.</summary>
    Avx512Vpopcntdq = 4,

    /// <summary>AVX512_VBMI: <c>vpermb</c>.</summary>
    Avx512Vbmi = 8,
}
