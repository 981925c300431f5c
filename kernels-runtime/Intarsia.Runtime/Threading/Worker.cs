using System.Diagnostics;

namespace Intarsia.Kernels;

/// <summary>One thread of the <see cref="WorkerPool"/>.</summary>
internal sealed class Worker
{
    /// <summary>How long a thread stays awake for the next call: the pause between two layers of a network, not between two requests.</summary>
    private static readonly long SpinTicks = Stopwatch.Frequency / 20_000;

    private const int Pauses = 16;
    private readonly AutoResetEvent _signal = new(false);
    private int _asleep;

    /// <summary>Starts a thread. It keeps no process alive, and takes nothing along from the context that happened to start it.</summary>
    public static Worker Start(int number)
    {
        var worker = new Worker();
        new Thread(worker.Loop) { IsBackground = true, Name = $"Intarsia worker {number}" }.UnsafeStart();
        return worker;
    }

    /// <summary>Wakes the thread if it sleeps.</summary>
    public void Wake()
    {
        if (Volatile.Read(ref _asleep) != 0 && Interlocked.Exchange(ref _asleep, 0) != 0) _signal.Set();
    }

    private void Loop()
    {
        // Nothing that runs here is to be spread in its turn.
        _ = KernelThreads.Use(1);
        for (int seen = 0; ;)
        {
            int call = WaitForCall(seen);
            seen = call;
            WorkerPool.Help();
        }
    }

    private int WaitForCall(int seen)
    {
        int call;
        long until = Stopwatch.GetTimestamp() + SpinTicks;
        while (Environment.ProcessorCount > 1 && Stopwatch.GetTimestamp() < until)
        {
            if ((call = WorkerPool.Call) != seen) return call;
            Thread.SpinWait(Pauses);
        }
        while ((call = WorkerPool.Call) == seen)
        {
            // Either this thread sees the call that comes now, or that call sees it asleep.
            Interlocked.Exchange(ref _asleep, 1);
            if (WorkerPool.Call != seen && Interlocked.Exchange(ref _asleep, 0) != 0) continue;
            _signal.WaitOne();
        }
        return call;
    }
}
