using System.Text;
using Xunit;

namespace Intarsia.PtxEmulator.Tests;

/// <summary>Whole kernels with asynchronous copies, ldmatrix and mma.sync, compared with plain loops.</summary>
[Trait("Category", "Gpu")]
public sealed class MatrixKernelTests
{
    /// <summary>
    /// C[m, n] = Σ A[m, k]·B[n, k] of bytes, 64 × 64 a block of four warps, 64 bytes of k in each of three stages, chunks of 16 bytes swizzled by (row / 2) mod 4.
    /// </summary>
    /// <param name="barrier">Whether the barrier of the loop is there.</param>
    /// <param name="waiting">Groups that the wait of the loop leaves in flight.</param>
    /// <param name="swizzle">Whether chunks are swizzled.</param>
    private static string GemmText(bool barrier = true, int waiting = 1, bool swizzle = true)
    {
        var text = new StringBuilder("""
            .version 7.8
            .target sm_80
            .address_size 64
            .extern .shared .align 128 .b8 stages[];
            .visible .entry gemm(.param .u64 pa, .param .u64 pb, .param .u64 pc, .param .u32 pk, .param .u32 pn)
            .maxntid 128, 1, 1
            {
            .reg .b32 tid, lane, warp, row, chunk, t<8>, smem, dst, aad, bad, aa, ba, k, n, kt, nk, rd, wr, a<8>, b<8>, c<32>;
            .reg .b64 ga, gb, gc, w<4>, step;
            .reg .pred p, q;
            ld.param.u64 ga, [pa]; ld.param.u64 gb, [pb]; ld.param.u64 gc, [pc]; ld.param.u32 k, [pk]; ld.param.u32 n, [pn];
            mov.u32 tid, %tid.x; and.b32 lane, tid, 31; shr.u32 warp, tid, 5; mov.u32 smem, stages;
            // copies: thread t takes chunk t mod 4 of rows t / 4 and t / 4 + 32
            shr.u32 row, tid, 2; and.b32 chunk, tid, 3;
            mov.u32 t0, %ctaid.y; shl.b32 t0, t0, 6; add.u32 t0, t0, row; mul.lo.u32 t0, t0, k; mad.lo.u32 t0, chunk, 16, t0; cvt.u64.u32 w0, t0; add.u64 ga, ga, w0;
            mov.u32 t0, %ctaid.x; shl.b32 t0, t0, 6; add.u32 t0, t0, row; mul.lo.u32 t0, t0, k; mad.lo.u32 t0, chunk, 16, t0; cvt.u64.u32 w0, t0; add.u64 gb, gb, w0;
            mul.wide.u32 step, k, 32;

            """);
        string Swizzled(string chunk, string row) => swizzle ? $"shr.u32 t1, {row}, 1; and.b32 t1, t1, 3; xor.b32 t1, t1, {chunk}; " : $"mov.u32 t1, {chunk}; ";
        text.AppendLine(Swizzled("chunk", "row") + "shl.b32 t1, t1, 4; mad.lo.u32 t1, row, 64, t1; add.u32 dst, smem, t1;");
        // warp w: rows 32·(w mod 2), columns 32·(w / 2)
        text.AppendLine("and.b32 t0, warp, 1; shl.b32 t0, t0, 5; and.b32 t2, lane, 15; add.u32 t0, t0, t2; shr.u32 t3, lane, 4; " + Swizzled("t3", "t0") + "shl.b32 t1, t1, 4; mad.lo.u32 t1, t0, 64, t1; add.u32 aad, smem, t1;");
        text.AppendLine("shr.u32 t0, warp, 1; shl.b32 t0, t0, 5; and.b32 t2, lane, 7; add.u32 t0, t0, t2; shr.u32 t2, lane, 4; mad.lo.u32 t0, t2, 8, t0; shr.u32 t3, lane, 3; and.b32 t3, t3, 1; "
            + Swizzled("t3", "t0") + "shl.b32 t1, t1, 4; mad.lo.u32 t1, t0, 64, t1; add.u32 bad, smem, t1; add.u32 bad, bad, 4096;");
        for (int i = 0; i < 32; i++) text.AppendLine($"mov.s32 c{i}, 0;");
        string Copy(string to, string guard) => $"add.u64 w1, ga, step; add.u64 w2, gb, step; {guard}cp.async.cg.shared.global [{to}], [ga], 16; {guard}cp.async.cg.shared.global [{to}+2048], [w1], 16; "
            + $"{guard}cp.async.cg.shared.global [{to}+4096], [gb], 16; {guard}cp.async.cg.shared.global [{to}+6144], [w2], 16; add.u64 ga, ga, 64; add.u64 gb, gb, 64; cp.async.commit_group;";
        text.AppendLine("shr.u32 nk, k, 6; setp.gt.u32 q, nk, 1;");
        text.AppendLine(Copy("dst", "")).AppendLine("add.u32 t0, dst, 8192;").AppendLine(Copy("t0", "@q "));
        text.AppendLine($"mov.u32 kt, 0; mov.u32 rd, 0; mov.u32 wr, 16384; LOOP: cp.async.wait_group {waiting}; {(barrier ? "bar.sync 0;" : "")} add.u32 t0, kt, 2; setp.lt.u32 p, t0, nk; add.u32 t0, dst, wr;");
        text.AppendLine(Copy("t0", "@p "));
        for (int step = 0; step < 2; step++)
        {
            text.AppendLine(step == 0 ? "add.u32 aa, aad, rd; add.u32 ba, bad, rd;" : swizzle ? "xor.b32 aa, aa, 32; xor.b32 ba, ba, 32;" : "add.u32 aa, aa, 32; add.u32 ba, ba, 32;");
            for (int i = 0; i < 2; i++)
            {
                text.AppendLine($"ldmatrix.sync.aligned.m8n8.x4.shared.b16 {{a{4 * i}, a{4 * i + 1}, a{4 * i + 2}, a{4 * i + 3}}}, [aa+{i * 1024}];");
                text.AppendLine($"ldmatrix.sync.aligned.m8n8.x4.shared.b16 {{b{4 * i}, b{4 * i + 1}, b{4 * i + 2}, b{4 * i + 3}}}, [ba+{i * 1024}];");
            }
            for (int i = 0; i < 2; i++)
            {
                for (int j = 0; j < 4; j++)
                {
                    string c = string.Join(", ", Enumerable.Range((i * 4 + j) * 4, 4).Select(r => $"c{r}"));
                    text.AppendLine($"mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {{{c}}}, {{a{4 * i}, a{4 * i + 1}, a{4 * i + 2}, a{4 * i + 3}}}, {{b{2 * j}, b{2 * j + 1}}}, {{{c}}};");
                }
            }
        }
        text.AppendLine("add.u32 rd, rd, 8192; setp.eq.u32 p, rd, 24576; selp.u32 rd, 0, rd, p; add.u32 wr, wr, 8192; setp.eq.u32 p, wr, 24576; selp.u32 wr, 0, wr, p; add.u32 kt, kt, 1; setp.lt.u32 p, kt, nk; @p bra LOOP;");
        text.AppendLine("mov.u32 t0, %ctaid.y; shl.b32 t0, t0, 6; and.b32 t1, warp, 1; mad.lo.u32 t0, t1, 32, t0; shr.u32 t1, lane, 2; add.u32 t0, t0, t1; mul.lo.u32 t0, t0, n; "
            + "mov.u32 t1, %ctaid.x; mad.lo.u32 t0, t1, 64, t0; shr.u32 t1, warp, 1; mad.lo.u32 t0, t1, 32, t0; and.b32 t1, lane, 3; mad.lo.u32 t0, t1, 2, t0; mad.wide.u32 gc, t0, 4, gc; mul.wide.u32 step, n, 32;");
        for (int i = 0; i < 2; i++)
        {
            for (int half = 0; half < 2; half++)
            {
                for (int j = 0; j < 4; j++) text.AppendLine($"st.global.v2.s32 [gc+{j * 32}], {{c{(i * 4 + j) * 4 + 2 * half}, c{(i * 4 + j) * 4 + 2 * half + 1}}};");
                text.AppendLine("add.u64 gc, gc, step;");
            }
        }
        return text.Append("ret; }").ToString();
    }

