using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Tools;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>Kernels on digits of integers: every pair of widths assembles and stays in registers, and the loop has little beside its matrix instructions.</summary>
[Trait("Category", "Gpu")]
public sealed class DigitKernelTests
{
    // Each number of rows with half of the formats, which hold every width and both signs.
    private static string[] X(int v) => v is 2 or 8 ? ["s16", "u8", "s4"] : ["u16", "s8", "u4"];

    [SkippableTheory]
    [InlineData("s16", 2, 208)]
    [InlineData("u16", 4, 160)]
    [InlineData("s16", 8, 208)]
    [InlineData("u16", 16, 255)]
    [InlineData("s12", 8, 208)]
    [InlineData("u12", 4, 160)]
    [InlineData("s8", 8, 176)]
    [InlineData("u8", 4, 176)]
    [InlineData("s4", 2, 176)]
    [InlineData("u4", 8, 176)]
    public void Kernel_OfEveryWidthOfX_StaysInRegisters(string weights, int v, int registers)
    {
        var violations = new List<string>();
        foreach (string x in X(v))
        {
            bool isWide = weights.EndsWith("16", StringComparison.Ordinal) && x.EndsWith("16", StringComparison.Ordinal);
            string name = isWide ? $"spmm_srbcrs{v}_{weights}-{x}-s64_rN_dN_cN_wide" : $"spmm_srbcrs{v}_{weights}-{x}-s32_rN_dN_cN";
            foreach (bool aligned in (bool[])[true, false])
                violations.AddRange(new KernelBudget { MaxRegisters = registers, MaxLoopInstructionsPer64Mma = aligned ? 2000 : 12000 }.Violations(Ptxas.Assemble(Text(name, aligned), PtxTarget.Sm80)).Select(violation => $"{name}, {(aligned ? "aligned" : "ragged")}: {violation}"));
        }
        Assert.True(violations.Count == 0, string.Join('\n', violations));
    }

    // Of a round of the loop about 60 instructions bring the next stage: the addresses of four gathered rows, copies, barriers. Bytes are turned by 16 more, halves of bytes taken apart by 48.
    [SkippableTheory]
    [InlineData("spmm_srbcrs8_s16-s16-s32_r2048_d2304_c512_wrap", 96, 740)]
    [InlineData("spmm_srbcrs8_s16-s16-s64_r2048_d2304_c512_wide", 104, 740)]
    [InlineData("spmm_srbcrs8_s16-s8-s32_r2048_d2304_c512", 96, 850)]
    [InlineData("spmm_srbcrs8_s16-s4-s32_r2048_d2304_c512", 128, 600)]
    [InlineData("spmm_srbcrs8_s12-s4-s32_r2048_d2304_c512", 128, 580)]
    [InlineData("spmm_srbcrs8_s8-s4-s32_r2048_d2304_c512", 88, 1080)]
    [InlineData("spmm_srbcrs8_s4-s4-s32_r2048_d2304_c512", 88, 1080)]
    public void Kernel_OfAPairOfThePaper_MeetsItsBudget(string name, int registers, double limit) =>
        new KernelBudget { MaxRegisters = registers, MaxLoopInstructionsPer64Mma = limit }.AssertMet(Text(name, aligned: true), PtxTarget.Sm80);

    private static string Text(string name, bool aligned) =>
        KernelLowering.Lower(DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned), Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>()).Text;
}
