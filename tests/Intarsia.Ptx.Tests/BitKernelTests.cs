using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Tools;
using Xunit;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>
/// Planes times planes on the tensor cores of sm_80, and the same text on sm_90, which has the instruction that counts common bits and not the one that counts those that differ. Of one plane by one or two an instruction has few others
/// to share copies, fragments and doublings with. Limits are what the assembler gives, and two to four in a hundred more.
/// </summary>
[Trait("Category", "Gpu")]
public sealed class BitKernelTests
{
    [SkippableTheory]
    [InlineData("gemm_dense_planes1-planes1-s32_rN_dN_cN_pt", true, 140, 900)]
    [InlineData("gemm_dense_planes1-planes2-s32_rN_d4096_cN_pt", true, 138, 405)]
    [InlineData("gemm_dense_planes2-planes2-s32_rN_dN_cN_pr", true, 170, 325)]
    [InlineData("gemm_dense_signs1r-planes2k-f16_rN_dN_cN_pt__dequantise-bias-relu", true, 168, 485)]
    [InlineData("gemm_dense_planes3-planes4-s32_rN_dN_cN_pt", true, 136, 250)]
    [InlineData("gemm_dense_planes8-planes8-s32_rN_dN_cN_pr", true, 152, 150)]
    [InlineData("gemm_dense_signs8-signs8-s32_rN_dN_cN_pt_wrap", true, 160, 165)]
    [InlineData("gemm_dense_planes7rz-signs7-f32_rN_dN_cN_pr__dequantise", false, 148, 180)]
    [InlineData("gemm_dense_planes2-planes2-s32_rN_dN_cN_pt", false, 170, 325)]
    [InlineData("gemm_dense_planes1r-planes2k-planes2_rN_dN_cN_pp__dequantise-bias-relu-requantise", false, 168, 485)]
    [InlineData("gemm_dense_planes2-planes2-planes2_rN_dN_cN_pp__dequantise-requantise", false, 182, 325)]
    [InlineData("gemm_dense_signs8-signs8-signs8_rN_dN_cN_pp_wrap__dequantise-gelu-requantise", true, 160, 165)]
    public void Kernel_OnTensorCores_MeetsItsBudget(string name, bool aligned, int registers, double limit)
    {
        KernelPlan plan = DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned);
        PtxKernel kernel = KernelLowering.Lower(plan, Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>());
        new KernelBudget { MaxRegisters = registers, MaxLoopInstructionsPer64Mma = limit }.AssertMet(kernel.Text, PtxTarget.Sm80);
        Assert.Empty(new KernelBudget { MaxRegisters = registers + 20, MaxLoopInstructionsPer64Mma = 2 * limit }.Violations(Ptxas.Assemble(kernel.Text, PtxTarget.Sm90)));
        // What the plan says is what is asked for, to the byte.
        Assert.Equal(SharedBudget.Bytes(plan.Program), kernel.SharedBytes);
    }

    /// <summary>Whatever number of planes the epilogue packs, and behind every number of sums that a warp holds.</summary>
    [SkippableFact]
    public void Kernel_ThatPacksItsCodes_SpillsNothing()
    {
        foreach (NumberFormat y in NumberFormats.All.Where(row => row.BitPlanes > 0).Select(row => row.Format))
        {
            string factor = (int)y % 2 == 0 ? "planes2" : "signs5";
            KernelPlan plan = DevicePlanner.Plan(KernelName.Parse($"gemm_dense_{factor}r-{factor}k-{NumberFormats.Name(y)}_rN_dN_cN_pp{((int)y % 2 == 0 ? "" : "_wrap")}__dequantise-bias-residual-requantise"), Device.Sm80, aligned: false);
            PtxKernel kernel = KernelLowering.Lower(plan, Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>());
            new KernelBudget { MaxRegisters = 184, MaxLoopInstructionsPer64Mma = 330 }.AssertMet(kernel.Text, PtxTarget.Sm80);
        }
    }
}
