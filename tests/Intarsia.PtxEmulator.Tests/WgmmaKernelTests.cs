using Xunit;

namespace Intarsia.PtxEmulator.Tests;

/// <summary>A kernel of one warpgroup with tensor copies and wgmma, right and with each fault that the asynchronous proxy invites.</summary>
[Trait("Category", "Gpu")]
public sealed class WgmmaKernelTests
{
    private const int K = 128;

    /// <summary>D[64, 16] = A[64, K]·B[16, K]ᵀ in bfloat16, 64 of k at a time through one buffer.</summary>
    private static string Text(string fence = "wgmma.fence.sync.aligned;", string wait = "wgmma.wait_group.sync.aligned 0;", string full = "W: mbarrier.try_wait.parity.shared.b64 p1, [bar], phase; @!p1 bra W;", string empty = "bar.sync 0;")
    {
        string d = string.Join(", ", Enumerable.Range(0, 8).Select(i => $"f{i}"));
        return $$"""
            .version 8.3
            .target sm_90a
            .address_size 64
            .extern .shared .align 1024 .b8 shared_memory[];
            .visible .entry kernel(.param .align 64 .b8 mapA[128], .param .align 64 .b8 mapB[128], .param .u64 output)
            .maxntid 128, 1, 1
            {
            .reg .b32 r<16>, a, b, bar, phase, k; .reg .b64 d<8>, da, db; .reg .f32 f<8>; .reg .pred p<8>;
            mov.b64 d0, mapA; mov.b64 d1, mapB; ld.param.u64 d2, [output];
            mov.u32 a, shared_memory; add.u32 b, a, 8192; add.u32 bar, a, 10240;
            mov.u32 r0, %tid.x; setp.eq.u32 p0, r0, 0;
            @p0 mbarrier.init.shared::cta.b64 [bar], 1; @p0 fence.mbarrier_init.release.cluster;
            bar.sync 0;
            {{string.Concat(Enumerable.Range(0, 8).Select(i => $"mov.f32 f{i}, 0f00000000; "))}}
            mov.u32 phase, 0; mov.u32 k, 0;
            LOOP:
            @p0 mbarrier.arrive.expect_tx.shared::cta.b64 _, [bar], 10240;
            @p0 cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [a], [d0, {k, 0}], [bar];
            @p0 cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [b], [d1, {k, 0}], [bar];
            {{full}}
            shr.u32 r1, a, 4; cvt.u64.u32 da, r1; or.b64 da, da, 0x4000004000010000;
            shr.u32 r1, b, 4; cvt.u64.u32 db, r1; or.b64 db, db, 0x4000004000010000;
            {{fence}}
            {{string.Concat(Enumerable.Range(0, 4).Select(_ => $"wgmma.mma_async.sync.aligned.m64n16k16.f32.bf16.bf16 {{{d}}}, da, db, 1, 1, 1, 0, 0; add.u64 da, da, 2; add.u64 db, db, 2; "))}}
            wgmma.commit_group.sync.aligned;
            {{wait}}
            xor.b32 phase, phase, 1; add.u32 k, k, 64; setp.lt.u32 p2, k, {{K}};
            {{empty}}
            @p2 bra LOOP;
            and.b32 r1, r0, 31; shr.u32 r2, r0, 5; shr.u32 r3, r1, 2; mad.lo.u32 r3, r2, 16, r3; and.b32 r4, r1, 3; mul.lo.u32 r4, r4, 2; mad.lo.u32 r3, r3, 16, r4;
            mad.wide.u32 d3, r3, 4, d2;
            st.global.v2.f32 [d3], {f0, f1}; st.global.v2.f32 [d3+512], {f2, f3}; st.global.v2.f32 [d3+32], {f4, f5}; st.global.v2.f32 [d3+544], {f6, f7};
            ret;
            }
            """;
    }

