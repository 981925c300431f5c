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
/// Sparse rows times a few columns on a GPU, each weight with the element of X that it meets: groups of GS(B, k) gather from the banks of shared memory without a conflict, which the emulator counts, where rows of the same density in no groups
/// have many; results are those of the reference; and kernels with one mistake must be caught.
/// </summary>
[Trait("Category", "Gpu")]
public class BankedGroupTests
{
    private const int Drawn = 16, Parts = 4;

    public static TheoryData<int, int> Patterns()
    {
        var data = new TheoryData<int, int>();
        foreach (int banks in (int[])[32, 16, 8, 4])
            for (int perRow = 1; perRow <= banks; perRow *= 2) data.Add(banks, perRow);
        return data;
    }

    /// <summary>Full groups, ragged ones with padding, and rows in the order of their lengths: no access to shared memory takes a pass more than it must.</summary>
    [Theory]
    [MemberData(nameof(Patterns))]
    public void Kernel_OfAnyGroups_HasNoBankConflicts(int banks, int perRow)
    {
        foreach ((string groups, int rows, int depth) in ((string, int, int)[])[("q3", 64, 512), ("q65536", 75, 333), ("q65536s", 70, 256)])
        {
            foreach (int columns in (int[])[1, 3, 4])
            {
                string name = FormattableString.Invariant($"spmm_gs{banks}k{perRow}{groups}_f32-f32-f32_rN_d{depth}_c{columns}{(columns == 3 ? "_tt" : "")}");
                (LaunchReport report, string? mismatch) = Run(Draw(name, rows));
                Assert.Null(mismatch);
                Assert.True(report.SharedBankConflicts == 0, $"{name}: {report.SharedBankConflicts} conflicts\n{string.Join('\n', report.SharedAccesses.Where(access => access.Conflicts > 0))}");
                Assert.NotEqual(0, report.CountOf("ld.shared.f32"));
            }
        }
    }

    /// <summary>The same kernel on rows of the same density, whose elements lie where they lie: the counter sees the passes that groups save.</summary>
    [Fact]
    public void Kernel_OfRowsInNoGroups_HasBankConflicts()
    {
        const int Rows = 64, Depth = 512;
        var random = new Random(5);
        float[] dense = [.. Enumerable.Range(0, Rows * Depth).Select(_ => 1 + random.NextSingle())], scattered = new float[Rows * Depth];
        Pruner.GatherScatter(dense, Rows, Depth, 32, 32, 3);
        for (int row = 0; row < Rows; row++)
        {
            int[] columns = [.. Enumerable.Range(0, Depth)];
            random.Shuffle(columns);
            foreach (int column in columns.Take(dense.AsSpan(row * Depth, Depth).ToArray().Count(value => value != 0))) scattered[row * Depth + column] = 1;
        }
        (LaunchReport groups, string? first) = Run(Draw("spmm_gs32k32_f32-f32-f32_rN_d512_c1", Rows), weights: dense);
        (LaunchReport rows, string? second) = Run(Draw("spmm_csr_f32-f32-f32_rN_d512_c1", Rows), weights: scattered);
        Assert.Null(first);
        Assert.Null(second);
        // As many gathers: 3 groups of 32 to a row. Those of any rows take two passes more, at least.
        Assert.Equal(groups.CountOf("ld.shared"), rows.CountOf("ld.shared"));
        Assert.Equal(0, groups.SharedBankConflicts);
        Assert.InRange(rows.SharedBankConflicts, 2 * 3 * Rows, long.MaxValue);
    }

    /// <summary>A warp gathers a group in one instruction, and reads its values and places once, whatever the rows that share them.</summary>
    [Theory]
    [InlineData(32)]
    [InlineData(4)]
    [InlineData(1)]
    public void Kernel_OfFullGroups_GathersOnceForEach(int perRow)
    {
        const int Rows = 64, Depth = 256, Groups = 4;
        int bundles = Rows * perRow / 32, groups = bundles * Groups;
        var random = new Random(6);
        float[] dense = [.. Enumerable.Range(0, Rows * Depth).Select(_ => 1 + random.NextSingle())];
        Pruner.GatherScatter(dense, Rows, Depth, 32, perRow, Groups);
        (LaunchReport report, string? mismatch) = Run(Draw(FormattableString.Invariant($"spmm_gs32k{perRow}_f32-f32-f32_r{Rows}_d{Depth}_c2"), Rows), weights: dense);
        Assert.Null(mismatch);
        Assert.Equal(2 * groups, report.CountOf("ld.shared"));
        Assert.Equal(groups, report.CountOf("ld.global.nc.u16"));
        Assert.Equal(2 * groups, report.CountOf("fma.rn.f32"));
    }

