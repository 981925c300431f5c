using Xunit;

namespace Intarsia.PtxEmulator.Tests;

/// <summary>For each kind of finding a kernel that has the fault, and the same kernel mended.</summary>
[Trait("Category", "Gpu")]
public sealed class FindingTests
{
    [Fact]
    public void OutOfBounds_OneWordBehindTheBuffer_NamesBufferThreadAndLine()
    {
        Finding finding = TestKernel.SingleKind(FindingKind.OutOfBounds, "mov.u32 %r1, 1; st.global.u32 [%rd2+4], %r1;");

        Assert.Equal(new Dim3(31, 0, 0), finding.Thread);
        Assert.Contains("0 bytes behind the end of 'output', which has 128", finding.Message);
        Assert.Contains("st.global.u32 [%rd2+4], %r1;", finding.Message);
        Assert.Equal(13, finding.Line);
        TestKernel.Clean("mov.u32 %r1, 1; setp.lt.u32 %p0, %r0, 31; @%p0 st.global.u32 [%rd2+4], %r1;");
    }

    [Fact]
    public void OutOfBounds_VectorAcrossTheEnd_IsReported()
    {
        TestKernel.SingleKind(FindingKind.OutOfBounds, "ld.global.v2.u32 {%r1, %r2}, [%rd1+8];", [1, 2, 3]);
        TestKernel.Clean("ld.global.v2.u32 {%r1, %r2}, [%rd1+8];", [1, 2, 3, 4]);
    }

    [Fact]
    public void OutOfBounds_SharedBehindItsEnd_IsReported()
    {
        Finding finding = TestKernel.SingleKind(FindingKind.OutOfBounds, "shl.b32 %r2, %r0, 2; mov.u32 %r3, tile; add.u32 %r3, %r3, %r2; st.shared.u32 [%r3+4], %r0; mov.u32 %r1, 0;", shared: ".shared .align 16 .b8 tile[128];");

        Assert.Contains("shared", finding.Message);
        TestKernel.Clean("shl.b32 %r2, %r0, 2; mov.u32 %r3, tile; add.u32 %r3, %r3, %r2; st.shared.u32 [%r3], %r0; mov.u32 %r1, 0;", shared: ".shared .align 16 .b8 tile[128];");
    }

    [Fact]
    public void OutOfBounds_FreedBuffer_IsReported()
    {
        using var memory = new DeviceMemory();
        DeviceBuffer output = memory.Allocate(128, "output");
        DeviceBuffer freed = memory.Allocate(128, "freed");
        nint address = freed.Address;
        freed.Dispose();

        LaunchReport report = new PtxMachine(memory).Launch(PtxModule.Parse(TestKernel.Text("ld.global.u32 %r1, [%rd3];")).Entry("kernel"), new LaunchConfig(new Dim3(1), new Dim3(32)), output, address);

        Assert.All(report.Findings, finding => Assert.Equal(FindingKind.OutOfBounds, finding.Kind));
        Assert.False(report.IsClean);
    }

    [Fact]
    public void Misaligned_VectorAtAnOddWord_IsReported()
    {
        Finding finding = TestKernel.SingleKind(FindingKind.Misaligned, "ld.global.v2.u32 {%r1, %r2}, [%rd1+4];", [1, 2, 3, 4]);

        Assert.Contains("no multiple of 8", finding.Message);
        TestKernel.Clean("ld.global.v2.u32 {%r1, %r2}, [%rd1+8];", [1, 2, 3, 4]);
    }

    [Fact]
    public void UninitialisedRegister_ReadInLanesThatNeverWroteIt_NamesThem()
    {
        Finding finding = TestKernel.SingleKind(FindingKind.UninitialisedRegister, "setp.lt.u32 %p0, %r0, 16; @%p0 mov.u32 %r5, 1; add.u32 %r1, %r5, 1;");

        Assert.Contains("'%r5' is read in 16 lane(s)", finding.Message);
        Assert.Equal(16, finding.Thread.X);
        TestKernel.Clean("setp.lt.u32 %p0, %r0, 16; mov.u32 %r5, 2; @%p0 mov.u32 %r5, 1; add.u32 %r1, %r5, 1;");
    }

    [Fact]
    public void UninitialisedRegister_Guard_IsReported()
    {
        TestKernel.SingleKind(FindingKind.UninitialisedRegister, "mov.u32 %r1, 0; @%p5 add.u32 %r1, %r1, 1;");
        TestKernel.Clean("mov.u32 %r1, 0; setp.eq.u32 %p5, %r1, 0; @%p5 add.u32 %r1, %r1, 1;");
    }

    [Fact]
    public void UninitialisedShared_ReadOfOneByteNobodyWrote_IsReported()
    {
        const string shared = ".shared .align 16 .b8 tile[16];";
        Finding finding = TestKernel.SingleKind(FindingKind.UninitialisedShared, "mov.b16 %h1, 7; st.shared.b8 [tile], %h1; st.shared.b8 [tile+1], %h1; st.shared.b8 [tile+3], %h1; ld.shared.u32 %r1, [tile];", shared: shared);

        Assert.Contains("tile + 2", finding.Message);
        TestKernel.Clean("mov.b16 %h1, 7; st.shared.b8 [tile], %h1; st.shared.b8 [tile+1], %h1; st.shared.b16 [tile+2], %h1; ld.shared.u32 %r1, [tile];", shared: shared);
    }

