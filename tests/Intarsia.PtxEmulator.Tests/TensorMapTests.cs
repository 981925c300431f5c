using Xunit;

namespace Intarsia.PtxEmulator.Tests;

[Trait("Category", "Gpu")]
public sealed class TensorMapTests
{
    /// <summary>Loads a box of a tensor of ushorts to shared memory at its start and stores all of it to the output.</summary>
    private static (LaunchReport Report, ushort[] Shared) Load(DeviceMemory memory, TensorMap map, int boxBytes, string coordinates, int rank)
    {
        string text = $$"""
            .version 8.3
            .target sm_90a
            .address_size 64
            .visible .entry kernel(.param .u64 output, .param .align 64 .b8 map[128])
            {
            .shared .align 1024 .b8 tile[{{boxBytes}}]; .shared .align 8 .b64 bar;
            .reg .b32 r<8>; .reg .b64 d<4>; .reg .pred p<4>;
            mov.b64 d0, map; cvta.param.u64 d0, d0;
            mov.u32 r0, %tid.x; setp.eq.u32 p0, r0, 0;
            @p0 prefetch.tensormap [d0];
            @p0 mbarrier.init.shared.b64 [bar], 1; @p0 fence.mbarrier_init.release.cluster; bar.sync 0;
            @p0 mbarrier.arrive.expect_tx.shared.b64 _, [bar], {{boxBytes}};
            @p0 cp.async.bulk.tensor.{{rank}}d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [tile], [d0, {{coordinates}}], [bar];
            W: mbarrier.try_wait.parity.shared.b64 p1, [bar], 0, 1000; @!p1 bra W;
            ld.param.u64 d1, [output]; mov.u32 r1, tile;
            L: mad.wide.u32 d2, r0, 4, d1; mad.lo.u32 r2, r0, 4, r1; ld.shared.u32 r3, [r2]; st.global.u32 [d2], r3; add.u32 r0, r0, 32; setp.lt.u32 p2, r0, {{boxBytes / 4}}; @p2 bra L;
            ret;
            }
            """;
        DeviceBuffer output = memory.Allocate(boxBytes, "output");
        LaunchReport report = new PtxMachine(memory).Launch(PtxModule.Parse(text).Entry("kernel"), new LaunchConfig(new Dim3(1), new Dim3(32)), output, map);
        var shared = new ushort[boxBytes / 2];
        output.CopyTo<ushort>(shared);
        return (report, shared);
    }

    private static DeviceBuffer Tensor(DeviceMemory memory, int elements) => memory.Allocate<ushort>([.. Enumerable.Range(1, elements).Select(i => (ushort)i)], "tensor");

    [Fact]
    public void Load_Swizzle128_PutsChunksWhereTheAddressBitsSay()
    {
        using var memory = new DeviceMemory();
        DeviceBuffer tensor = Tensor(memory, 100 * 128);
        TensorMap map = TensorMap.Tiled(TensorMapDataType.Float16, tensor.Address, [128, 100], [256], [64, 16], swizzle: TensorMapSwizzle.Bytes128);

        (LaunchReport report, ushort[] shared) = Load(memory, map, 64 * 16 * 2, "{r0, 3}", 2);

        report.ThrowIfAny();
        for (int row = 0; row < 16; row++)
        {
            for (int column = 0; column < 64; column++)
            {
                int chunk = column / 8 ^ row % 8;
                Assert.Equal((ushort)((row + 3) * 128 + column + 1), shared[row * 64 + chunk * 8 + column % 8]);
            }
        }
    }

    [Theory]
    [InlineData(TensorMapSwizzle.Bytes64, 32, 3)]
    [InlineData(TensorMapSwizzle.Bytes32, 16, 1)]
    public void Load_NarrowerSwizzles_XorWithTheRowOfEach128Bytes(TensorMapSwizzle swizzle, int width, int mask)
    {
        using var memory = new DeviceMemory();
        DeviceBuffer tensor = Tensor(memory, 32 * 32);
        TensorMap map = TensorMap.Tiled(TensorMapDataType.UInt16, tensor.Address, [32, 32], [64], [width, 32], swizzle: swizzle);

        (LaunchReport report, ushort[] shared) = Load(memory, map, width * 32 * 2, "{0, 0}", 2);

        report.ThrowIfAny();
        for (int row = 0; row < 32; row++)
        {
            for (int column = 0; column < width; column++)
            {
                int line = row * width * 2 / 128;
                int chunk = column / 8 ^ (line & mask);
                Assert.Equal((ushort)(row * 32 + column + 1), shared[row * width + chunk * 8 + column % 8]);
            }
        }
    }

    [Fact]
    public void Load_OutsideTheTensorOnAllSides_IsZeroAndCountsItsBytes()
    {
        using var memory = new DeviceMemory();
        DeviceBuffer tensor = Tensor(memory, 10 * 16);
        TensorMap map = TensorMap.Tiled(TensorMapDataType.BFloat16, tensor.Address, [11, 10], [32], [16, 12]);

        // Columns −3…12 and rows −1…10; the tensor has columns 0…10 and rows 0…9. The mbarrier expects the whole box.
        (LaunchReport report, ushort[] shared) = Load(memory, map, 16 * 12 * 2, "{-3, -1}", 2);

        report.ThrowIfAny();
        for (int row = 0; row < 12; row++)
        {
            for (int column = 0; column < 16; column++)
            {
                bool inside = row is >= 1 and <= 10 && column is >= 3 and <= 13;
                Assert.Equal(inside ? (ushort)((row - 1) * 16 + column - 3 + 1) : 0, shared[row * 16 + column]);
            }
        }
    }

