using System.Collections.Immutable;
using Intarsia.Generators.Tests.Harness;
using Microsoft.CodeAnalysis;

namespace Intarsia.Generators.Tests.Analyzers;

public class KernelAnalyzerTests
{
    /// <summary>The marked text is where the diagnostic must point.</summary>
    [Theory]
    [InlineData("TPP0001", "[Gemm] public static void «F»(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens) { }")]
    [InlineData("TPP0006", "[Gemm] public static partial void F(PackedMatrix w, float[] «x», Span<float> y, int tokens);")]
    [InlineData("TPP0008", "[Gemm] [Epilogue(Tpp.Bias)] public static partial void «F»(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens);")]
    [InlineData("TPP0009", "[Gemm] public static partial void F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens, float «beta»);")]
    [InlineData("TPP0011", "[«Gemm»] public static partial void F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y);")]
    [InlineData("TPP0015", "[«Gemm(Rows = -1)»] public static partial void F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens);")]
    [InlineData("TPP0051", "[Gemm, «Epilogue(Tpp.Dequantise)»] public static partial void F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens);")]
    [InlineData("TPP0101", "[Tile(Tier.Scalar), Gemm, «Tile(Tier.Avx2, Height = 99)»] public static partial void F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens);")]
    [InlineData("TPP0201", "[Spmm(Columns = 1)] public static partial void F([«Sparse(Pattern.NM)»] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y);")]
    [InlineData("TPP0303", "[Gemm(Columns = 1)] public static partial void F([«Format(NumberFormat.Int8, Scale = Per.None)»] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y);")]
    [InlineData("TPP0302", "[Gemm(Columns = 1)] public static partial void F(PackedMatrix «w», ReadOnlySpan<sbyte> x, Span<float> y);")]
    [InlineData("TPP0055", "[Gemm(Columns = 1)] public static partial void F(PackedMatrix w, ReadOnlySpan<float> x, Span<byte> «y»);")]
    [InlineData("TPP0020", "public static void F([«Sparse(Pattern.Csr)»] PackedMatrix w) { }")]
    [InlineData("TPP0020", "[«Epilogue(Tpp.Relu)»] public static void F() { }")]
    [InlineData("TPP0020", "[«Tile(Tier.Avx2)»] public static void F() { }")]
    [InlineData("TPP0020", "[«Threads(2)»] public static void F() { }")]
    public void Diagnostic_OfAPart_PointsAtIt(string id, string marked)
    {
        string source = $"using Intarsia; public static partial class C {{ {marked} }}";
        int start = source.IndexOf('«'), end = source.IndexOf('»') - 1;
        Diagnostic diagnostic = Assert.Single(GeneratorHarness.Analyze(Compilations.Create(source.Replace("«", "").Replace("»", ""))));
        Assert.Equal(id, diagnostic.Id);
        Assert.Equal((start, end), (diagnostic.Location.SourceSpan.Start, diagnostic.Location.SourceSpan.End));
    }

    [Fact]
    public void Diagnostic_OnContainingType_PointsAtThatType()
    {
        const string source = "using Intarsia; class Outer { partial class Inner { [Gemm(Columns = 1)] static partial void F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y); } }";
        Diagnostic diagnostic = Assert.Single(GeneratorHarness.Analyze(Compilations.Create(source)));
        Assert.Equal("TPP0005", diagnostic.Id);
        Assert.Equal("Outer", source.Substring(diagnostic.Location.SourceSpan.Start, diagnostic.Location.SourceSpan.Length));
    }

    [Fact]
    public void Diagnostic_UnderPragma_IsNotReported()
    {
        const string source = """
            using Intarsia;
            static partial class C
            {
            #pragma warning disable TPP0901
                [Spmm] public static partial void F([Sparse(Pattern.NM, N = 3, M = 4)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens);
            #pragma warning restore TPP0901
                [Spmm] public static partial void G([Sparse(Pattern.NM, N = 3, M = 4)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens);
            }
            """;
        Diagnostic diagnostic = Assert.Single(GeneratorHarness.Analyze(Compilations.Create(source)));
        Assert.Equal(6, diagnostic.Location.GetLineSpan().StartLinePosition.Line);
    }

