namespace Intarsia.Compiler.Tiles;

/// <summary>
/// The order in which the places of 2:4 weights stand in memory, so that each lane of a warp loads those of its sparse tensor-core instructions as whole words, one for every 16 rows and 64
/// elements of depth (PTX ISA section 9.7.14.6.1). Planner and backend agree on it here; the order of preparation is <c>SparseMmaWeights</c>.
/// <para>
/// 8-bit weights: lane 4g + 2h + u holds sixteen places of row g + 8u, from stored depth 16h. 16-bit weights: lane 4g + q holds eight places of row g, then eight of row g + 8, from stored depth 8q.
/// The words of a lane for all tiles of its warp stand beside each other.
/// </para>
/// </summary>
internal static class SparseMmaPlaces
{
    /// <summary>Depth that one word of each lane covers.</summary>
    public const int WordDepth = 64;

    /// <summary>The tile of places as it stands in memory: warps, words along the depth, then the rows of a word, its depth and its tiles.</summary>
    /// <param name="element">Elements of the weights.</param>
    /// <param name="height">Rows of the block.</param>
    /// <param name="depth">Depth of the block, before compression.</param>
    /// <param name="warps">Warps along the rows.</param>
    public static int[] Shape(ElementType element, int height, int depth, int warps)
    {
        int tiles = height / warps / 16;
        return IsByte(element) ? [warps, depth / WordDepth, 8, 2, 2, tiles, 16] : [warps, depth / WordDepth, 8, 4, tiles, 2, 8];
    }

    /// <summary>The axes that bring it into the order of the values: warp, tile, row g + 8u, word, place.</summary>
    public static int[] Axes(ElementType element) => IsByte(element) ? [0, 5, 4, 2, 1, 3, 6] : [0, 4, 5, 2, 1, 3, 6];

    private static bool IsByte(ElementType element) => element == ElementType.S8;
}
