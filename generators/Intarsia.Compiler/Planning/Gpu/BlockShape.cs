using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>The tile of a thread block: <paramref name="Height"/>×<paramref name="Width"/> of Y, <paramref name="Depth"/> of the reduced extent in shared memory at a time.</summary>
internal sealed record BlockShape(int Height, int Width, int Depth, int Stages, WarpGrid Warps)
{
    /// <summary>Bytes of one line of depth in shared memory: two steps of a tensor-core instruction.</summary>
    private const int DepthBytes = 64;

    /// <param name="contraction">The unit that contracts.</param>
    /// <param name="outer">Extent along the height.</param>
    /// <param name="lanes">Extent along the width.</param>
    /// <param name="hasGroups">Two sets of accumulators, sums of a scale group and of all: half the tile.</param>
    /// <param name="group">Length of the scale groups that cut the depth, 0 for none: a step never crosses their border.</param>
    public static BlockShape For(Contraction contraction, Extent outer, Extent lanes, bool hasGroups, int group)
    {
        if (!contraction.IsMma) return new BlockShape(64, 64, Divisor(16, group), 1, new WarpGrid(4, 2));
        int depth = DepthBytes / (contraction.X is ElementType.S8 or ElementType.U8 ? 1 : 2);
        return new BlockShape(hasGroups ? 64 : Extent(outer), Extent(lanes), group % depth == 0 ? depth : depth / 2, 3, new WarpGrid(2, 2));
    }

    /// <summary>The largest part of <paramref name="depth"/>, a power of two, that divides the group.</summary>
    private static int Divisor(int depth, int group)
    {
        while (group % depth != 0) depth /= 2;
        return depth;
    }

    public override string ToString() => $"{Height}x{Width}, {Depth} deep, {Stages} stage{(Stages == 1 ? "" : "s")}, {Warps} warps";

    private static int Extent(Extent extent) => extent.IsConstant && extent.Constant <= 64 ? 64 : 128;
}
