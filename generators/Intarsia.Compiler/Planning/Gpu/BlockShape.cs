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
    /// <param name="scaledGroups">Two sets of accumulators, sums of a group and of all: half the tile.</param>
    public static BlockShape For(Contraction contraction, Extent outer, Extent lanes, bool scaledGroups)
    {
        if (!contraction.IsMma) return new BlockShape(64, 64, 16, 1, new WarpGrid(4, 2));
        int bytes = contraction.X is ElementType.S8 or ElementType.U8 ? 1 : 2;
        return new BlockShape(scaledGroups ? 64 : Extent(outer), Extent(lanes), DepthBytes / bytes, 3, new WarpGrid(2, 2));
    }

    public override string ToString() => $"{Height}x{Width}, {Depth} deep, {Stages} stage{(Stages == 1 ? "" : "s")}, {Warps} warps";

    private static int Extent(Extent extent) => extent.IsConstant && extent.Constant <= 64 ? 64 : 128;
}
