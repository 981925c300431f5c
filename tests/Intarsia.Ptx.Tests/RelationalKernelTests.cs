using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Sass;
using Intarsia.Ptx.Tests.Tools;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>What the assembler makes of relational products: sums stay in registers, as many as predicted, and shared memory to the byte.</summary>
[Trait("Category", "Gpu")]
public sealed class RelationalKernelTests
{
    /// <summary>Registers that a kernel may be off its prediction by.</summary>
    private const int Margin = 20;

    [SkippableTheory]
    [InlineData("rgms_dense_f32-f32-f32_r64_d64_cN_tt_rel8")]
    [InlineData("rgms_dense_f32-f32-f32_r11_d16_cN_tt_rel90__bias")]
    [InlineData("rgms_dense_f16-f16-f16_rN_dN_cN_tt_rel4_edgesf16__bias-gelu-residual")]
    [InlineData("rgms_dense_s8r-bf16-f32_r32_d200_cN_tt_rel46__relu")]
    [InlineData("rgms_dense_s8r-u8t-s8_rN_dN_cN_tt_rel4_edgess8__dequantise-bias-relu-requantise")]
    [InlineData("rgms_dense_s8-s8-s32_r64_d64_cN_tt_rel2_edgess8_wrap")]
    public void Kernel_OfRelations_StaysInRegisters(string name)
    {
        foreach (bool aligned in (bool[])[true, false])
        {
            KernelPlan plan = DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned);
            PtxKernel kernel = KernelLowering.Lower(plan, Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>());
            new KernelBudget { MaxRegisters = 64 }.AssertMet(kernel.Text, PtxTarget.Sm80);
            KernelResources found = Ptxas.Assemble(kernel.Text, PtxTarget.Sm80).Kernel();
            Assert.InRange(found.Registers, kernel.Block.Registers - Margin, kernel.Block.Registers + Margin);
            Assert.Equal(SharedBudget.Bytes(plan.Program), found.SharedBytes + kernel.SharedBytes);
        }
    }

    /// <summary>Four features of X at a time: for each a piece of a line of weights, and those of two rows in one load each, which are 32 products; and four edges at a time, then one, each with a piece of a line of X.</summary>
    [SkippableFact]
    public void Kernel_OfWholeLines_LoadsWhatItMultiplies()
    {
        KernelPlan plan = DevicePlanner.Plan(KernelName.Parse("rgms_dense_f32-f32-f32_r64_d64_cN_tt_rel8"), Device.Sm80, aligned: true);
        string text = KernelLowering.Lower(plan, Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>()).Text;
        SassFunction function = Ptxas.Assemble(text, PtxTarget.Sm80).Disassembly.Function();
        Assert.Equal(4 * 8 + 5 * 4, function.Count("FFMA"));
        Assert.Equal(4 + 5, function.Instructions.Count(i => i.Operation == "LDG" && i.Opcode.Contains(".128", StringComparison.Ordinal)));
        // Beside the rows sums of two nodes are read to be added to, and sums to be finished.
        Assert.Equal(2 + 3, function.Count("LDS"));
    }
}
