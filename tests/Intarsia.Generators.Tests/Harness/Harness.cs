using System.Collections.Concurrent;
using System.Collections.Immutable;
using Intarsia.Generators.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Intarsia.Generators.Tests.Harness;

/// <summary>What the generator wrote, and what compiler and analyzers say of the whole.</summary>
internal sealed record Outcome(ImmutableArray<GeneratedSourceResult> Sources, ImmutableArray<Diagnostic> Compiler, ImmutableArray<Diagnostic> Intarsia, Compilation Compilation)
{
    public string[] Ids => Intarsia.Select(diagnostic => diagnostic.Id).Order(StringComparer.Ordinal).ToArray();

    public GeneratedSourceResult Source(string hintName) => Sources.Single(source => source.HintName == hintName);
}

/// <summary>Runs the generator and the analyzers as the compiler does. Every run is done twice, and the second one must be cached.</summary>
internal static class GeneratorHarness
{
    public static DiagnosticAnalyzer[] Analyzers { get; } = [new KernelAnalyzer(), new BuildOptionsAnalyzer()];

    /// <summary>One tier, where a test is not about the generated code: the scalar one is by far the shortest.</summary>
    public static TestOptions ScalarOnly { get; } = new(("IntarsiaTierList", "Scalar"));

    public static Outcome Run(string source, TestOptions? options = null, params TestFile[] files) => Run(Compilations.Create(source), options, files);

    public static Outcome Run(CSharpCompilation compilation, TestOptions? options = null, params TestFile[] files)
    {
        options ??= new TestOptions();
        GeneratorDriver driver = Driver(options, (CSharpParseOptions)compilation.SyntaxTrees.First().Options, files);
        driver = driver.RunGeneratorsAndUpdateCompilation(compilation, out Compilation completed, out ImmutableArray<Diagnostic> generator);
        Assert.Empty(generator);
        Caching.AssertSecondRunIsCached(driver, compilation);

        ImmutableArray<Diagnostic> compiler = completed.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning && !IsMissingComment(diagnostic)).ToImmutableArray();
        return new Outcome(driver.GetRunResult().Results.Single().GeneratedSources, compiler, Analyze(completed, options, files), completed);
    }

    /// <summary>The analyzers alone, as they run while a user types.</summary>
    public static ImmutableArray<Diagnostic> Analyze(Compilation compilation, TestOptions? options = null, params TestFile[] files)
    {
        var failures = new ConcurrentQueue<Exception>();
        var analysis = new CompilationWithAnalyzers(compilation, [.. Analyzers],
            new CompilationWithAnalyzersOptions(new AnalyzerOptions([.. files], options ?? new TestOptions()), (exception, _, _) => failures.Enqueue(exception), concurrentAnalysis: false, logAnalyzerExecutionTime: false));
        ImmutableArray<Diagnostic> found = analysis.GetAnalyzerDiagnosticsAsync().GetAwaiter().GetResult();
        Assert.Empty(failures);
        return found.Where(diagnostic => !diagnostic.IsSuppressed).OrderBy(diagnostic => diagnostic.Location.SourceSpan.Start).ToImmutableArray();
    }

    public static GeneratorDriver Driver(TestOptions options, CSharpParseOptions? parse = null, params TestFile[] files) => CSharpGeneratorDriver.Create(
        [new KernelGenerator().AsSourceGenerator()],
        additionalTexts: files,
        optionsProvider: options,
        parseOptions: parse ?? Compilations.ParseOptions,
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    /// <summary>The tests' sources have no comments; the generated ones must, where a user's project asks for them.</summary>
    private static bool IsMissingComment(Diagnostic diagnostic) => diagnostic.Id == "CS1591" && diagnostic.Location.SourceTree?.FilePath.StartsWith("Source", StringComparison.Ordinal) == true;
}
