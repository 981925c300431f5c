using Intarsia.Ptx.Tests.Tools;

namespace Intarsia.Ptx.Tests;

public sealed class PtxToolsTests
{
    [Fact]
    public void Require_AbsentProgram_Skips()
    {
        SkipException exception = Assert.Throws<SkipException>(() => PtxTools.Require("11.8", "ptxas", "/nowhere", required: false));

        Assert.Contains("/nowhere/11.8/ptxas", exception.Message, StringComparison.Ordinal);
        Assert.Contains("eng/ptx-tools.sh", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Require_AbsentProgramThatMustBeThere_Fails() =>
        Assert.Throws<Xunit.Sdk.FailException>(() => PtxTools.Require("11.8", "ptxas", "/nowhere", required: true));

    [Fact]
    public void Parse_UnknownTarget_Throws() => Assert.Contains("sm_80/11.8", Assert.Throws<ArgumentException>(() => PtxTarget.Parse("sm_70")).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_TargetWithoutToolkit_IsTheOldest() => Assert.Equal(PtxTarget.Sm80, PtxTarget.Parse("sm_80"));

    [Fact]
    public void Resources_OfReportWithoutRegisters_Throws() =>
        Assert.Throws<FormatException>(() => KernelResources.Parse("ptxas info    : Compiling entry function 'k' for 'sm_80'\nptxas info    : Function properties for k\n"
            + "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"));

    [Fact]
    public void Resources_OfReportWithSubroutine_AreTheKernels()
    {
        const string Report = """
            ptxas info    : Compiling entry function 'k' for 'sm_80'
            ptxas info    : Function properties for helper
                16 bytes stack frame, 8 bytes spill stores, 4 bytes spill loads
            ptxas info    : Function properties for k
                0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
            ptxas info    : Used 18 registers, 1024 bytes smem, 364 bytes cmem[0]
            """;

        Assert.Equal(new KernelResources("k", 18, 1024, 0, 0, 0), Assert.Single(KernelResources.Parse(Report)));
    }
}
