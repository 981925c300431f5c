using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>The tile of a thread block: <paramref name="Height"/>×<paramref name="Width"/> of Y, <paramref name="Depth"/> of the reduced extent in shared memory at a time.</summary>
internal sealed record BlockShape(int Height, int Width, int Depth, int Stages, WarpGrid Warps)
{
    /// <summary>Bytes of one line of depth in shared memory on sm_80: two steps of a tensor-core instruction.</summary>
    private const int DepthBytes = 64;

    /// <summary>The same on sm_90a: four steps, the longest line that copies swizzle.</summary>
    private const int GroupDepthBytes = 128;

    /// <summary>Shared memory that the stages of sm_90a may take, of 227 KiB, less some for barriers.</summary>
    private const int StageMemory = 224 * 1024;

    /// <param name="contraction">The unit that contracts.</param>
    /// <param name="device">What runs it: groups of 128 threads are taken by every accelerator.</param>
    /// <param name="outer">Extent along the height.</param>
    /// <param name="lanes">Extent along the width.</param>
    /// <param name="hasGroups">Two sets of accumulators, sums of a scale group and of all: half the tile.</param>
    /// <param name="group">Length of the scale groups that cut the depth, 0 for none: a step never crosses their border.</param>
    public static BlockShape For(Contraction contraction, Device device, Extent outer, Extent lanes, bool hasGroups, int group)
    {
        if (!contraction.IsMma) return OfMultiplyAdds(device, group);
        return OnTensorCores(contraction, contraction.Via == ContractVia.WarpGroupMma ? TileChoice.OfWarpGroups(outer, lanes, hasGroups) : TileChoice.OfWarps(outer, lanes, hasGroups), group);
    }

    /// <summary>The same for stored blocks of a sampled result, which are whole tiles of 64×64.</summary>
    public static BlockShape ForResultBlocks(Contraction contraction, Device device, int blockRows, int blockColumns) => contraction.IsMma
        ? OnTensorCores(contraction, TileChoice.OfResultBlocks(contraction.Via == ContractVia.WarpGroupMma, blockRows, blockColumns), group: 0)
        : OfMultiplyAdds(device, group: 0);

    /// <summary>The same with a user's extents in place of the planner's. What the user leaves open follows from what he gave: as many warps as the tile feeds, as many stages as fit.</summary>
    /// <param name="tile">The user's extents; null leaves everything.</param>
    /// <param name="contraction">The unit that contracts; a tile means something on tensor cores alone.</param>
    /// <param name="lanesAreRows">The width of the tile runs along rows.</param>
    public BlockShape With(BlockOverride? tile, Contraction contraction, bool lanesAreRows)
    {
        if (tile is null || !contraction.IsMma) return this;
        bool groups = contraction.Via == ContractVia.WarpGroupMma;
        (int tileHeight, int tileWidth) = lanesAreRows ? (tile.Columns, tile.Rows) : (tile.Rows, tile.Columns);
        int height = tileHeight > 0 ? tileHeight : Height, width = tileWidth > 0 ? tileWidth : Width, depth = tile.Depth > 0 ? tile.Depth : Depth;
        WarpGrid warps = (height, width, tile.Warps) == (Height, Width, 0) ? Warps : groups ? GroupGrid(height, width, tile.Warps) : BlockOverrides.Grid(height, width, tile.Warps);
        int fitting = (groups ? StageMemory : BlockOverrides.WarpStageMemory) / ((height + width) * depth * contraction.XBytes);
        int stages = tile.Stages > 0 ? tile.Stages : Math.Max(1, Math.Min(groups ? 8 : Stages, fitting));
        return new BlockShape(height, width, depth, stages, warps);
    }

    /// <summary>Warps of one or two warp groups: below each other where the tile has 128 rows, else side by side.</summary>
    private static WarpGrid GroupGrid(int height, int width, int warps)
    {
        int groups = warps > 0 ? warps / 4 : height >= 128 || width > 64 ? 2 : 1;
        return height >= 64 * groups ? new WarpGrid(4 * groups, 1) : new WarpGrid(4, groups);
    }

    public override string ToString() => $"{Height}x{Width}, {Depth} deep, {Stages} stage{(Stages == 1 ? "" : "s")}, {Warps} warps";

    /// <summary>The largest part of <paramref name="depth"/>, a power of two, that divides the group.</summary>
    private static int Divisor(int depth, int group)
    {
        while (group % depth != 0) depth /= 2;
        return depth;
    }

    /// <summary>
    /// The same for weights of which two of four are stored: twice the depth takes the bytes of weights that a dense step does. On sm_90a it is the activations whose lines are as long as copies swizzle;
    /// those of the weights are half as long.
    /// </summary>
    /// <param name="contraction">The unit that contracts.</param>
    /// <param name="device">What runs it.</param>
    /// <param name="rows">Extent along the height.</param>
    /// <param name="columns">Extent along the width.</param>
    /// <param name="hasGroups">Two sets of accumulators, sums of a scale group and of all: half the tile.</param>
    /// <param name="group">Length of the scale groups that cut the depth, 0 for none.</param>
    public static BlockShape ForSparse(Contraction contraction, Device device, Extent rows, Extent columns, bool hasGroups, int group)
    {
        int depth = contraction.X is ElementType.S8 or ElementType.U8 && group % (2 * DepthBytes) == 0 ? 2 * DepthBytes : DepthBytes;
        if (device == Device.Sm90A)
        {
            TileChoice choice = TileChoice.OfWarpGroups(rows, columns, hasGroups);
            int bytes = contraction.X is ElementType.S8 or ElementType.U8 ? 1 : 2, stage = (choice.Height / 2 + choice.Width) * depth * bytes + MetadataBytes(choice.Height, depth);
            return new BlockShape(choice.Height, choice.Width, depth, Math.Min(8, StageMemory / stage), choice.Warps);
        }
        TileChoice tile = TileChoice.OfWarps(rows, columns, hasGroups);
        return new BlockShape(tile.Height, tile.Width, depth, 3, tile.Warps);
    }

    /// <summary>A tile of warp groups with a step of a given depth, for large blocks of sparse weights one that divides a block, and as many stages as fit.</summary>
    public static BlockShape ForBlocks(Contraction contraction, TileChoice choice, int depth) =>
        new(choice.Height, choice.Width, depth, Math.Min(8, StageMemory / ((choice.Height + choice.Width) * depth * contraction.XBytes)), choice.Warps);

    /// <summary>As deep as fits a group, and stages of it.</summary>
    private static BlockShape OnTensorCores(Contraction contraction, TileChoice tile, int group) => contraction.Via == ContractVia.WarpGroupMma
        ? ForBlocks(contraction, tile, Divisor(GroupDepthBytes / contraction.XBytes, group))
        : new BlockShape(tile.Height, tile.Width, Divisor(DepthBytes / contraction.XBytes, group), 3, tile.Warps);

    private static BlockShape OfMultiplyAdds(Device device, int group) => new(64, 64, Divisor(16, group), 1, new WarpGrid(4, device == Device.Portable ? 1 : 2));

    /// <summary>Two bits for each stored element, in whole kilobytes, so that stages begin where a swizzle does.</summary>
    private static int MetadataBytes(int height, int depth) => (height * depth / 8 + 1023) / 1024 * 1024;
}
