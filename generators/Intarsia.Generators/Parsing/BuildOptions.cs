using Intarsia.Compiler;
using Intarsia.Compiler.Rules;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Intarsia.Generators.Parsing;

/// <summary>What the build's properties say.</summary>
/// <param name="Tiers">The base tiers to emit.</param>
/// <param name="Native"><c>IntarsiaNative</c> is not false: kernels may be machine code.</param>
/// <param name="IsDisabled"><c>DisableIntarsiaSourceGenerator</c> is true.</param>
/// <param name="Violations">Names of tiers that are not known, values that are none.</param>
internal sealed record BuildOptions(EquatableArray<Tier> Tiers, bool Native, bool IsDisabled, EquatableArray<RuleViolation> Violations)
{
    /// <summary>
    /// The compiler's options file takes what stands behind a semicolon as a comment, so the package's targets hand the list over with commas, in a property of its own;
    /// <c>IntarsiaTiers</c> itself serves hosts without those targets.
    /// </summary>
    private static readonly string[] TierLists = ["build_property.IntarsiaTierList", "build_property.IntarsiaTiers"];

    private const string Disable = "build_property.DisableIntarsiaSourceGenerator", NativeCode = "build_property.IntarsiaNative";

    public static BuildOptions Read(AnalyzerConfigOptions options)
    {
        string? text = TierLists.Select(name => options.TryGetValue(name, out string? list) ? list : null).FirstOrDefault(list => !string.IsNullOrWhiteSpace(list));
        (EquatableArray<Tier> tiers, EquatableArray<RuleViolation> violations) = BuildRules.ReadTiers(text);
        bool disabled = options.TryGetValue(Disable, out string? flag) && flag.Equals("true", StringComparison.OrdinalIgnoreCase);
        (bool native, EquatableArray<RuleViolation> wrong) = BuildRules.ReadNative(options.TryGetValue(NativeCode, out string? value) ? value : null);
        return new BuildOptions(tiers, native, disabled, violations.Concat(wrong).ToEquatableArray());
    }
}
