using Iced.Intel;
using Intarsia.Compiler.Backends.Vectors;

namespace Intarsia.Compiler.Backends.Native;

/// <summary>The rows of the instruction table as instructions of 512 bits.</summary>
internal static class X64Encodings
{
    private static readonly Dictionary<VectorInstruction, Code> Codes = new()
    {
        [VectorInstruction.Zero] = Code.EVEX_Vpxord_zmm_k1z_zmm_zmmm512b32,
        [VectorInstruction.AddInt32] = Code.EVEX_Vpaddd_zmm_k1z_zmm_zmmm512b32,
        [VectorInstruction.SubtractInt32] = Code.EVEX_Vpsubd_zmm_k1z_zmm_zmmm512b32,
        [VectorInstruction.AddSingle] = Code.EVEX_Vaddps_zmm_k1z_zmm_zmmm512b32_er,
        [VectorInstruction.MultiplySingle] = Code.EVEX_Vmulps_zmm_k1z_zmm_zmmm512b32_er,
        [VectorInstruction.MultiplyAddSingle] = Code.EVEX_Vfmadd231ps_zmm_k1z_zmm_zmmm512b32_er,
        [VectorInstruction.SingleFromInt32] = Code.EVEX_Vcvtdq2ps_zmm_k1z_zmmm512b32_er,
        [VectorInstruction.DotBytes] = Code.EVEX_Vpdpbusd_zmm_k1z_zmm_zmmm512b32,
        [VectorInstruction.DotWords] = Code.EVEX_Vpdpwssd_zmm_k1z_zmm_zmmm512b32,
        [VectorInstruction.DotBFloat16] = Code.EVEX_Vdpbf16ps_zmm_k1z_zmm_zmmm512b32,
        [VectorInstruction.PermuteBytes] = Code.EVEX_Vpermb_zmm_k1z_zmm_zmmm512,
        [VectorInstruction.UnpackLow8] = Code.EVEX_Vpunpcklbw_zmm_k1z_zmm_zmmm512,
        [VectorInstruction.UnpackHigh8] = Code.EVEX_Vpunpckhbw_zmm_k1z_zmm_zmmm512,
        [VectorInstruction.UnpackLow16] = Code.EVEX_Vpunpcklwd_zmm_k1z_zmm_zmmm512,
        [VectorInstruction.UnpackHigh16] = Code.EVEX_Vpunpckhwd_zmm_k1z_zmm_zmmm512,
        [VectorInstruction.UnpackLow32] = Code.EVEX_Vpunpckldq_zmm_k1z_zmm_zmmm512b32,
        [VectorInstruction.UnpackHigh32] = Code.EVEX_Vpunpckhdq_zmm_k1z_zmm_zmmm512b32,
        [VectorInstruction.UnpackLow64] = Code.EVEX_Vpunpcklqdq_zmm_k1z_zmm_zmmm512b64,
        [VectorInstruction.UnpackHigh64] = Code.EVEX_Vpunpckhqdq_zmm_k1z_zmm_zmmm512b64,
        [VectorInstruction.PopCount] = Code.EVEX_Vpopcntq_zmm_k1z_zmmm512b64,
        [VectorInstruction.And] = Code.EVEX_Vpandq_zmm_k1z_zmm_zmmm512b64,
        [VectorInstruction.MaskMerge] = Code.EVEX_Vpternlogd_zmm_k1z_zmm_zmmm512b32_imm8,
        [VectorInstruction.ShiftRight32] = Code.EVEX_Vpsrld_zmm_k1z_zmmm512b32_imm8,
        [VectorInstruction.ShiftRightInt32] = Code.EVEX_Vpsrad_zmm_k1z_zmmm512b32_imm8,
        [VectorInstruction.AddInt64] = Code.EVEX_Vpaddq_zmm_k1z_zmm_zmmm512b64,
    };

    /// <summary>The truth table of <see cref="VectorInstruction.MaskMerge"/>: bit 4·to + 2·a + b is to &amp; a | b.</summary>
    private const int MaskMergeTruth = 0b1110_1010;

    public static Instruction Encode(VectorInstruction instruction, Register to, Register[] from, int immediate) => from.Length switch
    {
        1 when instruction.HasImmediate => Instruction.Create(Codes[instruction], to, from[0], immediate),
        2 when instruction == VectorInstruction.MaskMerge => Instruction.Create(Codes[instruction], to, from[0], from[1], MaskMergeTruth),
        0 => Instruction.Create(Codes[instruction], to, to, to),
        1 => Instruction.Create(Codes[instruction], to, from[0]),
        _ => Instruction.Create(Codes[instruction], to, from[0], from[1]),
    };

    public static Instruction Load(Register to, MemoryOperand from, Register mask)
    {
        Instruction load = Instruction.Create(Code.EVEX_Vmovdqu32_zmm_k1z_zmmm512, to, from);
        if (mask == Register.None) return load;
        load.OpMask = mask;
        load.ZeroingMasking = true;
        return load;
    }

    public static Instruction Store(MemoryOperand to, Register from, Register mask)
    {
        Instruction store = Instruction.Create(Code.EVEX_Vmovdqu32_zmmm512_k1z_zmm, to, from);
        if (mask != Register.None) store.OpMask = mask;
        return store;
    }

    /// <summary>Spreads a register of 32 bits.</summary>
    public static Instruction Spread(Register to, Register from) => Instruction.Create(Code.EVEX_Vpbroadcastd_zmm_k1z_r32, to, from);

    public static Instruction Broadcast(Register to, MemoryOperand from, int laneBytes) => Instruction.Create(laneBytes switch
    {
        4 => Code.EVEX_Vpbroadcastd_zmm_k1z_xmmm32,
        8 => Code.EVEX_Vpbroadcastq_zmm_k1z_xmmm64,
        16 => Code.EVEX_Vbroadcasti32x4_zmm_k1z_m128,
        32 => Code.EVEX_Vbroadcasti64x4_zmm_k1z_m256,
        _ => throw new InvalidOperationException($"No instruction spreads {VectorPrinter.Number(laneBytes)} bytes."),
    }, to, from);
}
