using System.Collections.Immutable;
using Intarsia.Compiler.Rules;
using Microsoft.CodeAnalysis;

namespace Intarsia.Generators.Analyzers;

/// <summary>Roslyn's view of <see cref="DiagnosticTable"/>.</summary>
internal static class Descriptors
{
    private static readonly ImmutableDictionary<string, DiagnosticDescriptor> ById = DiagnosticTable.All.ToImmutableDictionary(row => row.Id, ToDescriptor);

    public static DiagnosticDescriptor Get(string id) => ById[id];

    public static ImmutableArray<DiagnosticDescriptor> Where(Func<DiagnosticRow, bool> condition) => DiagnosticTable.All.Where(condition).Select(row => ById[row.Id]).ToImmutableArray();

    /// <summary>The diagnostic of a violation. Its arguments travel as properties, so that a code fix need not parse a message.</summary>
    public static Diagnostic ToDiagnostic(RuleViolation violation, Location location)
    {
        var properties = ImmutableDictionary.CreateBuilder<string, string?>();
        for (int i = 0; i < violation.Arguments.Count; i++) properties.Add(ArgumentKey(i), violation.Arguments[i]);
        return Diagnostic.Create(Get(violation.Id), location, properties.ToImmutable(), violation.Arguments.Cast<object>().ToArray());
    }

    public static string ArgumentKey(int index) => "Argument" + index.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static DiagnosticDescriptor ToDescriptor(DiagnosticRow row) =>
        new(row.Id, row.Title, row.MessageFormat, row.Category, ToSeverity(row.Severity), isEnabledByDefault: true, helpLinkUri: row.HelpLink);

    private static DiagnosticSeverity ToSeverity(RuleSeverity severity) => severity switch
    {
        RuleSeverity.Error => DiagnosticSeverity.Error,
        RuleSeverity.Warning => DiagnosticSeverity.Warning,
        _ => DiagnosticSeverity.Info,
    };
}