    [Fact]
    public void NotConverged_BarrierInOneSideOfABranch_IsReported()
    {
        Finding finding = TestKernel.SingleKind(FindingKind.NotConverged, "mov.u32 %r1, 0; setp.lt.u32 %p0, %r0, 16; @%p0 bra SKIP; bar.sync 0; mov.u32 %r1, 1; SKIP: add.u32 %r1, %r1, 1;");

        Assert.Contains("0xffff0000", finding.Message);
        TestKernel.Clean("mov.u32 %r1, 0; setp.lt.u32 %p0, %r0, 16; @%p0 bra SKIP; mov.u32 %r1, 1; SKIP: bar.sync 0; add.u32 %r1, %r1, 1;");
    }

    [Fact]
    public void NotConverged_ShuffleWithLanesThatDoNotTakePart_IsReported()
    {
        TestKernel.SingleKind(FindingKind.NotConverged, "mov.u32 %r1, 0; setp.lt.u32 %p0, %r0, 16; @%p0 shfl.sync.bfly.b32 %r1, %r0, 1, 31, -1;");
        TestKernel.Clean("mov.u32 %r1, 0; setp.lt.u32 %p0, %r0, 16; @%p0 shfl.sync.bfly.b32 %r1, %r0, 1, 31, 0xffff;");
    }

    [Fact]
    public void Deadlock_BarrierThatTooFewReach_NamesWhoWaitsWhere()
    {
        Finding finding = TestKernel.SingleKind(FindingKind.Deadlock, "mov.u32 %r1, 0; bar.sync 1, 96;", threads: 64);

        Assert.Contains("64 of 96 threads have arrived", finding.Message);
        TestKernel.Clean("mov.u32 %r1, 0; bar.sync 1, 64;", threads: 64);
    }

    [Fact]
    public void Deadlock_SpinOnAFlagThatNobodySets_EndsInsteadOfHanging()
    {
        (LaunchReport report, _) = TestKernel.Launch(TestKernel.Text("mov.u32 %r1, 0; WAIT: ld.volatile.global.u32 %r2, [%rd1]; setp.eq.u32 %p0, %r2, 0; @%p0 bra WAIT;"), [0], options: new PtxMachineOptions { MaxIdleInstructions = 1_000_000 });

        Assert.Equal(FindingKind.Deadlock, Assert.Single(report.Findings).Kind);
    }

    [Fact]
    public void BarrierMisuse_DifferentCountsAtOneBarrier_IsReported()
    {
        const string split = "mov.u32 %r1, 0; mov.u32 %r2, %warpid; setp.eq.u32 %p0, %r2, 0; @%p0 bra FIRST; bar.sync 1, {0}; bra DONE; FIRST: bar.sync 1, 64; DONE:";
        (LaunchReport report, _) = TestKernel.Launch(TestKernel.Text(split.Replace("{0}", "32")), threads: 64);

        Assert.Contains(report.Findings, finding => finding.Kind == FindingKind.BarrierMisuse);
        TestKernel.Clean(split.Replace("{0}", "64"), threads: 64);
    }

    [Fact]
    public void Trap_Executed_IsReported()
    {
        TestKernel.SingleKind(FindingKind.Trap, "mov.u32 %r1, 0; setp.eq.u32 %p0, %r0, 3; @%p0 trap;");
        TestKernel.Clean("mov.u32 %r1, 0; setp.eq.u32 %p0, %r0, 99; @%p0 trap;");
    }

    [Fact]
    public void InvalidOperand_BarrierNumber_IsReported()
    {
        TestKernel.SingleKind(FindingKind.InvalidOperand, "mov.u32 %r1, 0; bar.sync 16;");
        TestKernel.Clean("mov.u32 %r1, 0; bar.sync 15;");
    }

    [Fact]
    public void Findings_InALoop_KeepsAFewAndCountsAll()
    {
        (LaunchReport report, _) = TestKernel.Launch(TestKernel.Text("mov.u32 %r1, 0; LOOP: st.global.u32 [%rd0+4096], %r1; add.u32 %r1, %r1, 1; setp.lt.u32 %p0, %r1, 100; @%p0 bra LOOP; ld.global.u32 %r2, [%rd0+2];"));

        Assert.Equal(101, report.FindingCount);
        Assert.Equal(4, report.Findings.Count(finding => finding.Kind == FindingKind.OutOfBounds));
        Assert.Single(report.Findings, finding => finding.Kind == FindingKind.Misaligned);
        Assert.Contains("and 96 more", Assert.Throws<PtxLaunchException>(report.ThrowIfAny).Message);
    }

    [Fact]
    public void StopAtFirstFinding_Set_EndsTheLaunchThere()
    {
        (LaunchReport report, uint[] output) = TestKernel.Launch(TestKernel.Text("ld.global.u32 %r1, [%rd1+4096];"), options: new PtxMachineOptions { StopAtFirstFinding = true });

        Assert.Equal(1, report.FindingCount);
        Assert.All(output, value => Assert.Equal(0u, value));
    }
}
