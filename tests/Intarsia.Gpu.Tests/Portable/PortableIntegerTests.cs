using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests.Portable;

/// <summary>
/// Integers of 16, 12, 8 and 4 bits in the portable form: every pair of formats, signed and unsigned, in every pattern and with both layouts of X, run in groups and held against both oracles, bit for bit. Rows that V does not divide, rows
/// without entries, lines of four-bit elements that begin in the middle of a byte, and the ends of every range.
/// </summary>
[Trait("Category", "Gpu")]
public class PortableIntegerTests
{
    private static readonly PatternSpec[] Patterns =
    [
        new(Pattern.VectorRows, V: 2), new(Pattern.VectorRows, V: 4), new(Pattern.VectorRows, V: 8), new(Pattern.VectorRows, V: 16), new(Pattern.NM, N: 2, M: 8, V: 4),
        PatternSpec.Dense, new(Pattern.Csr), new(Pattern.NM, N: 2, M: 4), new(Pattern.Bsr) { BlockRows = 4, BlockColumns = 3 },
    ];

    public static TheoryData<NumberFormat> Formats() => [.. IntegerDraw.Weights];

    /// <summary>The kernels of all pairs with a format of weights, a class for each.</summary>
    internal static IEnumerable<PortableCase> Cases(NumberFormat weights)
    {
        int seed = 0;
        foreach (NumberFormat x in IntegerDraw.X)
        {
            foreach (PatternSpec pattern in Patterns)
            {
                MatrixLayout layout = ++seed % 2 == 0 ? MatrixLayout.TokenMajor : MatrixLayout.RowMajor;
                if (IntegerDraw.Of(weights, x, pattern, Device.Portable, aligned: false, seed, layout) is not { } draw) continue;
                Assert.True(KernelRules.IsValid(draw.Spec), $"{draw}: {string.Join('\n', KernelRules.Check(draw.Spec))}");
                yield return PortableCase.Of($"{weights}Kernel{seed}", draw)!;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Kernel_OfEveryPairPatternAndLayout_EqualsBothOracles(NumberFormat weights)
    {
        PortableCase[] cases = [.. Cases(weights)];
        using var library = new PortableLibrary(cases);
        var faults = new List<string>();
        foreach (PortableCase kernel in cases)
            if (Fault(library, kernel, kernel.Draw.Operands()) is { } fault) faults.Add($"{kernel.Draw}\n  {fault}");
        Assert.True(faults.Count == 0, $"{faults.Count} faults in {cases.Length} kernels\n{string.Join('\n', faults.Take(5))}");
        Assert.True(cases.Length >= 4 * Patterns.Length, $"{cases.Length} kernels are too few.");
    }

    [Fact]
    public void Kernel_AtTheExtremes_EqualsBothOracles() => Run(
    [
        Extreme("spmm_srbcrs8_s16-s16-s64_rN_dN_cN_wide", -32768, -32768),
        Extreme("spmm_srbcrs4_s16-s16-s64_rN_dN_cN_tt_wide", 32767, -32768),
        Extreme("spmm_srbcrs2_u16-u16-s64_rN_dN_cN_wide", 65535, 65535),
        Extreme("spmm_srbcrs8_u16-s16-s32_rN_dN_cN_wrap", 65535, -32768),
        Extreme("spmm_srbcrs4_s12-s4-s32_rN_dN_cN", -2048, -8),
        Extreme("spmm_srbcrs4_u12-u4-s32_rN_dN_cN", 4095, 15),
        Extreme("spmm_srbcrs16_s8-s4-s32_rN_dN_cN", -128, -8),
        Extreme("spmm_srbcrs8_s4-s4-s32_rN_dN_cN", 7, -8),
        Extreme("spmm_srbcrs8_u4-u4-s32_rN_dN_cN_tt", 15, 15),
        Extreme("gemm_dense_u16-u16-s64_rN_dN_cN_wide", 65535, 65535),
        Extreme("gemm_dense_u16span-u16-s64_rN_dN_cN_tt_wide", 65535, 65535),
        Extreme("gemm_dense_s16-s16-s64_rN_dN_cN_wide", -32768, -32768),
        Extreme("gemm_dense_s16-u4-s32_rN_dN_cN_tt", -32768, 15),
        Extreme("spmm_csr_u16-s16-s64_rN_dN_cN_wide", 65535, -32768),
        Extreme("spmm_nm2of4_s16-u8-s32_rN_dN_cN_tt", -32768, 255),
        Extreme("spmm_csr_s16-s16-f32_rN_dN_cN_wide__dequantise-bias", -32768, 32767),
    ]);

    [Fact]
    public void Kernel_OfWeightsWithEmptyRows_EqualsBothOracles() => Run(
    [
        WithEmptyRows("spmm_srbcrs8_s16-s16-s64_rN_dN_cN_wide"),
        WithEmptyRows("spmm_srbcrs4_s12-s4-s32_rN_dN_cN_tt"),
        WithEmptyRows("spmm_csr_u16-s8-s32_rN_dN_cN_tr"),
        WithEmptyRows("gemm_dense_u12-s4-s32_rN_dN_cN"),
    ]);

    /// <summary>What these operands are there to find: a product of 32 bits, half a byte without its sign.</summary>
    [Theory]
    [InlineData("spmm_srbcrs8_u16-u16-s64_rN_dN_cN_wide", 65535, 65535, "(long)a", "a")]
    [InlineData("gemm_dense_u16-u16-s64_rN_dN_cN_wide", 65535, 65535, "(long)a", "a")]
    [InlineData("spmm_srbcrs4_s12-s4-s32_rN_dN_cN", -2048, -8, " ^ 8) - 8", ")")]
    public void Kernel_WithAMistake_IsFoundAtTheExtremes(string name, int weight, int x, string text, string mistake)
    {
        (KernelSpec spec, ReferenceOperands operands) = Extreme(name, weight, x);
        AssertFound(spec, operands, text, mistake);
    }

    /// <summary>The wrong half of a byte, the wrong row of a vector, a segment that ends early.</summary>
    [Theory]
    [InlineData("spmm_srbcrs4_s12-s4-s32_rN_dN_cN_tt", "(index & 1) << 2", "(1 - (index & 1)) << 2")]
    [InlineData("spmm_srbcrs4_s12-s4-s32_rN_dN_cN_tt", " * b3", " * b2")]
    [InlineData("spmm_csr_u16-s8-s32_rN_dN_cN_tr", "end = starts[s + 1]", "end = starts[s + 1] - 4")]
    public void Kernel_WithAMistake_IsFoundAmongEmptyRows(string name, string text, string mistake)
    {
        (KernelSpec spec, ReferenceOperands operands) = WithEmptyRows(name);
        AssertFound(spec, operands, text, mistake);
    }

    private static void AssertFound(KernelSpec spec, ReferenceOperands operands, string text, string mistake)
    {
        PortableCase kernel = Case("Kernel", spec, operands);
        Assert.Contains(text, kernel.Text.Source, StringComparison.Ordinal);
        PortableCase wrong = kernel with { Text = kernel.Text with { Source = kernel.Text.Source.Replace(text, mistake, StringComparison.Ordinal) } };
        using var library = new PortableLibrary([wrong]);
        Assert.NotNull(Fault(library, wrong, operands));
    }

    /// <summary>Every weight at one value, and every element of X at another. Two of four are what a pattern of them keeps.</summary>
    private static (KernelSpec Spec, ReferenceOperands Operands) Extreme(string name, int weight, int x) =>
        IntegerDraw.Of(name, i => name.Contains("nm2of4", StringComparison.Ordinal) && i % 4 > 1 ? 0 : weight, _ => x, rows: 11, depth: 96, columns: 37);

    /// <summary>Rows 0 to 7, 16 to 23 and so on are empty, and a third of the columns.</summary>
    private static (KernelSpec Spec, ReferenceOperands Operands) WithEmptyRows(string name)
    {
        const int Rows = 41, Depth = 50, Columns = 9;
        return IntegerDraw.Of(name, i => i / Depth / 8 % 2 == 0 || i % Depth % 3 == 0 ? 0 : i % 2000, i => i % 15 - 7, Rows, Depth, Columns);
    }

    private static void Run((KernelSpec Spec, ReferenceOperands Operands)[] runs)
    {
        (PortableCase Kernel, ReferenceOperands Operands)[] cases = [.. runs.Select((run, index) => (Case($"Kernel{index}", run.Spec, run.Operands), run.Operands))];
        using var library = new PortableLibrary(cases.Select(run => run.Kernel));
        Assert.All(cases, run => Assert.Null(Fault(library, run.Kernel, run.Operands)));
    }

    private static PortableCase Case(string name, KernelSpec spec, ReferenceOperands operands)
    {
        Assert.True(KernelRules.IsValid(spec), string.Join('\n', KernelRules.Check(spec)));
        return PortableCase.Of(name, new GpuDraw(new DrawnKernel(0, 1, spec, new SignatureStyle(), new CallSizes(operands.Rows, operands.Depth, operands.Columns), SizeClass.Small), Device.Portable, Aligned: false))!;
    }

    /// <summary>What the kernel gives, and what its plan does, against the definition.</summary>
    private static string? Fault(PortableLibrary library, PortableCase kernel, ReferenceOperands operands)
    {
        ReferenceResult expected = SpecReference.Execute(kernel.Draw.Spec, operands);
        return expected.FirstMismatch<double>(library.Run(kernel, operands)) ?? expected.FirstMismatch<double>(PlanInterpreter.Run(kernel.Draw.Spec, Device.Portable, aligned: false, operands));
    }
}
