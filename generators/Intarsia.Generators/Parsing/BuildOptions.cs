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
    /// <summary>The package's targets hand the list over with commas, because the compiler's options file takes what stands behind a semicolon as a comment.</summary>
    private const string TierNames = "build_property.IntarsiaTiers";
    private const string Disable = "build_property.DisableIntarsiaSourceGenerator";

    public static BuildOptions Read(AnalyzerConfigOptions options)
    {
        options.TryGetValue(TierNames, out string? text);
        (EquatableArray<Tier> tiers, EquatableArray<RuleViolation> violations) = BuildRules.ReadTiers(text);
        bool disabled = options.TryGetValue(Disable, out string? value) && value.Equals("true", StringComparison.OrdinalIgnoreCase);
        return new BuildOptions(tiers, disabled, violations);
    }
}
