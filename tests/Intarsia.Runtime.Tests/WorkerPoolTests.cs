using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>Work on the pool: every element once, whoever comes when; references stay good while objects move; failures come back; nothing is allocated.</summary>
[Collection("threads")]
public sealed class WorkerPoolTests
{
    private const int Outer = 96, Inner = 40;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(33)]
    public void Run_AnyDegree_RunsEveryElementOnce(int degree)
    {
        for (int turn = 0; turn < 200; turn++)
        {
            var counts = new int[Outer * Inner];
            var work = new Count { Counts = ref counts[0] };
            Threads.Run(ref work, degree, new Division(Outer, 1), new Division(Inner, 3));
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void Run_WhileTheCollectorMovesObjects_WritesWhereTheyWent()
    {
        for (int turn = 0; turn < 100; turn++)
        {
            // Garbage before the array, so that a compacting collection moves it.
            for (int i = 0; i < 50; i++) GC.KeepAlive(new byte[1000]);
            var counts = new int[Outer * Inner];
            var work = new Count { Counts = ref counts[0], Collect = turn % 4 == 0 };
            Threads.Run(ref work, 4, new Division(Outer, 1), new Division(Inner, 1));
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void Run_Warm_AllocatesNothing()
    {
        var counts = new int[Outer * Inner];
        for (int turn = 0; turn < 20; turn++) RunOnce(counts);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int turn = 0; turn < 200; turn++) RunOnce(counts);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void RunOnce(int[] counts)
        {
            using (KernelThreads.Use(4))
            {
                var work = new Count { Counts = ref counts[0] };
                Threads.Run(ref work, Threads.For(1 << 24, 0), new Division(Outer, 1), new Division(Inner, 1));
            }
        }
    }

    [Fact]
    public void Run_FromManyThreadsAtOnce_EachGetsItsOwnResult()
    {
        Exception?[] failures = new Exception?[8];
        Thread[] callers = [.. Enumerable.Range(0, failures.Length).Select(caller => new Thread(() =>
        {
            try
            {
                for (int turn = 0; turn < 300; turn++) Run_AnyDegree(1 + (caller + turn) % 5);
            }
            catch (Exception error)
            {
                failures[caller] = error;
            }
        }))];
        foreach (Thread thread in callers) thread.Start();
        foreach (Thread thread in callers) thread.Join();
        Assert.All(failures, Assert.Null);

        static void Run_AnyDegree(int degree)
        {
            var counts = new int[Outer * Inner];
            var work = new Count { Counts = ref counts[0] };
            Threads.Run(ref work, degree, new Division(Outer, 1), new Division(Inner, 1));
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void Run_WithinWork_RunsAlone()
    {
        var counts = new int[Outer * Inner];
        var work = new Nested { Counts = ref counts[0] };
        Threads.Run(ref work, 3, new Division(Outer, 1), Division.None);
        Assert.All(counts, count => Assert.Equal(1, count));
    }

    [Fact]
    public void Run_ThatFails_ThrowsTheFirstExceptionAndLeavesThePoolUsable()
    {
        for (int failing = 0; failing < Outer; failing += 5)
        {
            string message = Assert.Throws<InvalidOperationException>(() =>
            {
                var work = new Failing { At = failing };
                Threads.Run(ref work, 3, new Division(Outer, 1), Division.None);
            }).Message;
            Assert.Equal($"row {failing}", message);
        }
        Run_AnyDegree_RunsEveryElementOnce(3);
    }

    private ref struct Count : ISpread
    {
        public ref int Counts;
        public bool Collect;

        public readonly void Run(nint outerFirst, nint outerLast, nint innerFirst, nint innerLast)
        {
            if (Collect && outerFirst > 0) GC.Collect(1, GCCollectionMode.Forced, blocking: true, compacting: true);
            for (nint outer = outerFirst; outer < outerLast; outer++)
                for (nint inner = innerFirst; inner < innerLast; inner++) Interlocked.Increment(ref System.Runtime.CompilerServices.Unsafe.Add(ref Counts, outer * Inner + inner));
        }
    }

    private ref struct Nested : ISpread
    {
        public ref int Counts;

        public readonly void Run(nint outerFirst, nint outerLast, nint innerFirst, nint innerLast)
        {
            for (nint outer = outerFirst; outer < outerLast; outer++)
            {
                var work = new Count { Counts = ref System.Runtime.CompilerServices.Unsafe.Add(ref Counts, outer * Inner) };
                Threads.Run(ref work, 4, Division.None, new Division(Inner, 1));
            }
        }
    }

    private ref struct Failing : ISpread
    {
        public int At;

        public readonly void Run(nint outerFirst, nint outerLast, nint innerFirst, nint innerLast)
        {
            if (At >= outerFirst && At < outerLast) throw new InvalidOperationException($"row {At}");
        }
    }
}
