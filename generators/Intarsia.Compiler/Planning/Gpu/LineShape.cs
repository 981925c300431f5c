using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// How a thread block goes over lines: <paramref name="Lines"/> side by side, <paramref name="Threads"/> to each, of which everyone takes <paramref name="Pieces"/> pieces of
/// <paramref name="Vector"/> neighbouring elements at a time.
/// </summary>
internal sealed record LineShape(int Lines, int Threads, int Vector, int Pieces)
{
    /// <summary>Threads of a warp, and the most that a block has: each may then have 128 registers.</summary>
    private const int Warp = 32, MostThreads = 512;

    /// <summary>Elements that a thread holds of a line that it goes over once: more of them leave fewer threads to hide the latency of memory, fewer leave a thread less to load at once.</summary>
    private const int Each = 8;

    /// <summary>Elements that a thread holds at most.</summary>
    private const int MostEach = 32;

    /// <summary>The longest line of a warp: it needs no shared memory, and no barrier.</summary>
    private const int LongestOfWarp = 512;

    /// <summary>Threads of a block on any accelerator.</summary>
    private const int PortableThreads = 128;

    /// <summary>Elements that the threads of a line hold at a time.</summary>
    public int Width => Threads * Vector * Pieces;

    /// <summary>Warps of a block: lines down, warps of a line across.</summary>
    public WarpGrid Warps => new(Lines, Threads / Warp);

    /// <summary>Elements of one load of 16 bytes, where lines are aligned.</summary>
    public static int VectorOf(KernelSpec spec, bool aligned) => aligned ? 128 / NumberFormats.Get(spec.X.Format).Bits : 1;

    /// <summary>One pass without a reduction: every warp takes a part of a line.</summary>
    public static LineShape OnePass(Device device, int vector) => device == Device.Portable ? new LineShape(1, PortableThreads, 1, 1) : new LineShape(4, Warp, vector, Math.Max(1, Each / vector));

    /// <summary>Passes over a line of which no thread holds its part from one to the next.</summary>
    public static LineShape Passes(Device device, int vector) => device == Device.Portable ? new LineShape(1, PortableThreads, 1, 1) : new LineShape(1, MostThreads / 2, vector, Math.Max(1, Each / vector));

    /// <summary>
    /// The shape that holds a line of a known length in registers; null where it is too long. The threads are as many as cover it with the least that lies past its end.
    /// </summary>
    public static LineShape? Held(int length, int vector)
    {
        int pieces = CeilDiv(length, vector);
        if (length <= LongestOfWarp) return new LineShape(4, Warp, vector, CeilDiv(pieces, Warp));
        for (int each = Math.Max(1, Each / vector); each * vector <= MostEach; each *= 2)
        {
            int threads = CeilDiv(CeilDiv(pieces, each), Warp) * Warp;
            if (threads <= MostThreads) return new LineShape(1, threads, vector, each);
        }
        return null;
    }

    /// <summary>The shapes, least first, that hold lines of a length that is known at the call; longer ones take passes.</summary>
    public static LineShape[] HeldAtCall(int vector)
    {
        LineShape passes = Passes(Device.Sm80, vector);
        int least = Math.Max(1, 4 / vector);
        return [passes with { Pieces = least }, passes with { Pieces = Math.Max(2 * least, 16 / vector) }];
    }

    public override string ToString() => $"{Lines} line{(Lines == 1 ? "" : "s")} of {Threads} threads, {Pieces} piece{(Pieces == 1 ? "" : "s")} of {Vector} element{(Vector == 1 ? "" : "s")} each";

    private static int CeilDiv(int value, int by) => (value + by - 1) / by;
}
