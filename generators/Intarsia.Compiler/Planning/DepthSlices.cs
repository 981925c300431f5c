using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Planning;

/// <summary>One slice of the depth.</summary>
/// <param name="First">Its first step.</param>
/// <param name="Begin">Its first element.</param>
/// <param name="Depth">Its elements.</param>
/// <param name="Padded">The same, filled up to whole steps.</param>
internal readonly record struct DepthSlice(Index First, Index Begin, Index Depth, Index Padded);

/// <summary>
/// How the depth of a dense product is cut for threads (split-K). A function of the kernel's shape alone: one thread computes the same slices and adds them in the same order as many, so that a result has no number of threads.
/// </summary>
/// <param name="Count">Slices; 1 where the depth stays in one piece.</param>
/// <param name="Steps">Steps of a slice. The last one has what is left; of a depth that is known at the call only, the last ones may have none.</param>
internal readonly record struct DepthSlices(int Count, Index Steps)
{
    /// <summary>The most slices: four for each of sixteen threads, and what their sums take is no more than so many results.</summary>
    public const int Most = 64;

    /// <summary>Slices below which threads gain little over those that rows and columns have work for.</summary>
    private const int Least = 4;

    /// <summary>Tiles of the result from which on rows and columns give threads enough to do.</summary>
    private const int EnoughTiles = 16;

    /// <summary>The work of a slice, at least, in multiply-adds: what a call has before it is spread at all (<c>KernelThreads.MinimumWork</c>).</summary>
    private const int LeastWork = 1 << 20;

    /// <summary>The depth of a slice, at least: a sum of a slice is stored, loaded and added once more than one of the whole depth, which takes as long as some tens of its multiply-adds, and is to be less than a hundredth of them.</summary>
    private const int LeastDepth = 4096;

    /// <summary>Why a kernel has no slices on a tier, whatever a user wants; null where it can have them.</summary>
    public static string? Obstacle(KernelSpec spec, Tier tier) =>
        !TilePlanner.RunsPanels(spec, tier) ? "only dense products of numbers, and N:M ones that are computed as such, are cut along their depth"
        : new PlanBuilder(spec, tier).HasScaledGroups ? "a sum over scale groups is one of floats that are added group after group"
        : null;

    /// <summary>The slices of a kernel: those that the user wants, or the planner's.</summary>
    /// <param name="plan">The kernel.</param>
    /// <param name="shape">Its register tile.</param>
    /// <param name="depthBlock">Steps of one pass over the depth.</param>
    /// <param name="mostColumns">The most columns that the plan is for; 0 for any number.</param>
    public static DepthSlices Of(PlanBuilder plan, TileShape shape, int depthBlock, int mostColumns)
    {
        var whole = new DepthSlices(1, plan.Steps);
        KernelSpec spec = plan.Spec;
        if (plan.HasScaledGroups || plan.TurnsSums) return whole;
        int wanted = spec.Tiles.FirstOrDefault(tile => tile.Tier == plan.Tier)?.Slices ?? 0, planned = wanted == 0 ? Planned(spec, shape, mostColumns) : 1;
        if (wanted <= 1 && planned <= 1) return whole;
        if (!spec.Depth.IsConstant) return new DepthSlices(wanted, Index.Max(Index.CeilDiv(plan.Steps, wanted), 1));
        int steps = Ceiling(spec.Depth.Constant, plan.Step), each = Ceiling(steps, Math.Max(wanted, planned));
        // The planner's slices are whole passes: on one thread nothing changes but where a pass leaves its sums.
        if (wanted == 0) each = Ceiling(each, depthBlock) * depthBlock;
        return steps <= each ? whole : new DepthSlices(Ceiling(steps, each), each);
    }

    /// <summary>Where the result has few tiles and the depth is long enough for several threads, as many slices as have enough to do.</summary>
    private static int Planned(KernelSpec spec, TileShape shape, int mostColumns)
    {
        int columns = spec.Columns.IsConstant ? spec.Columns.Constant : mostColumns;
        if (spec.Threads == 1 || !spec.Rows.IsConstant || !spec.Depth.IsConstant || columns == 0) return 1;
        (int outer, int lanes) = spec.Y.Layout == MatrixLayout.TokenMajor ? (columns, spec.Rows.Constant) : (spec.Rows.Constant, columns);
        if ((long)Ceiling(outer, shape.Height) * Ceiling(lanes, shape.Width) >= EnoughTiles) return 1;
        // A call of a few columns may have one.
        long work = (long)spec.Rows.Constant * spec.Depth.Constant * ((spec.Columns.IsConstant ? columns : 1) + PlanBuilder.PassOfWeights);
        int slices = (int)Math.Min(Most, Math.Min(work / LeastWork, spec.Depth.Constant / LeastDepth));
        return slices >= Least ? slices : 1;
    }

    /// <summary>A slice whose steps begin at <paramref name="first"/> and end before <paramref name="last"/>.</summary>
    public static DepthSlice Part(PlanBuilder plan, Index first, Index last)
    {
        Index begin = first * plan.Step;
        return new DepthSlice(first, begin, Index.Min(last * plan.Step, plan.Depth) - begin, (last - first) * plan.Step);
    }

    private static int Ceiling(int value, int by) => (value + by - 1) / by;
}