    public static TheoryData<string, int> Kernels() => new()
    {
        // Formats: 16-bit floats stay as they are; scales; integers.
        { "spmm_gs32k8q65536_f16-f16-f16_rN_d100_c1", 40 },
        { "spmm_gs32k1q65536_bf16-f32-f32_rN_d100_c5_rt", 70 },
        { "spmm_gs16k4q65536s_tf32-tf32-f32_rN_d90_c2_tr", 33 },
        { "spmm_gs32k4q65536_s8r-f16-f32_rN_d130_c3_tt", 40 },
        { "spmm_gs32k2q65536_s4g16-f32-f32_rN_d100_c1", 40 },
        { "spmm_gs32k16q65536_cb16-f32-f32_rN_d70_c1", 9 },
        { "spmm_gs32k4q65536_s8-u8-s32_rN_d64_c1", 40 },
        { "spmm_gs8k2q65536_s8rz-s8k-f32_rN_d64_c7_tt__dequantise-bias-silu", 40 },
        { "spmm_gs4k4q65536s_u8-s8-s8_r19_d77_c2__dequantise-requantise", 19 },
        // Chains, strides; more columns than a block takes.
        { "spmm_gs32k4q65536_f32-f32-f16_rN_d64_c3__bias-gelu-residual", 50 },
        { "spmm_gs32k8q65536_f32-f32-f32_rN_d64_c3_tt_ldxy__multiply", 50 },
        { "spmm_gs32k32q65536_f32-f32-f32_rN_d8100_c3_tt", 5 },
        { "spmm_gs32k32q65536_f32-f32-f32_rN_d5000_c16", 5 },
        // Rows of other patterns.
        { "spmm_csr_f32-f32-f32_rN_d300_c8_tt", 45 },
        { "spmm_ell7_f16-f16-f32_rN_d100_c1__relu", 45 },
        { "spmm_hyb2k3_s8-s8-s32_rN_d100_c2", 45 },
        { "spmm_nm3of8_f32-f32-f32_rN_d96_c1", 45 },
        { "spmm_csrt_f32-f32-f32_rN_d100_c1", 45 },
        { "spmm_gs32k4q65536t_f32-f32-f32_rN_d100_c1", 45 },
        { "spmm_rcsc2_s8r-f32-f32_rN_d100_c1__bias", 45 },
    };

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernel_OfAnyFormat_MeetsTheReference(string name, int rows)
    {
        GpuDraw draw = Draw(name, rows);
        Assert.True(GathersElements(draw), name);
        EmulatedKernelTests.AssertMeetsReference(draw);
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(0, Parts)];

    /// <summary>Draws of the product space, with few columns and a depth that is known.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Kernel_Drawn_MeetsTheReference(int part)
    {
        foreach (GpuDraw draw in Draws((ulong)(700 + part)).Take(Drawn)) EmulatedKernelTests.AssertMeetsReference(draw);
    }

    [Theory]
    [InlineData("spmm_gs32k4q65536_f32-f32-f32_rN_d150_c3", 60)]
    [InlineData("spmm_gs16k16q65536s_f16-f16-f32_rN_d150_c1_tt", 40)]
    [InlineData("spmm_gs32k1q65536_s8-s8-s32_rN_d150_c2", 60)]
    public void Kernel_WithAMistake_IsCaught(string name, int rows)
    {
        GpuDraw draw = Draw(name, rows);
        string text = "";
        Assert.Null(EmulatedKernelTests.Fault(draw, written => text = written));
        (string Mistake, string Find, string Replace)[] mistakes =
        [
            ("no barrier", @"bar\.sync 0;", ""),
            ("another bank", @"(st\.shared\.[fu]32 \[%r\d+)\]", "$1+4]"),
            ("the next lane's element", @"(ld\.global\.nc\.u16 %r\d+, \[%d\d+)\]", "$1+2]"),
            ("a product that is not added", @"(@%p\d+ )?(fma\.rn\.f32|mad\.lo\.s32) [^;]*;", ""),
            ("a group that is not there", @"setp\.lt\.u32 (%p\d+), (%r\d+), (%r\d+);", "setp.le.u32 $1, $2, $3;"),
        ];
        foreach ((string mistake, string find, string replace) in mistakes)
        {
            Match match = Regex.Match(text, find);
            Assert.True(match.Success, $"no place for: {mistake}\n{text}");
            // Whether a bundle ends before the second, third or fourth of a few groups is up to its length.
            string wrong = mistake == "a group that is not there" ? Regex.Replace(text, find, replace) : text[..match.Index] + match.Result(replace) + text[(match.Index + match.Length)..];
            Assert.True(EmulatedKernelTests.Fault(draw, _ => wrong) is not null, $"not caught: {mistake} at '{match.Value}'\n{text}");
        }
    }

