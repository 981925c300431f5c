using System.Text.RegularExpressions;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.PtxEmulator;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>
/// Operations without weights on a GPU: every way that a line is dealt to threads, at the lengths around its ends, in the interpreter and as PTX in the emulator; what is not a number; and kernels with one mistake,
/// which must be caught.
/// </summary>
[Trait("Category", "Gpu")]
public class LineTests
{
    public static TheoryData<string, int, bool> Kernels() => new()
    {
        // A line of a warp: part of a piece, pieces, and what is left.
        { "softmax_f32-f32_rN_c1", 5, false },
        { "softmax_f16-f32_rN_c31", 6, false },
        { "layernorm_f32-f16_rN_c257_gamma_beta", 7, false },
        { "rmsnorm_bf16-bf16_rN_c512_gamma__multiply", 3, true },
        { "softmax_f16-f16_r128_cN_tt_scale", 9, true },
        // A line of a block, in one piece, in several, and of as many threads as a block has.
        { "layernorm_f16-f16_rN_c768_gamma_beta", 3, true },
        { "layernorm_f32-s8_rN_c1000_gamma_beta__gelu-requantise", 2, false },
        { "softmax_f32-f32_rN_c3072_scale0.125__residual", 2, true },
        { "rmsnorm_f32-f32_rN_c4097__silu", 2, false },
        { "softmax_bf16-f32_r16384_cN_tt", 1, true },
        // Longer than the threads hold.
        { "softmax_f32-f16_rN_c16389", 1, false },
        { "layernorm_f16-f32_r17000_cN_tt_gamma_beta__bias", 1, true },
        // A length that is known at the call: held by few registers, held by many, in passes.
        { "softmax_f32-f32_rN_cN", 1, false },
        { "layernorm_f16-f16_rN_cN_gamma_beta", 2048, true },
        { "softmax_f32-f16_rN_cN_scale", 1024, false },
        { "softmax_f32-f16_rN_cN_scale", 1025, false },
        { "rmsnorm_f16-u8_rN_cN_tt_gamma__requantise", 4096, true },
        { "layernorm_f32-f32_rN_cN", 4097, false },
        { "softmax_f16-f16_rN_cN", 8200, true },
        // One pass.
        { "elementwise_f16-f16_rN_cN_tt__bias-gelu-residual", 776, true },
        { "elementwise_s32-f32_rN_cN_tt__dequantise-bias-gelutanh", 77, false },
        { "elementwise_s8k-f16_rN_c1040__dequantise-bias-multiply", 1040, true },
        { "elementwise_u8-s32_rN_cN__bias-relu", 1, false },
        { "elementwise_f32-s8_rN_cN__requantise", 272, true },
    };

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernel_OfEveryShape_MeetsTheReference(string name, int extent, bool aligned)
    {
        // The number names the extent that the spec leaves open; of two, the length of the lines.
        KernelSpec spec = KernelName.Parse(name);
        bool tokenMajor = spec.X.Layout == MatrixLayout.TokenMajor;
        int open = spec.Rows.IsConstant || spec.Columns.IsConstant ? extent : 3, length = extent;
        int rows = spec.Rows.IsConstant ? spec.Rows.Constant : spec.Columns.IsConstant ? open : tokenMajor ? length : open;
        int columns = spec.Columns.IsConstant ? spec.Columns.Constant : spec.Rows.IsConstant ? open : tokenMajor ? open : length;
        if (name.Contains("c1040", StringComparison.Ordinal)) rows = 5;
        GpuDraw draw = GpuDraw.Of(name, Device.Sm80, aligned, rows, 0, columns);

        ReferenceOperands operands = draw.Operands();
        Assert.Null(SpecReference.Execute(spec, operands).FirstMismatch<double>(PlanInterpreter.Run(spec, Device.Sm80, aligned, operands)));
        Assert.Null(EmulatedKernelTests.Fault(draw));
    }

    [Theory]
    [InlineData("softmax_f32-f32_rN_c40")]
    [InlineData("softmax_f32-f32_rN_c600_scale0.5")]
    [InlineData("softmax_f32-f32_rN_cN")]
    [InlineData("layernorm_f32-f32_rN_c40_gamma_beta")]
    [InlineData("layernorm_f32-f32_rN_cN")]
    [InlineData("rmsnorm_f32-f32_rN_c600_gamma")]
    [InlineData("elementwise_f32-f32_rN_cN__gelu")]
    public void Kernel_OfWhatIsNoNumber_MeetsTheReference(string name)
    {
        KernelSpec spec = KernelName.Parse(name);
        int columns = spec.Columns.IsConstant ? spec.Columns.Constant : 300;
        double[][] lines =
        [
            [.. Enumerable.Repeat(double.NegativeInfinity, columns)],
            [.. Enumerable.Range(0, columns).Select(i => i % 3 == 0 ? double.NegativeInfinity : i % 5 * 0.25)],
            [.. Enumerable.Range(0, columns).Select(i => i == columns - 1 ? double.NaN : 1.0)],
            [.. Enumerable.Range(0, columns).Select(i => i == 7 ? double.PositiveInfinity : -1.0)],
            [.. Enumerable.Repeat(3.0, columns)],
            [.. Enumerable.Range(0, columns).Select(i => i == 11 ? 3e38 : -3e38)],
            [.. Enumerable.Range(0, columns).Select(i => -1000.0 - i)],
        ];
        double[] ones = [.. Enumerable.Repeat(1.0, columns)];
        var operands = new ReferenceOperands { Rows = lines.Length, Columns = columns, X = [.. lines.SelectMany(line => line)], Gamma = ones, Shift = ones };
        Assert.Null(Verdict(spec, operands));
    }

