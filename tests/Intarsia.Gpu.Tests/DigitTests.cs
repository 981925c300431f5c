using System.Text.RegularExpressions;
using Intarsia.Compiler;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.PtxEmulator;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>
/// Vectors of integers in digits: every pair of formats and every V, signed and unsigned, as PTX in the emulator against the reference, bit for bit. Rows that V does not divide, groups without entries, counts that the stride does
/// not divide, lines of any alignment, and the ends of every range.
/// </summary>
[Trait("Category", "Gpu")]
public partial class DigitTests
{
    public static TheoryData<NumberFormat> Formats() => [.. IntegerDraw.Weights];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Kernel_OfEveryPairAndVector_EqualsTheReference(NumberFormat weights)
    {
        var faults = new List<string>();
        int count = 0;
        foreach (NumberFormat x in IntegerDraw.X)
        {
            foreach (int v in (int[])[2, 4, 8, 16])
            {
                foreach (bool aligned in (bool[])[false, true])
                {
                    if (v == 16 && aligned) continue;
                    if (Draw(weights, x, v, aligned, seed: ++count) is { } draw && EmulatedKernelTests.Fault(draw) is { } fault) faults.Add($"{draw}\n  {fault}");
                }
            }
        }

        Assert.True(faults.Count == 0, $"{faults.Count} faults in {count} kernels\n{string.Join('\n', faults.Take(5))}");
    }

