using System.Globalization;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>A tensor-core instruction of a warp group: 64 rows of accumulators, 32 bytes of depth (PTX ISA section 9.7.15.5, asynchronous warp-group matrix instructions).</summary>
/// <param name="A">Elements of the first factor.</param>
/// <param name="B">Elements of the second factor.</param>
/// <param name="Sum">Elements of the accumulators.</param>
/// <param name="Depth">Reduced extent of one instruction.</param>
/// <param name="Types">The types of the instruction: accumulators, first factor, second factor.</param>
internal sealed record WgmmaRow(ElementType A, ElementType B, ElementType Sum, int Depth, string Types)
{
    /// <summary>Rows of one instruction.</summary>
    public const int Height = 64;

    /// <summary>Every instruction takes 32 bytes of depth from each line of both factors.</summary>
    public const int DepthBytes = 32;

    /// <summary>Floats can be negated on the way: the instruction has operands for it.</summary>
    public bool HasSigns => Sum == ElementType.F32;

    /// <summary>Factors of 16 bits may have their depth across the lines: the instruction has operands for it.</summary>
    public bool HasTransposes => Depth == 16;

    /// <summary>The least PTX version that has the instruction, where that is not the target's: 8-bit factors of two kinds came late.</summary>
    public string? Version => A == B ? null : "8.4";

    public string Opcode(int width) => string.Format(CultureInfo.InvariantCulture, "wgmma.mma_async.sync.aligned.m64n{0}k{1}.{2}", width, Depth, Types);
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
    ];

    public static WgmmaRow Find(ElementType a, ElementType b, ElementType sum) =>
        Rows.FirstOrDefault(row => row.A == a && row.B == b && row.Sum == sum)
        ?? throw new NotSupportedException($"No warp-group instruction multiplies {a} by {b} into {sum}.");
}
