using System.Globalization;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Sass;
using Intarsia.Ptx.Tests.Tools;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>
/// What codes that a table in registers looks up cost beside 4-bit integers: eight of them are eleven instructions where bytes come of it, fifteen where binary16 does of numbers of three significant bits, and 21 elsewhere, where
/// integers are three or seven, nine, and eleven. Limits are what the assembler gives, and two to four in a hundred more.
/// </summary>
[Trait("Category", "Gpu")]
public sealed class TableDecoderTests
{
    /// <param name="codes">The kernel of codes.</param>
    /// <param name="integers">The same of 4-bit integers.</param>
    /// <param name="limit">Instructions for every 64 of the tensor cores, at most.</param>
    /// <param name="more">How many more than those of integers, at most.</param>
    [SkippableTheory]
    [InlineData("gemm_dense_flint4r-s8t-f32_r4096_d4096_c4096_tt__dequantise", "gemm_dense_s4r-s8t-f32_r4096_d4096_c4096_tt__dequantise", 301, 132)]
    [InlineData("gemm_dense_flint4-s8-s32_rN_dN_cN_tt", "gemm_dense_s4-s8-s32_rN_dN_cN_tt", 302, 68)]
    [InlineData("gemm_dense_cb16s8-s8-s32_r4096_d4096_c4096", "gemm_dense_s4-s8-s32_r4096_d4096_c4096", 336, 134)]
    [InlineData("gemm_dense_flint4r-f16-f16_r4096_d4096_c4096_tt", "gemm_dense_s4r-f16-f16_r4096_d4096_c4096_tt", 241, 48)]
    [InlineData("gemm_dense_flint4r-f16-f16_r4096_d4096_c4096", "gemm_dense_s4r-f16-f16_r4096_d4096_c4096", 250, 50)]
    [InlineData("gemm_dense_cb16s8r-f16-f16_r4096_d4096_c4096_tt", "gemm_dense_s4r-f16-f16_r4096_d4096_c4096_tt", 292, 97)]
    [InlineData("gemm_dense_flint4r-bf16-bf16_r4096_d4096_c4096_tt", "gemm_dense_s4r-bf16-bf16_r4096_d4096_c4096_tt", 292, 84)]
    [InlineData("gemm_dense_flint4g128-s8t-f32_r4096_d4096_c4096_tt__dequantise", "gemm_dense_s4g128-s8t-f32_r4096_d4096_c4096_tt__dequantise", 1045, 234)]
    [InlineData("gemm_dense_flint4g128-f16-f16_r4096_d4096_c4096_tt", "gemm_dense_s4g128-f16-f16_r4096_d4096_c4096_tt", 795, 100)]
    public void Kernel_OnTensorCores_LooksUpForLittleMore(string codes, string integers, double limit, double more)
    {
        string text = Text(codes, aligned: true);
        double found = Loop(text).InstructionsPer64Mma, least = Loop(Text(integers, aligned: true)).InstructionsPer64Mma;
        Assert.True(found <= limit && found - least <= more, string.Create(CultureInfo.InvariantCulture, $"{codes}: {found:0.#} instructions for 64, {found - least:0.#} more than of integers; expected at most {limit} and {more}. {string.Join("; ", new KernelBudget { MaxRegisters = 0, MaxLoopInstructionsPer64Mma = 0 }.Violations(Ptxas.Assemble(text, PtxTarget.Sm80)))}"));
        new KernelBudget { MaxRegisters = 255, MaxLoopInstructionsPer64Mma = limit }.AssertMet(text, PtxTarget.Sm80);
    }

    /// <summary>Weights are streamed sixteen bytes at a time, and instructions of the loop are counted for each of the weights that a thread takes in it.</summary>
    /// <param name="codes">The kernel of codes.</param>
    /// <param name="integers">The same of 4-bit integers.</param>
    /// <param name="limit">Instructions for every eight weights, at most.</param>
    /// <param name="more">How many more than those of integers, at most.</param>
    [SkippableTheory]
    [InlineData("gemm_dense_flint4g128-s8t-f32_r4096_d4096_c1_tt__dequantise", "gemm_dense_s4g128-s8t-f32_r4096_d4096_c1_tt__dequantise", 17.8, 8.2)]
    [InlineData("gemm_dense_cb16s8r-s8t-f32_r4096_d4096_c1_tt__dequantise", "gemm_dense_s4r-s8t-f32_r4096_d4096_c1_tt__dequantise", 14.6, 8.3)]
    [InlineData("gemm_dense_flint4g128-f16-f16_r4096_d4096_c1_tt", "gemm_dense_s4g128-f16-f16_r4096_d4096_c1_tt", 35.3, 6.2)]
    [InlineData("gemm_dense_cb16s8g128-bf16-bf16_rN_dN_c4_tt", "gemm_dense_s4g128-bf16-bf16_rN_dN_c4_tt", 72, 12.8)]
    [InlineData("gemm_dense_cb16s8g128-bf16-bf16_rN_dN_c8_tt", "gemm_dense_s4g128-bf16-bf16_rN_dN_c8_tt", 130, 36)]
    [InlineData("gemm_dense_flint4g128-f16-f16_r4096_d4096_c8_tt", "gemm_dense_s4g128-f16-f16_r4096_d4096_c8_tt", 130, 36)]
    [InlineData("gemm_dense_cb16s8g128-bf16-bf16_rN_dN_c16_tt", "gemm_dense_s4g128-bf16-bf16_rN_dN_c16_tt", 250, 36)]
    public void Kernel_OfFewColumns_LooksUpForLittleMore(string codes, string integers, double limit, double more)
    {
        string text = Text(codes, aligned: true);
        double found = PerEight(text), least = PerEight(Text(integers, aligned: true));
        Assert.True(found <= limit && found - least <= more, string.Create(CultureInfo.InvariantCulture, $"{codes}: {found:0.##} instructions for eight weights, {found - least:0.##} more than of integers; expected at most {limit} and {more}."));
        new KernelBudget { MaxRegisters = 255 }.AssertMet(text, PtxTarget.Sm80);
    }