    [Theory]
    // Rows that share the places of N of M are vectors as well.
    [InlineData(NumberFormat.UInt16, 1, 2, 2)]
    [InlineData(NumberFormat.Int16, 2, 4, 4)]
    [InlineData(NumberFormat.Int12, 2, 8, 4)]
    [InlineData(NumberFormat.UInt4, 4, 16, 8)]
    [InlineData(NumberFormat.UInt8, 1, 4, 16)]
    public void Kernel_OfVectorsInNM_EqualsTheReference(NumberFormat weights, int n, int m, int v)
    {
        var pattern = new PatternSpec(Pattern.NM, N: n, M: m, V: v);
        for (int i = 0; i < IntegerDraw.X.Length; i++)
            foreach (bool aligned in (bool[])[false, true])
                if (Draw(weights, IntegerDraw.X[i], v, aligned, seed: i, pattern) is { } draw)
                    Assert.Null(EmulatedKernelTests.Fault(draw));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Plan_OfEveryPair_IsInterpretedToTheReference(NumberFormat weights)
    {
        foreach (NumberFormat x in IntegerDraw.X)
        {
            if (Draw(weights, x, 4, aligned: false, seed: 7) is not { } draw) continue;
            ReferenceOperands operands = draw.Operands();
            Assert.Null(SpecReference.Execute(draw.Spec, operands).FirstMismatch<double>(PlanInterpreter.Run(draw.Spec, Device.Sm80, draw.Aligned, operands)));
        }
    }

    [Theory]
    // Every product the largest: sums of 64 bits are exact, and so are those of 32 where they hold them.
    [InlineData("spmm_srbcrs8_s16-s16-s64_rN_dN_cN_wide", -32768, -32768)]
    [InlineData("spmm_srbcrs8_s16-s16-s64_rN_d96_cN_wide", 32767, -32768)]
    [InlineData("spmm_srbcrs4_s16-s16-s64_rN_dN_cN_tt_wide", 32767, 32767)]
    [InlineData("spmm_srbcrs2_u16-u16-s64_rN_dN_cN_wide", 65535, 65535)]
    [InlineData("spmm_srbcrs8_u16-s16-s64_rN_dN_cN_wide", 65535, -32768)]
    [InlineData("spmm_srbcrs8_u16-s16-s32_rN_dN_cN_wrap", 65535, -32768)]
    [InlineData("spmm_srbcrs4_s12-s4-s32_rN_dN_cN", -2048, -8)]
    [InlineData("spmm_srbcrs4_s12-u4-s32_rN_dN_cN", 2047, 15)]
    [InlineData("spmm_srbcrs2_s16-u8-s32_rN_dN_cN", -32768, 255)]
    [InlineData("spmm_srbcrs8_s16-s16-f32_rN_dN_cN_wide__dequantise-bias", -32768, 32767)]
    public void Kernel_AtTheExtremes_EqualsTheReference(string name, int weight, int x)
    {
        (KernelSpec spec, ReferenceOperands operands) = IntegerDraw.Of(name, _ => weight, _ => x, rows: 11, depth: 96, columns: 40, xIsRowMajor: true);
        Assert.Null(Fault(spec, operands, aligned: false));
    }

    [Fact]
    public void Kernel_LongerThanSumsOf32BitsHold_AddsThemOnTheWay()
    {
        // 33,100 products of 255² exceed 32 bits; of a run-time depth nothing is known.
        KernelSpec spec = KernelName.Parse("spmm_srbcrs2_u8-u8-s64_rN_dN_cN_wide");
        const int Rows = 2, Depth = 33_100, Columns = 1;
        var operands = new ReferenceOperands { Rows = Rows, Depth = Depth, Columns = Columns, Weights = [.. Enumerable.Repeat(255.0, Rows * Depth)], X = [.. Enumerable.Repeat(255.0, Depth)] };
        Assert.Null(Fault(spec, operands, aligned: false));
    }

    [Theory]
    // Instructions of a stride of vectors, for 16 columns and one digit of X: planes of one sign share them.
    [InlineData(NumberFormat.Int8, 2, 1)]
    [InlineData(NumberFormat.UInt8, 8, 1)]
    [InlineData(NumberFormat.Int4, 16, 2)]
    [InlineData(NumberFormat.UInt16, 2, 1)]
    [InlineData(NumberFormat.UInt16, 4, 1)]
    [InlineData(NumberFormat.UInt16, 8, 2)]
    [InlineData(NumberFormat.Int12, 2, 1)]
    [InlineData(NumberFormat.Int12, 4, 1)]
    [InlineData(NumberFormat.UInt12, 4, 1)]
    [InlineData(NumberFormat.Int12, 8, 2)]
    [InlineData(NumberFormat.Int16, 2, 2)]
    [InlineData(NumberFormat.Int16, 4, 2)]
    [InlineData(NumberFormat.Int16, 8, 2)]
    public void Kernel_AnyV_TakesNoMoreInstructionsThanPlanes(NumberFormat weights, int v, int expected)
    {
        foreach (NumberFormat x in IntegerDraw.X)
        {
            if (Draw(weights, x, v, aligned: true, seed: 1) is not { } draw) continue;
            KernelPlan plan = draw.Plan();
            int instructions = MmaPattern().Count(EmulatedKernel.Lower(plan, PtxTarget.Sm80, new HashSet<string>()).Text);
            int bits = NumberFormats.Get(x).Bits, columns = plan.Program.Tiles.Single(tile => tile.Name == "b").Shape[1] / plan.Program.Body.OfType<Compiler.Tiles.Statement.For>().SelectMany(Blocks).Single().Warps!.Count;
            int digits = Math.Max(1, bits / 8), planes = (NumberFormats.Get(weights).Bits + 7) / 8;
            Assert.Equal(expected * digits * columns / 16, instructions);
            Assert.True(expected <= planes * ((v + 7) / 8), $"{expected} for {planes} planes");
            Assert.Contains(plan.Program.Reasons, reason => reason.StartsWith($"a stride of vectors takes {expected} instruction", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("spmm_csr_s16-s8-s32_rN_dN_cN")]
    [InlineData("spmm_srbcrs1_s16-s8-s32_rN_dN_cN")]
    [InlineData("spmm_srbcrs4_s16-s8-s32_rN_dN_cN_tr")]
    [InlineData("spmm_srbcrs4_s16g32-s8-f32_rN_dN_cN__dequantise")]
    [InlineData("gemm_dense_u8-s16-s32_rN_dN_cN")]
    public void Supports_WhatSharesNoRowsOfX_HasThePortableFormAlone(string name)
    {
        KernelSpec spec = KernelName.Parse(name);
        Assert.Equal((false, false, true), (DevicePlanner.Supports(spec, Device.Sm80), DevicePlanner.Supports(spec, Device.Sm90A), DevicePlanner.Supports(spec, Device.Portable)));
    }

    [GeneratedRegex(@"^\s*mma\.sync", RegexOptions.Multiline)]
    private static partial Regex MmaPattern();

    private static IEnumerable<Compiler.Tiles.Statement.Block> Blocks(Compiler.Tiles.Statement.For loop) =>
        loop.Body.SelectMany(s => s is Compiler.Tiles.Statement.Block block ? [block] : s is Compiler.Tiles.Statement.For inner ? Blocks(inner) : []);

    private static string? Fault(KernelSpec spec, ReferenceOperands operands, bool aligned)
    {
        Assert.True(KernelRules.IsValid(spec), string.Join('\n', KernelRules.Check(spec)));
        KernelPlan plan = DevicePlanner.Plan(spec, Device.Sm80, aligned);
        var scalars = new HashSet<string>();
        PtxKernel kernel = EmulatedKernel.Lower(plan, PtxTarget.Sm80, scalars);
        var memory = new PlanOperands(spec, plan, operands, 3);
        LaunchReport report = EmulatedKernel.Run(kernel, plan, memory, scalars);
        return report.IsClean ? SpecReference.Execute(spec, operands).FirstMismatch<double>(memory.ReadY()) : string.Join('\n', report.Findings.Take(3));
    }

    /// <summary>A kernel of a pair; null for those of bytes alone, which have kernels of their own.</summary>
    private static GpuDraw? Draw(NumberFormat weights, NumberFormat x, int v, bool aligned, int seed, PatternSpec? pattern = null) =>
        IntegerDraw.Of(weights, x, pattern ?? new PatternSpec(Pattern.VectorRows, V: v), Device.Sm80, aligned, seed);
}
