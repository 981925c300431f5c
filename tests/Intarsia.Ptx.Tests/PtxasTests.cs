using Intarsia.Ptx.Tests.Tools;

namespace Intarsia.Ptx.Tests;

public sealed class PtxasTests
{
    [SkippableTheory]
    [InlineData("sm_80/11.8")]
    [InlineData("sm_89/11.8")]
    [InlineData("sm_90/11.8")]
    [InlineData("sm_80/12.4")]
    public void Assemble_MmaLoop_ReportsResourcesWithoutSpills(string target)
    {
        AssembledModule module = Ptxas.Assemble(HandWritten.MmaLoop(), PtxTarget.Parse(target));

        KernelResources kernel = module.Kernel("mma_loop");
        Assert.Equal(8192, kernel.SharedBytes);
        Assert.Equal((0, 0, 0), (kernel.StackBytes, kernel.SpillStoreBytes, kernel.SpillLoadBytes));
        Assert.InRange(kernel.Registers, 64 + 4 + 2, 128);   // the accumulators, with a fragment of each side, are live together
        Assert.Empty(module.Advisories);
    }

    [SkippableTheory]
    [InlineData("sm_80/11.8")]
    [InlineData("sm_90/11.8")]
    [InlineData("sm_80/12.4")]
    public void Assemble_TooFewRegisters_ReportsSpills(string target)
    {
        KernelResources kernel = Ptxas.Assemble(HandWritten.Spilling(), PtxTarget.Parse(target)).Kernel();

        Assert.InRange(kernel.Registers, 1, 24);
        Assert.InRange(kernel.SpillStoreBytes, 4 * (64 - 24), 512);
        Assert.InRange(kernel.SpillLoadBytes, 4 * (64 - 24), 512);
        Assert.InRange(kernel.StackBytes, kernel.SpillStoreBytes, 512);
    }

    [SkippableFact]
    public void Assemble_LocalArray_ReportsStackWithoutSpills()
    {
        KernelResources kernel = Ptxas.Assemble(HandWritten.LocalMemory, PtxTarget.Sm80).Kernel();

        Assert.Equal((128, 0, 0), (kernel.StackBytes, kernel.SpillStoreBytes, kernel.SpillLoadBytes));
    }

    [SkippableFact]
    public void Assemble_TwoKernels_KeepsThemApart()
    {
        AssembledModule module = Ptxas.Assemble(HandWritten.Two(), PtxTarget.Sm80);

        Assert.Equal(["local_memory", "spilling"], module.Kernels.Select(kernel => kernel.Name).Order());
        Assert.Equal(0, module.Kernel("local_memory").SpillStoreBytes);
        Assert.NotEqual(0, module.Kernel("spilling").SpillStoreBytes);
        Assert.Contains("'spilling'", Assert.Throws<KeyNotFoundException>(() => module.Kernel("neither")).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Assemble_SerialisedWgmma_ReportsAdvisory() =>
        Assert.Contains(Ptxas.Assemble(HandWritten.SerialisedWgmma, PtxTarget.Sm90a).Advisories, advisory => advisory.Contains("serialized", StringComparison.Ordinal));

    [SkippableTheory]
    [InlineData("sm_80/11.8")]
    [InlineData("sm_80/12.4")]
    public void Assemble_MistakenText_ThrowsWithLinesAndTheirText(string target)
    {
        PtxasException exception = Assert.Throws<PtxasException>(() => Ptxas.Assemble(HandWritten.Mistaken, PtxTarget.Parse(target)));

        Assert.Contains(exception.Errors, error => error is { Line: 7, Text: "add.u32 %r1, %r2;" } && error.Message.Contains("Arguments mismatch", StringComparison.Ordinal));
        Assert.Contains(exception.Errors, error => error.Line == 8 && error.Message.Contains("'%q'", StringComparison.Ordinal));
        Assert.Contains("line 7: Arguments mismatch", exception.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Assemble_TextForALaterProcessor_Throws()
    {
        PtxasException exception = Assert.Throws<PtxasException>(() => Ptxas.Assemble(HandWritten.SerialisedWgmma, PtxTarget.Sm80Newer));

        Assert.Contains("sm_80", exception.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Assemble_SameTextAgain_RunsOnce()
    {
        AssembledModule first = Ptxas.Assemble(HandWritten.LocalMemory, PtxTarget.Sm80), again = Ptxas.Assemble(HandWritten.LocalMemory, PtxTarget.Sm80);
        AssembledModule other = Ptxas.Assemble(HandWritten.LocalMemory + "\n", PtxTarget.Sm80);

        Assert.Same(first, again);
        Assert.NotSame(first, other);
    }

    [SkippableFact]
    public void AssembleAll_SeveralTargets_KeepsTheirOrder()
    {
        PtxTarget[] targets = [PtxTarget.Sm90, PtxTarget.Sm80Newer, PtxTarget.Sm80, PtxTarget.Sm89];

        IReadOnlyList<AssembledModule> modules = Ptxas.AssembleAll(targets.Select(target => (HandWritten.Spilling(), target)));

        Assert.Equal(targets, modules.Select(module => module.Target));
    }

}
