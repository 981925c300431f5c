using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Tools;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>Large blocks on warp groups: as dense kernels, whose loop differs in where a step is copied from and in nothing else.</summary>
[Trait("Category", "Gpu")]
public sealed class BlockSparseKernelTests
{
    [SkippableTheory]
    [InlineData("spmm_bsr128x128_f16-f16-f32_rN_dN_cN", "gemm_dense_f16-f16-f32_rN_dN_cN")]
    [InlineData("spmm_bsr64x64_bf16-bf16-bf16_rN_dN_cN_tt__bias-gelu", "gemm_dense_bf16-bf16-bf16_rN_dN_cN_tt__bias-gelu")]
    [InlineData("spmm_bsr256x64_f16-f16-f16_rN_dN_cN_rt", "gemm_dense_f16-f16-f16_rN_dN_cN_rt")]
    [InlineData("spmm_bsr128x128_s8-s8-s32_rN_dN_cN_tt", "gemm_dense_s8-s8-s32_rN_dN_cN_tt")]
    [InlineData("spmm_bsr128x128t_bf16-bf16-f32_r4096_d4096_c4096", "gemm_dense_bf16-bf16-f32_r4096_d4096_c4096")]
    public void Kernel_OfLargeBlocks_ContractsAsDenseOnes(string name, string dense)
    {
        string text = Text(name);

        new KernelBudget { MaxRegisters = 168, MaxLoopInstructionsPer64Mma = 1200 }.AssertMet(text, PtxTarget.Sm90a);
        double Loop(string ptx) => Ptxas.Assemble(ptx, PtxTarget.Sm90a).Disassembly.Function().HotLoop!.InstructionsPer64Mma;
        Assert.InRange(Loop(text), 0, 1.1 * Loop(Text(dense)));
    }

    private static string Text(string name) =>
        KernelLowering.Lower(DevicePlanner.Plan(KernelName.Parse(name), Device.Sm90A, aligned: true), Compiler.Backends.Ptx.PtxTarget.Sm90A, "kernel", new HashSet<string>()).Text;
}