    [Theory]
    [InlineData("softmax_f32-f32_rN_c43")]
    [InlineData("softmax_f32-f32_rN_c700")]
    [InlineData("layernorm_f32-f32_rN_c43")]
    [InlineData("layernorm_f32-f32_rN_c700")]
    [InlineData("rmsnorm_f32-f32_rN_cN")]
    public void Kernel_WithAMistake_IsCaught(string name)
    {
        KernelSpec spec = KernelName.Parse(name);
        int columns = spec.Columns.IsConstant ? spec.Columns.Constant : 1000;
        var random = new Random(3);
        // Every other line has an element far above the rest, in another lane each time, and another a little lower in the same thread of three warps: no part of a maximum can be left out, because both would be as
        // large then, exponentials ending at 88. One line lies far below 0, and one so close to it that ε counts.
        double[] x = [.. Enumerable.Range(0, 14 * columns).Select(i => (random.NextSingle() - 2 + (i / columns == 2 ? -300 : 0)) * (i / columns == 4 ? 0.001 : 1))];
        foreach (int line in (int[])[1, 3, 5, 7, 9, 11, 13])
        {
            int place = columns - 1 - line * line % 37;
            x[line * columns + place] += 300;
            if (place >= 96) x[line * columns + place - 96] += 290;
        }
        var operands = new ReferenceOperands { Rows = 14, Columns = columns, X = Array.ConvertAll(x, value => (double)(float)value) };
        Assert.Null(Verdict(spec, operands));

        string text = EmulatedKernel.Lower(DevicePlanner.Plan(spec, Device.Sm80, aligned: false), PtxTarget.Sm80, new HashSet<string>()).Text;
        // Where the length is known at the call, the way of lines that stay in few registers is the one taken.
        string taken = spec.Columns.IsConstant ? text : text[..text.IndexOf("$else", text.IndexOf("$else", StringComparison.Ordinal) + 1, StringComparison.Ordinal)];
        (string Mistake, string Find, string Replace)[] mistakes =
        [
            ("a dropped lane", @"shfl\.sync\.bfly\.b32 (%f\d+), (%f\d+), \d+, 31, 0xffffffff", "mov.f32 $1, $2"),
            ("an exchange with the wrong lane", @"(shfl\.sync\.bfly\.b32 %f\d+, %f\d+, )\d+", "${1}0"),
            ("a missing barrier", @"bar\.sync 0;", "bar.warp.sync 0xffffffff;"),
            ("a total of another warp", @"(ld\.shared\.v2\.f32 \{%f\d+, %f\d+\}, \[%r\d+)\]", "$1+8]"),
            ("a sum that loses an element", @"add\.rn\.f32 (%f\d+), (%f\d+), %f\d+;", "mov.f32 $1, $2;"),
        ];
        int tried = 0;
        // The mask ends in one piece of a line: no other can end late.
        if (text.Contains("setp.gt.s32", StringComparison.Ordinal))
            Assert.True(Verdict(spec, operands, text.Replace("setp.gt.s32", "setp.ge.s32", StringComparison.Ordinal)) is not null, $"not caught: a mask that ends late\n{text}");
        foreach ((string mistake, string find, string replace) in mistakes)
        {
            foreach (Match match in Regex.Matches(taken, find))
            {
                string wrong = text[..match.Index] + match.Result(replace) + text[(match.Index + match.Length)..];
                tried++;
                Assert.True(Verdict(spec, operands, wrong) is not null, $"not caught: {mistake} at '{match.Value}'\n{text}");
            }
        }
        Assert.True(tried >= 10, $"only {tried} mistakes");
    }

    /// <summary>What is wrong with a run; null where nothing is.</summary>
    private static string? Verdict(KernelSpec spec, ReferenceOperands logical, string? text = null)
    {
        KernelPlan plan = DevicePlanner.Plan(spec, Device.Sm80, aligned: false);
        PtxKernel kernel = EmulatedKernel.Lower(plan, PtxTarget.Sm80, new HashSet<string>());
        var operands = new PlanOperands(spec, plan, logical, 3);
        LaunchReport report = EmulatedKernel.Run(text is null ? kernel : kernel with { Text = text }, plan, operands, new HashSet<string>());
        return report.IsClean ? SpecReference.Execute(spec, logical).FirstMismatch<double>(operands.ReadY()) : string.Join("\n", report.Findings.Take(3));
    }
}
