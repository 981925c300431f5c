using System.Text;

namespace Intarsia.Ptx.Tests;

/// <summary>Texts that the tests of the tools assemble. Each shows one thing.</summary>
internal static class HandWritten
{
    private const string Header = ".version 7.8\n.target sm_80\n.address_size 64\n";

    /// <summary>
    /// 16 accumulator tiles in 64 registers and, in a loop, 6 ldmatrix and 16 independent mma: the shape of a real micro-kernel. Before it stands a shorter loop with one mma,
    /// and around both a loop of its own when <paramref name="nested"/>.
    /// </summary>
    public static string MmaLoop(bool nested = false)
    {
        var text = new StringBuilder(Header).Append("""
            .visible .entry mma_loop(.param .u64 y, .param .u32 steps)
            .maxntid 128, 1, 1
            {
                .reg .pred %p<4>;
                .reg .b32 %r<8>;
                .reg .b32 %a<16>;
                .reg .b32 %b<8>;
                .reg .b32 %c<64>;
                .reg .b64 %rd<2>;
                .shared .align 128 .b8 tile[8192];
                ld.param.u64 %rd1, [y];
                cvta.to.global.u64 %rd1, %rd1;
                ld.param.u32 %r1, [steps];
                mov.u32 %r2, %tid.x;
                shl.b32 %r2, %r2, 4;
                mov.u32 %r3, tile;
                add.u32 %r3, %r3, %r2;

            """);
        for (int i = 0; i < 64; i++) text.Append($"    mov.b32 %c{i}, 0;\n");
        text.Append("AGAIN:\n    mov.u32 %r4, %r1;\n    mov.u32 %r5, %r1;\nFIRST:\n    .pragma \"nounroll\";\n");
        LoadMatrix(text, 'a', 0, 0);
        LoadMatrix(text, 'b', 0, 512);
        Mma(text, 0, 0, 0);
        text.Append("    sub.s32 %r4, %r4, 1;\n    setp.gt.s32 %p1, %r4, 0;\n    @%p1 bra FIRST;\nSECOND:\n    .pragma \"nounroll\";\n");
        for (int i = 0; i < 4; i++) LoadMatrix(text, 'a', 4 * i, 512 * i);
        for (int i = 0; i < 2; i++) LoadMatrix(text, 'b', 4 * i, 2048 + 512 * i);
        for (int i = 0; i < 16; i++) Mma(text, 4 * i, 4 * (i / 4), 2 * (i % 4));
        text.Append("    sub.s32 %r5, %r5, 1;\n    setp.gt.s32 %p2, %r5, 0;\n    @%p2 bra SECOND;\n");
        if (nested) text.Append("    shr.s32 %r1, %r1, 1;\n    setp.gt.s32 %p3, %r1, 0;\n    @%p3 bra AGAIN;\n");
        for (int i = 0; i < 64; i++) text.Append($"    st.global.b32 [%rd1+{4 * i}], %c{i};\n");
        return text.Append("    ret;\n}\n").ToString();
    }

    /// <summary>64 values live at once in at most 24 registers: most of them must be spilled.</summary>
    public static string Spilling()
    {
        var text = new StringBuilder(Header).Append("""
            .visible .entry spilling(.param .u64 y)
            .maxntid 32, 1, 1
            .maxnreg 24
            {
                .reg .b32 %r<64>;
                .reg .b64 %rd<2>;
                ld.param.u64 %rd1, [y];
                cvta.to.global.u64 %rd1, %rd1;

            """);
        for (int i = 0; i < 64; i++) text.Append($"    ld.volatile.global.u32 %r{i}, [%rd1+{4 * i}];\n");
        for (int i = 0; i < 64; i++) text.Append($"    st.volatile.global.u32 [%rd1+{4096 + 4 * i}], %r{i};\n");
        return text.Append("    ret;\n}\n").ToString();
    }

    /// <summary>An array in local memory, at indices known only at run time, so that it cannot be kept in registers: a stack frame of 128 bytes and no spill.</summary>
    public const string LocalMemory = Header + """
        .visible .entry local_memory(.param .u64 y)
        .maxntid 32, 1, 1
        {
            .reg .b32 %r<4>;
            .reg .b64 %rd<5>;
            .local .align 16 .b8 buffer[128];
            ld.param.u64 %rd1, [y];
            cvta.to.global.u64 %rd1, %rd1;
            ld.global.u32 %r1, [%rd1];
            ld.global.u32 %r2, [%rd1+4];
            mov.u64 %rd2, buffer;
            mul.wide.u32 %rd3, %r1, 4;
            add.u64 %rd3, %rd2, %rd3;
            mul.wide.u32 %rd4, %r2, 4;
            add.u64 %rd4, %rd2, %rd4;
            st.local.u32 [%rd3], %r1;
            ld.local.u32 %r3, [%rd4];
            st.global.u32 [%rd1+8], %r3;
            ret;
        }
        """;

