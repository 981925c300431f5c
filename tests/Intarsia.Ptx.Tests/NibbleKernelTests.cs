using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Tools;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>
/// 4-bit weights on the tensor cores of sm_80: the loop of a dense kernel, in which a quarter of the bytes (half, of int8) come as weights, and three instructions unpack eight of them to bytes where sums leave room for
/// weights that count sixteen times, seven elsewhere; eight to binary16, eleven to bfloat16. Limits are what the assembler gives, and two to four in a hundred more.
/// </summary>
[Trait("Category", "Gpu")]
public sealed class NibbleKernelTests
{
    /// <summary>Row-major bytes are turned in registers, beside the nibbles: that takes all 255, of which a processor holds two blocks of 128 threads as it does of 232.</summary>
    [SkippableTheory]
    [InlineData("gemm_dense_s4r-s8t-f32_r4096_d4096_c4096_tt__dequantise", 170, 232)]
    [InlineData("gemm_dense_s4-s8-s32_rN_dN_cN_tt", 235, 232)]
    [InlineData("gemm_dense_s4-s8-s32_r4096_d4096_c4096", 202, 255)]
    [InlineData("gemm_dense_s4r-f16-f16_r4096_d4096_c4096_tt", 196, 232)]
    [InlineData("gemm_dense_s4r-f16-f16_r4096_d4096_c4096", 202, 232)]
    [InlineData("gemm_dense_s4r-bf16-bf16_r4096_d4096_c4096_tt", 210, 232)]
    public void Kernel_OnTensorCores_MeetsItsBudget(string name, double limit, int registers) => new KernelBudget { MaxRegisters = registers, MaxLoopInstructionsPer64Mma = limit }.AssertMet(Text(name, aligned: true), PtxTarget.Sm80);

    /// <summary>
    /// Two sets of accumulators, on half the tile; where a group ends, the one is scaled and added to the other. The count has that branch in full, of some 200 to 300 instructions, though only the last step of a
    /// group takes it; and a step of groups of 32 has only sixteen instructions of the tensor cores to share it.
    /// </summary>
    [SkippableTheory]
    [InlineData("gemm_dense_s4g128-s8t-f32_r4096_d4096_c4096_tt__dequantise", 810)]
    [InlineData("gemm_dense_s4g32-s8-f32_rN_dN_cN_tt__dequantise", 1420)]
    [InlineData("gemm_dense_s4g128-f16-f16_r4096_d4096_c4096_tt", 695)]
    [InlineData("gemm_dense_s4g128-bf16-bf16_rN_dN_cN", 650)]
    public void Kernel_WithScaleGroups_MeetsItsBudget(string name, double limit) => new KernelBudget { MaxRegisters = 240, MaxLoopInstructionsPer64Mma = limit }.AssertMet(Text(name, aligned: true), PtxTarget.Sm80);

    [SkippableTheory]
    [InlineData("gemm_dense_s4r-s8t-f32_rN_dN_cN_tt__dequantise")]
    [InlineData("gemm_dense_s4g32-f16-f16_rN_dN_cN")]
    public void Kernel_WithoutAlignment_StaysInRegisters(string name) =>
        Assert.Empty(new KernelBudget { MaxRegisters = 255, MaxLoopInstructionsPer64Mma = 2400 }.Violations(Ptxas.Assemble(Text(name, aligned: false), PtxTarget.Sm80)));

    private static string Text(string name, bool aligned) =>
        KernelLowering.Lower(DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned), Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>()).Text;
}
