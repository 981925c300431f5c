using Intarsia.Kernels;
using Intarsia.ProductSpace.Operands;

namespace Intarsia.ProductSpace.Tests;

/// <summary>What calls of a kernel allocate, on whichever thread; for tests beside which no others run.</summary>
/// <param name="Bytes">Bytes that ten calls allocate again and again.</param>
/// <param name="IsHelped">Threads of the pool took part in them.</param>
internal readonly record struct Allocation(long Bytes, bool IsHelped)
{
    private const int Calls = 10, Runs = 5, MostRuns = 200;

    /// <summary>
    /// The least of several runs of calls. Working memory that grows once, when a thread first claims its largest rectangle or the runtime has something to set up, is in one of them, and so is what the test host allocates
    /// meanwhile. With more threads than one, the least of as many runs in which the pool took part: threads that sleep allocate nothing. Of kernels that it hardly ever helps, so small are they, of the others.
    /// </summary>
    public static Allocation Of(OperandBag bag, Action<OperandBag> call, int degree)
    {
        long alone = long.MaxValue, together = long.MaxValue;
        int helped = 0;
        using (KernelThreads.Use(degree))
            for (int run = 0; run < MostRuns; run++)
            {
                if (degree == 1 ? run >= Runs && alone == 0 : helped >= Runs && together == 0) break;
                int help = WorkerPool.Helped;
                long before = GC.GetTotalAllocatedBytes(precise: true);
                for (int turn = 0; turn < Calls; turn++) call(bag);
                long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
                if (WorkerPool.Helped == help) alone = Math.Min(alone, allocated);
                else
                {
                    together = Math.Min(together, allocated);
                    helped++;
                }
            }
        return helped >= Runs ? new(together, true) : new(alone, false);
    }
}
