using Xunit;

namespace Intarsia.PtxEmulator.Tests;

[Trait("Category", "Gpu")]
public sealed class MemoryInstructionTests
{
    [Theory]
    [InlineData("ld.global.v4.u32 {%r2, %r3, %r4, %r1}, [%rd1];", 0x80FF7F04u)]
    [InlineData("ld.global.nc.L1::no_allocate.L2::128B.v2.b32 {%r2, %r1}, [%rd1+8];", 0x80FF7F04u)]
    [InlineData("ld.global.s8 %r1, [%rd1+15];", 0xFFFFFF80u)]
    [InlineData("ld.global.u8 %r1, [%rd1+15];", 0x80u)]
    [InlineData("ld.global.s16 %r1, [%rd1+14];", 0xFFFF80FFu)]
    [InlineData("ld.global.b16 %h1, [%rd1+14]; cvt.u32.u16 %r1, %h1;", 0x80FFu)]
    [InlineData("ld.global.u64 %rd4, [%rd1+8]; cvt.u32.u64 %r1, %rd4;", 3u)]
    [InlineData("ld.global.s32 %rd4, [%rd1+12]; shr.s64 %rd4, %rd4, 32; cvt.u32.u64 %r1, %rd4;", 0xFFFFFFFFu)]
    [InlineData("ld.u32 %r1, [%rd1+4];", 2u)]
    [InlineData("cvta.to.global.u64 %rd5, %rd1; ld.global.relaxed.gpu.u32 %r1, [%rd5+-0];", 1u)]
    public void Load_OfEachWidth_ExtendsByItsType(string body, uint expected) => Assert.Equal(expected, TestKernel.Run(body, [1, 2, 3, 0x80FF7F04])[0]);

    /// <summary>What a launch read, by allocation: lanes of one load share, loads do not, and overlapping ones are counted for what they cover.</summary>
    [Theory]
    [InlineData("ld.global.u32 %r1, [%rd3];", 128, 128)]
    [InlineData("ld.global.u32 %r1, [%rd1+8];", 4, 4)]
    [InlineData("ld.global.u32 %r1, [%rd3]; ld.global.nc.u32 %r1, [%rd3];", 256, 128)]
    [InlineData("ld.global.u8 %r1, [%rd3+1];", 32, 32)]
    [InlineData("setp.lt.u32 %p0, %r0, 3; mov.u32 %r1, 0; @%p0 ld.global.v2.u32 {%r1, %r2}, [%rd1+16]; @!%p0 ld.u32 %r1, [%rd1+20];", 12, 8)]
    [InlineData("mov.u32 %r1, 0;", 0, 0)]
    public void Load_OfSomeBytes_IsCounted(string body, long bytes, long distinct)
    {
        (LaunchReport report, _) = TestKernel.Launch(TestKernel.Text(body), new uint[33], options: new PtxMachineOptions { CountGlobalReads = true });
        report.ThrowIfAny();
        Assert.Equal(bytes == 0 ? [] : [new GlobalRead("input", bytes, distinct)], report.GlobalReads);
        Assert.Empty(TestKernel.Launch(TestKernel.Text(body), new uint[33]).Report.GlobalReads);
    }

    [Fact]
    public void Store_OfBytesAndVectors_TouchesOnlyThose()
    {
        (LaunchReport report, uint[] output) = TestKernel.Launch(TestKernel.Text("""
            setp.eq.u32 %p0, %r0, 0;
            @!%p0 bra DONE;
            mov.u32 %r2, 0x11223344;
            st.global.u8 [%rd0+1], %r2;
            st.global.b16 [%rd0+6], %r2;
            st.global.v2.u32 [%rd0+8], {%r2, 7};
            mov.b64 %rd4, {%r2, %r2};
            st.global.b64 [%rd0+16], %rd4;
            DONE:
            """, store: false));

        report.ThrowIfAny();
        Assert.Equal([0x4400u, 0x33440000u, 0x11223344u, 7u, 0x11223344u, 0x11223344u, 0u], output[..7]);
    }

    [Fact]
    public void Shared_GenericAddress_IsTheSameMemory()
    {
        uint[] result = TestKernel.Run("""
            mad.lo.u32 %r2, %r0, 4, tile;
            cvt.u64.u32 %rd4, %r2;
            cvta.shared.u64 %rd5, %rd4;
            st.u32 [%rd5], %r0;
            ld.shared.u32 %r1, [%rd4];
            """, shared: ".shared .align 4 .b32 tile[32];");

        for (uint lane = 0; lane < 32; lane++) Assert.Equal(lane, result[lane]);
    }

