using Intarsia.Compiler;
using Intarsia.Compiler.Rules;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Intarsia.Generators.Parsing;

/// <summary>What the build's properties say.</summary>
/// <param name="Tiers">The base tiers to emit.</param>
/// <param name="IsDisabled"><c>DisableIntarsiaSourceGenerator</c> is true.</param>
/// <param name="Violations">Names of tiers that are not known.</param>
internal sealed record BuildOptions(EquatableArray<Tier> Tiers, bool IsDisabled, EquatableArray<RuleViolation> Violations)
{
    /// <summary>
    /// The compiler's options file takes what stands behind a semicolon as a comment, so the package's targets hand the list over with commas, in a property of its own;
    /// <c>IntarsiaTiers</c> itself serves hosts without those targets.
    /// </summary>
    private static readonly string[] TierLists = ["build_property.IntarsiaTierList", "build_property.IntarsiaTiers"];

    private const string Disable = "build_property.DisableIntarsiaSourceGenerator";

    public static BuildOptions Read(AnalyzerConfigOptions options)
    {
        string? text = TierLists.Select(name => options.TryGetValue(name, out string? value) ? value : null).FirstOrDefault(value => !string.IsNullOrWhiteSpace(value));
        (EquatableArray<Tier> tiers, EquatableArray<RuleViolation> violations) = BuildRules.ReadTiers(text);
        bool disabled = options.TryGetValue(Disable, out string? flag) && flag.Equals("true", StringComparison.OrdinalIgnoreCase);
        return new BuildOptions(tiers, disabled, violations);
    }
}
