using Xunit;

namespace Intarsia.PtxEmulator.Tests;

[Trait("Category", "Gpu")]
public sealed class RaceTests
{
    private const string Tile = ".shared .align 16 .b8 tile[512];";
    private const string Own = "shl.b32 %r2, %r0, 2; mov.u32 %r3, tile; add.u32 %r3, %r3, %r2; xor.b32 %r4, %r2, 128; mov.u32 %r5, tile; add.u32 %r5, %r5, %r4; mov.u32 %r1, 0;";

    [Fact]
    public void Race_ReadOfAnotherWarpsWriteWithoutBarrier_NamesBothInstructions()
    {
        Finding finding = TestKernel.Race($"{Own} st.shared.u32 [%r3], %r0; ld.shared.u32 %r1, [%r5];", threads: 64, shared: Tile);

        Assert.Contains("ld.shared.u32 %r1, [%r5];", finding.Message);
        Assert.Contains("st.shared.u32 [%r3], %r0;", finding.Message);
        uint[] result = TestKernel.Run($"{Own} st.shared.u32 [%r3], %r0; bar.sync 0; ld.shared.u32 %r1, [%r5];", threads: 64, shared: Tile);
        for (uint thread = 0; thread < 64; thread++) Assert.Equal(thread ^ 32, result[thread]);
    }

    [Fact]
    public void Race_OverwritingWhatAnotherWarpReads_IsReported()
    {
        const string first = Own + "st.shared.u32 [%r3], %r0; bar.sync 0; ld.shared.u32 %r1, [%r5];";
        TestKernel.Race($"{first} st.shared.u32 [%r3], %r1;", threads: 64, shared: Tile);
        TestKernel.Clean($"{first} bar.sync 0; st.shared.u32 [%r3], %r1;", threads: 64, shared: Tile);
    }

    [Fact]
    public void Race_TwoWarpsWriteOneWord_IsReported()
    {
        const string at = "and.b32 %r2, %r0, 31; shl.b32 %r2, %r2, 2; mov.u32 %r3, tile; add.u32 %r3, %r3, %r2; mov.u32 %r1, 0; mov.u32 %r6, %warpid; setp.eq.u32 %p0, %r6, 0; setp.eq.u32 %p1, %r6, 1;";
        TestKernel.Race($"{at} st.shared.u32 [%r3], %r0;", threads: 64, shared: Tile);
        TestKernel.Clean($"{at} @%p0 st.shared.u32 [%r3], %r0; bar.sync 0; @%p1 st.shared.u32 [%r3], %r0;", threads: 64, shared: Tile);
    }

    [Fact]
    public void Race_WarpsWriteDifferentBytesOfOneWord_IsNone()
    {
        const string body = "mov.u32 %r6, %warpid; mov.u32 %r3, tile; add.u32 %r3, %r3, %r6; mov.u32 %r1, 0; mov.b16 %h1, 5; st.shared.b8 [%r3], %h1;";
        TestKernel.Clean($"{body} bar.sync 0; ld.shared.u32 %r1, [tile];", threads: 128, shared: Tile);
        TestKernel.Race($"{body} ld.shared.u8 %r1, [tile+1];", threads: 128, shared: Tile);
    }

    [Fact]
    public void Race_NamedBarrierOrdersOnlyItsWarps()
    {
        // Warps 0 and 1 meet at barrier 1, warps 2 and 3 at barrier 2; reading across the pairs is a race, within them it is not.
        const string meet = Own + "st.shared.u32 [%r3], %r0; shr.u32 %r6, %r0, 6; add.u32 %r6, %r6, 1; bar.sync %r6, 64;";
        TestKernel.Clean($"{meet} ld.shared.u32 %r1, [%r5];", threads: 128, shared: Tile);
        TestKernel.Race($"{meet} xor.b32 %r4, %r2, 256; mov.u32 %r5, tile; add.u32 %r5, %r5, %r4; ld.shared.u32 %r1, [%r5];", threads: 128, shared: Tile);
    }

    [Fact]
    public void Race_ProducerArrivesAndConsumerSyncs_IsOrdered()
    {
        const string body = """
            mov.u32 %r1, 0; and.b32 %r2, %r0, 31; shl.b32 %r2, %r2, 2; mov.u32 %r3, tile; add.u32 %r3, %r3, %r2; mov.u32 %r6, %warpid;
            setp.eq.u32 %p0, %r6, 0;
            @%p0 bra PRODUCE;
            {0}
            ld.shared.u32 %r1, [%r3];
            bra DONE;
            PRODUCE: st.shared.u32 [%r3], %r0;
            bar.arrive 3, 64;
            DONE:
            """;
        TestKernel.Clean(body.Replace("{0}", "bar.sync 3, 64;"), threads: 64, shared: Tile);
        (LaunchReport report, _) = TestKernel.Launch(TestKernel.Text(body.Replace("{0}", ""), Tile), threads: 64);
        Assert.Contains(report.Findings, finding => finding.Kind is FindingKind.Race or FindingKind.UninitialisedShared);
    }

    [Fact]
    public void Race_AtomicsOnOneWord_AreNone()
    {
        uint[] result = TestKernel.Run("setp.eq.u32 %p0, %r0, 0; @%p0 st.shared.u32 [tile], 0; bar.sync 0; atom.shared.add.u32 %r2, [tile], 1; bar.sync 0; ld.shared.u32 %r1, [tile];", threads: 96, shared: Tile);

        Assert.All(result, value => Assert.Equal(96u, value));
    }

    [Fact]
    public void BankConflicts_OfRowsAndColumns_AreCountedAsHardwareDoes()
    {
        // A column of 32 rows of 128 bytes lies in one bank: 32 passes. With 16-byte stores, rows 128 bytes apart collide 8-fold in each of the four phases.
        (LaunchReport report, _) = TestKernel.Launch(TestKernel.Text("""
            mov.u32 %r1, 0;
            mov.u32 %r3, tile; mad.lo.u32 %r4, %r0, 128, %r3; mad.lo.u32 %r5, %r0, 4, %r3; mad.lo.u32 %r6, %r0, 16, %r3; mad.lo.u32 %r7, %r0, 8, %r3;
            st.shared.u32 [%r4], %r0;
            st.shared.u32 [%r5], %r0;
            st.shared.v4.u32 [%r4], {%r0, %r0, %r0, %r0};
            st.shared.v4.u32 [%r6], {%r0, %r0, %r0, %r0};
            st.shared.v2.u32 [%r7], {%r0, %r0};
            ld.shared.u32 %r2, [tile];
            """, ".shared .align 16 .b8 tile[4096];"));

        report.ThrowIfAny();
        Assert.Equal([32L, 1, 32, 4, 2, 1], report.SharedAccesses.Select(access => access.Transactions));
        Assert.Equal([31L, 0, 28, 0, 0, 0], report.SharedAccesses.Select(access => access.Conflicts));
        Assert.Equal(59, report.SharedBankConflicts);
    }
}
