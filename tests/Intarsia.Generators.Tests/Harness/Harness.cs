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

    public static Outcome Run(string source, TestOptions? options = null) => Run(Compilations.Create(source), options);

    public static Outcome Run(CSharpCompilation compilation, TestOptions? options = null)
    {
        options ??= new TestOptions();
        GeneratorDriver driver = Driver(options, (CSharpParseOptions)compilation.SyntaxTrees.First().Options);
        driver = driver.RunGeneratorsAndUpdateCompilation(compilation, out Compilation completed, out ImmutableArray<Diagnostic> generator);
        Assert.Empty(generator);
        Caching.AssertSecondRunIsCached(driver, compilation);

        ImmutableArray<Diagnostic> compiler = completed.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning).ToImmutableArray();
        var analysis = new CompilationWithAnalyzers(completed, [.. Analyzers], new AnalyzerOptions([], options));
        ImmutableArray<Diagnostic> intarsia = analysis.GetAnalyzerDiagnosticsAsync().GetAwaiter().GetResult();
        return new Outcome(driver.GetRunResult().Results.Single().GeneratedSources, compiler, intarsia, completed);
    }

    public static GeneratorDriver Driver(TestOptions options, CSharpParseOptions? parse = null) => CSharpGeneratorDriver.Create(
        [new KernelGenerator().AsSourceGenerator()],
        optionsProvider: options,
        parseOptions: parse ?? Compilations.ParseOptions,
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
}
