using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Emit;

namespace Intarsia.ProductSpace.Running;

/// <summary>Declarations with their generated halves, ready to be emitted.</summary>
/// <param name="Compilation">The whole compilation.</param>
/// <param name="Run">What the generator did.</param>
/// <param name="GeneratorDiagnostics">What it reported.</param>
/// <param name="Generation">How long it took.</param>
public sealed record SpaceCompilation(CSharpCompilation Compilation, GeneratorDriverRunResult Run, ImmutableArray<Diagnostic> GeneratorDiagnostics, TimeSpan Generation)
{
    /// <summary>Errors of the C# compiler, generated code included.</summary>
    public IReadOnlyList<Diagnostic> CompilerErrors() =>
        Compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).ToArray();

    /// <summary>What Intarsia's analyzers and generator say.</summary>
    public IReadOnlyList<Diagnostic> IntarsiaDiagnostics()
    {
        ImmutableArray<DiagnosticAnalyzer> analyzers = [.. typeof(Generators.KernelGenerator).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && typeof(DiagnosticAnalyzer).IsAssignableFrom(type))
            .OrderBy(type => type.FullName, StringComparer.Ordinal)
            .Select(type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)];
        ImmutableArray<Diagnostic> analyzed = analyzers.IsEmpty ? [] : Compilation.WithAnalyzers(analyzers).GetAnalyzerDiagnosticsAsync().GetAwaiter().GetResult();
        return [.. GeneratorDiagnostics.Concat(analyzed)];
    }

    /// <summary>Writes the assembly to a file.</summary>
    /// <exception cref="InvalidOperationException">It does not compile; the message lists the first errors.</exception>
    public void Save(string path)
    {
        using FileStream file = File.Create(path);
        Write(file);
    }

    /// <summary>Writes the assembly.</summary>
    /// <exception cref="InvalidOperationException">It does not compile; the message lists the first errors.</exception>
    public void Write(Stream stream)
    {
        EmitResult result = Compilation.Emit(stream);
        if (result.Success) return;
        Diagnostic[] errors = [.. GeneratorDiagnostics.Concat(result.Diagnostics).Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)];
        // The first of each kind, those of the generator before what follows from them.
        IEnumerable<string> kinds = errors.GroupBy(error => error.Id).Select(group => $"{group.Count()} x {group.First()}");
        throw new InvalidOperationException($"{errors.Length} errors in the product space's declarations:\n" + string.Join('\n', kinds));
    }
}
