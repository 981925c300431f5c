using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Tools;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>What the assembler makes of weights that gather single activations from shared memory: no spills, registers as predicted, shared memory as planned.</summary>
[Trait("Category", "Gpu")]
public sealed class BankedGroupKernelTests
{
    [SkippableTheory]
    [InlineData("spmm_gs32k1_f32-f32-f32_rN_d4096_c1", 48)]
    [InlineData("spmm_gs32k32_f32-f32-f32_rN_d4096_c1", 48)]
    [InlineData("spmm_gs32k4_f32-f32-f32_rN_d3072_c4_tt__bias-gelu", 64)]
    [InlineData("spmm_gs32k8q64s_f16-f16-f16_r768_d768_c16", 128)]
    [InlineData("spmm_gs16k4_bf16-bf16-f32_rN_d1000_c2_rt", 56)]
    [InlineData("spmm_gs8k8_s8r-u8k-s8_rN_d512_c16__dequantise-bias-silu-requantise", 128)]
    [InlineData("spmm_gs4k1_s8-s8-s32_rN_d100_c3", 56)]
    [InlineData("spmm_csr_f32-f32-f32_rN_d8192_c8", 64)]
    public void Kernel_OfFewColumns_StaysInRegisters(string name, int registers)
    {
        KernelPlan plan = DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned: false);
        Assert.Contains(plan.Bindings, binding => binding is Binding.Prepared { Kind: PreparedKind.BankedGroup });
        PtxKernel kernel = KernelLowering.Lower(plan, Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>());
        new KernelBudget { MaxRegisters = registers }.AssertMet(kernel.Text, PtxTarget.Sm80);
        KernelResources found = Ptxas.Assemble(kernel.Text, PtxTarget.Sm80).Kernel();
        Assert.InRange(found.Registers, kernel.Block.Registers - 32, kernel.Block.Registers + 32);
        Assert.Equal(SharedBudget.Bytes(plan.Program), found.SharedBytes + kernel.SharedBytes);
    }
}
