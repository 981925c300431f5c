using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// A tensor-core instruction: 16×8 accumulators, 32 bytes of depth (PTX ISA section 9.7.14.5, matrix multiply-accumulate on warps); with a 2:4 sparse first factor 32 bytes of its stored
/// elements, 64 of the second factor (section 9.7.14.6).
/// </summary>
/// <param name="A">Elements of the first factor.</param>
/// <param name="B">Elements of the second factor.</param>
/// <param name="Sum">Elements of the accumulators.</param>
/// <param name="Depth">Reduced extent of one instruction.</param>
/// <param name="Opcode">The instruction.</param>
internal sealed record MmaRow(ElementType A, ElementType B, ElementType Sum, int Depth, string Opcode)
{
    /// <summary>A fragment of four registers (two for a second factor) covers 32 bytes of each line.</summary>
    public const int DepthBytes = 32;

    /// <summary>Half of the first factor's elements are stored.</summary>
    public bool IsSparse { get; init; }

    public RegisterKind SumKind => Sum == ElementType.F32 ? RegisterKind.F32 : RegisterKind.B32;
}

/// <summary>The tensor-core instructions that kernels use. A new one is a new row.</summary>
internal static class MmaTable
{
    private static readonly MmaRow[] Rows =
    [
        new(ElementType.F16, ElementType.F16, ElementType.F32, 16, "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"),
        new(ElementType.BF16, ElementType.BF16, ElementType.F32, 16, "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32"),
        new(ElementType.F32, ElementType.F32, ElementType.F32, 8, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"),
        new(ElementType.S8, ElementType.S8, ElementType.S32, 32, "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32"),
        new(ElementType.S8, ElementType.U8, ElementType.S32, 32, "mma.sync.aligned.m16n8k32.row.col.s32.s8.u8.s32"),
        new(ElementType.U8, ElementType.S8, ElementType.S32, 32, "mma.sync.aligned.m16n8k32.row.col.s32.u8.s8.s32"),
        new(ElementType.U8, ElementType.U8, ElementType.S32, 32, "mma.sync.aligned.m16n8k32.row.col.s32.u8.u8.s32"),
        new(ElementType.F16, ElementType.F16, ElementType.F32, 32, "mma.sp.sync.aligned.m16n8k32.row.col.f32.f16.f16.f32") { IsSparse = true },
        new(ElementType.BF16, ElementType.BF16, ElementType.F32, 32, "mma.sp.sync.aligned.m16n8k32.row.col.f32.bf16.bf16.f32") { IsSparse = true },
        new(ElementType.S8, ElementType.S8, ElementType.S32, 64, "mma.sp.sync.aligned.m16n8k64.row.col.s32.s8.s8.s32") { IsSparse = true },
        new(ElementType.S8, ElementType.U8, ElementType.S32, 64, "mma.sp.sync.aligned.m16n8k64.row.col.s32.s8.u8.s32") { IsSparse = true },
        new(ElementType.Bit, ElementType.Bit, ElementType.S32, 256, "mma.sync.aligned.m16n8k256.row.col.s32.b1.b1.s32.and.popc"),
    ];

    public static MmaRow Find(ElementType a, ElementType b, ElementType sum, bool isSparse) =>
        Rows.FirstOrDefault(row => row.A == a && row.B == b && row.Sum == sum && row.IsSparse == isSparse)
        ?? throw new NotSupportedException($"No tensor-core instruction multiplies {(isSparse ? "sparse " : "")}{a} by {b} into {sum}.");
}
