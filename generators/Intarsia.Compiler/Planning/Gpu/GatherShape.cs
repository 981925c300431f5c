using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// The work of a thread block on gathered weights: <paramref name="Segments"/> vector groups side by side, each with <paramref name="Width"/> columns of Y, taking
/// <paramref name="Stride"/> entries at a time.
/// </summary>
internal sealed record GatherShape(int Segments, int Width, int Stride, int Stages, WarpGrid Warps)
{
    /// <summary>Vector groups of a block on multiply-adds: a warp for each.</summary>
    private const int WarpsPerBlock = 4;

    public static GatherShape For(Contraction contraction, KernelSpec spec)
    {
        // A lane takes up to four neighbouring columns. A stride of four indices, and of four values, is one load of 16 bytes; four rows of X are then on their way at once.
        if (!contraction.IsMma) return new GatherShape(WarpsPerBlock, 32 * Columns(spec.Columns, 1, 2, 4), 4, 1, new WarpGrid(WarpsPerBlock, 1));
        // Entries of one instruction. 64 columns to a warp share what it reads of the weights.
        int bytes = contraction.X switch { ElementType.S8 or ElementType.U8 => 1, ElementType.F32 => 4, _ => 2 }, warps = Columns(spec.Columns, 2, 4) / 2;
        return new GatherShape(1, 64 * warps, 32 / bytes, 3, new WarpGrid(1, warps));
    }

    public override string ToString() => $"{Segments} segment{(Segments == 1 ? "" : "s")} by {Width} columns, {Stride} entries deep, {Stages} stage{(Stages == 1 ? "" : "s")}, {Warps} warps";

    /// <summary>The least of the choices that covers the columns in units of 32; the largest where they are not known.</summary>
    private static int Columns(Extent columns, params int[] choices) =>
        columns.IsConstant && choices.Any(choice => 32 * choice >= columns.Constant) ? choices.First(choice => 32 * choice >= columns.Constant) : choices[choices.Length - 1];
}
