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
/// Kernels on tensor cores whose codes leave the block as planes of bits (APNN-TC; Feng et al., SC'21, section 4): exact, with nothing behind the last row of a token, and what the next kernel reads as its X.
/// </summary>
[Trait("Category", "Gpu")]
public sealed class PackedPlanesTests
{
    private const int Tokens = 67, Depth = 301, Hidden = 77, Rows = 35;

    /// <summary>Draws of the product space that write planes.</summary>
    private const int Draws = 40;

    private static readonly (string Name, string Find, string Wrong)[] s_mistakes =
    [
        ("lanes exchanged before they vote", @"and\.b32 (%r\d+), (%r\d+), (\d+);\n    (setp\.ne\.u32 %p\d+, )\1, 0;(?=\n    vote)", "shfl.sync.bfly.b32 $1, $2, 1, 31, 0xFFFFFFFF;\n    and.b32 $1, $1, $3;\n    $4$1, 0;"),
        ("lanes of the other half", @"and\.b32 (%r\d+), (%r\d+), (\d+);\n    (setp\.ne\.u32 %p\d+, )\1, 0;(?=\n    vote)", "shfl.sync.bfly.b32 $1, $2, 16, 31, 0xFFFFFFFF;\n    and.b32 $1, $1, $3;\n    $4$1, 0;"),
        ("a code where there is no row", @"mov\.u32 (%r\d+), 0;(?=\n    setp\.lt\.s32)", "mov.u32 $1, 0xFFFFFFFF;"),
        ("no end of the rows", @"setp\.lt\.s32 (%p\d+), (%r\d+), 0;(?=\n    and\.pred)", "setp.lt.s32 $1, $2, 0x7FFFFFFF;"),
        ("a row too many", @"setp\.lt\.s32 (%p\d+), (%r\d+), 0;(?=\n    and\.pred)", "setp.le.s32 $1, $2, 0;"),
        ("no end of the tokens", @"setp\.lt\.u32 (%p\d+), (%r\d+), %r\d+;(?=\n    mov\.u32 %r\d+, 0;)", "setp.lt.u32 $1, $2, 0x7FFFFFFF;"),
        ("no end of the words", @"setp\.lt\.u32 (%p\d+), (%r\d+), %r\d+;(?=\n    and\.pred %p\d+, %p\d+, \1;)", "setp.lt.u32 $1, $2, 0x7FFFFFFF;"),
        ("the bit of another plane", @"and\.b32 (%r\d+), (%r\d+), [12];(?=\n    setp\.ne)", "and.b32 $1, $2, 4;"),
        ("bits the other way round", @"setp\.ne\.u32 (%p\d+), (%r\d+), 0;(?=\n    vote)", "setp.eq.u32 $1, $2, 0;"),
        ("the word of another plane", @"selp\.b32 (%r\d+), (%r\d+), \1, %p\d+;", "mov.u32 $1, $2;"),
        ("a plane that nobody stores", @"setp\.lt\.u32 (%p\d+), (%r\d+), [23];(?=\n    mov)", "setp.lt.u32 $1, $2, 1;"),
        ("codes beyond the largest", @"min\.s32 (%r\d+), (%r\d+), %r\d+;(?=\n    mov)", "mov.u32 $1, $2;"),
        ("words one further", @"st\.global\.u32 \[(%d\d+)\]", "st.global.u32 [$1+4]"),
        ("sums that are not there yet", @"bar\.sync 0;(?=\n    // epilogue)", ""),
    ];

