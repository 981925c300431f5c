using Intarsia.Ptx.Tests.Tools;
using Xunit.Sdk;

namespace Intarsia.Ptx.Tests;

public sealed class KernelBudgetTests
{
    private static readonly KernelBudget MmaLoop = new() { MaxRegisters = 128, PredictedRegisters = 88, Margin = 8, SharedBytes = 8192, MaxLoopInstructionsPer64Mma = 112 };

    [SkippableTheory]
    [InlineData("sm_80/11.8")]
    [InlineData("sm_89/11.8")]
    [InlineData("sm_90/11.8")]
    [InlineData("sm_80/12.4")]
    public void AssertMet_KernelWithinBudget_Passes(string target) => MmaLoop.AssertMet(HandWritten.MmaLoop(), PtxTarget.Parse(target));

    [SkippableFact]
    public void AssertMet_EverythingTooSmall_FailsWithEachNumber()
    {
        KernelBudget budget = new() { MaxRegisters = 32, PredictedRegisters = 40, Margin = 4, SharedBytes = 4096, MaxLoopInstructionsPer64Mma = 65 };

        string message = Assert.Throws<TrueException>(() => budget.AssertMet(HandWritten.MmaLoop(), PtxTarget.Sm80)).Message;

        int registers = Ptxas.Assemble(HandWritten.MmaLoop(), PtxTarget.Sm80).Kernel().Registers;
        Assert.Contains($"registers per thread: found {registers}, expected at most 32", message, StringComparison.Ordinal);
        Assert.Contains($"registers per thread: found {registers}, expected the prediction 40 ± 4", message, StringComparison.Ordinal);
        Assert.Contains("bytes of static shared memory: found 8192, expected 4096", message, StringComparison.Ordinal);
        Assert.Contains("16 IMMA.16832.S8.S8", message, StringComparison.Ordinal);
        Assert.Contains("expected at most 65", message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Violations_PredictionTooHigh_IsOne() =>
        Assert.Contains("128 ± 8", Assert.Single((MmaLoop with { PredictedRegisters = 128 }).Violations(Ptxas.Assemble(HandWritten.MmaLoop(), PtxTarget.Sm80))), StringComparison.Ordinal);

    [SkippableFact]
    public void Violations_SpillingKernel_AreSpillsStackAndLocalMemory()
    {
        IReadOnlyList<string> violations = new KernelBudget { MaxRegisters = 24 }.Violations(Ptxas.Assemble(HandWritten.Spilling(), PtxTarget.Sm80));

        Assert.Equal(["bytes of stack frame", "bytes of spill stores", "bytes of spill loads", "instructions on local memory"], violations.Select(violation => violation.Split(':')[0]));
    }

    [SkippableFact]
    public void Violations_LocalArray_AreStackAndLocalMemory()
    {
        IReadOnlyList<string> violations = new KernelBudget { MaxRegisters = 24 }.Violations(Ptxas.Assemble(HandWritten.LocalMemory, PtxTarget.Sm80));

        Assert.Equal(["bytes of stack frame: found 128, expected none", "instructions on local memory: found 2, expected none"], violations);
    }

    [SkippableFact]
    public void Violations_LoopExpectedAndAbsent_OrPresentAndNotExpected_AreReported()
    {
        string absent = Assert.Single(new KernelBudget { MaxRegisters = 64, MaxLoopInstructionsPer64Mma = 130 }.Violations(Ptxas.Assemble(HandWritten.Division, PtxTarget.Sm80)));
        string present = Assert.Single((MmaLoop with { MaxLoopInstructionsPer64Mma = null }).Violations(Ptxas.Assemble(HandWritten.MmaLoop(), PtxTarget.Sm80)));

        Assert.Contains("found no loop with matrix instructions, expected at most 130", absent, StringComparison.Ordinal);
        Assert.Contains("expected no loop with matrix instructions", present, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Violations_AdviceOfTheAssembler_IsReported() =>
        Assert.Contains(new KernelBudget { MaxRegisters = 168, MaxLoopInstructionsPer64Mma = 2000 }.Violations(Ptxas.Assemble(HandWritten.SerialisedWgmma, PtxTarget.Sm90a)),
            violation => violation.StartsWith("advice of the assembler", StringComparison.Ordinal));
}
