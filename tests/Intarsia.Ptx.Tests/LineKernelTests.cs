using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Sass;
using Intarsia.Ptx.Tests.Tools;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>What the assembler makes of operations without weights: nothing leaves registers, and aligned lines move 16 bytes at a time.</summary>
[Trait("Category", "Gpu")]
public sealed class LineKernelTests
{
    /// <param name="name">The kernel.</param>
    /// <param name="registers">Registers of a thread, at most.</param>
    [SkippableTheory]
    [InlineData("softmax_f16-f16_rN_c128", 40)]
    [InlineData("softmax_f32-f32_rN_c4096", 40)]
    [InlineData("softmax_f16-f16_rN_c16384_scale", 80)]
    [InlineData("softmax_bf16-f32_rN_cN__residual", 64)]
    [InlineData("layernorm_f16-f16_rN_c768_gamma_beta", 40)]
    [InlineData("layernorm_f32-f32_rN_cN_gamma_beta__gelu-residual", 80)]
    [InlineData("layernorm_f16-s8_rN_c16384_gamma_beta__silu-requantise", 64)]
    [InlineData("rmsnorm_bf16-bf16_rN_c4096_gamma", 40)]
    [InlineData("rmsnorm_f32-f32_rN_c65536_gamma", 40)]
    [InlineData("elementwise_f16-f16_rN_cN_tt__bias-gelu-residual", 56)]
    [InlineData("elementwise_s8k-f32_rN_cN_tt__dequantise-bias-silu-multiply", 48)]
    public void Kernel_OfLines_StaysInRegisters(string name, int registers)
    {
        foreach (bool aligned in (bool[])[true, false]) new KernelBudget { MaxRegisters = registers }.AssertMet(Text(name, aligned), PtxTarget.Sm80);
    }

    /// <param name="name">The kernel.</param>
    /// <param name="loads">Loads of 16 bytes, of X and what is combined with it.</param>
    /// <param name="stores">Stores of 16 bytes.</param>
    [SkippableTheory]
    [InlineData("softmax_f16-f16_rN_c4096", 1, 1)]
    [InlineData("softmax_f32-f32_rN_c4096", 2, 2)]
    [InlineData("layernorm_f16-f16_rN_c768_gamma_beta", 5, 1)]
    [InlineData("elementwise_f16-f16_rN_cN_tt__bias-gelu-residual", 5, 1)]
    public void Kernel_OfAlignedLines_MovesWholeVectors(string name, int loads, int stores)
    {
        SassFunction function = Ptxas.Assemble(Text(name, aligned: true), PtxTarget.Sm80).Disassembly.Function();

        Assert.Equal((loads, stores), (Wide("LDG"), Wide("STG")));
        Assert.Equal((loads, stores), (function.Count("LDG"), function.Count("STG")));
        int Wide(string operation) => function.Instructions.Count(i => i.Operation == operation && i.Opcode.Contains(".128", StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData("softmax_f32-f32_rN_c512", 0)]
    [InlineData("softmax_f32-f32_rN_c4096", 2)]
    [InlineData("rmsnorm_f16-f16_rN_c4096", 1)]
    public void Kernel_Reduction_HasOneBarrierForTheWarps(string name, int barriers) =>
        Assert.Equal(barriers, Ptxas.Assemble(Text(name, aligned: true), PtxTarget.Sm80).Disassembly.Function().Count("BAR"));

    private static string Text(string name, bool aligned) =>
        KernelLowering.Lower(DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned), Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>()).Text;
}
