using System.Globalization;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// A tensor-core instruction of a warp group: 64 rows of accumulators, 32 bytes of depth (PTX ISA section 9.7.15.5, asynchronous warp-group matrix instructions); with a 2:4 sparse first factor 32 bytes of
/// its stored elements, 64 of the second factor (section 9.7.15.6).
/// </summary>
/// <param name="A">Elements of the first factor.</param>
/// <param name="B">Elements of the second factor.</param>
/// <param name="Sum">Elements of the accumulators.</param>
/// <param name="Depth">Reduced extent of one instruction.</param>
/// <param name="Types">The types of the instruction: accumulators, first factor, second factor.</param>
internal sealed record WgmmaRow(ElementType A, ElementType B, ElementType Sum, int Depth, string Types)
{
    /// <summary>Rows of one instruction.</summary>
    public const int Height = 64;

    /// <summary>Bytes of depth that an instruction takes from each line of a dense factor with a dense partner, and of a sparse one.</summary>
    private const int DepthBytes = 32;

    /// <summary>Half of the first factor's elements are stored: the instruction has operands for the places of these.</summary>
    public bool IsSparse { get; init; }

    /// <summary>Bytes of depth from each line of the first factor.</summary>
    public int FirstBytes => DepthBytes;

    /// <summary>Bytes of depth from each line of the second factor.</summary>
    public int SecondBytes => IsSparse ? 2 * DepthBytes : DepthBytes;

    /// <summary>Floats can be negated on the way: the instruction has operands for it.</summary>
    public bool HasSigns => Sum == ElementType.F32;

    /// <summary>Factors of 16 bits may have their depth across the lines: the instruction has operands for it.</summary>
    public bool HasTransposes => A is ElementType.F16 or ElementType.BF16;

    /// <summary>The least PTX version that has the instruction, where that is not the target's: sparse factors came later, 8-bit factors of two kinds later still.</summary>
    public string? Version => A != B ? "8.4" : IsSparse ? "8.2" : null;

    public string Opcode(int width) => string.Format(CultureInfo.InvariantCulture, "wgmma.mma_async{0}.sync.aligned.m64n{1}k{2}.{3}", IsSparse ? ".sp" : "", width, Depth, Types);
}

/// <summary>The warp-group instructions that kernels use. A new one is a new row.</summary>
internal static class WgmmaTable
{
    private static readonly WgmmaRow[] Rows =
    [
        new(ElementType.F16, ElementType.F16, ElementType.F32, 16, "f32.f16.f16"),
        new(ElementType.BF16, ElementType.BF16, ElementType.F32, 16, "f32.bf16.bf16"),
        new(ElementType.F32, ElementType.F32, ElementType.F32, 8, "f32.tf32.tf32"),
        new(ElementType.S8, ElementType.S8, ElementType.S32, 32, "s32.s8.s8"),
        new(ElementType.S8, ElementType.U8, ElementType.S32, 32, "s32.s8.u8"),
        new(ElementType.U8, ElementType.S8, ElementType.S32, 32, "s32.u8.s8"),
        new(ElementType.U8, ElementType.U8, ElementType.S32, 32, "s32.u8.u8"),
        new(ElementType.F16, ElementType.F16, ElementType.F32, 32, "f32.f16.f16") { IsSparse = true },
        new(ElementType.BF16, ElementType.BF16, ElementType.F32, 32, "f32.bf16.bf16") { IsSparse = true },
        new(ElementType.S8, ElementType.S8, ElementType.S32, 64, "s32.s8.s8") { IsSparse = true },
        new(ElementType.S8, ElementType.U8, ElementType.S32, 64, "s32.s8.u8") { IsSparse = true },
    ];

    public static WgmmaRow Find(ElementType a, ElementType b, ElementType sum, bool isSparse) =>
        Rows.FirstOrDefault(row => row.A == a && row.B == b && row.Sum == sum && row.IsSparse == isSparse)
        ?? throw new NotSupportedException($"No warp-group instruction multiplies {(isSparse ? "sparse " : "")}{a} by {b} into {sum}.");
}
