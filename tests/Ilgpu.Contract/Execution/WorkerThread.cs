using System.Collections.Concurrent;

namespace ILGPU.Execution;

/// <summary>A pool of dedicated system threads. Those of the runtime's pool must not wait for each other, these may.</summary>
internal sealed class WorkerThread
{
    private static readonly ConcurrentBag<WorkerThread> Idle = [];
    private readonly Turn _work = new();
    private Action? _action;

    private WorkerThread() => new Thread(Loop) { IsBackground = true, Name = "Kernel thread" }.Start();

    public static void Run(Action action)
    {
        if (!Idle.TryTake(out WorkerThread? worker)) worker = new WorkerThread();
        worker._action = action;
        worker._work.Give();
    }

    private void Loop()
    {
        while (true)
        {
            _work.Take();
            _action!();
            _action = null;
            Idle.Add(this);
        }
    }
}
