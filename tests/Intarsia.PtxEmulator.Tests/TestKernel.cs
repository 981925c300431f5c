using System.Runtime.InteropServices;

namespace Intarsia.PtxEmulator.Tests;

/// <summary>A kernel around a few lines of PTX, with registers declared and addresses at hand.</summary>
/// <remarks>
/// Registers: %r (b32), %rd (b64), %f (f32), %d (f64), %h (b16), %p (pred). On entry %r0 is the thread, %rd0 the output, %rd1 the input, %rd2 and %rd3 the thread's word in each; at the end, where Text is asked
/// for with store, %r1 is written to the thread's word of the output.
/// </remarks>
internal static class TestKernel
{
    public static string Text(string body, string shared = "", bool store = true, string target = "sm_90a") => $$"""
        .version 8.3
        .target {{target}}
        .address_size 64
        .visible .entry kernel(.param .u64 output, .param .u64 input)
        {
        .reg .b32 %r<64>; .reg .b64 %rd<32>; .reg .f32 %f<32>; .reg .f64 %d<8>; .reg .b16 %h<32>; .reg .pred %p<16>;
        {{shared}}
        mov.u32 %r0, %tid.x;
        ld.param.u64 %rd0, [output];
        ld.param.u64 %rd1, [input];
        mad.wide.u32 %rd2, %r0, 4, %rd0;
        mad.wide.u32 %rd3, %r0, 4, %rd1;
        {{body}}
        {{(store ? "st.global.u32 [%rd2], %r1;" : "")}}
        ret;
        }
        """;

    /// <summary>Runs a body and returns the words of the output, one per thread.</summary>
    public static uint[] Run(string body, ReadOnlySpan<uint> input = default, int threads = 32, string shared = "", bool store = true)
    {
        (LaunchReport report, uint[] output) = Launch(Text(body, shared, store), input, threads);
        report.ThrowIfAny();
        return output;
    }

    public static (LaunchReport Report, uint[] Output) Launch(string text, ReadOnlySpan<uint> input = default, int threads = 32, int dynamicShared = 0, int outputWords = 0, PtxMachineOptions? options = null)
    {
        using var memory = new DeviceMemory();
        DeviceBuffer outputBuffer = memory.Allocate((outputWords == 0 ? threads : outputWords) * 4, "output");
        DeviceBuffer inputBuffer = memory.Allocate(input, "input");
        LaunchReport report = new PtxMachine(memory, options).Launch(PtxModule.Parse(text).Entry("kernel"), new LaunchConfig(new Dim3(1), new Dim3(threads), dynamicShared), outputBuffer, inputBuffer);
        return (report, MemoryMarshal.Cast<byte, uint>(outputBuffer.Bytes).ToArray());
    }

    /// <summary>The one kind of finding that a body must produce.</summary>
    public static Finding SingleKind(FindingKind kind, string body, ReadOnlySpan<uint> input = default, int threads = 32, string shared = "", bool store = true)
    {
        (LaunchReport report, _) = Launch(Text(body, shared, store), input, threads);
        Xunit.Assert.NotEmpty(report.Findings);
        Xunit.Assert.All(report.Findings, finding => Xunit.Assert.Equal(kind, finding.Kind));
        return report.Findings[0];
    }

    /// <summary>The first finding of a kind, where the order of warps decides what is found besides.</summary>
    public static Finding Has(FindingKind kind, string body, ReadOnlySpan<uint> input = default, int threads = 32, string shared = "", bool store = true)
    {
        (LaunchReport report, _) = Launch(Text(body, shared, store), input, threads);
        Xunit.Assert.Contains(report.Findings, finding => finding.Kind == kind);
        return report.Findings.First(finding => finding.Kind == kind);
    }

    /// <summary>A race. Whichever warp comes first may also find that nothing has been written yet.</summary>
    public static Finding Race(string body, int threads, string shared)
    {
        (LaunchReport report, _) = Launch(Text(body, shared), threads: threads);
        Xunit.Assert.All(report.Findings, finding => Xunit.Assert.True(finding.Kind is FindingKind.Race or FindingKind.UninitialisedShared, finding.Message));
        return report.Findings.First(finding => finding.Kind == FindingKind.Race);
    }

    public static void Clean(string body, ReadOnlySpan<uint> input = default, int threads = 32, string shared = "", bool store = true)
        => Launch(Text(body, shared, store), input, threads).Report.ThrowIfAny();

    /// <summary>The value that one thread computes from immediate operands; the body writes %r1.</summary>
    public static uint Compute(string body) => Run(body)[0];

    public static uint Bits(float value) => BitConverter.SingleToUInt32Bits(value);

    public static string Hex(float value) => $"0f{Bits(value):X8}";
}
