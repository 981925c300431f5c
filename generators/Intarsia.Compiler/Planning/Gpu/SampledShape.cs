using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>The work of a thread block on a sampled product: 16 entries are taken together, <paramref name="Depth"/> elements of each in a step.</summary>
/// <param name="Depth">Elements of the depth in a step.</param>
/// <param name="Strides">Strides of entries that a block works on at a time: one to a warp, or to 16 threads where those do not work together.</param>
/// <param name="Warps">Warps of a block.</param>
/// <param name="Blocks">Thread blocks that share a vector group; those that find nothing to do leave at once.</param>
internal sealed record SampledShape(int Depth, int Strides, WarpGrid Warps, int Blocks)
{
    public static SampledShape For(Contraction contraction, Device device, int vector)
    {
        // Four lanes side by side read a row: 16 bytes each where tensor cores take them as they lie, four elements where they are widened.
        int depth = !contraction.IsMma ? 16 : 64 / (contraction.X switch { ElementType.S8 or ElementType.U8 => 1, ElementType.F32 => 4, _ => 2 });
        return new SampledShape(depth, device == Device.Portable ? 8 : 4, new WarpGrid(4, 1), vector == 1 ? 1 : 8);
    }

    public override string ToString() => $"{Strides} strides of 16 entries, {Depth} deep, {Warps} warps";
}
