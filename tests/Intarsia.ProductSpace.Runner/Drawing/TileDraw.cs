using Intarsia.Compiler;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;

namespace Intarsia.ProductSpace.Drawing;

/// <summary>Draws tile overrides that fit every register file: at most four accumulators high (three where they are doubled) and two vectors wide.</summary>
internal static class TileDraw
{
    public static EquatableArray<TileOverride> Draw(KernelSpec spec, SeededRandom random)
    {
        Tier[] tiers = [Tier.Avx512, Tier.Avx2, Tier.Vector128];
        int count = random.Next(1, tiers.Length);
        int highest = IsDoubled(spec) ? 3 : 4;
        return tiers.Take(count).Select(tier => One(tier, highest, random)).ToEquatableArray();
    }

    /// <summary>Cuts the depth of some dense products into slices, on every tier that has a form of the kernel: the blocks of machine code sum slices, too.</summary>
    public static KernelSpec Slice(KernelSpec spec, SeededRandom random)
    {
        if (spec.Operation is not (Operation.Gemm or Operation.Spmm) || !random.Chance(0.25)) return spec;
        int slices = random.Pick(2, 2, 3, 5, 8, 64);
        Tier[] tiers = [Tier.Avx512Native, Tier.Avx512Vnni, Tier.Avx512, Tier.Avx2Vnni, Tier.Avx2, Tier.Vector128, Tier.Scalar];
        TileOverride[] tiles = [.. tiers.Select(tier => (spec.Tiles.FirstOrDefault(tile => tile.Tier == tier) ?? new TileOverride(tier, 0, 0, 0)) with { Slices = slices })];
        KernelSpec sliced = spec with { Tiles = tiles };
        HashSet<int> without = [.. KernelRules.Check(sliced).Concat(BuildRules.TilesAreEmitted(sliced, BuildRules.DefaultTiers)).Where(violation => violation.Part.Kind == PartKind.Tile).Select(violation => violation.Part.Index)];
        return spec with { Tiles = tiles.Where((_, index) => !without.Contains(index)).Concat(spec.Tiles.Where(tile => without.Any(index => tiles[index].Tier == tile.Tier))).ToArray() };
    }

    /// <summary>Scale groups keep two sets of accumulators, and sums of 64 bits fill two registers.</summary>
    public static bool IsDoubled(KernelSpec spec) => spec.IsIntegerContraction && (spec.Weights.Scale == Per.Group || spec.Accumulator == Accumulator.Int64);

    // One time in four only the depth is given: half a register tile might not fit with the planner's other half.
    private static TileOverride One(Tier tier, int highest, SeededRandom random) => random.Chance(0.25)
        ? new(tier, 0, 0, random.Pick(32, 64))
        : new(tier, Math.Min(highest, random.Pick(1, 2, 3, 4, 4)), random.Pick(1, 2), random.Pick(0, 0, 32, 64));
}
