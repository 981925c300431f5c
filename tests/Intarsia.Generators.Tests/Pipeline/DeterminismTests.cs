using System.Globalization;
using Intarsia.Generators.Tests.Harness;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Intarsia.Generators.Tests.Pipeline;

/// <summary>The same input gives the same bytes, whatever the machine speaks and in whatever order files come.</summary>
public class DeterminismTests
{
    private static readonly string[] Sources =
    [
        KernelSources.Two,
        "using Intarsia; public static partial class First { [Gemm] public static partial void IrisId(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, long tokens); }",
        "using Intarsia; public static partial class Second { [Gemm] [Tile((Tier)99, Height = -3)] public static partial void Image(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens); }",
    ];

    [SkippableTheory]
    [InlineData("tr-TR")]
    [InlineData("de-DE")]
    [InlineData("sv-SE")]
    public void Output_InAnyCulture_IsTheSame(string culture)
    {
        string expected = Generate(Sources);
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CreateOrSkip(culture);
            Assert.Equal(expected, Generate(Sources));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Output_FilesInAnotherOrder_IsTheSame() => Assert.Equal(Generate(Sources), Generate([.. Sources.Reverse()]));

    [Fact]
    public void Output_LinesEndInLf_AndNothingTrails()
    {
        string text = Generate(Sources);
        Assert.DoesNotContain("\r", text, StringComparison.Ordinal);
        Assert.DoesNotContain(" \n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\t", text, StringComparison.Ordinal);
    }

    private static CultureInfo CreateOrSkip(string name)
    {
        try
        {
            return new CultureInfo(name);
        }
        catch (CultureNotFoundException)
        {
            throw new SkipException($"This machine knows no culture {name}.");
        }
    }

    /// <summary>Every generated file with its name, in ordinal order of the names.</summary>
    private static string Generate(string[] sources)
    {
        CSharpCompilation compilation = Compilations.Create(sources);
        GeneratorDriver driver = GeneratorHarness.Driver(new TestOptions()).RunGenerators(compilation);
        Caching.AssertSecondRunIsCached(driver, compilation);
        GeneratorRunResult result = driver.GetRunResult().Results.Single();
        Assert.True(result.GeneratedSources.Length >= sources.Length);
        return string.Concat(result.GeneratedSources.OrderBy(source => source.HintName, StringComparer.Ordinal).Select(source => $"// {source.HintName}\n{source.SourceText}"));
    }
}
