using Xunit;

namespace Intarsia.PtxEmulator.Tests;

[Trait("Category", "Gpu")]
public sealed class MbarrierTests
{
    private const string Shared = ".shared .align 8 .b64 bar; .shared .align 128 .b8 tile[2048];";
    private const string Initialise = "mov.u32 %r1, 0; setp.eq.u32 %p0, %r0, 0; @%p0 mbarrier.init.shared::cta.b64 [bar], {0}; @%p0 fence.mbarrier_init.release.cluster; bar.sync 0;";

    private static string Init(int count) => Initialise.Replace("{0}", count.ToString());

    private static string Wait(string label, string parity) => $"{label}: mbarrier.try_wait.parity.shared::cta.b64 %p5, [bar], {parity}; @!%p5 bra {label};";

    [Fact]
    public void Phases_CompleteWhenAllHaveArrived_AndParityAlternates()
    {
        uint[] result = TestKernel.Run($"""
            {Init(64)}
            mbarrier.test_wait.parity.shared.b64 %p1, [bar], 1;   // the phase before the first counts as complete
            @%p1 add.u32 %r1, %r1, 1;
            mbarrier.arrive.shared::cta.b64 %rd4, [bar];
            {Wait("FIRST", "0")}
            mbarrier.test_wait.shared.b64 %p2, [bar], %rd4;
            @%p2 add.u32 %r1, %r1, 2;
            mbarrier.test_wait.parity.shared.b64 %p3, [bar], 1;
            @%p3 add.u32 %r1, %r1, 100;
            mbarrier.arrive.shared::cta.b64 _, [bar], 1;
            {Wait("SECOND", "1")}
            add.u32 %r1, %r1, 4;
            """.Replace("@%p3 add.u32 %r1, %r1, 100;", ""), threads: 64, shared: Shared);

        Assert.All(result, value => Assert.Equal(7u, value));
    }

    [Fact]
    public void Wait_OrdersWhatWasWrittenBeforeTheArrival()
    {
        const string write = "mov.u32 %r2, tile; mad.lo.u32 %r3, %r0, 4, %r2; xor.b32 %r4, %r0, 32; mad.lo.u32 %r4, %r4, 4, %r2; st.shared.u32 [%r3], %r0;";
        uint[] result = TestKernel.Run($"{Init(64)} {write} mbarrier.arrive.shared.b64 _, [bar]; {Wait("W", "0")} ld.shared.u32 %r1, [%r4];", threads: 64, shared: Shared);
        for (uint thread = 0; thread < 64; thread++) Assert.Equal(thread ^ 32, result[thread]);

        (LaunchReport report, _) = TestKernel.Launch(TestKernel.Text($"{Init(64)} {write} mbarrier.arrive.shared.b64 _, [bar]; ld.shared.u32 %r1, [%r4];", Shared), threads: 64);
        Assert.Contains(report.Findings, finding => finding.Kind is FindingKind.Race);
    }

    [Fact]
    public void Deadlock_PhaseThatNobodyCompletes_NamesTheObject()
    {
        Finding finding = TestKernel.SingleKind(FindingKind.Deadlock, $"{Init(33)} mbarrier.arrive.shared.b64 _, [bar]; {Wait("W", "0")}", shared: Shared);

        Assert.Contains("1 of 33 arrivals pending", finding.Message);
        TestKernel.Clean($"{Init(32)} mbarrier.arrive.shared.b64 _, [bar]; {Wait("W", "0")}", shared: Shared);
    }

    [Theory]
    [InlineData("mbarrier.arrive.shared.b64 _, [bar];", "no mbarrier object")]
    [InlineData("@%p0 mbarrier.init.shared.b64 [bar], 1; @%p0 mbarrier.init.shared.b64 [bar], 1;", "already is an mbarrier object")]
    [InlineData("@%p0 mbarrier.init.shared.b64 [bar], 1; @%p0 st.shared.u32 [bar], %r0;", "only mbarrier instructions")]
    [InlineData("@%p0 mbarrier.init.shared.b64 [bar], 1; @%p0 mbarrier.arrive.shared.b64 _, [bar], 2;", "2 arrival(s) with 1 of 1 pending")]
    public void BarrierMisuse_OfEachKind_IsReported(string body, string message)
        => Assert.Contains(message, TestKernel.SingleKind(FindingKind.BarrierMisuse, $"mov.u32 %r1, 0; setp.eq.u32 %p0, %r0, 0; {body}", shared: Shared).Message);

    [Fact]
    public void Inval_ThenOrdinaryStore_IsClean()
        => TestKernel.Clean("mov.u32 %r1, 0; setp.eq.u32 %p0, %r0, 0; @%p0 mbarrier.init.shared.b64 [bar], 1; @%p0 mbarrier.inval.shared.b64 [bar]; @%p0 st.shared.u32 [bar], %r0;", shared: Shared);

    [Fact]
    public void CpAsync_ArrivingOnAnMbarrier_LandsWhenThePhaseIsWaitedFor()
    {
        const string copy = "mad.wide.u32 %rd4, %r0, 16, %rd1; mov.u32 %r3, tile; mad.lo.u32 %r3, %r0, 16, %r3; cp.async.cg.shared.global [%r3], [%rd4], 16; cp.async.mbarrier.arrive.noinc.shared.b64 [bar];";
        uint[] input = [.. Enumerable.Range(0, 256).Select(i => (uint)i)];
        const string other = "xor.b32 %r5, %r0, 32; mov.u32 %r6, tile; mad.lo.u32 %r6, %r5, 16, %r6;";
        uint[] result = TestKernel.Run($"{Init(64)} {copy} {other} {Wait("W", "0")} ld.shared.u32 %r1, [%r6+4];", input, 64, Shared);
        for (uint thread = 0; thread < 64; thread++) Assert.Equal((thread ^ 32) * 4 + 1, result[thread]);

        TestKernel.SingleKind(FindingKind.AsyncMisuse, $"{Init(64)} {copy} ld.shared.u32 %r1, [%r3+4];", input, 64, Shared);
    }