    /// <summary>What the schedule leaves to lanes along the columns.</summary>
    [Theory]
    [InlineData("spmm_gs32k4_f32-f32-f32_rN_dN_c1")]
    [InlineData("spmm_gs32k4_f32-f32-f32_rN_d64_cN")]
    [InlineData("spmm_gs32k4_f32-f32-f32_rN_d64_c17")]
    [InlineData("spmm_csr_f32-f32-f32_rN_d64_c9")]
    [InlineData("spmm_gs32k4_f32-f32-f32_rN_d16353_c1")]
    [InlineData("spmm_gs16k4_f32-f32-f32_rN_d8177_c1")]
    [InlineData("spmm_gs32k4_s8g32-s8-f32_rN_d64_c1__dequantise")]
    [InlineData("spmm_srbcrs2_f32-f32-f32_rN_d64_c1")]
    public void Plan_OfOtherKernels_GathersLines(string name) => Assert.False(GathersElements(Draw(name, 64)));

    private static bool GathersElements(GpuDraw draw) => draw.Plan().Bindings.Any(binding => binding is Binding.Prepared { Kind: PreparedKind.BankedGroup });

    private static IEnumerable<GpuDraw> Draws(ulong seed)
    {
        var generator = new SpecGenerator(seed);
        for (int index = 0; ; index++)
        {
            if (GpuDraw.At(generator, index, Device.Sm80) is not { Spec: { Operation: Operation.Spmm, Weights.Pattern.VectorLength: 1 } spec } draw || draw.IsEmpty || draw.Kernel.Sizes.Depth > 2000) continue;
            int columns = 1 + index % 8;
            KernelSpec few = spec with { Depth = new Extent(draw.Kernel.Sizes.Depth), Columns = new Extent(columns) };
            DrawnKernel kernel = draw.Kernel with { Spec = few, Sizes = draw.Kernel.Sizes with { Columns = columns, XStride = SizeDraw.Line(few.X.Format, few.X.Layout, few.Depth.Constant, columns), YStride = SizeDraw.Line(few.Y.Format, few.Y.Layout, draw.Kernel.Sizes.Rows, columns) } };
            if (DevicePlanner.GathersElements(few with { Weights = few.Weights with { Pattern = few.Weights.Pattern.AsRead } }, Device.Sm80)) yield return draw with { Kernel = kernel, Aligned = false };
        }
    }

    private static GpuDraw Draw(string name, int rows)
    {
        KernelSpec spec = KernelName.Parse(name);
        return GpuDraw.Of(name, Device.Sm80, aligned: false, rows, spec.Depth.IsConstant ? spec.Depth.Constant : 64, spec.Columns.IsConstant ? spec.Columns.Constant : 1);
    }

    private static (LaunchReport Report, string? Mismatch) Run(GpuDraw draw, float[]? weights = null)
    {
        ReferenceOperands logical = draw.Operands();
        if (weights is not null) logical = new ReferenceOperands { Rows = logical.Rows, Depth = logical.Depth, Columns = logical.Columns, X = logical.X, Weights = [.. weights.Select(value => (double)value)] };
        KernelPlan plan = draw.Plan();
        PtxKernel kernel = EmulatedKernel.Lower(plan, PtxTarget.Sm80, new HashSet<string>());
        var operands = new PlanOperands(draw.Spec, plan, logical, draw.Gap);
        LaunchReport report = EmulatedKernel.Run(kernel, plan, operands, new HashSet<string>());
        return (report, report.IsClean ? SpecReference.Execute(draw.Spec, logical).FirstMismatch<double>(operands.ReadY()) : string.Join("\n", report.Findings.Take(3)));
    }
}
