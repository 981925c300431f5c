using Xunit;

namespace Intarsia.PtxEmulator.Tests;

[Trait("Category", "Gpu")]
public sealed class WarpInstructionTests
{
    [Fact]
    public void Shfl_Down_KeepsOwnValueBeyondTheEnd()
    {
        uint[] result = TestKernel.Run("shfl.sync.down.b32 %r1|%p0, %r0, 4, 31, -1; @!%p0 add.u32 %r1, %r1, 1000;");

        for (uint lane = 0; lane < 32; lane++) Assert.Equal(lane < 28 ? lane + 4 : lane + 1000, result[lane]);
    }

    [Fact]
    public void Shfl_Up_KeepsOwnValueBeforeTheStart()
    {
        uint[] result = TestKernel.Run("shfl.sync.up.b32 %r1, %r0, 3, 0, -1;");

        for (uint lane = 0; lane < 32; lane++) Assert.Equal(lane < 3 ? lane : lane - 3, result[lane]);
    }

    [Fact]
    public void Shfl_ButterflySum_GivesEachLaneTheTotal()
    {
        uint[] result = TestKernel.Run("mov.u32 %r1, %r0; " + string.Concat(new[] { 16, 8, 4, 2, 1 }.Select(step => $"shfl.sync.bfly.b32 %r2, %r1, {step}, 31, -1; add.u32 %r1, %r1, %r2; ")));

        Assert.All(result, value => Assert.Equal(496u, value));
    }

    [Fact]
    public void Shfl_IndexInSegmentsOfEight_StaysInTheSegment()
    {
        uint[] result = TestKernel.Run("shfl.sync.idx.b32 %r1, %r0, 2, 0x181f, -1;");

        for (uint lane = 0; lane < 32; lane++) Assert.Equal(lane / 8 * 8 + 2, result[lane]);
    }

    [Fact]
    public void Vote_AllModes_SeeTheWarp()
    {
        uint[] result = TestKernel.Run("""
            setp.lt.u32 %p0, %r0, 3;
            vote.sync.any.pred %p1, %p0, -1;
            vote.sync.all.pred %p2, %p0, -1;
            vote.sync.uni.pred %p3, %p1, -1;
            vote.sync.ballot.b32 %r1, !%p0, -1;
            @%p1 add.u32 %r1, %r1, 1;
            @%p2 add.u32 %r1, %r1, 2;
            @%p3 add.u32 %r1, %r1, 4;
            """);

        Assert.All(result, value => Assert.Equal(0xFFFFFFF8u + 5, value));
    }

    [Theory]
    [InlineData("redux.sync.add.u32 %r1, %r0, -1;", 496u)]
    [InlineData("neg.s32 %r2, %r0; redux.sync.min.s32 %r1, %r2, -1;", 0xFFFFFFE1u)]
    [InlineData("redux.sync.or.b32 %r1, %r0, -1;", 31u)]
    [InlineData("elect.sync %r1|%p0, -1;", 0u)]
    [InlineData("and.b32 %r2, %r0, 0; match.all.sync.b32 %r1|%p0, %r2, -1;", 0xFFFFFFFFu)]
    public void Collective_OverTheWarp_GivesEachLaneTheResult(string body, uint expected) => Assert.All(TestKernel.Run(body), value => Assert.Equal(expected, value));

    [Fact]
    public void Match_Any_GroupsEqualValues()
    {
        uint[] result = TestKernel.Run("and.b32 %r2, %r0, 3; match.any.sync.b32 %r1, %r2, -1;");

        for (int lane = 0; lane < 32; lane++) Assert.Equal(0x11111111u << lane % 4, result[lane]);
    }

    [Fact]
    public void SpecialRegisters_OfAThreeDimensionalLaunch_CountXFirst()
    {
        string text = """
            .version 8.0
            .target sm_80
            .address_size 64
            .visible .entry kernel(.param .u64 output)
            {
            .reg .b32 a<16>; .reg .b64 p;
            ld.param.u64 p, [output];
            mov.u32 a0, %tid.x; mov.u32 a1, %tid.y; mov.u32 a2, %tid.z; mov.u32 a3, %ntid.x; mov.u32 a4, %ntid.y; mov.u32 a5, %ctaid.x; mov.u32 a6, %ctaid.y; mov.u32 a7, %nctaid.x;
            mad.lo.u32 a8, a2, a4, a1; mad.lo.u32 a8, a8, a3, a0;             // linear thread
            mad.lo.u32 a9, a6, a7, a5;                                        // linear block
            mad.lo.u32 a10, a9, 24, a8;
            mad.wide.u32 p, a10, 4, p;
            mov.u32 a11, %warpid; mov.u32 a12, %laneid; mad.lo.u32 a12, a11, 32, a12;
            sub.u32 a12, a12, a8; add.u32 a10, a10, a12;
            st.global.u32 [p], a10;
            }
            """;
        using var memory = new DeviceMemory();
        DeviceBuffer output = memory.Allocate(24 * 6 * 4, "output");

        new PtxMachine(memory).Launch(PtxModule.Parse(text).Entry("kernel"), new LaunchConfig(new Dim3(3, 2), new Dim3(4, 3, 2)), output).ThrowIfAny();

        uint[] values = new uint[24 * 6];
        output.CopyTo<uint>(values);
        Assert.Equal(Enumerable.Range(0, 24 * 6).Select(i => (uint)i), values);
    }
}
