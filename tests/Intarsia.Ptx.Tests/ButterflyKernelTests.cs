using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Sass;
using Intarsia.Ptx.Tests.Tools;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>What the assembler makes of butterfly factors: the elements that a thread mixes stay in registers, as many as predicted, and everything moves 16 bytes at a time.</summary>
[Trait("Category", "Gpu")]
public sealed class ButterflyKernelTests
{
    /// <param name="name">The kernel.</param>
    /// <param name="registers">Registers of a thread, at most.</param>
    [SkippableTheory]
    [InlineData("butterfly_dense_f32span-f32-f32_r4_d4_cN", 64)]
    [InlineData("butterfly_dense_f32span-f32-f32_r1024_d1024_cN", 128)]
    [InlineData("butterfly_dense_f32span-f32-f32_r1024_d1024_cN_tt_decreasing", 128)]
    [InlineData("butterfly_dense_f16span-f16-f16_r4096_d4096_cN_tt__bias-gelu-residual", 128)]
    [InlineData("butterfly_dense_bf16span-bf16-f32_r8192_d8192_cN_blocks2", 128)]
    [InlineData("butterfly_dense_f32span-f32-f32_r2048_d2048_cN_tr_complex", 144)]
    [InlineData("butterfly_dense_f32span-f32-s8_r3000_d700_c1_tt_complex__silu-requantise", 128)]
    public void Kernel_OfFactors_StaysInRegisters(string name, int registers)
    {
        foreach (bool aligned in (bool[])[true, false])
        {
            KernelPlan plan = DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned);
            PtxKernel kernel = KernelLowering.Lower(plan, Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>());
            new KernelBudget { MaxRegisters = registers }.AssertMet(kernel.Text, PtxTarget.Sm80);
            KernelResources found = Ptxas.Assemble(kernel.Text, PtxTarget.Sm80).Kernel();
            Assert.InRange(found.Registers, kernel.Block.Registers - 64, kernel.Block.Registers + 64);
            Assert.Equal(SharedBudget.Bytes(plan.Program), found.SharedBytes + kernel.SharedBytes);
        }
    }

    /// <summary>Eight elements of four columns a thread: a load for each, one for each of twelve matrices, and as many products as there are.</summary>
    [SkippableFact]
    public void Kernel_OfThreeStages_HasNothingBesideTheProducts()
    {
        KernelPlan plan = DevicePlanner.Plan(KernelName.Parse("butterfly_dense_f32span-f32-f32_r8_d8_c512"), Device.Sm80, aligned: true);
        string text = KernelLowering.Lower(plan, Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>()).Text;
        SassFunction function = Ptxas.Assemble(text, PtxTarget.Sm80).Disassembly.Function();

        Assert.Equal((20, 8), (Wide("LDG"), Wide("STG")));
        Assert.Equal((20, 8, 0), (function.Count("LDG"), function.Count("STG"), function.Count("LDS") + function.Count("STS")));
        // Of the two products of a result the second is added.
        Assert.Equal((96, 96), (function.Count("FMUL"), function.Count("FFMA")));
        int Wide(string operation) => function.Instructions.Count(i => i.Operation == operation && i.Opcode.Contains(".128", StringComparison.Ordinal));
    }
}
