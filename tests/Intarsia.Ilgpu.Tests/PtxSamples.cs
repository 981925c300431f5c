using System.Globalization;
using System.Text;

namespace Intarsia.Ilgpu.Tests;

/// <summary>Small PTX modules, written by hand. Each adds a number to its result by which tests tell the texts apart.</summary>
internal static class PtxSamples
{
    public const int Threads = 32;

    /// <summary>y[i] = a·x[i] + marker for i &lt; n: an address, an address, a float and a size.</summary>
    public static string Scale(string target, params (string Entry, float Marker)[] entries)
    {
        var text = new StringBuilder($".version {(target.EndsWith('a') ? "8.0" : "7.8")}\n.target {target}\n.address_size 64\n\n");
        foreach ((string entry, float marker) in entries)
        {
            text.Append($$"""
                .visible .entry {{entry}}(
                    .param .u64 y,
                    .param .u64 x,
                    .param .f32 a,
                    .param .u32 n)
                .maxntid 32, 1, 1
                {
                    .reg .pred %p<2>;
                    .reg .b32 %r<5>;
                    .reg .f32 %f<4>;
                    .reg .b64 %d<6>;
                    ld.param.u64 %d1, [y];
                    ld.param.u64 %d2, [x];
                    ld.param.f32 %f1, [a];
                    ld.param.u32 %r1, [n];
                    mov.u32 %r2, %ctaid.x;
                    mov.u32 %r3, %tid.x;
                    mad.lo.s32 %r4, %r2, 32, %r3;
                    setp.ge.u32 %p1, %r4, %r1;
                    @%p1 bra done;
                    mul.wide.u32 %d3, %r4, 4;
                    add.s64 %d4, %d2, %d3;
                    add.s64 %d5, %d1, %d3;
                    ld.global.f32 %f2, [%d4];
                    fma.rn.f32 %f3, %f1, %f2, {{Number(marker)}};
                    st.global.f32 [%d5], %f3;
                done:
                    ret;
                }


                """);
        }
        return text.ToString();
    }

    /// <summary>y[31 − i] = i through dynamic shared memory, whose last bytes it uses.</summary>
    public static string Reverse(int sharedBytes) => $$"""
        .version 7.8
        .target sm_80
        .address_size 64

        .extern .shared .align 16 .b8 shared_memory[];

        .visible .entry reverse(.param .u64 y)
        .maxntid 32, 1, 1
        {
            .reg .b32 %r<6>;
            .reg .f32 %f<3>;
            .reg .b64 %d<4>;
            ld.param.u64 %d1, [y];
            mov.u32 %r1, %tid.x;
            mov.u32 %r2, shared_memory;
            shl.b32 %r3, %r1, 2;
            add.s32 %r4, %r2, %r3;
            cvt.rn.f32.u32 %f1, %r1;
            st.shared.f32 [%r4+{{sharedBytes - 128}}], %f1;
            bar.sync 0;
            sub.s32 %r5, %r2, %r3;
            ld.shared.f32 %f2, [%r5+{{sharedBytes - 4}}];
            mul.wide.u32 %d2, %r1, 4;
            add.s64 %d3, %d1, %d2;
            st.global.f32 [%d3], %f2;
            ret;
        }
        """;

    private static string Number(float value) => "0f" + BitConverter.SingleToUInt32Bits(value).ToString("X8", CultureInfo.InvariantCulture);
}
