using System.Collections.Immutable;
using Intarsia.Compiler;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Intarsia.Generators.Analyzers;

/// <summary>
/// Reports every rule that a kernel declaration breaks. It runs the parser that the generator runs, and reports in its place because only an analyzer's diagnostics
/// respect <c>#pragma</c> and show while typing.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class KernelAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        Descriptors.Where(row => row != DiagnosticTable.UnknownTier && row != DiagnosticTable.CompilerTooOld);

    public override void Initialize(AnalysisContext context)
    {
        // The half that we write carries [GeneratedCode], which makes the whole method generated code in Roslyn's eyes.
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze | GeneratedCodeAnalysisFlags.ReportDiagnostics);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            // A compilation that does not know the attributes has no kernels.
            if (Attributes.Kernels.All(name => start.Compilation.GetTypeByMetadataName(Attributes.MetadataName(name)) is null)) return;
            BuildOptions options = BuildOptions.Read(start.Options.AnalyzerConfigOptionsProvider.GlobalOptions);
            bool accelerators = AcceleratorReferences.Exist(start.Compilation);
            // Read by the first kernel that is analysed.
            var patterns = new Lazy<EquatableArray<PatternFile>>(() => start.Options.AdditionalFiles.Where(file => PatternFile.IsOne(file.Path)).Select(file => PatternResolver.Read(file, start.CancellationToken)).ToEquatableArray());
            start.RegisterSymbolAction(symbol => Analyze(symbol, options, accelerators, patterns), SymbolKind.Method);
        });
    }

    private static void Analyze(SymbolAnalysisContext context, BuildOptions options, bool accelerators, Lazy<EquatableArray<PatternFile>> patterns)
    {
        var method = (IMethodSymbol)context.Symbol;
        // The two halves of a partial method are two symbols with the same attributes; the declaring one speaks.
        if (method.PartialDefinitionPart is { } definition && Attributes.FindKernel(definition) is not null) return;
        if (Attributes.FindKernel(method) is null)
        {
            foreach ((AttributeData attribute, RuleViolation violation) in AttributePlaces.CheckPlain(method))
                context.ReportDiagnostic(Descriptors.ToDiagnostic(violation, PartLocator.At(attribute) ?? method.Locations[0]));
            return;
        }
        if (KernelParser.Parse(method, context.CancellationToken) is not { } model) return;
        if (model.Spec is { IsContraction: true, Weights.Pattern.File: not null }) model = PatternResolver.Resolve(model, patterns.Value);
        var locator = new PartLocator(method);
        IEnumerable<RuleViolation> violations = model.Violations;
        if (model.Spec is { } spec) violations = violations.Concat(BuildRules.TilesAreEmitted(spec, options.Tiers, options.Native));
        if (model is { IsValid: true, Spec: { } valid }) violations = violations.Concat(BuildRules.BatchIsReachable(valid, method.Name, accelerators));
        // An overload is written for valid kernels alone.
        if (accelerators && model is { IsValid: true, Method: { } declaration }) violations = violations.Concat(DeviceRules.Check(model.Spec!, declaration));
        foreach (RuleViolation violation in violations)
            context.ReportDiagnostic(Descriptors.ToDiagnostic(violation, locator.Find(violation.Part)));
    }
}
