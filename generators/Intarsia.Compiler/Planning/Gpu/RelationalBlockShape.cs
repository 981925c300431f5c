using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// How a thread block goes through relations: the sums of <paramref name="Nodes"/> nodes by <paramref name="Width"/> features are its own, <paramref name="Rows"/> rows of a relation are gathered at a time, <paramref name="Chunk"/> features of X of
/// them, and a thread multiplies <paramref name="Height"/> rows by <paramref name="Vector"/> features of Y.
/// </summary>
internal sealed record RelationalBlockShape(int Nodes, int Width, int Rows, int Chunk, int Height, int Vector)
{
    /// <summary>Threads of a block: with eight sums each they have a group's products at a time.</summary>
    public const int Threads = 128;

    /// <summary>Elements of four bytes: 16 KiB of sums, 8 KiB of gathered rows and 4 KiB of their products are less than the 32 KiB that every accelerator has, and five blocks fit on a multiprocessor.</summary>
    private const int Sums = 4096, Gathered = 2048, Products = 1024;

    /// <summary>Elements behind a gathered row, so that rows begin in different banks.</summary>
    private const int Padding = 4;

    /// <summary>Elements from one gathered row to the next.</summary>
    public int Pitch => Chunk + Padding;

    /// <summary>Pieces of a row of sums, a thread's each.</summary>
    public int Pieces => Width / Vector;

    public static RelationalBlockShape For(KernelSpec spec, Device device)
    {
        // Few features leave room for many nodes, of which more have edges of one relation.
        int width = !spec.Rows.IsConstant || spec.Rows.Constant > 32 ? 64 : spec.Rows.Constant > 16 ? 32 : 16;
        int rows = Products / width, chunk = Gathered / rows;
        if (spec.Depth.IsConstant)
        {
            int chunks = (spec.Depth.Constant + chunk - 1) / chunk;
            chunk = ((spec.Depth.Constant + chunks - 1) / chunks + Padding - 1) / Padding * Padding;
        }
        return device == Device.Portable ? new(Sums / width, width, rows, chunk, 4, 1) : new(Sums / width, width, rows, chunk, 2, 4);
    }

    public override string ToString() => FormattableString.Invariant($"{Nodes} nodes by {Width} features, groups of {Rows} rows, {Chunk} features deep, {Height}x{Vector} sums to a thread");
}