    private static (LaunchReport Report, bool Right) RunGemm(string text, int m, int n, int k)
    {
        var random = new Random(5);
        var a = new sbyte[m * k];
        var b = new sbyte[n * k];
        random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(a.AsSpan()));
        random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(b.AsSpan()));
        using var memory = new DeviceMemory();
        DeviceBuffer c = memory.Allocate(m * n * 4L, "C");
        LaunchReport report = new PtxMachine(memory).Launch(PtxModule.Parse(text).Entry("gemm"), new LaunchConfig(new Dim3(n / 64, m / 64), new Dim3(128), 24576),
            memory.Allocate<sbyte>(a, "A"), memory.Allocate<sbyte>(b, "B"), c, k, n);
        var result = new int[m * n];
        c.CopyTo<int>(result);
        bool right = true;
        for (int row = 0; row < m; row++)
        {
            for (int column = 0; column < n; column++)
            {
                int sum = 0;
                for (int i = 0; i < k; i++) sum += a[row * k + i] * b[column * k + i];
                right &= sum == result[row * n + column];
            }
        }
        return (report, right);
    }

    [Theory]
    [InlineData(64, 64, 64)]
    [InlineData(64, 64, 128)]
    [InlineData(128, 192, 448)]
    public void Gemm_PipelinedInt8_EqualsPlainLoopsWithoutFindingsOrBankConflicts(int m, int n, int k)
    {
        (LaunchReport report, bool right) = RunGemm(GemmText(), m, n, k);

        report.ThrowIfAny();
        Assert.True(right);
        Assert.Equal(0, report.SharedBankConflicts);
        Assert.Equal(m / 64L * (n / 64) * 4 * (k / 32) * 8, report.CountOf("mma.sync"));
    }

    [Fact]
    public void Gemm_WithoutSwizzle_IsRightButHasBankConflicts()
    {
        (LaunchReport report, bool right) = RunGemm(GemmText(swizzle: false), 64, 64, 128);

        report.ThrowIfAny();
        Assert.True(right);
        Assert.True(report.SharedBankConflicts > 0);
    }

    [Fact]
    public void Gemm_WithoutTheBarrier_IsReportedAsARace()
    {
        (LaunchReport report, _) = RunGemm(GemmText(barrier: false), 64, 64, 448);

        Assert.Contains(report.Findings, finding => finding.Kind == FindingKind.Race);
    }

    [Fact]
    public void Gemm_WhoseWaitLeavesTooManyGroups_IsReportedAndWrong()
    {
        (LaunchReport report, bool right) = RunGemm(GemmText(waiting: 2), 64, 64, 448);

        Assert.Contains(report.Findings, finding => finding.Kind == FindingKind.AsyncMisuse);
        Assert.False(right);
    }

    [Fact]
    public void Stmatrix_ThenLdmatrixTransposed_EqualsMovmatrix()
    {
        uint[] result = TestKernel.Run("""
            mul.lo.u32 %r2, %r0, 0x00030001;
            mov.u32 %r3, tile; and.b32 %r4, %r0, 7; mad.lo.u32 %r3, %r4, 16, %r3;
            stmatrix.sync.aligned.m8n8.x1.shared.b16 [%r3], {%r2};
            ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%r5}, [%r3];
            movmatrix.sync.aligned.m8n8.trans.b16 %r6, %r2;
            sub.u32 %r1, %r5, %r6;
            """, shared: ".shared .align 16 .b8 tile[128];");

        Assert.All(result, value => Assert.Equal(0u, value));
    }

    [Fact]
    public void Mma_InAWarpThatIsNotWhole_IsReported()
    {
        const string mma = "mov.u32 %r2, 0; mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%r1, %r3}, {%r2}, {%r2}, {%r2, %r2};";
        TestKernel.SingleKind(FindingKind.NotConverged, mma, threads: 16);
        TestKernel.Clean(mma);
    }
}
