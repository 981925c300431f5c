using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Sass;
using Intarsia.Ptx.Tests.Tools;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;
using Target = Intarsia.Compiler.Backends.Ptx.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>
/// What the assembler makes of kernels for sm_90a: that registers change hands, that the tensor cores are never waited for within a stage (the assembler says where it serialises them), that descriptors
/// stay in uniform registers, and that a round of the loop has little beside its four instructions.
/// </summary>
[Trait("Category", "Gpu")]
public sealed class WarpGroupKernelTests
{
    /// <summary>Of 65536 registers, an even share to each of 384 threads: what a block begins with.</summary>
    private const int EvenShare = 168;

    // Four matrix instructions a round: 45 instructions in all make 720 for 64.
    [SkippableTheory]
    [InlineData("gemm_dense_f16-f16-f32_r4096_d4096_c4096_tt", 720)]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN", 720)]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tr", 720)]
    [InlineData("gemm_dense_bf16-bf16-bf16_rN_dN_cN_rt__bias-gelu", 720)]
    [InlineData("gemm_dense_bf16-bf16-f32_r2048_d4096_c1024_tt", 720)]
    [InlineData("gemm_dense_f16-f16-f32_r16384_d4096_c64_tt__residual-silu-multiply", 720)]
    [InlineData("gemm_dense_tf32-tf32-f32_rN_dN_cN_tt", 720)]
    [InlineData("gemm_dense_s8-s8-s32_r4096_d4096_c4096_tt", 720)]
    [InlineData("gemm_dense_u8-u8-s32_r4096_d4096_c4096_tt_wrap", 720)]
    [InlineData("gemm_dense_u8r-s8t-f32_rN_d1024_cN_tr__dequantise", 720)]
    [InlineData("gemm_dense_s8r-u8t-s8_rN_dN_cN_tt__dequantise-bias-relu-requantise", 720)]
    [InlineData("gemm_dense_s4t-s8k-f32_rN_dN_cN_tr__dequantise", 720)]
    [InlineData("gemm_dense_s4r-f16-f16_rN_dN_cN_tt", 720)]
    public void Kernel_OfTwoWarpGroups_MeetsItsBudget(string kernel, double limit)
    {
        PtxKernel lowered = Lower(kernel);

        new KernelBudget { MaxRegisters = EvenShare, PredictedRegisters = EvenShare, Margin = 0, MaxLoopInstructionsPer64Mma = limit }.AssertMet(lowered.Text, PtxTarget.Sm90a);

        SassFunction code = Ptxas.Assemble(lowered.Text, PtxTarget.Sm90a).Disassembly.Function(lowered.Entry);
        Assert.Equal(2, code.Count("USETMAXREG"));
        Assert.Equal(0, code.HotLoop!.Count("R2UR"));
        Assert.Equal(384, lowered.Threads);
    }

    [SkippableTheory]
    [InlineData("gemm_dense_f16-f16-f32_r256_d4096_c256_tt")]
    [InlineData("gemm_dense_s8-u8-s32_r64_dN_cN_tt")]
    public void Kernel_OfOneWarpGroup_MeetsItsBudget(string kernel) =>
        new KernelBudget { MaxRegisters = 96, MaxLoopInstructionsPer64Mma = 1200 }.AssertMet(Lower(kernel).Text, PtxTarget.Sm90a);

    /// <summary>Two sets of accumulators, one of which the warp scales and adds where a group ends: 64 multiplications and additions, which a stage of two or four instructions has to carry.</summary>
    [SkippableTheory]
    [InlineData("gemm_dense_s4g128-s8-f32_rN_dN_cN_tr__dequantise", 4200)]
    [InlineData("gemm_dense_s4g128-f16-f16_r4096_d4096_cN_tt", 3800)]
    [InlineData("gemm_dense_s8g64-s8-f32_rN_dN_cN_tt__dequantise-bias-gelu", 9400)]
    [InlineData("gemm_dense_s4g32-f16-f16_rN_dN_cN_rt", 7200)]
    public void Kernel_WithScaleGroups_MeetsItsBudget(string kernel, double limit) =>
        new KernelBudget { MaxRegisters = EvenShare, MaxLoopInstructionsPer64Mma = limit }.AssertMet(Lower(kernel).Text, PtxTarget.Sm90a);

    /// <summary>2:4 weights: a stage is two matrix instructions of twice the depth, and brings their metadata, which each thread loads. 35 instructions in all make 1120 for 64.</summary>
    [SkippableTheory]
    [InlineData("spmm_nm2of4_f16-f16-f32_r4096_d4096_c4096_tt")]
    [InlineData("spmm_nm2of4_f16-f16-f32_rN_dN_cN")]
    [InlineData("spmm_nm1of4_bf16-bf16-bf16_rN_dN_cN_tt__bias-gelu")]
    [InlineData("spmm_nm2of4_s8-s8-s32_r4096_d4096_c4096_tt")]
    [InlineData("spmm_nm2of4_s8-u8-s32_rN_dN_cN_tr")]
    [InlineData("spmm_nm2of4_s8r-s8k-bf16_r4096_dN_cN_tt__dequantise-bias")]
    public void Kernel_OfSparseWeights_MeetsItsBudget(string kernel)
    {
        PtxKernel lowered = Lower(kernel);

        new KernelBudget { MaxRegisters = EvenShare, PredictedRegisters = EvenShare, Margin = 0, MaxLoopInstructionsPer64Mma = 1150 }.AssertMet(lowered.Text, PtxTarget.Sm90a);

        SassFunction code = Ptxas.Assemble(lowered.Text, PtxTarget.Sm90a).Disassembly.Function(lowered.Entry);
        Assert.Equal(2, code.Count("USETMAXREG"));
        Assert.Equal(0, code.HotLoop!.Count("R2UR"));
        Assert.Equal(384, lowered.Threads);
    }

    [SkippableTheory]
    [InlineData("spmm_nm2of4_s8g128-s8-f32_rN_dN_cN_tt__dequantise-bias-gelu", 9400)]
    [InlineData("spmm_nm2of4_s4g64-f16-f16_rN_dN_cN_tt", 7200)]
    public void Kernel_OfSparseWeightsWithScaleGroups_MeetsItsBudget(string kernel, double limit) =>
        new KernelBudget { MaxRegisters = EvenShare, MaxLoopInstructionsPer64Mma = limit }.AssertMet(Lower(kernel).Text, PtxTarget.Sm90a);

    private static PtxKernel Lower(string kernel) =>
        KernelLowering.Lower(DevicePlanner.Plan(KernelName.Parse(kernel), Device.Sm90A, aligned: true), Target.Sm90A, "kernel", new HashSet<string>());
}
