using System.Collections.Immutable;
using Intarsia.Generators.Tests.Harness;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Intarsia.Generators.Tests.Pipeline;

/// <summary>What runs again after an edit. (That a second run on the same input runs nothing is asserted by the harness in every test.)</summary>
public class CachingTests
{
    [Fact]
    public void Pipeline_EditElsewhere_EmitsNothingAgain()
    {
        CSharpCompilation compilation = Compilations.Create(KernelSources.Two, "class Other { }");
        GeneratorDriver driver = GeneratorHarness.Driver(new TestOptions()).RunGenerators(compilation);
        Assert.NotEmpty(driver.GetRunResult().Results.Single().GeneratedSources);
        SyntaxTree other = compilation.SyntaxTrees.Single(tree => tree.FilePath == "Source1.cs");
        CSharpCompilation edited = compilation.ReplaceSyntaxTree(other, Parse("class Other { int _field; void Method() { } }", other.FilePath));
        Caching.AssertNothingIsEmittedAgain(driver.RunGenerators(edited));
    }

    [Fact]
    public void Pipeline_FileAdded_EmitsNothingAgain()
    {
        CSharpCompilation compilation = Compilations.Create(KernelSources.Two);
        GeneratorDriver driver = GeneratorHarness.Driver(new TestOptions()).RunGenerators(compilation);
        Caching.AssertNothingIsEmittedAgain(driver.RunGenerators(compilation.AddSyntaxTrees(Parse("namespace New; record Added(int X);", "Added.cs"))));
    }

    [Fact]
    public void Pipeline_CommentInTheSameFile_EmitsNothingAgain()
    {
        CSharpCompilation compilation = Compilations.Create(KernelSources.Two);
        GeneratorDriver driver = GeneratorHarness.Driver(new TestOptions()).RunGenerators(compilation);
        SyntaxTree tree = compilation.SyntaxTrees.First();
        Caching.AssertNothingIsEmittedAgain(driver.RunGenerators(compilation.ReplaceSyntaxTree(tree, Parse("// A comment moves every position.\n" + KernelSources.Two, tree.FilePath))));
    }

    [Fact]
    public void Pipeline_OneKernelEdited_EmitsThatOneOnly()
    {
        CSharpCompilation compilation = Compilations.Create(KernelSources.Two);
        GeneratorDriver driver = GeneratorHarness.Driver(new TestOptions()).RunGenerators(compilation);
        SyntaxTree tree = compilation.SyntaxTrees.First();
        driver = driver.RunGenerators(compilation.ReplaceSyntaxTree(tree, Parse(KernelSources.Two.Replace("Project(", "Projection(", StringComparison.Ordinal), tree.FilePath)));
        ImmutableArray<IncrementalGeneratorRunStep> steps = driver.GetRunResult().Results.Single().TrackedSteps[TrackingNames.Kernel];
        IEnumerable<IncrementalStepRunReason> reasons = steps.SelectMany(step => step.Outputs).Select(output => output.Reason);
        Assert.Equal([IncrementalStepRunReason.Cached, IncrementalStepRunReason.Modified], reasons.OrderByDescending(reason => reason));
    }

    [Fact]
    public void Pipeline_OtherTiers_EmitsAgain()
    {
        CSharpCompilation compilation = Compilations.Create(KernelSources.Two);
        GeneratorDriver driver = GeneratorHarness.Driver(new TestOptions()).RunGenerators(compilation).WithUpdatedAnalyzerConfigOptions(new TestOptions(("IntarsiaTierList", "Scalar"))).RunGenerators(compilation);
        Assert.Contains(Caching.Reasons(driver.GetRunResult().Results.Single()), step => step.Name == TrackingNames.Options && step.Reason == IncrementalStepRunReason.Modified);
    }

    [Fact]
    public void Pipeline_Disabled_EmitsNothing()
    {
        GeneratorDriver driver = GeneratorHarness.Driver(new TestOptions(("DisableIntarsiaSourceGenerator", "true"))).RunGenerators(Compilations.Create(KernelSources.Two));
        Assert.Empty(driver.GetRunResult().Results.Single().GeneratedSources);
    }

    private const string Known = """
        using Intarsia;

        public static partial class Layers
        {
            [Spmm]
            public static partial void Known([Sparse(Pattern.Csr, File = "a.smtx")] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int columns);

            [Spmm]
            public static partial void Any([Sparse(Pattern.Csr)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int columns);
        }
        """;

    [Fact]
    public void Pipeline_OtherFileEdited_EmitsNothingAgain()
    {
        var other = new TestFile("/p/notes.txt", "1");
        GeneratorDriver driver = GeneratorHarness.Driver(GeneratorHarness.ScalarOnly, null, new TestFile("/p/a.smtx", "1, 2, 1\n0 1\n1\n"), other).RunGenerators(Compilations.Create(Known));
        Assert.NotEmpty(driver.GetRunResult().Results.Single().GeneratedSources);
        Caching.AssertNothingIsEmittedAgain(driver.ReplaceAdditionalText(other, new TestFile("/p/notes.txt", "2")).RunGenerators(Compilations.Create(Known)));
    }

    [Fact]
    public void Pipeline_PatternEdited_EmitsItsKernelOnly()
    {
        var pattern = new TestFile("/p/a.smtx", "1, 2, 1\n0 1\n1\n");
        CSharpCompilation compilation = Compilations.Create(Known);
        GeneratorDriver driver = GeneratorHarness.Driver(GeneratorHarness.ScalarOnly, null, pattern).RunGenerators(compilation);
        driver = driver.ReplaceAdditionalText(pattern, new TestFile("/p/a.smtx", "1, 2, 1\n0 1\n0\n")).RunGenerators(compilation);
        ImmutableArray<IncrementalGeneratorRunStep> steps = driver.GetRunResult().Results.Single().TrackedSteps[TrackingNames.Kernel];
        IEnumerable<IncrementalStepRunReason> reasons = steps.SelectMany(step => step.Outputs).Select(output => output.Reason);
        Assert.Equal([IncrementalStepRunReason.Cached, IncrementalStepRunReason.Modified], reasons.OrderByDescending(reason => reason));
    }

    private static SyntaxTree Parse(string source, string path) => CSharpSyntaxTree.ParseText(source, Compilations.ParseOptions, path);
}