    [Fact]
    public void Load_ThreeDimensions_WalksThemInOrder()
    {
        using var memory = new DeviceMemory();
        DeviceBuffer tensor = Tensor(memory, 4 * 6 * 8);
        TensorMap map = TensorMap.Tiled(TensorMapDataType.UInt16, tensor.Address, [8, 6, 4], [16, 96], [8, 4, 2]);

        (LaunchReport report, ushort[] shared) = Load(memory, map, 8 * 4 * 2 * 2, "{0, 2, 1}", 3);

        report.ThrowIfAny();
        Assert.Equal(Enumerable.Range(0, 64).Select(i => (ushort)((1 + i / 32) * 48 + (2 + i / 8 % 4) * 8 + i % 8 + 1)), shared);
    }

    [Fact]
    public void Load_MapLargerThanItsBuffer_IsReportedAsOutOfBounds()
    {
        using var memory = new DeviceMemory();
        DeviceBuffer tensor = Tensor(memory, 64);
        TensorMap map = TensorMap.Tiled(TensorMapDataType.UInt16, tensor.Address, [8, 16], [16], [8, 16]);

        Assert.Contains(Load(memory, map, 256, "{0, 0}", 2).Report.Findings, finding => finding.Kind == FindingKind.OutOfBounds);
    }

    [Fact]
    public void Load_WrongRank_IsReported()
    {
        using var memory = new DeviceMemory();
        DeviceBuffer tensor = Tensor(memory, 64);
        TensorMap map = TensorMap.Tiled(TensorMapDataType.UInt16, tensor.Address, [64], [], [64]);

        Assert.Contains(Load(memory, map, 128, "{0, 0}", 2).Report.Findings, finding => finding.Kind == FindingKind.InvalidOperand && finding.Message.Contains("1 dimensions, and the instruction 2"));
    }

    [Fact]
    public void Store_BoxOverTheEdge_WritesOnlyInside()
    {
        const string text = """
            .version 8.3
            .target sm_90a
            .address_size 64
            .visible .entry kernel(.param .align 64 .b8 map[128])
            {
            .shared .align 128 .b8 tile[128];
            .reg .b32 r<8>; .reg .b64 d<4>; .reg .pred p<4>;
            mov.b64 d0, map;
            mov.u32 r0, %tid.x; setp.eq.u32 p0, r0, 0; mov.u32 r1, tile; mad.lo.u32 r1, r0, 4, r1; st.shared.u32 [r1], r0;
            fence.proxy.async.shared::cta; bar.sync 0;
            @p0 cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group [d0, {2, 1}], [tile];
            @p0 cp.async.bulk.commit_group; @p0 cp.async.bulk.wait_group 0;
            ret;
            }
            """;
        using var memory = new DeviceMemory();
        DeviceBuffer tensor = memory.Allocate(8 * 4 * 4, "tensor");
        TensorMap map = TensorMap.Tiled(TensorMapDataType.UInt32, tensor.Address, [5, 3], [32], [8, 4]);

        new PtxMachine(memory).Launch(PtxModule.Parse(text).Entry("kernel"), new LaunchConfig(new Dim3(1), new Dim3(32)), map).ThrowIfAny();

        var result = new uint[32];
        tensor.CopyTo<uint>(result);
        var expected = new uint[32];
        for (uint row = 0; row < 2; row++)
        {
            for (uint column = 0; column < 3; column++) expected[(row + 1) * 8 + column + 2] = row * 8 + column;
        }
        Assert.Equal(expected, result);
    }

    [Theory]
    [InlineData(8, new long[] { 64, 8 }, new long[] { 128 }, new[] { 64, 8 }, TensorMapSwizzle.None, "no multiple of 16")]
    [InlineData(0, new long[] { 64, 8 }, new long[] { 120 }, new[] { 64, 8 }, TensorMapSwizzle.None, "stride 120")]
    [InlineData(0, new long[] { 64, 8 }, new long[] { 128 }, new[] { 64, 300 }, TensorMapSwizzle.None, "box extent 300")]
    [InlineData(0, new long[] { 64, 8 }, new long[] { 128 }, new[] { 64, 8 }, TensorMapSwizzle.Bytes64, "spans 64")]
    [InlineData(0, new long[] { 64, 8 }, new long[] { 128 }, new[] { 12, 8 }, TensorMapSwizzle.None, "rows of 24 bytes")]
    [InlineData(0, new long[] { 64, 8 }, new long[] { 128, 128 }, new[] { 64, 8 }, TensorMapSwizzle.None, "2 strides")]
    public void Tiled_WhatTheDriverWouldRefuse_Throws(int address, long[] dims, long[] strides, int[] box, TensorMapSwizzle swizzle, string message)
        => Assert.Contains(message, Assert.Throws<ArgumentException>(() => TensorMap.Tiled(TensorMapDataType.UInt16, 4096 + address, dims, strides, box, swizzle: swizzle)).Message);
}
