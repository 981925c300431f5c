using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.ProductSpace.Running;
using Xunit;

namespace Intarsia.ProductSpace.Tests;

/// <summary>Compiled kernels on several threads: the same bits, from one caller and from many at once.</summary>
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
}