    [Theory]
    [InlineData("gemm_dense_planes2-planes2-planes2_rN_dN_cN_pp__dequantise-requantise", 70, 130, 67)]
    [InlineData("gemm_dense_signs1r-planes3k-signs3_rN_dN_cN_pp__dequantise-bias-relu-requantise", 65, 512, 40)]
    [InlineData("gemm_dense_planes3rz-signs2-planes1_r31_dN_cN_pp__dequantise-residual-requantise", 31, 257, 5)]
    [InlineData("gemm_dense_signs2-signs4t-signs8_rN_d96_cN_pp__dequantise-gelu-requantise", 129, 96, 3)]
    [InlineData("gemm_dense_planes8r-planes8-planes8_rN_dN_cN_pp__dequantise-multiply-requantise", 96, 300, 64)]
    [InlineData("gemm_dense_planes1-signs1-signs1_rN_dN_c1_pp__dequantise-requantise", 1, 33, 1)]
    [InlineData("gemm_dense_planes1t-planes2-planes5_rN_dN_cN_pp_ldxy__dequantise-requantise", 100, 64, 9)]
    [InlineData("gemm_dense_planes4-planes4-planes4_rN_dN_cN_pp__dequantise-requantise", 64, 0, 8)]
    public void Kernel_ThatPacksItsCodes_MeetsTheReference(string name, int rows, int depth, int columns)
    {
        foreach (bool aligned in (bool[])[false, true]) EmulatedKernelTests.AssertMeetsReference(GpuDraw.Of(name, Device.Sm80, aligned, rows, depth, columns));
    }

    [Fact]
    public void Kernel_OfDrawsThatPackTheirCodes_MeetsTheReference()
    {
        var generator = new SpecGenerator(2121);
        var faults = new List<string>();
        int count = 0;
        for (int index = 0; count < Draws; index++)
        {
            if (GpuDraw.At(generator, index, Device.Sm80) is not { Spec.Y.Layout: MatrixLayout.BitPlanes } draw || draw.IsEmpty) continue;
            count++;
            if (EmulatedKernelTests.Fault(draw) is { } fault) faults.Add($"{draw}\n  {fault}");
        }
        Assert.True(faults.Count == 0, $"{faults.Count} faults in {count} kernels\n{string.Join('\n', faults.Take(10))}");
    }

