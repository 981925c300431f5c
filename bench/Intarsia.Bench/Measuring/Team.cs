using Intarsia.Kernels;

namespace Intarsia.Bench.Measuring;

/// <summary>Runs a loop on several threads at once, each with a number of its own: what the ceilings of several threads are measured with.</summary>
internal static class Team
{
    /// <summary>Runs <paramref name="body"/> with 0 … <paramref name="threads"/> − 1, each on a thread of its own, and waits for all.</summary>
    public static void Run(int threads, Action<int> body)
    {
        if (threads == 1)
        {
            body(0);
            return;
        }
        var work = new Work { Body = body, Arrived = new int[1], Threads = threads };
        Threads.Run(ref work, threads, new Division(threads, 1), new Division(1, 1, Overhead: 100));
    }

    private ref struct Work : ISpread
    {
        public Action<int> Body;
        public int[] Arrived;
        public int Threads;

        public readonly void Run(nint outerFirst, nint outerLast, nint innerFirst, nint innerLast)
        {
            // Nobody takes two shares: who has one waits until all are taken.
            Interlocked.Increment(ref Arrived[0]);
            while (outerLast - outerFirst < Threads && Volatile.Read(ref Arrived[0]) < Threads) Thread.SpinWait(4);
            for (nint share = outerFirst; share < outerLast; share++) Body((int)share);
        }
    }
}
