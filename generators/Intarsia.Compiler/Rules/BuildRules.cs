using Intarsia.Compiler.Backends.Simd;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules that need to know what the build emits, and not the spec alone.</summary>
public static class BuildRules
{
    /// <summary>The tiers that <c>IntarsiaTiers</c> can name, in the order of messages. The variants with an extra instruction set come along with them.</summary>
    public static IReadOnlyList<Tier> BaseTiers { get; } = [Tier.Avx512, Tier.Avx2, Tier.AdvSimd, Tier.Vector128, Tier.Scalar];

    /// <summary>What a build emits that says nothing.</summary>
    public static EquatableArray<Tier> DefaultTiers { get; } = EquatableArray.Of(Tier.Avx512, Tier.Avx2, Tier.Vector128, Tier.Scalar);

    /// <summary>Reads <c>IntarsiaTiers</c>. Names are separated by semicolons or commas; case does not matter; nothing means <see cref="DefaultTiers"/>.</summary>
    /// <returns>The tiers without duplicates, in the order of the enumeration, and a violation for each name that is not known.</returns>
    public static (EquatableArray<Tier> Tiers, EquatableArray<RuleViolation> Violations) ReadTiers(string? text)
    {
        var tiers = new List<Tier>();
        var violations = new List<RuleViolation>();
        foreach (string name in (text ?? "").Split([';', ',', '|'], StringSplitOptions.RemoveEmptyEntries).Select(part => part.Trim()).Where(part => part.Length > 0))
        {
            int index = BaseTiers.Select(tier => tier.ToString()).ToList().FindIndex(known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (index < 0) violations.Add(DiagnosticTable.UnknownTier.At(new Part(PartKind.Build), name, string.Join(", ", BaseTiers)));
            else if (!tiers.Contains(BaseTiers[index])) tiers.Add(BaseTiers[index]);
        }
        return (tiers.Count == 0 ? DefaultTiers : tiers.OrderBy(tier => tier).ToEquatableArray(), violations.ToEquatableArray());
    }

    /// <summary>Where the build can have kernels on accelerators, a batch whose terms only the host can reach has none.</summary>
    /// <param name="spec">The kernel.</param>
    /// <param name="name">The method.</param>
    /// <param name="hasAccelerators">The project references what an overload needs.</param>
    public static IEnumerable<RuleViolation> BatchIsReachable(KernelSpec spec, string name, bool hasAccelerators)
    {
        if (!hasAccelerators || BatchTerms.Serves(spec)) yield break;
        yield return DiagnosticTable.BatchOnHost.At(Part.Operation, name, spec.Batch!.Addressing == BatchAddressing.List ? "lists of ReadOnlyMemory" : "raw addresses");
    }

    /// <summary>Reads <c>IntarsiaNative</c>: whether kernels may be machine code. Nothing means yes.</summary>
    public static (bool Native, EquatableArray<RuleViolation> Violations) ReadNative(string? text)
    {
        string value = (text ?? "").Trim();
        if (value.Length == 0 || value.Equals("true", StringComparison.OrdinalIgnoreCase)) return (true, default);
        if (value.Equals("false", StringComparison.OrdinalIgnoreCase)) return (false, default);
        return (true, EquatableArray.Of(DiagnosticTable.NativeSwitch.At(new Part(PartKind.Build), value)));
    }

    /// <summary>A tile for a tier that the kernel is not emitted for does nothing: the build leaves the tier out, or the kernel has no variant of it.</summary>
    public static IEnumerable<RuleViolation> TilesAreEmitted(KernelSpec spec, EquatableArray<Tier> tiers, bool native = true)
    {
        Tier[] emitted = tiers.SelectMany(tier => KernelFile.Variants(spec, tier, native)).ToArray();
        for (int i = 0; i < spec.Tiles.Count; i++)
        {
            Tier tier = spec.Tiles[i].Tier;
            if (emitted.Contains(tier)) continue;
            string wayOut = BaseTiers.Contains(tier) ? $"add {tier} to IntarsiaTiers"
                : tier != Tier.Avx512Native ? "name the tier without dot products, because this kernel has none of them"
                : PlanBuilder.HasNative(spec) ? "add Avx512 to IntarsiaTiers and leave IntarsiaNative on"
                : "name another tier, because this kernel gains nothing from machine code";
            yield return DiagnosticTable.TileNotEmitted.At(Part.Tile(i), tier.ToString(), string.Join(", ", emitted), wayOut);
        }
    }
}
