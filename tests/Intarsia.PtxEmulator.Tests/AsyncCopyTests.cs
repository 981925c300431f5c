using Xunit;

namespace Intarsia.PtxEmulator.Tests;

[Trait("Category", "Gpu")]
public sealed class AsyncCopyTests
{
    private const string Tile = ".shared .align 128 .b8 tile[2048];";
    private const string Addresses = "mad.wide.u32 %rd4, %r0, 16, %rd1; mov.u32 %r3, tile; mad.lo.u32 %r3, %r0, 16, %r3;";

    private static uint[] Input(int words) => [.. Enumerable.Range(0, words).Select(i => (uint)i + 1)];

    [Fact]
    public void CpAsync_WaitedFor_HasTheSource()
    {
        uint[] result = TestKernel.Run($"{Addresses} cp.async.cg.shared.global [%r3], [%rd4], 16; cp.async.commit_group; cp.async.wait_group 0; ld.shared.u32 %r1, [%r3+8];", Input(128), shared: Tile);

        for (uint lane = 0; lane < 32; lane++) Assert.Equal(lane * 4 + 3, result[lane]);
    }

    [Fact]
    public void CpAsync_SourceSizeAndIgnoredSource_FillWithZeros()
    {
        uint[] result = TestKernel.Run($$"""
            {{Addresses}}
            setp.eq.u32 %p0, %r0, 2;
            selp.u32 %r4, 0, 16, %p0; setp.eq.u32 %p1, %r0, 1; selp.u32 %r4, 8, %r4, %p1;
            cp.async.cg.shared.global.L2::128B [%r3], [%rd4], 16, %r4;
            setp.eq.u32 %p2, %r0, 3;
            cp.async.ca.shared.global [%r3+1024], [%rd4], 4, %p2;
            cp.async.wait_all;
            ld.shared.u32 %r5, [%r3+4]; ld.shared.u32 %r6, [%r3+8];
            ld.shared.u32 %r7, [%r3+1024];
            mad.lo.u32 %r1, %r6, 1000, %r5; mad.lo.u32 %r1, %r7, 1000000, %r1;
            """, Input(128), shared: Tile);

        for (uint lane = 0; lane < 32; lane++)
        {
            uint first = lane == 2 ? 0 : lane * 4 + 2;
            uint second = lane is 1 or 2 ? 0 : lane * 4 + 3;
            Assert.Equal(first + second * 1000 + (lane == 3 ? 0 : (lane * 4 + 1) * 1000000), result[lane]);
        }
    }

    [Fact]
    public void CpAsync_ZeroBytesOutsideTheBuffer_AreNotRead()
        => TestKernel.Clean($"{Addresses} mov.u32 %r4, 0; cp.async.cg.shared.global [%r3], [%rd4+4096], 16, %r4; cp.async.wait_all; ld.shared.u32 %r1, [%r3];", Input(4), shared: Tile);

    [Fact]
    public void AsyncMisuse_ReadBeforeTheWait_IsReported()
    {
        Finding finding = TestKernel.SingleKind(FindingKind.AsyncMisuse, $"{Addresses} cp.async.cg.shared.global [%r3], [%rd4], 16; cp.async.commit_group; ld.shared.u32 %r1, [%r3];", Input(128), shared: Tile);

        Assert.Contains("cp.async.cg.shared.global", finding.Message);
        Assert.Contains("in flight", finding.Message);
    }

    [Fact]
    public void AsyncMisuse_WaitThatLeavesTheGroupInFlight_IsReported()
    {
        const string two = Addresses + "cp.async.cg.shared.global [%r3], [%rd4], 16; cp.async.commit_group; cp.async.cg.shared.global [%r3+512], [%rd4], 16; cp.async.commit_group;";
        TestKernel.Clean($"{two} cp.async.wait_group 1; ld.shared.u32 %r1, [%r3];", Input(128), shared: Tile);
        TestKernel.SingleKind(FindingKind.AsyncMisuse, $"{two} cp.async.wait_group 1; ld.shared.u32 %r1, [%r3+512];", Input(128), shared: Tile);
    }

    [Fact]
    public void AsyncMisuse_StoreIntoACopyInFlight_IsReported()
    {
        TestKernel.SingleKind(FindingKind.AsyncMisuse, $"{Addresses} cp.async.cg.shared.global [%r3], [%rd4], 16; st.shared.u32 [%r3], %r0; mov.u32 %r1, 0;", Input(128), shared: Tile);
        TestKernel.Clean($"{Addresses} cp.async.cg.shared.global [%r3], [%rd4], 16; cp.async.wait_all; st.shared.u32 [%r3], %r0; mov.u32 %r1, 0;", Input(128), shared: Tile);
    }

    [Fact]
    public void Race_CopyReadByAnotherWarpWithoutBarrier_IsReported()
    {
        const string copy = Addresses + "mov.u32 %r5, tile; xor.b32 %r6, %r0, 32; mad.lo.u32 %r5, %r6, 16, %r5; cp.async.cg.shared.global [%r3], [%rd4], 16; cp.async.wait_all;";
        (LaunchReport report, _) = TestKernel.Launch(TestKernel.Text($"{copy} ld.shared.u32 %r1, [%r5];", Tile), Input(256), threads: 64);

        // Whether the other warp's copy has landed depends on whose turn it is; either way it is reported.
        Assert.All(report.Findings, finding => Assert.True(finding.Kind is FindingKind.Race or FindingKind.AsyncMisuse or FindingKind.UninitialisedShared));
        Assert.False(report.IsClean);
        TestKernel.Clean($"{copy} bar.sync 0; ld.shared.u32 %r1, [%r5];", Input(256), threads: 64, shared: Tile);
    }

    [Fact]
    public void Race_CopyOverwritesWhatAnotherWarpMayStillRead_IsReported()
    {
        // The fault of a pipeline whose barrier stands before the reads of a stage and not between them and the next copy into it.
        const string first = Addresses + "mov.u32 %r5, tile; xor.b32 %r6, %r0, 32; mad.lo.u32 %r5, %r6, 16, %r5; cp.async.cg.shared.global [%r3], [%rd4], 16; cp.async.wait_all; bar.sync 0; ld.shared.u32 %r1, [%r5];";
        TestKernel.SingleKind(FindingKind.Race, $"{first} cp.async.cg.shared.global [%r3], [%rd4], 16; cp.async.wait_all;", Input(256), threads: 64, shared: Tile);
        TestKernel.Clean($"{first} bar.sync 0; cp.async.cg.shared.global [%r3], [%rd4], 16; cp.async.wait_all;", Input(256), threads: 64, shared: Tile);
    }
}
