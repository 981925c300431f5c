using System.Collections.Immutable;
using Intarsia.Compiler.Rules;
using Intarsia.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Intarsia.Generators.Analyzers;

/// <summary>Reports names in <c>IntarsiaTiers</c> that are no tier, and an <c>IntarsiaNative</c> that is neither true nor false. They stand in a project file, so the diagnostic has no location in source.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class BuildOptionsAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = Descriptors.Where(row => row == DiagnosticTable.UnknownTier || row == DiagnosticTable.NativeSwitch);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationAction(compilation =>
        {
            foreach (RuleViolation violation in BuildOptions.Read(compilation.Options.AnalyzerConfigOptionsProvider.GlobalOptions).Violations)
                compilation.ReportDiagnostic(Descriptors.ToDiagnostic(violation, Location.None));
        });
    }
}