    [Fact]
    public void Shared_StaticAndDynamic_AreAlignedAndDisjoint()
    {
        string text = """
            .version 8.0
            .target sm_80
            .address_size 64
            .extern .shared .align 1024 .b8 dynamic[];
            .shared .align 8 .b8 odd[12];
            .visible .entry kernel(.param .u64 output, .param .u64 input)
            {
            .shared .align 256 .b8 aligned[256];
            .reg .b32 r<8>; .reg .b64 p;
            ld.param.u64 p, [output];
            mov.u32 r0, odd; mov.u32 r1, aligned; mov.u32 r2, dynamic; mov.u32 r3, dynamic+16; mov.u32 r4, %dynamic_smem_size;
            st.global.v4.u32 [p], {r0, r1, r2, r3};
            st.global.u32 [p+16], r4;
            ret;
            }
            """;
        (LaunchReport report, uint[] output) = TestKernel.Launch(text, threads: 1, dynamicShared: 64, outputWords: 8);

        report.ThrowIfAny();
        Assert.Equal([1024u, 1280, 2048, 2064, 64], output[..5]);
    }

    [Fact]
    public void Atom_OnGlobalFromManyBlocks_CountsAll()
    {
        using var memory = new DeviceMemory();
        DeviceBuffer output = memory.Allocate(16, "output");
        string text = TestKernel.Text("atom.global.add.u32 %r1, [%rd0], 1; red.global.max.u32 [%rd0+4], %r0; atom.global.inc.u32 %r2, [%rd0+8], 9; mov.f32 %f1, 0f3F000000; red.global.add.f32 [%rd0+12], %f1;", store: false);

        new PtxMachine(memory).Launch(PtxModule.Parse(text).Entry("kernel"), new LaunchConfig(new Dim3(25), new Dim3(64)), output, output).ThrowIfAny();

        uint[] values = new uint[4];
        output.CopyTo<uint>(values);
        Assert.Equal([1600u, 63, 0, TestKernel.Bits(800)], values);
    }

    [Fact]
    public void Atom_CompareAndSwap_GivesTheOldValueToEachLane()
    {
        uint[] result = TestKernel.Run("atom.global.cas.b32 %r1, [%rd1], 5, 6;", [5]);

        Assert.Equal(5u, result[0]);
        Assert.All(result[1..], value => Assert.Equal(6u, value));
    }

    [Fact]
    public unsafe void Launch_WithPointersToArguments_ReadsThemAsTheDriverDoes()
    {
        using var memory = new DeviceMemory();
        DeviceBuffer output = memory.Allocate(128, "output");
        DeviceBuffer input = memory.Allocate<uint>([7], "input");
        nint first = output.Address;
        nint second = input.Address;
        void** arguments = stackalloc void*[2];
        arguments[0] = &first;
        arguments[1] = &second;

        new PtxMachine(memory).Launch(PtxModule.Parse(TestKernel.Text("ld.global.u32 %r1, [%rd1];")).Entry("kernel"), new LaunchConfig(new Dim3(1), new Dim3(32)), arguments).ThrowIfAny();

        uint[] values = new uint[32];
        output.CopyTo<uint>(values);
        Assert.All(values, value => Assert.Equal(7u, value));
    }

    [Theory]
    [InlineData(33, 0, "for at most 32")]
    [InlineData(32, 300_000, "shared memory")]
    public void Launch_ShapeThatTheKernelOrDeviceDoesNotAllow_Throws(int threads, int dynamicShared, string expected)
    {
        PtxEntry entry = PtxModule.Parse(".version 8.0\n.target sm_80\n.visible .entry k() .maxntid 32, 1, 1 { ret; }").Entry("k");
        using var memory = new DeviceMemory();

        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => new PtxMachine(memory).Launch(entry, new LaunchConfig(new Dim3(1), new Dim3(threads), dynamicShared))).Message);
    }

    [Fact]
    public void Launch_ArgumentOfTheWrongSize_Throws()
    {
        using var memory = new DeviceMemory();
        PtxEntry entry = PtxModule.Parse(TestKernel.Text("mov.u32 %r1, 0;")).Entry("kernel");

        Assert.Contains("'input'", Assert.Throws<ArgumentException>(() => new PtxMachine(memory).Launch(entry, new LaunchConfig(new Dim3(1), new Dim3(32)), 0L, 0)).Message);
    }
}
