using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Tools;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>Large blocks, of weights and of a sampled result: as dense kernels, whose loop differs in where a step is copied from and in nothing else.</summary>
[Trait("Category", "Gpu")]
public sealed class BlockSparseKernelTests
{
    [SkippableTheory]
    [InlineData("spmm_bsr128x128_f16-f16-f32_rN_dN_cN", "gemm_dense_f16-f16-f32_rN_dN_cN")]
    [InlineData("spmm_bsr64x64_bf16-bf16-bf16_rN_dN_cN_tt__bias-gelu", "gemm_dense_bf16-bf16-bf16_rN_dN_cN_tt__bias-gelu")]
    [InlineData("spmm_bsr256x64_f16-f16-f16_rN_dN_cN_rt", "gemm_dense_f16-f16-f16_rN_dN_cN_rt")]
    [InlineData("spmm_bsr128x128_s8-s8-s32_rN_dN_cN_tt", "gemm_dense_s8-s8-s32_rN_dN_cN_tt")]
    [InlineData("spmm_bsr128x128t_bf16-bf16-f32_r4096_d4096_c4096", "gemm_dense_bf16-bf16-f32_r4096_d4096_c4096")]
    [InlineData("sddmm_bsr128x128_f16span-f16-f32_rN_dN_cN_tr", "gemm_dense_f16-f16-f32_rN_dN_cN_tr")]
    [InlineData("sddmm_bsr64x64_bf16span-bf16-bf16_rN_dN_cN_tr_masked__bias-gelu", "gemm_dense_bf16-bf16-bf16_rN_dN_cN_tr")]
    [InlineData("sddmm_bsr128x256_bf16span-bf16-f32_rN_dN_cN_trr", "gemm_dense_bf16-bf16-f32_rN_dN_cN")]
    [InlineData("sddmm_bsr192x192_tf32span-tf32-f32_rN_dN_cN_tr", "gemm_dense_tf32-tf32-f32_rN_dN_cN_tr")]
    [InlineData("sddmm_bsr64x128_s8span-s8k-f32_rN_dN_cN_tr__dequantise", "gemm_dense_s8-s8-s32_rN_dN_cN_tr")]
    public void Kernel_OfLargeBlocks_ContractsAsDenseOnes(string name, string dense) => AssertContractsAs(dense, name, Device.Sm90A, new KernelBudget { MaxRegisters = 168, MaxLoopInstructionsPer64Mma = 1200 });

    [SkippableTheory]
    [InlineData("sddmm_bsr128x128_f16span-f16-f32_rN_dN_cN_tr", "gemm_dense_f16-f16-f32_rN_dN_cN_tr")]
    [InlineData("sddmm_bsr64x128_bf16span-bf16-bf16_rN_dN_cN_trr_masked__bias-gelu", "gemm_dense_bf16-bf16-bf16_r64_dN_c256")]
    [InlineData("sddmm_bsr128x128_s8span-s8-s32_rN_dN_cN", "gemm_dense_s8-s8-s32_rN_dN_cN")]
    public void Kernel_OfLargeResultBlocks_ContractsAsDenseOnes(string name, string dense) => AssertContractsAs(dense, name, Device.Sm80, new KernelBudget { MaxRegisters = 255, MaxLoopInstructionsPer64Mma = 400 });

    private static void AssertContractsAs(string dense, string name, Device device, KernelBudget budget)
    {
        PtxTarget target = device == Device.Sm90A ? PtxTarget.Sm90a : PtxTarget.Sm80;
        string Text(string kernel) => KernelLowering.Lower(DevicePlanner.Plan(KernelName.Parse(kernel), device, aligned: true), device == Device.Sm90A ? Compiler.Backends.Ptx.PtxTarget.Sm90A : Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>()).Text;
        double Loop(string kernel) => Ptxas.Assemble(Text(kernel), target).Disassembly.Function().HotLoop!.InstructionsPer64Mma;

        budget.AssertMet(Text(name), target);
        Assert.InRange(Loop(name), 0, 1.1 * Loop(dense));
    }
}
