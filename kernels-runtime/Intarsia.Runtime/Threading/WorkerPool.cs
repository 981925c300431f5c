using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Intarsia.Kernels;

/// <summary>
/// The library's threads: background threads, started when a call first has work for them, that wait for the next call by spinning for a while and then asleep. One call has the pool at a time. Rectangles are claimed one
/// by one from a counter, so that a thread that comes late finds less to do, and a call never waits for one that has not begun.
/// </summary>
internal static unsafe class WorkerPool
{
    /// <summary>Bit of the gate that says that no call is open; below it the threads that are inside are counted.</summary>
    private const int Closed = 1 << 30;

    private static readonly List<Worker> Workers = [];
    private static Counter _busy, _next, _gate = new() { Value = Closed }, _tickets, _call;

    // The call that has the pool. Written before the gate opens, read by those who are inside.
    private static delegate*<void*, nint, nint, nint, nint, void> _run;
    private static void* _work;
    private static Rectangles _rectangles;
    private static nint _outer;
    private static nint _inner;
    private static Exception? _error;
    private static int _helped;

    /// <summary>Runs all rectangles, on this thread and up to <paramref name="degree"/> − 1 others. False, and nothing done, where the pool is at work for another call.</summary>
    public static bool TryRun(delegate*<void*, nint, nint, nint, nint, void> run, void* work, Rectangles rectangles, nint outer, nint inner, int degree)
    {
        if (Volatile.Read(ref _busy.Value) != 0 || Interlocked.CompareExchange(ref _busy.Value, 1, 0) != 0) return false;
        int helpers = StartWorkers(Math.Min(degree, (int)rectangles.Count) - 1);
        _run = run;
        _work = work;
        (_rectangles, _outer, _inner) = (rectangles, outer, inner);
        _next.Value = 0;
        _tickets.Value = helpers;

        // First the gate, then the call: a thread that sees a new call must find it open.
        Interlocked.Add(ref _gate.Value, -Closed);
        Interlocked.Increment(ref _call.Value);
        for (int i = 0; i < helpers; i++) Workers[i].Wake();

        Claim();
        Interlocked.Add(ref _gate.Value, Closed);
        var spin = default(SpinWait);
        while (Volatile.Read(ref _gate.Value) != Closed) spin.SpinOnce(sleep1Threshold: -1);

        _helped += helpers - Math.Max(0, _tickets.Value);
        Exception? error = _error;
        _error = null;
        Volatile.Write(ref _busy.Value, 0);
        if (error is not null) ExceptionDispatchInfo.Throw(error);
        return true;
    }

    /// <summary>Number of the latest call.</summary>
    internal static int Call => Volatile.Read(ref _call.Value);

    /// <summary>How often a thread of the pool has taken part in a call.</summary>
    internal static int Helped => Volatile.Read(ref _helped);

    /// <summary>Takes part in the call that is open, if one is, and it still wants helpers.</summary>
    internal static void Help()
    {
        if ((Interlocked.Increment(ref _gate.Value) & Closed) == 0 && Interlocked.Decrement(ref _tickets.Value) >= 0) Claim();
        Interlocked.Decrement(ref _gate.Value);
    }

    private static void Claim()
    {
        Rectangles rectangles = _rectangles;
        nint count = rectangles.Count;
        try
        {
            for (nint item; (item = Interlocked.Increment(ref _next.Value) - 1) < count;)
            {
                (nint outer, nint inner) = (item / rectangles.InnerParts, item % rectangles.InnerParts);
                nint outerFirst = outer * rectangles.OuterShare, innerFirst = inner * rectangles.InnerShare;
                _run(_work, outerFirst, Math.Min(outerFirst + rectangles.OuterShare, _outer), innerFirst, Math.Min(innerFirst + rectangles.InnerShare, _inner));
            }
        }
        catch (Exception error)
        {
            // The first one goes to the caller; nobody begins anything more.
            Interlocked.CompareExchange(ref _error, error, null);
            Volatile.Write(ref _next.Value, (int)count);
        }
    }

    private static int StartWorkers(int wanted)
    {
        try
        {
            while (Workers.Count < wanted) Workers.Add(Worker.Start(Workers.Count + 1));
        }
        catch (Exception error) when (error is OutOfMemoryException or ThreadStartException)
        {
            // The system gives no more threads: those that are there do.
        }
        return Math.Min(wanted, Workers.Count);
    }

    /// <summary>A number that threads change while others look: on cache lines of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Counter
    {
        [FieldOffset(128)]
        public int Value;
    }
}
