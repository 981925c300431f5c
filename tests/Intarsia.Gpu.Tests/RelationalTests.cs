using System.Text.RegularExpressions;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Gpu.Tests.Portable;
using Intarsia.ProductSpace.Drawing;
using Intarsia.PtxEmulator;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>
/// Relational products on a GPU: few features and many, depths of one chunk and of several, nodes of several blocks and groups of several rows, in the interpreter, as PTX in the emulator and in the portable form; draws of the product
/// space; and kernels with one mistake, which must be caught.
/// </summary>
[Trait("Category", "Gpu")]
public class RelationalTests
{
    private const int Drawn = 16, Parts = 2;

    /// <summary>A kernel, sizes as they are called (features of Y, features of X, nodes, nodes that edges come from), and whether lines begin and end at multiples of 16 bytes.</summary>
    public static TheoryData<string, int, int, int, int, bool> Kernels() => new()
    {
        // One chunk and one strip, narrow and wide; a node more than a block has.
        { "rgms_dense_f32-f32-f32_r7_d5_cN_tt_rel3", 7, 5, 257, 9, false },
        { "rgms_dense_f32-f32-f32_r16_d16_cN_tt_rel3", 16, 16, 40, 30, true },
        { "rgms_dense_f32-f32-f32_r32_d32_c129_tt_rel2", 32, 32, 129, 20, true },
        { "rgms_dense_f16-f16-f16_r64_d64_cN_tt_rel4", 64, 64, 65, 50, true },
        { "rgms_dense_bf16-bf16-f32_r50_d31_cN_tt_rel1_edgesbf16", 50, 31, 20, 60, false },
        // Several chunks, the last of them short; several strips, the last of them short.
        { "rgms_dense_f32-f32-f32_r5_d70_cN_tt_rel3", 5, 70, 30, 12, false },
        { "rgms_dense_f32-f32-f32_r80_d200_cN_tt_rel2", 80, 200, 18, 12, true },
        { "rgms_dense_f32-f16-bf16_rN_dN_cN_tt_rel3_edgesf16__bias-gelu", 67, 131, 18, 12, false },
        { "rgms_dense_f16-f32-f32_rN_dN_cN_tt_ldx_ldy_rel5__bias-residual-relu", 64, 160, 18, 20, true },
        // Quantised weights, chains to bytes, sums of 32 bits that wrap.
        { "rgms_dense_s8r-f32-f32_rN_d24_cN_tt_rel2__bias", 33, 24, 70, 15, false },
        { "rgms_dense_s8t-bf16-s8_rN_dN_cN_tt_rel2__silu-requantise", 64, 128, 10, 15, true },
        { "rgms_dense_s8-s8-s32_rN_dN_cN_tt_rel3_edgess8", 20, 150, 34, 20, false },
        { "rgms_dense_s8r-u8t-s8_r48_d32_cN_tt_rel4_edgess8__dequantise-bias-relu-requantise", 48, 32, 90, 25, true },
        { "rgms_dense_s8-u8-s32_r64_d64_cN_tt_rel2_edgess8_wrap__bias", 64, 64, 64, 64, true },
    };

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernel_OfEveryShape_MeetsTheReference(string name, int rows, int depth, int nodes, int sources, bool aligned)
    {
        foreach (Device device in (Device[])[Device.Sm80, Device.Portable])
        {
            GpuDraw draw = Draw(name, device, rows, depth, nodes, sources, aligned);
            EmulatedKernelTests.AssertMeetsReference(draw);
            if (device == Device.Portable) Assert.Null(Portable(draw));
        }
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(0, Parts)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Kernel_Drawn_MeetsTheReference(int part)
    {
        var generator = new SpecGenerator((ulong)(950 + part));
        GpuDraw[] draws = [.. Enumerable.Range(0, int.MaxValue).Where(index => generator.CellOf(index).Operation == Operation.Rgms).Select(index => GpuDraw.At(generator, index, Device.Sm80)).OfType<GpuDraw>().Where(draw => !draw.IsEmpty).Take(Drawn)];
        var faults = new List<string>();
        foreach (GpuDraw draw in draws)
        {
            GpuDraw portable = draw with { Device = Device.Portable };
            if (EmulatedKernelTests.Fault(draw) is { } fault) faults.Add($"{draw}: {fault}");
            if (Portable(portable) is { } other) faults.Add($"{portable}: {other}");
        }
        Assert.True(faults.Count == 0, $"{faults.Count} faults in {draws.Length} kernels\n{string.Join('\n', faults.Take(10))}");
    }

    /// <summary>Rows of one chunk, and of several.</summary>
    public static TheoryData<string, int> Mistaken() => new() { { "rgms_dense_f32-f32-f32_r20_d24_cN_tt_rel3", 24 }, { "rgms_dense_s8-s8-s32_rN_dN_cN_tt_rel3_edgess8", 50 } };

    [Theory]
    [MemberData(nameof(Mistaken))]
    public void Text_WithAMistake_IsCaught(string name, int depth)
    {
        GpuDraw draw = Draw(name, Device.Sm80, 20, depth, 150, 25, aligned: false);
        string text = EmulatedKernelTests.AssertMeetsReference(draw)!;
        string add = name.Contains("f32", StringComparison.Ordinal) ? @"fma\.rn\.f32 (%f\d+), %f\d+, %f\d+, %f\d+;" : @"mad\.lo\.s32 (%r\d+), %r\d+, %r\d+, %r\d+;";
        (string Mistake, string Find, string Replace)[] mistakes =
        [
            ("a relation is left out", @"(setp\.lt\.u32 %p\d+, %r\d+, )3;(\s+@%p\d+ bra \$relation)", "${1}2;$2"),
            ("the first edge is left out", @"setp\.ge\.u32 (%p\d+, (%r\d+), %r\d+;\s+@%p\d+ bra \$edge_end)", "add.u32 $2, $2, 1; setp.ge.u32 $1"),
            ("a product that is not added", add, ""),
            ("sums that go elsewhere", @"(st\.shared(?:\.v4)?\.[fu]32 \[%r\d+)(\+\d+)?\]", "$1+16]"),
        ];
        // Sums that were added leave nothing that the next rows are gathered over: not every barrier is missed for itself.
        Assert.NotNull(EmulatedKernelTests.Fault(draw, whole => whole.Replace("bar.sync 0;", "", StringComparison.Ordinal)));
        foreach ((string mistake, string find, string replace) in mistakes)
        {
            Match[] matches = Regex.Matches(text, find).ToArray();
            Assert.True(matches.Length > 0, $"'{find}' is not in\n{text}");
            foreach (Match match in matches)
            {
                string wrong = text[..match.Index] + match.Result(replace) + text[(match.Index + match.Length)..];
                Assert.True(EmulatedKernelTests.Fault(draw, _ => wrong) is not null, $"not caught: {mistake} at '{match.Value}'\n{text}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Mistaken))]
    public void PortableForm_WithAMistake_IsCaught(string name, int depth)
    {
        GpuDraw draw = Draw(name, Device.Portable, 20, depth, 150, 25, aligned: false);
        Assert.Null(Portable(draw));
        (string Mistake, string Find, string Replace)[] mistakes =
        [
            ("a relation is left out", "relation < 3", "relation < 2"),
            ("the first edge is left out", @"int edge = starts\[row\]", "int edge = starts[row] + 1"),
            ("the value of an edge is lost", @"value = values\[edge\]", "value = 1"),
            ("a row goes to its neighbour", @"int node0 = nodes\[(.*)\];", "int node0 = nodes[$1] ^ 1;"),
            ("weights of the first relation", @"int lines = .*;", "int lines = 0;"),
            ("a line of X too short", @"X\[(.*)source \* (24|ldx|depth)", "X[$1source * ($2 - 1)"),
            ("the last feature of X is left out", @"k < (24|kn)\b", "k < $1 - 1"),
            ("sums of the relation before are lost", @"total0 \+= product0|total0 = unchecked\(total0 \+ product0\)", "total0 = product0"),
        ];
        foreach ((string mistake, string find, string replace) in mistakes)
        {
            string? fault = Portable(draw, text =>
            {
                Assert.Matches(find, text);
                return Regex.Replace(text, find, replace);
            });
            Assert.True(fault is not null, $"not caught: {mistake}");
        }
    }

    /// <summary>Threads that multiply and add rows of 32 features of Y or 64 meet no bank twice, nor do those that gather features of X in whole rows of banks. Rows of 16 lie two to a row of banks: nodes as they come may meet.</summary>
    [Theory]
    [InlineData("rgms_dense_f32-f32-f32_r64_d64_cN_tt_rel2", 64, 64, true)]
    [InlineData("rgms_dense_f32-f32-f32_r64_d64_cN_tt_rel2", 64, 64, false)]
    [InlineData("rgms_dense_f32-f32-f32_rN_dN_cN_tt_rel2", 64, 256, true)]
    [InlineData("rgms_dense_s8-s8-s32_r32_d32_cN_tt_rel2_edgess8", 32, 32, true)]
    [InlineData("rgms_dense_f16-f16-f32_r32_d128_cN_tt_rel2", 32, 128, false)]
    public void Kernel_OfWideRows_HasNoBankConflicts(string name, int rows, int depth, bool aligned)
    {
        GpuDraw draw = Draw(name, Device.Sm80, rows, depth, 4096 / rows, 40, aligned);
        KernelPlan plan = draw.Plan();
        PtxKernel kernel = EmulatedKernel.Lower(plan, PtxTarget.Sm80, new HashSet<string>());
        LaunchReport report = EmulatedKernel.Run(kernel, plan, new PlanOperands(draw.Spec, plan, draw.Operands(), draw.Gap), new HashSet<string>());
        Assert.True(report.IsClean && report.SharedBankConflicts == 0, $"{report.SharedBankConflicts} conflicts\n{string.Join('\n', report.SharedAccesses.Where(access => access.Conflicts > 0))}");
    }

    /// <summary>The first draw of operands that has edges of every relation.</summary>
    private static GpuDraw Draw(string name, Device device, int rows, int depth, int nodes, int sources, bool aligned)
    {
        GpuDraw draw = GpuDraw.Of(name, device, aligned, rows, depth, nodes);
        int relations = draw.Spec.Rgms!.Relations;
        draw = draw with { Kernel = draw.Kernel with { Sizes = draw.Kernel.Sizes with { Sources = sources } } };
        return Enumerable.Range(1, 1000).Select(seed => draw with { Kernel = draw.Kernel with { Index = seed % 2, OperandSeed = (ulong)seed } }).First(candidate =>
        {
            double[] edges = candidate.Operands().Edges;
            return Enumerable.Range(0, relations).All(relation => Enumerable.Range(0, nodes).Count(node => edges.AsSpan((node * relations + relation) * sources, sources).IndexOfAnyExcept(0.0) >= 0) > nodes / 3);
        });
    }

    /// <summary>What is wrong with the portable form of a kernel, with an edit of its text; null for nothing.</summary>
    private static string? Portable(GpuDraw draw, Func<string, string>? edit = null)
    {
        PortableCase kernel = PortableCase.Of("Kernel", draw)!;
        if (edit is not null) kernel = kernel with { Text = kernel.Text with { Source = edit(kernel.Text.Source) } };
        using var library = new PortableLibrary([kernel]);
        ReferenceOperands operands = draw.Operands();
        return SpecReference.Execute(draw.Spec, operands).FirstMismatch<double>(library.Run(kernel, operands));
    }
}
