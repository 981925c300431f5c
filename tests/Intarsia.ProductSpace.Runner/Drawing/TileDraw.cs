using Intarsia.Compiler;
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

    /// <summary>Scale groups keep two sets of accumulators, and sums of 64 bits fill two registers.</summary>
    public static bool IsDoubled(KernelSpec spec) => spec.IsIntegerContraction && (spec.Weights.Scale == Per.Group || spec.Accumulator == Accumulator.Int64);

    // One time in four only the depth is given: half a register tile might not fit with the planner's other half.
    private static TileOverride One(Tier tier, int highest, SeededRandom random) => random.Chance(0.25)
        ? new(tier, 0, 0, random.Pick(32, 64))
        : new(tier, Math.Min(highest, random.Pick(1, 2, 3, 4, 4)), random.Pick(1, 2), random.Pick(0, 0, 32, 64));
}