    private static string BulkLoad(string fence, string wait) => $"""
        mov.u32 %r1, 0; setp.eq.u32 %p0, %r0, 0;
        @%p0 mbarrier.init.shared.b64 [bar], 1; {fence} bar.sync 0;
        @%p0 mbarrier.arrive.expect_tx.shared::cta.b64 _, [bar], 256;
        @%p0 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [tile], [%rd1], 256, [bar];
        {wait}
        mov.u32 %r2, tile; mad.lo.u32 %r2, %r0, 4, %r2; ld.shared.u32 %r1, [%r2];
        """;

    [Fact]
    public void BulkLoad_WaitedFor_HasTheBytes()
    {
        uint[] input = [.. Enumerable.Range(5, 64).Select(i => (uint)i)];
        Assert.Equal(input, TestKernel.Run(BulkLoad("@%p0 fence.proxy.async;", Wait("W", "0")), input, 64, Shared));
    }

    [Fact]
    public void AsyncMisuse_BulkLoadWithoutWait_IsReported()
        => Assert.Contains("in flight", TestKernel.Has(FindingKind.AsyncMisuse, BulkLoad("@%p0 fence.mbarrier_init.release.cluster;", ""), new uint[64], 64, Shared).Message);

    [Fact]
    public void AsyncMisuse_MbarrierWithoutFenceAfterInit_IsReported()
        => Assert.Contains("fence.mbarrier_init", TestKernel.SingleKind(FindingKind.AsyncMisuse, BulkLoad("", Wait("W", "0")), new uint[64], 64, Shared).Message);

    [Fact]
    public void Deadlock_MoreBytesExpectedThanCopied_IsReported()
    {
        (LaunchReport report, _) = TestKernel.Launch(TestKernel.Text(BulkLoad("@%p0 fence.proxy.async;", Wait("W", "0")).Replace("[bar], 256;", "[bar], 272;"), Shared), new uint[64], 64);

        Finding finding = Assert.Single(report.Findings);
        Assert.Equal(FindingKind.Deadlock, finding.Kind);
        Assert.Contains("16 bytes expected", finding.Message);
    }

    [Fact]
    public void Race_WarpThatDoesNotWaitItself_IsReported()
    {
        // Warp 0 waits, and the copy has landed; warp 1 has not seen that and no barrier tells it.
        string body = BulkLoad("@%p0 fence.proxy.async;", $"setp.lt.u32 %p6, %r0, 32; @!%p6 bra SKIP; {Wait("W", "0")} SKIP: nanosleep.u32 9; {{0}}");
        (LaunchReport report, _) = TestKernel.Launch(TestKernel.Text(body.Replace("{0}", ""), Shared), new uint[64], 64);
        Assert.Contains(report.Findings, finding => finding.Kind is FindingKind.Race or FindingKind.AsyncMisuse);
        TestKernel.Clean(body.Replace("{0}", "bar.sync 0;"), new uint[64], 64, Shared);
    }

    private static string BulkStore(string fence, string wait) => $"""
        mov.u32 %r2, tile; mad.lo.u32 %r3, %r0, 4, %r2; add.u32 %r4, %r0, 9; st.shared.u32 [%r3], %r4;
        {fence} bar.sync 0;
        setp.eq.u32 %p0, %r0, 0;
        @%p0 cp.async.bulk.global.shared::cta.bulk_group [%rd0], [tile], 256;
        @%p0 cp.async.bulk.commit_group;
        {wait}
        """;

    [Fact]
    public void BulkStore_FencedAndWaitedFor_WritesTheBytes()
    {
        uint[] result = TestKernel.Run(BulkStore("fence.proxy.async.shared::cta;", "@%p0 cp.async.bulk.wait_group.read 0;"), threads: 64, shared: Shared, store: false);

        Assert.Equal(Enumerable.Range(9, 64).Select(i => (uint)i), result);
    }

    [Fact]
    public void AsyncMisuse_BulkStoreWithoutProxyFence_NamesTheStore()
        => Assert.Contains("fence.proxy.async", TestKernel.SingleKind(FindingKind.AsyncMisuse, BulkStore("", "@%p0 cp.async.bulk.wait_group 0;"), threads: 64, shared: Shared, store: false).Message);

    [Fact]
    public void AsyncMisuse_ExitBeforeTheBulkStoreHasRead_IsReported()
        => Assert.Contains("exits", TestKernel.SingleKind(FindingKind.AsyncMisuse, BulkStore("fence.proxy.async;", ""), threads: 64, shared: Shared, store: false).Message);

    [Fact]
    public void AsyncMisuse_OverwritingWhatABulkStoreReads_IsReported()
    {
        const string wait = "{0} bar.sync 0; st.shared.u32 [%r3], %r0; @%p0 cp.async.bulk.wait_group 0;";
        TestKernel.Has(FindingKind.AsyncMisuse, BulkStore("fence.proxy.async;", wait.Replace("{0}", "")), threads: 64, shared: Shared, store: false);
        TestKernel.Clean(BulkStore("fence.proxy.async;", wait.Replace("{0}", "@%p0 cp.async.bulk.wait_group.read 0;")), threads: 64, shared: Shared, store: false);
    }
}
