using Xunit;

namespace Intarsia.PtxEmulator.Tests;

[Trait("Category", "Gpu")]
public sealed class DivergenceTests
{
    [Fact]
    public void Branch_IfElse_EachLaneTakesItsSideAndAllMeetAgain()
    {
        uint[] result = TestKernel.Run("""
            and.b32 %r2, %r0, 1;
            setp.eq.u32 %p0, %r2, 0;
            @%p0 bra EVEN;
            mov.u32 %r1, 100;
            bra.uni DONE;
            EVEN: mov.u32 %r1, 200;
            DONE: activemask.b32 %r3;
            xor.b32 %r3, %r3, -1;
            add.u32 %r1, %r1, %r3;
            """);

        for (uint lane = 0; lane < 32; lane++) Assert.Equal(lane % 2 == 0 ? 200u : 100u, result[lane]);
    }

    [Fact]
    public void Branch_NestedWithinBothSides_ComputesByLane()
    {
        uint[] result = TestKernel.Run("""
            setp.lt.u32 %p0, %r0, 16;
            @%p0 bra LOW;
              setp.lt.u32 %p1, %r0, 24;
              @%p1 bra MIDDLE;
              mov.u32 %r1, 3;
              bra OUT;
              MIDDLE: mov.u32 %r1, 2;
              bra OUT;
            LOW:
              setp.lt.u32 %p2, %r0, 5;
              mov.u32 %r1, 1;
              @!%p2 bra OUT;
              mov.u32 %r1, 0;
            OUT: vote.sync.ballot.b32 %r4, %p0, -1;
            add.u32 %r1, %r1, %r4;
            """);

        for (uint lane = 0; lane < 32; lane++) Assert.Equal(0xFFFF + (lane < 5 ? 0u : lane < 16 ? 1u : lane < 24 ? 2u : 3u), result[lane]);
    }

    [Fact]
    public void Branch_LoopWithTripCountsOfEachLane_CountsThemAndReconverges()
    {
        uint[] result = TestKernel.Run("""
            mov.u32 %r1, 0;
            mov.u32 %r2, 0;
            LOOP:
              setp.ge.u32 %p0, %r2, %r0;
              @%p0 bra OUT;
              add.u32 %r1, %r1, %r2;
              add.u32 %r2, %r2, 1;
              bra LOOP;
            OUT: activemask.b32 %r3;
            not.b32 %r3, %r3;
            add.u32 %r1, %r1, %r3;
            """);

        for (uint lane = 0; lane < 32; lane++) Assert.Equal(lane * (lane - 1) / 2, lane == 0 ? 0 : result[lane]);
        Assert.Equal(0u, result[0]);
    }

    [Fact]
    public void Branch_BottomTestedLoopWithNestedLoop_CountsByLane()
    {
        uint[] result = TestKernel.Run("""
            mov.u32 %r1, 0;
            mov.u32 %r2, 0;
            OUTER:
              mov.u32 %r3, 0;
              INNER:
                add.u32 %r1, %r1, 1;
                add.u32 %r3, %r3, 1;
                setp.le.u32 %p0, %r3, %r2;
                @%p0 bra INNER;
              add.u32 %r2, %r2, 1;
              setp.lt.u32 %p1, %r2, %r0;
              @%p1 bra OUTER;
            """);

        for (uint lane = 0; lane < 32; lane++) Assert.Equal(lane < 2 ? 1u : lane * (lane + 1) / 2, result[lane]);
    }

    [Fact]
    public void Branch_ColdPathBehindTheReturn_ReconvergesBeforeTheBarrier()
    {
        uint[] result = TestKernel.Run("""
            mov.u32 %r1, 1;
            setp.eq.u32 %p0, %r0, 7;
            @%p0 bra COLD;
            BACK: bar.sync 0;
            st.global.u32 [%rd2], %r1;
            ret;
            COLD: add.u32 %r1, %r1, 41;
            bra BACK;
            """, store: false);

        for (uint lane = 0; lane < 32; lane++) Assert.Equal(lane == 7 ? 42u : 1u, result[lane]);
    }

    [Fact]
    public void Exit_OfSomeLanesBeforeABarrier_LetsTheOthersPass()
    {
        uint[] result = TestKernel.Run("""
            setp.ge.u32 %p0, %r0, 20;
            @%p0 bra LEAVE;
            bar.sync 0;
            mov.u32 %r1, 5;
            st.global.u32 [%rd2], %r1;
            ret;
            LEAVE:
            """, store: false);

        for (uint lane = 0; lane < 32; lane++) Assert.Equal(lane < 20 ? 5u : 0u, result[lane]);
    }

    [Fact]
    public void Exit_Guarded_EndsOnlyThoseLanes()
    {
        uint[] result = TestKernel.Run("setp.gt.u32 %p0, %r0, 3; mov.u32 %r1, 9; @%p0 exit;");

        for (uint lane = 0; lane < 32; lane++) Assert.Equal(lane <= 3 ? 9u : 0u, result[lane]);
    }

    [Fact]
    public void Predication_WithAndWithoutNegation_WritesOnlyItsLanes()
    {
        uint[] result = TestKernel.Run("setp.lt.u32 %p0, %r0, 10; mov.u32 %r1, 7; @%p0 add.u32 %r1, %r1, 1; @!%p0 sub.u32 %r1, %r1, 1;");

        for (uint lane = 0; lane < 32; lane++) Assert.Equal(lane < 10 ? 8u : 6u, result[lane]);
    }

    [Fact]
    public void SpinLoop_OneLaneWaitsForAnotherOfItsWarp_GoesOn()
    {
        // Lanes 1…31 wait for what lane 0 does after the point where they part: the scheduler has to let it run.
        uint[] result = TestKernel.Run("""
            st.shared.u32 [flag], 0;
            setp.eq.u32 %p0, %r0, 0;
            @%p0 bra SET;
            WAIT: ld.volatile.shared.u32 %r2, [flag];
            nanosleep.u32 20;
            setp.eq.u32 %p1, %r2, 0;
            @%p1 bra WAIT;
            bra DONE;
            SET: st.volatile.shared.u32 [flag], 1;
            DONE: mov.u32 %r1, 3;
            """, shared: ".shared .b32 flag;");

        Assert.All(result, value => Assert.Equal(3u, value));
    }
}
