using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// A tile that thread blocks may have, and how well it feeds the tensor cores. A larger tile reads less for each product; a smaller one lets a small problem fill the device and wastes less
/// past its borders. The choice minimises rounds of blocks times the cost of one.
/// </summary>
/// <param name="Height">Rows of the tile.</param>
/// <param name="Width">Columns of the tile.</param>
/// <param name="Warps">Its warps.</param>
/// <param name="Efficiency">Throughput of full rounds, in percent of the best tile's: an estimate, from the bytes of both factors that a product takes.</param>
internal sealed record TileChoice(int Height, int Width, WarpGrid Warps, int Efficiency)
{
    /// <summary>What a run-time extent is taken for.</summary>
    private const long Assumed = 4096;

    /// <summary>Blocks that run at a time: one on each of 132 processors (H100, H200), two on each of 108 (A100).</summary>
    private const int GroupSlots = 132, WarpSlots = 216;

    // Two warp groups of 64 rows, or side by side; one holds the smallest tile, so that no group begins within 128 bytes of a transposed factor.
    private static readonly TileChoice[] WarpGroupTiles =
        [new(128, 256, new(8, 1), 100), new(128, 128, new(8, 1), 90), new(128, 64, new(8, 1), 70), new(64, 128, new(4, 2), 70), new(64, 64, new(4, 1), 45)];

    private static readonly TileChoice[] WarpTiles = [new(128, 128, new(2, 2), 100), new(64, 128, new(2, 2), 85), new(128, 64, new(2, 2), 85), new(64, 64, new(2, 2), 65)];

    /// <summary>The tile of a block of warp groups. With scale groups there are two sets of accumulators.</summary>
    public static TileChoice OfWarpGroups(Extent outer, Extent lanes, bool hasGroups) => Best(WarpGroupTiles.Where(tile => !hasGroups || tile.Width <= 128), GroupSlots, outer, lanes);

    /// <summary>The same where rows of Y come in blocks, none of which may be cut by the border of a tile.</summary>
    public static TileChoice OfBlocks(Extent outer, Extent lanes, int blockRows, bool lanesAreRows) =>
        Best(WarpGroupTiles.Where(tile => blockRows % (lanesAreRows ? tile.Width : tile.Height) == 0), GroupSlots, outer, lanes);

    /// <summary>The largest of either kind that stored blocks of a result are whole multiples of. How many blocks there are, nobody knows before the call.</summary>
    public static TileChoice OfResultBlocks(bool areWarpGroups, int blockRows, int blockColumns) =>
        (areWarpGroups ? WarpGroupTiles : WarpTiles).Where(tile => blockRows % tile.Height == 0 && blockColumns % tile.Width == 0).OrderByDescending(tile => tile.Efficiency).First();

    /// <summary>The tile of a block of warps.</summary>
    public static TileChoice OfWarps(Extent outer, Extent lanes, bool hasGroups) => Best(WarpTiles.Where(tile => !hasGroups || tile.Height <= 64), WarpSlots, outer, lanes);

    private static TileChoice Best(IEnumerable<TileChoice> tiles, int slots, Extent outer, Extent lanes) => tiles.OrderBy(tile => tile.Cost(slots, outer, lanes)).First();

    private double Cost(int slots, Extent outer, Extent lanes)
    {
        long blocks = Blocks(outer, Height) * Blocks(lanes, Width), rounds = (blocks + slots - 1) / slots;
        return (double)rounds * Height * Width / Efficiency;
    }

    private static long Blocks(Extent extent, int size) => ((extent.IsConstant ? extent.Constant : Assumed) + size - 1) / size;
}