    [Fact]
    public void Diagnostic_OfKernelInTwoParts_IsReportedOnce()
    {
        Outcome outcome = GeneratorHarness.Run("using Intarsia; public static partial class C { [Gemm] public static partial void F(PackedMatrix w, float[] x, Span<float> y, int tokens); }");
        Assert.Equal(["TPP0006"], outcome.Ids);
    }

    [Fact]
    public void BuildOptions_UnknownTier_IsReportedWithoutLocation()
    {
        ImmutableArray<Diagnostic> found = GeneratorHarness.Analyze(Compilations.Create("class C;"), new TestOptions(("IntarsiaTierList", "Avx512,Sse2,Scalar")));
        Diagnostic diagnostic = Assert.Single(found);
        Assert.Equal(("TPP0401", Location.None), (diagnostic.Id, diagnostic.Location));
        Assert.Contains("'Sse2'", diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Empty(GeneratorHarness.Analyze(Compilations.Create("class C;"), new TestOptions(("IntarsiaTiers", "AdvSimd"))));
    }

    [Theory]
    [InlineData("off", "TPP0412")]
    [InlineData("False", "")]
    [InlineData("true", "")]
    [InlineData("", "")]
    public void BuildOptions_IntarsiaNative_IsTrueOrFalse(string value, string expected)
    {
        ImmutableArray<Diagnostic> found = GeneratorHarness.Analyze(Compilations.Create("class C;"), new TestOptions(("IntarsiaNative", value)));
        Assert.Equal(expected, string.Concat(found.Select(diagnostic => diagnostic.Id)));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("AdvSimd,Scalar", false)]
    public void Tile_TierNotEmitted_IsReported(string tiers, bool reported)
    {
        const string source = "using Intarsia; static partial class C { [Gemm, Tile(Tier.AdvSimd)] static partial void F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens); }";
        ImmutableArray<Diagnostic> found = GeneratorHarness.Analyze(Compilations.Create(source), new TestOptions(("IntarsiaTierList", tiers)));
        Assert.Equal(reported ? ["TPP0402"] : [], found.Select(diagnostic => diagnostic.Id));
    }

    [Theory]
    [InlineData(Microsoft.CodeAnalysis.CSharp.LanguageVersion.CSharp12, true)]
    [InlineData(Microsoft.CodeAnalysis.CSharp.LanguageVersion.CSharp13, false)]
    public void LanguageVersion_BelowThirteen_IsReportedAlone(Microsoft.CodeAnalysis.CSharp.LanguageVersion version, bool reported)
    {
        const string source = "using Intarsia; static partial class C { [Gemm] public static partial void F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens); }";
        var compilation = Compilations.Create([source], Compilations.ParseOptions.WithLanguageVersion(version));
        Assert.Equal(reported ? ["TPP0403"] : [], GeneratorHarness.Analyze(compilation).Select(diagnostic => diagnostic.Id));
        if (!reported) return;
        Outcome outcome = GeneratorHarness.Run(compilation);
        Assert.Equal(["TPP0403"], outcome.Ids);
        Assert.Empty(outcome.Compiler);
    }

    [Fact]
    public void Diagnostic_OnCheckedInOutput_IsNotReported()
    {
        // Generated files that were written out, committed and compiled with the generator switched off.
        const string source = "using Intarsia; public static partial class C { [Gemm] public static partial void F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens); }";
        string[] written = [.. GeneratorHarness.Run(source, GeneratorHarness.ScalarOnly).Sources.Select(file => file.SourceText.ToString())];
        Outcome outcome = GeneratorHarness.Run(Compilations.Create([source, .. written]), new TestOptions(("DisableIntarsiaSourceGenerator", "true")));
        Assert.Empty(outcome.Sources);
        Assert.Empty(outcome.Compiler);
        Assert.Empty(outcome.Intarsia);
    }

    [Fact]
    public void Companion_GeneratedByUs_IsNoClash()
    {
        // The analyzers see the generated companion and the generated half: neither is a mistake of the user's.
        Outcome outcome = GeneratorHarness.Run("using Intarsia; public static partial class C { [Gemm] public static partial void F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y); }");
        Assert.Equal(["TPP0011"], outcome.Ids);
        Assert.NotEmpty(outcome.Compilation.GetTypeByMetadataName("C")!.GetMembers("FKernel"));
    }
}
