using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.ProductSpace.Running;
using Xunit;

namespace Intarsia.ProductSpace.Tests;

/// <summary>Compiled kernels on several threads: the same bits, from one caller and from many at once, and not an allocation more than on one.</summary>
[Collection(CompiledKernels.Collection)]
public sealed class ThreadedCallTests(CompiledKernels kernels)
{
    [Fact]
    public void Call_WithAnyDegree_GivesTheSameBits() =>
        Assert.All(kernels.Draws, draw => Assert.Null(ThreadCheck.Run(draw, OperandFactory.Draw(draw), [2, 5], kernels.Library.Find(draw).Call)));

    [Fact]
    public void Call_FromManyThreadsAtOnce_GivesEachItsOwnResult()
    {
        DrawnKernel[] draws = [.. kernels.Draws.Where((_, index) => index % 3 == 0)];
        string?[] faults = new string?[draws.Length];
        int next = -1;
        Thread[] callers = [.. Enumerable.Range(0, 6).Select(_ => new Thread(() =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < draws.Length;)
                faults[i] = ThreadCheck.Run(draws[i], OperandFactory.Draw(draws[i]), [3, 2, 4], kernels.Library.Find(draws[i]).Call);
        }))];
        foreach (Thread caller in callers) caller.Start();
        foreach (Thread caller in callers) caller.Join();

        Assert.All(faults, Assert.Null);
    }

    [Fact]
    public void Call_WithSeveralThreads_AllocatesNoMoreThanWithOne()
    {
        KernelThreads.MinimumWork = 1;
        Assert.All(kernels.Draws.Where((_, index) => index % 5 == 0), draw =>
        {
            using OperandBag bag = BagBuilder.Build(draw, OperandFactory.Draw(draw));
            Action<OperandBag> call = kernels.Library.Find(draw).Call;
            long spread = Allocated(bag, call, degree: 3), alone = Allocated(bag, call, degree: 1);
            Assert.True(spread <= alone, $"{draw}: {spread} bytes on three threads, {alone} on one");
        });
    }

    // What calls allocate again and again: the least of several runs of them. Working memory that grows once, when the thread first claims its largest rectangle or the runtime has something to set up, is in one of them.
    // What the adaptor around a kernel allocates is the same for every degree.
    internal static long Allocated(OperandBag bag, Action<OperandBag> call, int degree)
    {
        long least = long.MaxValue;
        using (KernelThreads.Use(degree))
        {
            for (int run = 0; run < 5; run++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int turn = 0; turn < 20; turn++) call(bag);
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }
        }
        return least;
    }
}
