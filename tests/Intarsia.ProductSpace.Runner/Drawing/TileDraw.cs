using Intarsia.Compiler;
using Intarsia.Compiler.Specs;

namespace Intarsia.ProductSpace.Drawing;

/// <summary>Draws tile overrides that fit every register file: at most four accumulators high and two vectors wide.</summary>
internal static class TileDraw
{
    public static EquatableArray<TileOverride> Draw(SeededRandom random)
    {
        Tier[] tiers = [Tier.Avx512, Tier.Avx2, Tier.Vector128];
        int count = random.Next(1, tiers.Length);
        return tiers.Take(count).Select(tier => One(tier, random)).ToEquatableArray();
    }

    // One time in four only the depth is given: half a register tile might not fit with the planner's other half.
    private static TileOverride One(Tier tier, SeededRandom random) => random.Chance(0.25)
        ? new(tier, 0, 0, random.Pick(32, 64))
        : new(tier, random.Pick(1, 2, 3, 4, 4), random.Pick(1, 2), random.Pick(0, 0, 32, 64));
}
