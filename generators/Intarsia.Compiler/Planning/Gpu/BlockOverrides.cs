using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>What a user's tile of a thread block leaves to the planner.</summary>
internal static class BlockOverrides
{
    /// <summary>Shared memory that the stages of sm_80 may take, of 163 KiB.</summary>
    public const int WarpStageMemory = 160 * 1024;

    /// <summary>A warp's share of the tile that its registers hold with room for fragments.</summary>
    private const int WarpTile = 64 * 64;

    /// <summary>The tile for a device; null where there is none.</summary>
    public static BlockOverride? Of(KernelSpec spec, Device device) => device == Device.Portable ? null : spec.Blocks.FirstOrDefault(block => DeviceOf(block.Architecture) == device);

    public static Device DeviceOf(GpuArchitecture architecture) => architecture == GpuArchitecture.Sm90a ? Device.Sm90A : Device.Sm80;

    /// <summary>
    /// Warps of a block over its tile, each with whole instructions of 16×16: as square as it goes, because a warp reads the height and the width of its share. Where a tile does not divide so, one warp
    /// has it all, and the rules say why.
    /// </summary>
    /// <param name="height">Height of the tile.</param>
    /// <param name="width">Width of the tile.</param>
    /// <param name="warps">How many; 0 for as many as the tile feeds.</param>
    public static WarpGrid Grid(int height, int width, int warps)
    {
        foreach (int count in warps > 0 ? new[] { warps } : height * width > 4 * WarpTile ? [8, 4, 2, 1] : [4, 2, 1])
        {
            WarpGrid? best = Enumerable.Range(1, count).Where(rows => count % rows == 0).Select(rows => new WarpGrid(rows, count / rows))
                .Where(grid => height % (16 * grid.Rows) == 0 && width % (16 * grid.Columns) == 0)
                .OrderBy(grid => Math.Abs(height / grid.Rows - width / grid.Columns)).ThenBy(grid => grid.Rows).FirstOrDefault();
            if (best is not null) return best;
        }
        return new WarpGrid(Math.Max(1, warps), 1);
    }
}