    /// <summary>A quotient, which the assembler makes a subroutine of, in a loop of a divergent branch.</summary>
    public const string Division = Header + """
        .visible .entry division(.param .u64 y)
        .maxntid 32, 1, 1
        {
            .reg .pred %p<3>;
            .reg .b32 %r<4>;
            .reg .f32 %f<4>;
            .reg .b64 %rd<3>;
            ld.param.u64 %rd1, [y];
            cvta.to.global.u64 %rd1, %rd1;
            mov.u32 %r1, %tid.x;
            mul.wide.u32 %rd2, %r1, 4;
            add.u64 %rd1, %rd1, %rd2;
            ld.global.f32 %f1, [%rd1];
            setp.lt.f32 %p1, %f1, 0f00000000;
            @%p1 bra DONE;
        LOOP:
            ld.volatile.global.f32 %f2, [%rd1+256];
            div.rn.f32 %f1, %f1, %f2;
            setp.gt.f32 %p2, %f1, 0f3f800000;
            @%p2 bra LOOP;
        DONE:
            st.global.f32 [%rd1], %f1;
            ret;
        }
        """;

    /// <summary>The same accumulators written by a plain instruction while a wgmma that adds to them is in flight: the assembler then runs the wgmma one by one, and says so.</summary>
    public const string SerialisedWgmma = ".version 8.0\n.target sm_90a\n.address_size 64\n" + """
        .visible .entry serialised_wgmma(.param .u64 y, .param .u32 steps)
        .maxntid 128, 1, 1
        {
            .reg .pred %p<2>;
            .reg .b32 %r<3>;
            .reg .f32 %f<4>;
            .reg .b64 %rd<4>;
            ld.param.u64 %rd1, [y];
            cvta.to.global.u64 %rd1, %rd1;
            ld.param.u32 %r1, [steps];
            mov.b64 %rd2, 64;
            mov.b64 %rd3, 128;
            mov.f32 %f0, 0f00000000;
            mov.f32 %f1, %f0;
            mov.f32 %f2, %f0;
            mov.f32 %f3, %f0;
            wgmma.fence.sync.aligned;
        LOOP:
            .pragma "nounroll";
            wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {%f0, %f1, %f2, %f3}, %rd2, %rd3, 1, 1, 1, 0, 0;
            wgmma.commit_group.sync.aligned;
            add.f32 %f0, %f0, 0f3f800000;
            sub.s32 %r1, %r1, 1;
            setp.gt.s32 %p1, %r1, 0;
            @%p1 bra LOOP;
            wgmma.wait_group.sync.aligned 0;
            st.global.v4.f32 [%rd1], {%f0, %f1, %f2, %f3};
            ret;
        }
        """;

    /// <summary>Three mistakes: an operand too few on line 7, and on line 8 a type that does not fit and a register that nobody declared.</summary>
    public const string Mistaken = Header + """
        .visible .entry mistaken(.param .u64 y)
        {
            .reg .b32 %r<3>;
            add.u32 %r1, %r2;
            add.f32 %r1, %r2, %q;
            ret;
        }
        """;

    /// <summary>Two kernels in one text.</summary>
    public static string Two() => Spilling() + LocalMemory[Header.Length..];

    private static void LoadMatrix(StringBuilder text, char bank, int register, int offset) => text.Append(
        $"    ldmatrix.sync.aligned.m8n8.x4.shared.b16 {{%{bank}{register}, %{bank}{register + 1}, %{bank}{register + 2}, %{bank}{register + 3}}}, [%r3+{offset}];\n");

    private static void Mma(StringBuilder text, int c, int a, int b)
    {
        string tile = $"{{%c{c}, %c{c + 1}, %c{c + 2}, %c{c + 3}}}";
        text.Append($"    mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {tile}, {{%a{a}, %a{a + 1}, %a{a + 2}, %a{a + 3}}}, {{%b{b}, %b{b + 1}}}, {tile};\n");
    }
}
