using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Tools;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>Kernels on gathered weights: none of them leaves registers, whatever the vector, the formats and the layouts.</summary>
[Trait("Category", "Gpu")]
public sealed class GatherKernelTests
{
    [SkippableTheory]
    [InlineData("spmm_csr_f32-f32-f32_rN_dN_cN", 96)]
    [InlineData("spmm_csr_f32-f32-f32_rN_dN_c32", 40)]
    [InlineData("spmm_csr_f16-f16-f16_rN_dN_cN_tt__bias-gelu", 96)]
    [InlineData("spmm_nm3of8_bf16-bf16-f32_rN_dN_cN_rt", 96)]
    [InlineData("spmm_nm3of16_s8r-s8t-f32_rN_dN_cN__dequantise-bias-relu", 64)]
    [InlineData("spmm_csr_s4g32-f32-f32_rN_dN_cN", 96)]
    [InlineData("spmm_srbcrs8_f32-f32-f32_rN_dN_cN", 128)]
    [InlineData("spmm_srbcrs16_f32-f32-f32_rN_dN_cN", 248)]
    [InlineData("spmm_srbcrs16_f16-f16-f32_rN_dN_cN_tr", 255)]
    [InlineData("spmm_srbcrs16_s8g8z-u8k-f32_rN_dN_cN__dequantise", 208)]
    [InlineData("spmm_srbcrs4_s4g8-s8-f32_rN_dN_cN_tt__dequantise-gelu", 80)]
    public void Kernel_OnMultiplyAdds_StaysInRegisters(string name, int registers)
    {
        foreach (bool aligned in (bool[])[true, false])
            new KernelBudget { MaxRegisters = registers }.AssertMet(Text(name, aligned), PtxTarget.Sm80);
    }

    // Four matrix instructions a round (eight where V is 16), and beside them the addresses of four gathered rows, five loads of fragments and, for bytes, their transposition:
    // 66 to 89 instructions, while the second-level cache needs more than 150 cycles for the 4 KB that the round gathers.
    [SkippableTheory]
    [InlineData("spmm_srbcrs8_s8-s8-s32_rN_dN_cN", 64, 1400)]
    [InlineData("spmm_srbcrs8_s8-s8-s32_r2048_d2304_c512", 64, 1340)]
    [InlineData("spmm_srbcrs8_f16-f16-f32_rN_dN_cN", 64, 1140)]
    [InlineData("spmm_srbcrs16_f16-f16-f32_rN_dN_cN", 80, 600)]
    [InlineData("spmm_srbcrs16_s8r-u8t-s8_rN_dN_cN_rt__dequantise-bias-relu-requantise", 80, 730)]
    [InlineData("spmm_srbcrs4_bf16-bf16-bf16_rN_dN_c64_rt__bias-gelu", 64, 1090)]
    [InlineData("spmm_srbcrs2_s4-s8-s32_rN_dN_cN", 64, 1400)]
    [InlineData("spmm_srbcrs8_s8g64-s8-f32_rN_dN_cN__dequantise", 88, 2670)]
    public void Kernel_OnTensorCores_MeetsItsBudget(string name, int registers, double limit)
    {
        string text = Text(name, aligned: true);

        new KernelBudget { MaxRegisters = registers + 8, PredictedRegisters = registers, Margin = 8, MaxLoopInstructionsPer64Mma = limit }.AssertMet(text, PtxTarget.Sm80);
        Assert.Equal(5, Ptxas.Assemble(text, PtxTarget.Sm80).Disassembly.Function().HotLoop!.Count("LDGSTS"));
    }

    [SkippableTheory]
    [InlineData("spmm_srbcrs8_s8-s8-s32_rN_dN_cN")]
    [InlineData("spmm_srbcrs16_f16-f16-f32_rN_dN_cN")]
    public void Kernel_OnTensorCoresWithoutAlignment_StaysInRegisters(string name) =>
        Assert.Empty(new KernelBudget { MaxRegisters = 120, MaxLoopInstructionsPer64Mma = 4800 }.Violations(Ptxas.Assemble(Text(name, aligned: false), PtxTarget.Sm80)));

    [SkippableFact]
    public void Kernel_OfBytes_MultipliesFourAtATime()
    {
        AssembledModule module = Ptxas.Assemble(Text("spmm_csr_s8-u8-s32_rN_dN_cN", aligned: true), PtxTarget.Sm80);

        // Four columns of four entries: one instruction each.
        Assert.Equal(4, module.Disassembly.Function().Instructions.Count(i => i.Opcode.StartsWith("IDP.4A", StringComparison.Ordinal)));
    }

    private static string Text(string name, bool aligned) =>
        KernelLowering.Lower(DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned), Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>()).Text;
}
