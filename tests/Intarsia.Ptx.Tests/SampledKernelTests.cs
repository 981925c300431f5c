using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Tools;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>Sampled products: neither stack nor spills, and few instructions beside the loads.</summary>
[Trait("Category", "Gpu")]
public sealed class SampledKernelTests
{
    [SkippableTheory]
    [InlineData("sddmm_csr_f32span-f32-f32_rN_dN_cN_tr", 80)]
    [InlineData("sddmm_srbcrs8_f16span-bf16-f16_rN_dN_cN_tr_scale0.125_masked__bias-gelu", 128)]
    [InlineData("sddmm_srbcrs16_f32span-f32-f32_rN_dN_cN_tr", 168)]
    [InlineData("sddmm_nm2of4_f32span-f16-bf16_rN_dN_cN_tr_ldwx__bias-silu", 96)]
    public void Kernel_OnMultiplyAdds_StaysInRegisters(string name, int registers)
    {
        foreach (bool aligned in (bool[])[true, false])
            new KernelBudget { MaxRegisters = registers }.AssertMet(Text(name, aligned), PtxTarget.Sm80);
    }

    // Two steps a round: three loads of 16 bytes each (four where V is 16), two matrix instructions, and moves, since rows g and g + 8 take turns in the registers of a factor. 42 instructions for the 2 KB
    // that a warp gathers: the second-level cache takes longer.
    [SkippableTheory]
    [InlineData("sddmm_srbcrs8_f16span-f16-f32_rN_dN_cN_tr", 72, 3)]
    [InlineData("sddmm_srbcrs8_s8span-s8-s32_rN_dN_cN_tr", 72, 3)]
    [InlineData("sddmm_srbcrs8_s8span-s8-s32_r2048_d512_c2304_tr", 72, 3)]
    [InlineData("sddmm_srbcrs4_tf32span-tf32-f32_rN_dN_cN_tr_scale", 72, 3)]
    [InlineData("sddmm_srbcrs16_bf16span-bf16-f16_rN_dN_cN_tr_scale0.125", 88, 4)]
    [InlineData("sddmm_csr_u8span-s8k-f32_rN_dN_cN_tr_masked__dequantise", 72, 3)]
    public void Kernel_OnTensorCores_LoadsFragmentsAsTheyLie(string name, int registers, int loads)
    {
        string text = Text(name, aligned: true);

        new KernelBudget { MaxRegisters = registers, MaxLoopInstructionsPer64Mma = 704 }.AssertMet(text, PtxTarget.Sm80);
        AssembledModule module = Ptxas.Assemble(text, PtxTarget.Sm80);
        Assert.Equal(2 * loads, module.Disassembly.Function().HotLoop!.Instructions.Count(i => i.Opcode.StartsWith("LDG.E.128", StringComparison.Ordinal)));
        Assert.Equal(0, module.Disassembly.Function().HotLoop!.Count("LDS"));
    }

    [SkippableTheory]
    [InlineData("sddmm_srbcrs8_s8span-s8-s32_rN_dN_cN_tr")]
    [InlineData("sddmm_srbcrs16_f16span-f16-f32_rN_dN_cN_tr")]
    public void Kernel_OnTensorCoresWithoutAlignment_StaysInRegisters(string name) =>
        Assert.Empty(new KernelBudget { MaxRegisters = 128, MaxLoopInstructionsPer64Mma = 6400 }.Violations(Ptxas.Assemble(Text(name, aligned: false), PtxTarget.Sm80)));

    // A factor that lies across the depth is loaded element by element: an address (two additions) and a load for each, and what joins them to words. 37 to 289 instructions for two or four on matrices.
    [SkippableTheory]
    [InlineData("sddmm_srbcrs8_f16span-f16-f32_rN_dN_cN", 128, 2400)]
    [InlineData("sddmm_bsr32x64_bf16span-bf16-bf16_rN_dN_cN_trr", 128, 2400)]
    [InlineData("sddmm_bsr16x16_s8span-s8-s32_rN_dN_cN_trr", 168, 5000)]
    [InlineData("sddmm_csr_tf32span-tf32-f32_rN_dN_cN_ttr_ldwx_masked", 128, 2400)]
    [InlineData("sddmm_srbcrs4_f32span-f32-f32_rN_dN_cN_trr", 128, null)]
    public void Kernel_OfFactorsAcrossTheDepth_StaysInRegisters(string name, int registers, int? instructions)
    {
        foreach (bool aligned in (bool[])[true, false])
            new KernelBudget { MaxRegisters = registers, MaxLoopInstructionsPer64Mma = instructions is { } most && !aligned ? 2 * most : instructions }.AssertMet(Text(name, aligned), PtxTarget.Sm80);
    }

    private static string Text(string name, bool aligned) =>
        KernelLowering.Lower(DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned), Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>()).Text;
}