    private static (LaunchReport Report, float[] Output, float[] Expected) Run(string text)
    {
        var random = new Random(3);
        int[] a = [.. Enumerable.Range(0, 64 * K).Select(_ => random.Next(-8, 9))];
        int[] b = [.. Enumerable.Range(0, 16 * K).Select(_ => random.Next(-8, 9))];
        using var memory = new DeviceMemory();
        DeviceBuffer bufferA = memory.Allocate<ushort>([.. a.Select(BFloat16)], "A");
        DeviceBuffer bufferB = memory.Allocate<ushort>([.. b.Select(BFloat16)], "B");
        DeviceBuffer output = memory.Allocate(64 * 16 * 4, "output");
        TensorMap mapA = TensorMap.Tiled(TensorMapDataType.BFloat16, bufferA.Address, [K, 64], [K * 2], [64, 64], swizzle: TensorMapSwizzle.Bytes128);
        TensorMap mapB = TensorMap.Tiled(TensorMapDataType.BFloat16, bufferB.Address, [K, 16], [K * 2], [64, 16], swizzle: TensorMapSwizzle.Bytes128);
        LaunchReport report = new PtxMachine(memory).Launch(PtxModule.Parse(text).Entry("kernel"), new LaunchConfig(new Dim3(1), new Dim3(128), 10248), mapA, mapB, output);
        var result = new float[64 * 16];
        output.CopyTo<float>(result);
        var expected = new float[64 * 16];
        for (int i = 0; i < expected.Length; i++)
        {
            for (int k = 0; k < K; k++) expected[i] += a[i / 16 * K + k] * b[i % 16 * K + k];
        }
        return (report, result, expected);
    }

    private static ushort BFloat16(int value) => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);

    [Fact]
    public void Kernel_AsItShouldBe_IsCleanAndExact()
    {
        (LaunchReport report, float[] output, float[] expected) = Run(Text());

        report.ThrowIfAny();
        Assert.Equal(expected, output);
    }

    [Fact]
    public void AsyncMisuse_WithoutWgmmaFence_IsReported()
        => Assert.Contains(Run(Text(fence: "")).Report.Findings, finding => finding.Kind == FindingKind.AsyncMisuse && finding.Message.Contains("wgmma.fence"));

    [Fact]
    public void AsyncMisuse_AccumulatorReadWithoutWait_IsReported()
        => Assert.Contains(Run(Text(wait: "")).Report.Findings, finding => finding.Kind == FindingKind.AsyncMisuse && finding.Message.Contains("register 'f0'"));

    [Fact]
    public void AsyncMisuse_BufferOverwrittenBeforeTheMultiplicationIsComplete_IsReported()
        => Assert.Contains(Run(Text(wait: "wgmma.wait_group.sync.aligned 1;")).Report.Findings, finding => finding.Kind == FindingKind.AsyncMisuse && finding.Message.Contains("may still read"));

    [Fact]
    public void AsyncMisuse_OperandsNotWaitedFor_IsReported()
        => Assert.Contains(Run(Text(full: "")).Report.Findings, finding => finding.Kind == FindingKind.AsyncMisuse && finding.Message.Contains("in flight"));

    [Fact]
    public void Race_NoBarrierBetweenTheMultiplicationAndTheNextCopy_IsNoneInTheWarpThatWaited()
    {
        // The thread that issues the next copy has waited for its warpgroup's multiplication, which read for all four warps.
        (LaunchReport report, float[] output, float[] expected) = Run(Text(empty: ""));

        report.ThrowIfAny();
        Assert.Equal(expected, output);
    }

    [Fact]
    public void AsyncMisuse_OperandWrittenByStoresWithoutProxyFence_IsReported()
    {
        const string stores = "mad.lo.u32 r5, r0, 16, b; st.shared.v4.u32 [r5], {r6, r6, r6, r6};";
        string text = Text(full: $"W: mbarrier.try_wait.parity.shared.b64 p1, [bar], phase; @!p1 bra W; mov.u32 r6, 0; bar.sync 0; {stores} {{0}} bar.sync 0;");

        Assert.Contains(Run(text.Replace("{0}", "")).Report.Findings, finding => finding.Kind == FindingKind.AsyncMisuse && finding.Message.Contains("fence.proxy.async"));
        (LaunchReport report, float[] output, _) = Run(text.Replace("{0}", "fence.proxy.async.shared::cta;"));
        report.ThrowIfAny();
        Assert.All(output, value => Assert.Equal(0f, value));
    }

    [Fact]
    public void InvalidOperand_DescriptorOfAnUnshiftedAddress_IsReported()
        => Assert.Contains(Run(Text().Replace("shr.u32 r1, b, 4;", "shl.b32 r1, b, 4;")).Report.Findings, finding => finding.Kind is FindingKind.InvalidOperand or FindingKind.OutOfBounds);
}
