using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Intarsia.Kernels;

/// <summary>The operands and sizes of one call, on the stack of the thread that called: what the pool's threads run a part of.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface ISpread
{
    /// <summary>Runs one rectangle of the work.</summary>
    void Run(nint outerFirst, nint outerLast, nint innerFirst, nint innerLast);
}

/// <summary>What generated code asks for when it spreads a call over threads.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Threads
{
    /// <summary>Columns for each thread from which sparse kernels cut columns alone: the weights stay in one piece.</summary>
    private const int ManyColumns = 512;

    /// <summary>Threads for a call: 1 where the work is small, or where more are not wanted.</summary>
    /// <param name="work">About how many multiply-adds there are to do.</param>
    /// <param name="most">What the kernel's declaration allows; 0 for any number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint For(nint work, int most) => work < KernelThreads.MinimumWork ? 1 : Degree(work, most);

    /// <summary>Parts that the rows of sparse weights are cut into, with about as many stored elements each.</summary>
    public static nint RowParts(nint degree, nint rows, nint columns) => columns >= ManyColumns * degree ? 1 : Math.Max(1, Math.Min(degree, rows));

    /// <summary>Runs a call on up to <paramref name="degree"/> threads; on this one alone where the pool is at work for another call. Exceptions of any thread come out here, once all have stopped.</summary>
    public static unsafe void Run<T>(scoped ref T work, nint degree, Division outer, Division inner)
        where T : struct, ISpread, allows ref struct
    {
        Rectangles rectangles = degree <= 1 ? new(outer.Extent, inner.Extent, 1, 1) : Rectangles.Cut(degree, outer, inner);

        // The work lies on this thread's stack, which does not move, and this thread does not leave before the others have.
        if (rectangles.Count == 1 || !WorkerPool.TryRun(&RunOne<T>, Unsafe.AsPointer(ref work), rectangles, outer.Extent, inner.Extent, (int)degree))
            work.Run(0, outer.Extent, 0, inner.Extent);
    }

#pragma warning disable CS8500 // The pointer is to a struct that holds references: it is on a stack, whose references the collector keeps up to date.
    private static unsafe void RunOne<T>(void* work, nint outerFirst, nint outerLast, nint innerFirst, nint innerLast)
        where T : struct, ISpread, allows ref struct =>
        ((T*)work)->Run(outerFirst, outerLast, innerFirst, innerLast);
#pragma warning restore CS8500

    private static nint Degree(nint work, int most)
    {
        nint each = (nint)Math.Max(1, KernelThreads.MinimumWork / 2), degree = KernelThreads.Current;
        if (most > 0) degree = Math.Min(degree, most);
        return Math.Max(1, Math.Min(degree, work / each));
    }
}
