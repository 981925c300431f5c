using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Tools;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>Dense kernels on the tensor cores of sm_80: tiles of 128×128, 64 matrix instructions a stage, and little else in the loop.</summary>
[Trait("Category", "Gpu")]
public sealed class DenseKernelTests
{
    [SkippableTheory]
    [InlineData("gemm_dense_f16-f16-f32_r4096_d4096_c4096_tt", 130)]
    [InlineData("gemm_dense_bf16-bf16-f32_r4096_d4096_c4096_tt", 130)]
    [InlineData("gemm_dense_s8-s8-s32_r4096_d4096_c4096_tt", 130)]
    [InlineData("gemm_dense_u8-u8-s32_r4096_d4096_c4096_tt_wrap", 130)]
    [InlineData("gemm_dense_u8-s8-s32_r4096_d4096_c4096_tt", 130)]
    [InlineData("gemm_dense_tf32-tf32-f32_r4096_d4096_c4096_tt", 130)]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN", 150)]
    [InlineData("gemm_dense_s8-s8-s32_rN_dN_cN", 182)]
    public void Kernel_OnTensorCores_MeetsItsBudget(string name, double limit)
    {
        string text = KernelLowering.Lower(DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned: true), Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>()).Text;
        new KernelBudget { MaxRegisters = 232, MaxLoopInstructionsPer64Mma = limit }.AssertMet(text, PtxTarget.Sm80);
    }
}