    /// <summary>
    /// Coefficients that bases make weights of, three words of a row at a time: of the instructions for eight weights, 24 multiply by the basis, and one for each column and weight by X. A basis for each step is nine loads for 24 weights
    /// more, which is what a group of 24 has of its own.
    /// </summary>
    /// <param name="name">The kernel.</param>
    /// <param name="limit">Instructions of the loop for every eight weights, at most.</param>
    /// <param name="registers">Registers of a thread, at most.</param>
    [SkippableTheory]
    [InlineData("gemm_dense_pot4br-f32-f32_r4096_d3072_c1_tt", 62, 149)]
    [InlineData("gemm_dense_pot4bg96-f16-f16_rN_dN_c1_tt", 69.5, 124)]
    [InlineData("gemm_dense_pot4bt-f16-f16_rN_dN_c4", 88, 166)]
    [InlineData("gemm_dense_pot4bg48-f32-f32_rN_dN_c8_tt", 134, 148)]
    [InlineData("gemm_dense_pot4br-bf16-bf16_rN_dN_c16_tt", 200, 162)]
    public void Kernel_OfCoefficients_RebuildsForLittle(string name, double limit, int registers)
    {
        foreach (bool aligned in (bool[])[false, true])
        {
            string text = Text(name, aligned);
            DecodeShape shape = DecodeShape.For(KernelName.Parse(name), aligned)!;
            double found = 8.0 * StepLoop(text).Instructions.Count() / (shape.WarpRows * shape.Step * shape.Unroll);
            Assert.True(found <= limit, string.Create(CultureInfo.InvariantCulture, $"{name}: {found:0.##} instructions for eight weights; expected at most {limit}."));
            new KernelBudget { MaxRegisters = registers }.AssertMet(text, PtxTarget.Sm80);
        }
    }

    /// <summary>However many columns there are, and whatever shares a basis: nothing is spilled, and registers are those that were predicted.</summary>
    [SkippableFact]
    public void Kernel_OfCoefficients_SpillsNothing()
    {
        string[] names = [.. from columns in Columns from scale in (string[])["t", "r", "g24", "g96"] from x in (string[])["f32", "f16"] select string.Create(CultureInfo.InvariantCulture, $"gemm_dense_pot4b{scale}-{x}-f32_rN_dN_c{columns}_tt")];
        WarpProgram[] programs = [.. names.Select(name => KernelLowering.LowerToWarps(DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned: true), Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>()).Program)];
        IReadOnlyList<AssembledModule> modules = Ptxas.AssembleAll(programs.Select(program => (PtxPrinter.Print(program, []), PtxTarget.Sm80)));
        string[] violations = [.. names.Zip(programs, modules).SelectMany(kernel => new KernelBudget { MaxRegisters = RegisterPressure.Predict(kernel.Second) + DecodeMargin }.Violations(kernel.Third).Select(violation => $"{kernel.First}: {violation}"))];
        Assert.True(violations.Length == 0, string.Join('\n', violations));
    }

    /// <summary>Columns of kernels that are assembled.</summary>
    private static readonly int[] Columns = [1, 2, 3, 4, 6, 8, 11, 16];

    /// <summary>Registers of kernels for few columns beyond their prediction, at most.</summary>
    private const int DecodeMargin = 40;

    private static SassLoop Loop(string text) => Ptxas.Assemble(text, PtxTarget.Sm80).Disassembly.Function().HotLoop!;

    /// <summary>Instructions of the loop over the depth for eight weights: a load of 16 bytes has 32.</summary>
    private static double PerEight(string text)
    {
        SassLoop loop = StepLoop(text);
        return loop.Instructions.Count() / (4.0 * loop.Instructions.Count(instruction => instruction.Operation == "LDG" && instruction.Opcode.Contains(".128", StringComparison.Ordinal)));
    }

    /// <summary>The loop over the steps of a chunk.</summary>
    private static SassLoop StepLoop(string text)
    {
        SassFunction function = Ptxas.Assemble(text, PtxTarget.Sm80).Disassembly.Function();
        return function.Loops.Where(candidate => !function.Loops.Any(inner => inner != candidate && candidate.Contains(inner))).MaxBy(candidate => candidate.Count("FFMA") + candidate.Count("IDP"))!;
    }

    private static string Text(string name, bool aligned) =>
        KernelLowering.Lower(DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned), Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>()).Text;
}
