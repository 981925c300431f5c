using Intarsia.Compiler;
using Intarsia.Compiler.Specs;

namespace Intarsia.ProductSpace.Drawing;

/// <summary>Draws tile overrides that fit every register file: at most four accumulators high (three where scale groups double them) and two vectors wide.</summary>
internal static class TileDraw
{
    public static EquatableArray<TileOverride> Draw(KernelSpec spec, SeededRandom random)
    {
        Tier[] tiers = [Tier.Avx512, Tier.Avx2, Tier.Vector128];
        int count = random.Next(1, tiers.Length);
        int highest = spec.IsIntegerContraction && spec.Weights.Scale == Per.Group ? 3 : 4;
        return tiers.Take(count).Select(tier => One(tier, highest, random)).ToEquatableArray();
    }

    // One time in four only the depth is given: half a register tile might not fit with the planner's other half.
    private static TileOverride One(Tier tier, int highest, SeededRandom random) => random.Chance(0.25)
        ? new(tier, 0, 0, random.Pick(32, 64))
        : new(tier, Math.Min(highest, random.Pick(1, 2, 3, 4, 4)), random.Pick(1, 2), random.Pick(0, 0, 32, 64));
}