    /// <summary>Two layers against sums of 64 bits over the integers: the second reads the words that the first wrote.</summary>
    [Theory]
    [InlineData(NumberFormat.Planes1, NumberFormat.Planes2, false)]
    [InlineData(NumberFormat.Planes2, NumberFormat.Planes2, false)]
    [InlineData(NumberFormat.SignPlanes1, NumberFormat.Planes3, true)]
    [InlineData(NumberFormat.Planes3, NumberFormat.SignPlanes2, true)]
    [InlineData(NumberFormat.SignPlanes2, NumberFormat.SignPlanes8, false)]
    [InlineData(NumberFormat.SignPlanes8, NumberFormat.Planes8, false)]
    public void TwoLayers_OfWhichTheSecondReadsWhatTheFirstPacked_AreExact(NumberFormat weights, NumberFormat between, bool aligned)
    {
        var random = new Random(8 * (int)weights + (int)between);
        (string w, string x) = (NumberFormats.Name(weights), NumberFormats.Name(between));
        int[] first = Numbers(random, weights, Hidden * Depth), second = Numbers(random, weights, Rows * Hidden), activations = Numbers(random, between, Depth * Tokens);
        long[] sums = Product(first, activations, Hidden, Depth);
        // A power of two that leaves most sums within the range, and some beyond it: every step of the chain is exact.
        double scale = Math.Pow(2, Math.Round(Math.Log2(Math.Sqrt(sums.Average(sum => (double)sum * sum)) / NumberFormats.Get(between).Max)));
        int[] hidden = [.. sums.Select(sum => Nearest(sum / scale, between))];

        (PlanOperands made, _) = Run($"gemm_dense_{w}-{x}-{x}_rN_dN_cN_pp__dequantise-requantise", aligned, Hidden, Depth, first, activations, scale, words: null);
        Assert.Equal([.. hidden], made.ReadY());
        (PlanOperands result, string text) = Run($"gemm_dense_{w}-{x}-s32_rN_dN_cN_pt", aligned: false, Rows, Hidden, second, Numbers(random, between, Hidden * Tokens), 1, (int[])made.Buffers["Y"]);
        Assert.Equal(Array.ConvertAll(Product(second, hidden, Rows, Hidden), sum => (double)sum), result.ReadY());
        Assert.DoesNotContain("vote", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gemm_dense_planes2-planes2-planes3_rN_dN_cN_pp__dequantise-requantise")]
    [InlineData("gemm_dense_signs1r-planes3k-signs3_rN_dN_cN_pp__dequantise-residual-requantise")]
    public void Text_WithAMistake_IsCaught(string name)
    {
        GpuDraw draw = GpuDraw.Of(name, Device.Sm80, aligned: false, rows: 70, depth: 130, columns: 67);
        string text = "";
        Assert.Null(EmulatedKernelTests.Fault(draw, written => text = written));
        var survivors = new List<string>();
        foreach ((string mistake, string find, string wrong) in s_mistakes)
        {
            // What follows the products; the rest is BitMutationTests'.
            int begin = text.IndexOf("// accumulators to shared memory", StringComparison.Ordinal);
            Match[] matches = [.. Regex.Matches(text, find).Where(match => match.Index > begin && match.Result(wrong) != match.Value)];
            Assert.True(matches.Length > 0, $"no place for {mistake}\n{text[begin..]}");
            foreach (Match match in matches)
            {
                string spoiled = text[..match.Index] + match.Result(wrong) + text[(match.Index + match.Length)..];
                if (EmulatedKernelTests.Fault(draw, _ => spoiled) is null) survivors.Add($"{mistake}: {match.Value}");
            }
        }
        Assert.True(survivors.Count == 0, $"not caught: {string.Join("\n  ", survivors)}\n{text}");
    }

    /// <summary>One layer in the emulator; where there are words, X is those.</summary>
    private static (PlanOperands Operands, string Text) Run(string name, bool aligned, int rows, int depth, int[] weights, int[] x, double scale, int[]? words)
    {
        KernelSpec spec = KernelName.Parse(name);
        KernelPlan plan = DevicePlanner.Plan(spec, Device.Sm80, aligned);
        var logical = new ReferenceOperands { Rows = rows, Depth = depth, Columns = Tokens, Weights = Array.ConvertAll(weights, value => (double)value), X = Array.ConvertAll(x, value => (double)value), YScale = scale };
        var operands = new PlanOperands(spec, plan, logical, 0);
        words?.CopyTo(operands.Buffers["X"], 0);
        var scalars = new HashSet<string>();
        PtxKernel kernel = EmulatedKernel.Lower(plan, PtxTarget.Sm80, scalars);
        LaunchReport report = EmulatedKernel.Run(kernel, plan, operands, scalars);
        Assert.True(report.IsClean, string.Join("\n  ", report.Findings.Take(3)));
        Assert.Null(PlaneEnds.Fault(spec, operands, rows, Tokens, 0));
        return (operands, kernel.Text);
    }

    private static int Nearest(double quotient, NumberFormat format)
    {
        NumberFormatRow row = NumberFormats.Get(format);
        (int times, int least) = row.HasSignPlanes ? (2, row.Min) : (1, 0);
        return times * (int)Math.Clamp(Math.Round((quotient - least) / times, MidpointRounding.ToEven), 0, (1 << row.BitPlanes) - 1) + least;
    }

    /// <summary>rows × tokens, of rows × depth and depth × tokens.</summary>
    private static long[] Product(int[] weights, int[] x, int rows, int depth) =>
        [.. from row in Enumerable.Range(0, rows) from token in Enumerable.Range(0, Tokens) select Enumerable.Range(0, depth).Sum(k => (long)weights[row * depth + k] * x[k * Tokens + token])];

    private static int[] Numbers(Random random, NumberFormat format, int count)
    {
        NumberFormatRow row = NumberFormats.Get(format);
        int step = row.HasSignPlanes ? 2 : 1;
        return [.. Enumerable.Range(0, count).Select(_ => row.Min + step * random.Next((row.Max - row.Min) / step + 1))];
    }
}
