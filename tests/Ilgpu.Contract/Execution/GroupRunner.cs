using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using ILGPU.Runtime;

namespace ILGPU.Execution;

/// <summary>
/// Runs the threads of one group, one at a time, each up to its next barrier. A kernel thread that waits keeps the system thread under it, and another one goes on;
/// without barriers a single one therefore runs the whole group. The order turns round with every phase, so that a missing barrier shows in whichever direction data flows.
/// </summary>
internal sealed class GroupRunner(Accelerator accelerator, string kernel, Index3D grid, Index3D index, Index3D dimension, Action body)
{
    private readonly KernelThread[] _threads = new KernelThread[dimension.X * dimension.Y * dimension.Z];
    private readonly List<SharedBuffer> _shared = [];

    /// <summary>Given when every thread has returned.</summary>
    private readonly Turn _end = new();

    private ExceptionDispatchInfo? _fault;
    private int _started;

    /// <summary>The threads of the current phase that have not had their turn, last one first.</summary>
    private readonly Stack<KernelThread> _phase = new();

    private bool _descending;

    public Accelerator Accelerator => accelerator;

    public string Kernel => kernel;

    public Index3D Grid => grid;

    public Index3D Index => index;

    public Index3D Dimension => dimension;

    /// <summary>Runs the group to its end and throws what one of its threads threw.</summary>
    public void Run()
    {
        for (int i = 0; i < _threads.Length; i++)
            _threads[i] = new KernelThread(this, new Index3D(i % dimension.X, i / dimension.X % dimension.Y, i / (dimension.X * dimension.Y)));
        WorkerThread.Run(RunFresh);
        _end.Take();
        foreach (SharedBuffer buffer in _shared) buffer.Dispose();
        _fault?.Throw();
    }

    /// <summary>Group.Barrier: gives the turn to the next thread and waits for the next phase.</summary>
    public void Barrier(KernelThread thread)
    {
        thread.Turn ??= new Turn();
        thread.IsWaiting = true;
        PassOn();
        thread.Turn.Take();
        thread.IsWaiting = false;
        if (_fault is not null) throw new GroupStopped();
    }

    /// <summary>The turn goes straight from thread to thread; called by the one that has it, when it waits or has returned.</summary>
    private void PassOn()
    {
        if (_started < _threads.Length && _fault is null)
        {
            WorkerThread.Run(RunFresh);
            return;
        }
        if (_phase.Count == 0) BeginPhase();
        if (_phase.TryPop(out KernelThread? next)) next.Turn!.Give();
        else _end.Give();
    }

    private void BeginPhase()
    {
        KernelThread[] waiting = [.. _threads.Where(thread => thread.IsWaiting)];
        _descending = !_descending;
        // What is pushed last goes first.
        foreach (KernelThread thread in _descending ? waiting : waiting.Reverse()) _phase.Push(thread);
        if (_fault is null && waiting.Length > 0 && waiting.Length < _threads.Length)
            _fault = ExceptionDispatchInfo.Capture(new InvalidOperationException(
                $"Divergent barrier: {waiting.Length} threads of group {index} of kernel {kernel} wait, {_threads.Length - waiting.Length} have returned."));
    }

    /// <summary>The n-th allocation of shared memory; the thread that comes first makes it.</summary>
    public ArrayView<T> Shared<T>(int number, int extent)
        where T : unmanaged
    {
        if (number == _shared.Count) _shared.Add(new SharedBuffer(this, extent, Unsafe.SizeOf<T>()));
        SharedBuffer buffer = _shared[number];
        if (buffer.Length != extent || buffer.ElementSize != Unsafe.SizeOf<T>())
            throw new InvalidOperationException($"The threads of a group allocate different shared memory: {buffer.Length}×{buffer.ElementSize} and {extent}×{Unsafe.SizeOf<T>()} bytes{KernelThread.Where}.");
        return new ArrayView<T>(buffer, 0, extent);
    }

    /// <summary>Runs threads that have not begun, in order, until one has waited or there are none; behind one that waits, another system thread goes on.</summary>
    private void RunFresh()
    {
        KernelThread thread;
        do
        {
            thread = _threads[_started++];
            Execute(thread);
        }
        while (thread.Turn is null && _started < _threads.Length && _fault is null);
        PassOn();
    }

    private void Execute(KernelThread thread)
    {
        KernelThread.Current = thread;
        try
        {
            body();
        }
        catch (GroupStopped)
        {
            // Another thread has failed already.
        }
        catch (Exception fault)
        {
            _fault ??= ExceptionDispatchInfo.Capture(fault);
        }
        KernelThread.Current = null;
    }

    /// <summary>Unwinds the threads of a group after one has failed.</summary>
    private sealed class GroupStopped : Exception;
}
