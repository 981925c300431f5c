using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Tools;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>
/// Batch-reduce GEMM on the tensor cores of sm_80: the loop is that of a dense kernel, whatever the length of a term, plus what passing from one term to the next takes: a comparison, and a way
/// to choose for each factor. Offsets are loaded in a branch that only the last step of a term takes.
/// </summary>
[Trait("Category", "Gpu")]
public sealed class BatchReduceKernelTests
{
    [SkippableTheory]
    [InlineData("brgemm_dense_f16-f16-f32_r128_d64_c128_brstride", 280)]
    [InlineData("brgemm_dense_bf16-bf16-f32_r4096_d4096_c4096_brstridebeta__bias-gelu", 160)]
    [InlineData("brgemm_dense_tf32-tf32-f32_r4096_d512_c4096_brstride", 190)]
    [InlineData("brgemm_dense_s8-s8-s32_r4096_d512_c4096_brstride", 190)]
    [InlineData("brgemm_dense_f16-f16-f32_rN_dN_cN_ldwx_brstridebeta", 180)]
    [InlineData("brgemm_dense_f16-f16-f32_r4096_d256_c4096_broffsets", 180)]
    [InlineData("brgemm_dense_s8-u8-s32_rN_dN_cN_broffsets", 210)]
    public void Kernel_OnTensorCores_MeetsItsBudget(string name, double limit) =>
        new KernelBudget { MaxRegisters = 240, MaxLoopInstructionsPer64Mma = limit }.AssertMet(Text(name, aligned: true), PtxTarget.Sm80);

    [SkippableTheory]
    [InlineData("brgemm_dense_f32-f32-f32_rN_dN_cN_brstridebeta__bias-gelu")]
    [InlineData("brgemm_dense_f16-f32-f32_r64_d32_c64_broffsets")]
    public void Kernel_OnMultiplyAdds_StaysInRegisters(string name)
    {
        foreach (bool aligned in (bool[])[true, false]) new KernelBudget { MaxRegisters = 96 }.AssertMet(Text(name, aligned), PtxTarget.Sm80);
    }

    private static string Text(string name, bool aligned) =>
        KernelLowering.Lower(DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned), Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string> { "beta" }).Text;
}
