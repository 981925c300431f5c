using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules on tile overrides.</summary>
internal static class TileRules
{
    private const int MaxHeight = 16;
    private const int MaxVectors = 6;

    /// <summary>The longest N:M group, and a multiple of every integer dot product: a cache block never cuts one.</summary>
    private const int DepthMultiple = 32;

    public static IEnumerable<RuleViolation> ExtentsArePossible(KernelSpec spec)
    {
        for (int i = 0; i < spec.Tiles.Count; i++)
        {
            TileOverride tile = spec.Tiles[i];
            if (tile.Height is < 0 or > MaxHeight) yield return Invalid(i, "height", tile.Height, tile.Tier, $"1 to {KernelRules.Text(MaxHeight)}, or 0 for the planner's choice");
            if (tile.Vectors is < 0 or > MaxVectors) yield return Invalid(i, "width", tile.Vectors, tile.Tier, $"1 to {KernelRules.Text(MaxVectors)} vectors, or 0 for the planner's choice");
            if (tile.Depth < 0 || tile.Depth % DepthMultiple != 0) yield return Invalid(i, "depth", tile.Depth, tile.Tier, $"a positive multiple of {KernelRules.Text(DepthMultiple)}, or 0 for the planner's choice");
        }
    }

    public static IEnumerable<RuleViolation> FitsRegisterFile(KernelSpec spec)
    {
        for (int i = 0; i < spec.Tiles.Count; i++)
        {
            TileOverride tile = spec.Tiles[i];
            int registers = Registers(tile.Tier, spec.IsIntegerContraction);
            if (tile.Height is < 1 or > MaxHeight || tile.Vectors is < 1 or > MaxVectors || registers == 0) continue;
            int needed = Needed(tile.Height, tile.Vectors);
            if (needed <= registers) continue;
            int height = tile.Height;
            while (height > 1 && Needed(height, tile.Vectors) > registers) height--;
            yield return DiagnosticTable.TileSpills.At(Part.Tile(i), KernelRules.Text(tile.Height), KernelRules.Text(tile.Vectors), tile.Tier.ToString(), KernelRules.Text(needed),
                KernelRules.Text(tile.Height * tile.Vectors), KernelRules.Text(registers), $"{KernelRules.Text(height)}x{KernelRules.Text(tile.Vectors)}");
        }
    }

    public static IEnumerable<RuleViolation> TierOnce(KernelSpec spec)
    {
        for (int i = 0; i < spec.Tiles.Count; i++)
        {
            Tier tier = spec.Tiles[i].Tier;
            int first = spec.Tiles.TakeWhile(tile => tile.Tier != tier).Count();
            if (first < i && spec.Tiles.Take(i).Count(tile => tile.Tier == tier) == 1)
                yield return DiagnosticTable.TileTwice.At(Part.Tile(i), tier.ToString(), KernelRules.Text(spec.Tiles.Count(tile => tile.Tier == tier)));
        }
    }

    /// <summary>Accumulators, one vector per column of the tile, and one broadcast element.</summary>
    private static int Needed(int height, int vectors) => height * vectors + vectors + 1;

    /// <summary>Vector registers of a tier; AVX-VNNI is VEX-only and reaches 16. Portable vectors must fit the smallest machine. 0 where a tier has no vectors.</summary>
    private static int Registers(Tier tier, bool integers) => tier switch
    {
        Tier.Avx512Vnni when integers => 16,
        Tier.Avx512 or Tier.Avx512Vnni or Tier.AdvSimd or Tier.AdvSimdDp => 32,
        Tier.Avx2 or Tier.Avx2Vnni or Tier.Vector128 => 16,
        _ => 0,
    };

    private static RuleViolation Invalid(int index, string what, int found, Tier tier, string expected) =>
        DiagnosticTable.TileInvalid.At(Part.Tile(index), what, KernelRules.Text(found), tier.ToString(), expected);
}
