using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules on tile overrides and threads.</summary>
internal static class TileRules
{
    private const int MaxHeight = 16;
    private const int MaxVectors = 6;

    /// <summary>The runtime's <c>KernelThreads.Limit</c>.</summary>
    private const int MaxThreads = 1024;

    /// <summary>The longest N:M group, and a multiple of every integer dot product: a cache block never cuts one.</summary>
    private const int DepthMultiple = 32;

    public static IEnumerable<RuleViolation> ExtentsArePossible(KernelSpec spec)
    {
        for (int i = 0; i < spec.Tiles.Count; i++)
        {
            TileOverride tile = spec.Tiles[i];
            if (tile.Height is < 0 or > MaxHeight) yield return Invalid(i, "height", tile.Height, tile.Tier, $"1 to {KernelRules.Text(MaxHeight)}, or 0 for the planner's choice");
            if (tile.Vectors is < 0 or > MaxVectors) yield return Invalid(i, "width", tile.Vectors, tile.Tier, $"1 to {KernelRules.Text(MaxVectors)} vectors, or 0 for the planner's choice");
            if (tile.Slices is < 0 or > DepthSlices.Most) yield return Invalid(i, "number of slices", tile.Slices, tile.Tier, $"2 to {KernelRules.Text(DepthSlices.Most)}, 1 for none, or 0 for the planner's choice");
            if (tile.Depth < 0 || tile.Depth % DepthMultiple != 0) yield return Invalid(i, "depth", tile.Depth, tile.Tier, $"a positive multiple of {KernelRules.Text(DepthMultiple)}, or 0 for the planner's choice");
        }
    }

    public static IEnumerable<RuleViolation> FitsRegisterFile(KernelSpec spec)
    {
        bool sparse = spec.Weights.Pattern.Kind != Pattern.Dense;
        for (int i = 0; i < spec.Tiles.Count; i++)
        {
            TileOverride tile = spec.Tiles[i];
            // The height of a sparse kernel is its pattern's: the rows that share their indices.
            int height = sparse ? spec.Weights.Pattern.VectorLength : tile.Height, vectors = tile.Vectors;
            if (height is < 1 or > MaxHeight || vectors is < 1 or > MaxVectors || tile.Tier == Tier.Scalar || IsMachineCode(spec, tile)) continue;
            int registers = TierTable.Registers(tile.Tier), sets = AccumulatorSets(spec);
            int needed = Needed(height, vectors, sets);
            if (needed <= registers) continue;
            (int fittingHeight, int fittingVectors) = (height, vectors);
            while (!sparse && fittingHeight > 1 && Needed(fittingHeight, fittingVectors, sets) > registers) fittingHeight--;
            while (sparse && fittingVectors > 1 && Needed(fittingHeight, fittingVectors, sets) > registers) fittingVectors--;
            yield return DiagnosticTable.TileSpills.At(Part.Tile(i), KernelRules.Text(height), KernelRules.Text(vectors), tile.Tier.ToString(), KernelRules.Text(needed),
                KernelRules.Text(height * vectors * sets), KernelRules.Text(registers), $"{KernelRules.Text(fittingHeight)}x{KernelRules.Text(fittingVectors)}");
        }
    }

    /// <summary>Nothing spills in machine code: the tile, with what the planner adds to it, must fit.</summary>
    public static IEnumerable<RuleViolation> FitsMachineCode(KernelSpec spec)
    {
        for (int i = 0; i < spec.Tiles.Count; i++)
        {
            TileOverride tile = spec.Tiles[i];
            if (!IsMachineCode(spec, tile)) continue;
            var plan = new PlanBuilder(spec, tile.Tier);
            TileShape shape = PanelSchedule.Shape(plan);
            // Weights with places bring a vector of them for each column that does not share another's, and one that is permuted by them.
            int places = plan.UsesPlaces ? shape.Vectors / plan.PlacesRows + 1 : 0;
            int registers = TierTable.Registers(tile.Tier) - places, sets = AccumulatorSets(spec), needed = Needed(shape.Height, shape.Vectors, sets), height = shape.Height;
            if (shape.Height is < 1 or > MaxHeight || shape.Vectors is < 1 or > MaxVectors || needed <= registers) continue;
            while (height > 1 && Needed(height, shape.Vectors, sets) > registers) height--;
            yield return DiagnosticTable.NativeTile.At(Part.Tile(i), KernelRules.Text(shape.Height), KernelRules.Text(shape.Vectors), tile.Tier.ToString(), KernelRules.Text(needed + places), KernelRules.Text(registers + places),
                $"{KernelRules.Text(height)}x{KernelRules.Text(shape.Vectors)}");
        }
    }

