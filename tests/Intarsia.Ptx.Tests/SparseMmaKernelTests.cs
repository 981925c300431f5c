using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Tools;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>
/// Kernels on sparse tensor cores, as the assembler sees them. Beside 64 mma.sp, a step of the 128×128 tile has 24 ldmatrix (the second factor has twice the depth of the first), 13 copies of 16
/// bytes and one or two loads of metadata; what is left of the budget is addresses and the loop.
/// </summary>
[Trait("Category", "Gpu")]
public sealed class SparseMmaKernelTests
{
    /// <summary>Two blocks of 128 threads on a processor: at most 255 registers, and half of 163 KB less the kilobyte that each block costs.</summary>
    private const int SharedBytes = 163 * 1024 / 2 - 1024;

    private static readonly KernelBudget Tight = new() { MaxRegisters = 244, MaxLoopInstructionsPer64Mma = 149 };

    public static TheoryData<string, string> Kernels()
    {
        var data = new TheoryData<string, string>();
        string[] kernels =
        [
            "spmm_nm2of4_s8-s8-s32_r4096_d4096_c4096_tt", "spmm_nm2of4_s8-u8-s32_r4096_d4096_c4096_tr", "spmm_nm2of4_f16-f16-f32_r4096_d4096_c4096_tt", "spmm_nm2of4_f16-f16-f32_r4096_d4096_c4096",
            "spmm_nm2of4_f16-f16-f32_rN_dN_cN_tt", "spmm_nm1of4_bf16-bf16-bf16_rN_dN_cN_tt__bias-gelu", "spmm_nm2of4_s8r-s8k-bf16_r4096_dN_cN_tt__dequantise-bias",
        ];
        foreach (string kernel in kernels)
            foreach (string target in (string[])["sm_80/11.8", "sm_89/11.8"]) data.Add(kernel, target);
        return data;
    }

    [SkippableTheory]
    [MemberData(nameof(Kernels))]
    public void Kernel_LargeTile_MeetsTheBudget(string spec, string target)
    {
        PtxKernel kernel = Lower(spec, aligned: true);

        Assert.InRange(kernel.SharedBytes, 1, SharedBytes);
        Tight.AssertMet(kernel.Text, PtxTarget.Parse(target));
    }

    /// <summary>Rows of X whose number is not known cost a comparison for every copy, bytes of X that are transposed a permutation for every fragment, scale groups a second set of accumulators.</summary>
    [SkippableTheory]
    [InlineData("spmm_nm2of4_f16-f16-f32_rN_dN_cN", 160)]
    [InlineData("spmm_nm2of4_s8-s8-s32_rN_dN_cN", 230)]
    [InlineData("spmm_nm2of4_s8g128-s8-f32_rN_dN_cN_tt__dequantise-bias-gelu", 760)]
    [InlineData("spmm_nm2of4_s4g64-f16-f16_rN_dN_cN_tt", 640)]
    [InlineData("spmm_nm2of4_s8-s8-s32_r64_dN_cN_tt", 330)]
    public void Kernel_OtherForms_HaveNeitherStackNorSpills(string spec, int loop) =>
        new KernelBudget { MaxRegisters = 255, MaxLoopInstructionsPer64Mma = loop }.AssertMet(Lower(spec, aligned: true).Text, PtxTarget.Sm80);

    [SkippableTheory]
    [InlineData("spmm_nm2of4_s8-s8-s32_rN_dN_cN")]
    [InlineData("spmm_nm2of4_f16-f16-f32_rN_dN_cN_tt")]
    public void Kernel_Ragged_HasNeitherStackNorSpills(string spec) =>
        new KernelBudget { MaxRegisters = 255, MaxLoopInstructionsPer64Mma = 1000 }.AssertMet(Lower(spec, aligned: false).Text, PtxTarget.Sm80);

    private static PtxKernel Lower(string spec, bool aligned) =>
        KernelLowering.Lower(DevicePlanner.Plan(KernelName.Parse(spec), Device.Sm80, aligned), Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>());
}
