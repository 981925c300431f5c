using System.Text.RegularExpressions;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.PtxEmulator;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>
/// Butterfly factors on a GPU: lengths from two elements to the longest, in the interpreter and as PTX in the emulator, which counts bank conflicts, too; draws of the product space; and kernels with one mistake, which must be caught.
/// </summary>
[Trait("Category", "Gpu")]
public class ButterflyTests
{
    private const int Drawn = 24, Parts = 4;

    public static TheoryData<string, int, bool> Kernels() => new()
    {
        // Every number of stages, so that groups of one, two and three end them; ragged columns.
        { "butterfly_dense_f32span-f32-f32_r2_d2_cN", 5, false },
        { "butterfly_dense_f32span-f32-f32_r4_d4_cN_tt", 7, false },
        { "butterfly_dense_f32span-f32-f32_r8_d8_cN_decreasing", 7, false },
        { "butterfly_dense_f16span-f32-f32_r16_d16_cN_rt", 33, false },
        { "butterfly_dense_f32span-bf16-f16_r32_d32_cN_tr", 9, false },
        { "butterfly_dense_f16span-f16-f32_r64_d64_cN", 64, true },
        { "butterfly_dense_bf16span-f32-f16_r128_d128_cN_tt_decreasing__gelu", 13, false },
        { "butterfly_dense_f32span-f32-f32_r256_d256_cN_tt", 8, true },
        { "butterfly_dense_f32span-f32-f32_r1024_d1024_cN_rt_decreasing", 12, true },
        { "butterfly_dense_f32span-f32-f32_r2048_d2048_c1", 1, false },
        { "butterfly_dense_f32span-f32-f32_r4096_d4096_c2_tt", 2, true },
        { "butterfly_dense_f32span-f16-f32_r8192_d8192_cN", 3, false },
        // Complex elements.
        { "butterfly_dense_f32span-f32-f32_r4_d4_cN_complex", 3, false },
        { "butterfly_dense_f32span-f32-f32_r32_d32_cN_tt_complex", 11, false },
        { "butterfly_dense_f16span-f16-f16_r512_d512_cN_complex_decreasing", 16, true },
        { "butterfly_dense_f32span-f32-f32_r2048_d2048_c1_tt_complex", 1, true },
        // X that ends before the power of two; stacks, the last of them cut; blocks that rise and fall; chains.
        { "butterfly_dense_f32span-f32-f32_r700_d100_cN_tr__bias-silu-residual", 20, true },
        { "butterfly_dense_f32span-f32-s8_r37_d12_cN_tt_blocks3__bias-requantise", 6, false },
        { "butterfly_dense_bf16span-bf16-bf16_r90_d70_cN_blocks2_decreasing_complex__multiply", 5, false },
    };

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernel_OfEveryShape_MeetsTheReference(string name, int columns, bool aligned)
    {
        GpuDraw draw = Draw(name, Device.Sm80, columns, aligned);
        ReferenceOperands operands = draw.Operands();
        foreach (Device device in (Device[])[Device.Sm80, Device.Portable])
            Assert.Null(SpecReference.Execute(draw.Spec, operands).FirstMismatch<double>(PlanInterpreter.Run(draw.Spec, device, aligned, operands)));
        Assert.Null(EmulatedKernelTests.Fault(draw));
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(0, Parts)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Kernel_Drawn_MeetsTheReference(int part)
    {
        GpuDraw[] draws = [.. Draws((ulong)(900 + part)).Take(Drawn)];
        var faults = new List<string>();
        foreach (GpuDraw draw in draws)
        {
            ReferenceOperands operands = draw.Operands();
            if (SpecReference.Execute(draw.Spec, operands).FirstMismatch<double>(PlanInterpreter.Run(draw.Spec, Device.Sm80, draw.Aligned, operands)) is { } planned) faults.Add($"{draw}, plan: {planned}");
            if (EmulatedKernelTests.Fault(draw) is { } fault) faults.Add($"{draw}: {fault}");
        }
        Assert.True(faults.Count == 0, $"{faults.Count} faults in {draws.Length} kernels\n{string.Join('\n', faults.Take(10))}");
    }

    /// <summary>Threads that change places meet no bank twice, at any length, in any layout, with one column and with many.</summary>
    [Theory]
    [InlineData("tt", false, false)]
    [InlineData("tt", true, false)]
    [InlineData("rr", false, false)]
    [InlineData("tr", true, false)]
    [InlineData("rt", false, false)]
    [InlineData("tt", false, true)]
    [InlineData("rr", true, true)]
    [InlineData("tr", false, true)]
    public void Kernel_OfWholeWarps_HasNoBankConflicts(string layouts, bool decreasing, bool complex)
    {
        string layout = layouts == "rr" ? "" : "_" + layouts;
        for (int n = 32; n <= 4096; n *= 2)
        {
            foreach (int columns in (int[])[1, 2, 64])
            {
                string name = FormattableString.Invariant($"butterfly_dense_f32span-f32-f32_r{n}_d{n}_c{columns}{layout}{(decreasing ? "_decreasing" : "")}{(complex ? "_complex" : "")}");
                (LaunchReport report, string? mismatch) = Run(Draw(name, Device.Sm80, n > 512 ? Math.Min(columns, 16) : columns, aligned: false));
                Assert.Null(mismatch);
                Assert.True(report.SharedBankConflicts == 0, $"{name}: {report.SharedBankConflicts} conflicts\n{string.Join('\n', report.SharedAccesses.Where(access => access.Conflicts > 0))}");
            }
        }
    }

    /// <summary>Without the order that keeps threads apart there are conflicts, and the counter sees them.</summary>
    [Fact]
    public void Kernel_WithVectorsInOrder_HasBankConflicts()
    {
        GpuDraw draw = Draw("butterfly_dense_f32span-f32-f32_r1024_d1024_c4_tt", Device.Sm80, 4, aligned: true);
        (LaunchReport report, string? mismatch) = Run(draw, text => Regex.Replace(text, @"xor\.b32 (%r\d+), (%r\d+), %r\d+;", "mov.u32 $1, $2;"));
        Assert.Null(mismatch);
        Assert.InRange(report.SharedBankConflicts, 1000, long.MaxValue);
    }

    /// <summary>X is read once, Y written once, and every number of the factors is read once for a block's columns.</summary>
    [Fact]
    public void Kernel_OfALine_ReadsAndWritesItOnce()
    {
        GpuDraw draw = Draw("butterfly_dense_f32span-f32-f32_r1024_d1024_c4", Device.Sm80, 4, aligned: true);
        (LaunchReport report, string? mismatch) = Run(draw);
        Assert.Null(mismatch);
        // 1024 rows of 16 bytes, and 10 stages of 512 matrices of 16 bytes, a warp's 32 at a time.
        Assert.Equal((1024 + 10 * 512) / 32, report.CountOf("ld.global.nc.v4"));
        Assert.Equal(1024 / 32, report.CountOf("st.global.v4"));
    }

    [Theory]
    [InlineData("butterfly_dense_f32span-f32-f32_r512_d512_cN_tt", 5)]
    [InlineData("butterfly_dense_f32span-f32-f32_r700_d400_cN_complex_decreasing", 5)]
    public void Kernel_WithAMistake_IsCaught(string name, int columns)
    {
        GpuDraw draw = Draw(name, Device.Sm80, columns, aligned: false);
        Assert.Null(EmulatedKernelTests.Fault(draw));
        string text = EmulatedKernel.Lower(draw.Plan(), PtxTarget.Sm80, new HashSet<string>()).Text;
        (string Mistake, string Find, string Replace)[] mistakes =
        [
            ("a number of another matrix", @"(ld\.global\.nc\.u32 %r\d+, \[%d\d+)\+4\]", "$1+20]"),
            ("a product that is not added", @"fma\.rn\.f32 (%f\d+), %f\d+, %f\d+, (%f\d+);", "mov.f32 $1, $2;"),
            ("a vector that goes elsewhere", @"(st\.shared\.v\d\.f32 \[%r\d+)\]", "$1+16]"),
        ];
        // Some phases stay within a warp: not every barrier is missed for itself.
        Assert.NotNull(EmulatedKernelTests.Fault(draw, whole => whole.Replace("bar.sync 0;", "bar.warp.sync 0xffffffff;", StringComparison.Ordinal)));
        foreach ((string mistake, string find, string replace) in mistakes)
        {
            Match[] matches = [.. Regex.Matches(text, find).Where((_, i) => i % 5 == 0).Take(6)];
            Assert.NotEmpty(matches);
            foreach (Match match in matches)
            {
                string wrong = text[..match.Index] + match.Result(replace) + text[(match.Index + match.Length)..];
                Assert.True(EmulatedKernelTests.Fault(draw, _ => wrong) is not null, $"not caught: {mistake} at '{match.Value}'\n{text}");
            }
        }
    }

    private static IEnumerable<GpuDraw> Draws(ulong seed)
    {
        var generator = new SpecGenerator(seed);
        for (int index = 0; ; index++)
            if (GpuDraw.At(generator, index, Device.Sm80) is { Spec.Butterfly: not null } draw && !draw.IsEmpty) yield return draw;
    }

    private static GpuDraw Draw(string name, Device device, int columns, bool aligned)
    {
        KernelSpec spec = KernelName.Parse(name);
        if (spec.Columns.IsConstant && spec.Columns.Constant != columns) name = KernelName.Of(spec with { Columns = new Extent(columns) });
        return GpuDraw.Of(name, device, aligned, spec.Rows.Constant, spec.Depth.Constant, columns);
    }

    private static (LaunchReport Report, string? Mismatch) Run(GpuDraw draw, Func<string, string>? edit = null)
    {
        ReferenceOperands logical = draw.Operands();
        KernelPlan plan = draw.Plan();
        PtxKernel kernel = EmulatedKernel.Lower(plan, PtxTarget.Sm80, new HashSet<string>());
        if (edit is not null) kernel = kernel with { Text = edit(kernel.Text) };
        var operands = new PlanOperands(draw.Spec, plan, logical, draw.Gap);
        LaunchReport report = EmulatedKernel.Run(kernel, plan, operands, new HashSet<string>());
        return (report, report.IsClean ? SpecReference.Execute(draw.Spec, logical).FirstMismatch<double>(operands.ReadY()) : string.Join("\n", report.Findings.Take(3)));
    }
}