    /// <summary>A dense tile in machine code. Those of streams and tables fit as the planner has them: it takes no rows of a user, and makes of vectors what there are registers for.</summary>
    private static bool IsMachineCode(KernelSpec spec, TileOverride tile) =>
        tile.Tier == Tier.Avx512Native && PlanBuilder.HasNative(spec) && !PlanesSchedule.Fits(spec) && !new PlanBuilder(spec, tile.Tier).UsesDotStream;

    /// <summary>Slices of a kernel that has no sums to cut along its depth.</summary>
    public static IEnumerable<RuleViolation> SlicesHaveEffect(KernelSpec spec)
    {
        for (int i = 0; i < spec.Tiles.Count; i++)
        {
            TileOverride tile = spec.Tiles[i];
            if (tile.Slices > 1 && DepthSlices.Obstacle(spec, tile.Tier) is { } reason)
                yield return DiagnosticTable.TileWithoutEffect.At(Part.Tile(i), "Slices", $"tier {tile.Tier}", reason, "remove it");
        }
    }

    public static IEnumerable<RuleViolation> ThreadsArePossible(KernelSpec spec)
    {
        if (spec.Threads is < 1 or > MaxThreads) yield return DiagnosticTable.ThreadsInvalid.At(Part.Threads, KernelRules.Text(spec.Threads.Value), KernelRules.Text(MaxThreads));
    }

    /// <summary>A tile for a CPU has no extents of a thread block, nor the other way about.</summary>
    public static IEnumerable<RuleViolation> ExtentsBelong(KernelSpec spec)
    {
        foreach (ForeignTileExtent extent in spec.ForeignTileExtents)
        {
            string target = extent.IsBlock ? $"architecture {spec.Blocks[extent.Index].Architecture}" : $"tier {spec.Tiles[extent.Index].Tier}";
            yield return DiagnosticTable.ForeignTileExtent.At(extent.IsBlock ? Part.Block(extent.Index) : Part.Tile(extent.Index), target, extent.Name, extent.IsBlock ? "Rows, Columns, Depth, Warps and Stages" : "Height, Vectors, Depth and Slices");
        }
    }

    public static IEnumerable<RuleViolation> ArchitectureOnce(KernelSpec spec)
    {
        GpuArchitecture[] architectures = spec.Blocks.Select(block => block.Architecture).ToArray();
        for (int i = 0; i < architectures.Length; i++)
            if (architectures.Take(i).Count(architecture => architecture == architectures[i]) == 1)
                yield return DiagnosticTable.TileTwice.At(Part.Block(i), $"Architecture {architectures[i]}", KernelRules.Text(architectures.Count(architecture => architecture == architectures[i])));
    }

    public static IEnumerable<RuleViolation> TierOnce(KernelSpec spec)
    {
        Tier[] tiers = spec.Tiles.Select(tile => tile.Tier).ToArray();
        for (int i = 0; i < tiers.Length; i++)
            if (tiers.Take(i).Count(tier => tier == tiers[i]) == 1)
                yield return DiagnosticTable.TileTwice.At(Part.Tile(i), $"Tier {tiers[i]}", KernelRules.Text(tiers.Count(tier => tier == tiers[i])));
    }

    /// <summary>Scale groups keep integer sums and float sums side by side; a sum of 64 bits fills two registers.</summary>
    private static int AccumulatorSets(KernelSpec spec) => spec.IsIntegerContraction && (spec.Weights.Scale == Per.Group || spec.Accumulator == Accumulator.Int64) ? 2 : 1;

    /// <summary>Accumulators, one vector for each column of the tile, and one broadcast element.</summary>
    private static int Needed(int height, int vectors, int sets) => sets * height * vectors + vectors + 1;

    private static RuleViolation Invalid(int index, string what, int found, Tier tier, string expected) =>
        DiagnosticTable.TileInvalid.At(Part.Tile(index), what, KernelRules.Text(found), $"tier {tier}", expected);
}
