using ILGPU.Runtime;

namespace ILGPU.Execution;

/// <summary>One thread of a kernel: where it stands, and the group it belongs to.</summary>
internal sealed class KernelThread(GroupRunner group, Index3D index)
{
    [ThreadStatic]
    private static KernelThread? s_current;

    private int _allocations;

    /// <summary>The kernel thread that the calling system thread executes; null outside of kernels.</summary>
    public static KernelThread? Current
    {
        get => s_current;
        set => s_current = value;
    }

    /// <summary>For what has a meaning inside of a kernel only.</summary>
    public static KernelThread Required => s_current ?? throw new InvalidOperationException("Grid, Group and SharedMemory have a meaning inside of a kernel only.");

    /// <summary>The place of the thread, for messages.</summary>
    public static string Where => s_current is { } thread ? $" (kernel {thread.Group.Kernel}, group {thread.Group.Index}, thread {thread.Index})" : "";

    public GroupRunner Group => group;

    public Index3D Index => index;

    public Accelerator Accelerator => group.Accelerator;

    /// <summary>The thread stands at a barrier.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>Made at the thread's first barrier: what it waits on for its turn.</summary>
    public Turn? Turn { get; set; }

    /// <summary>The threads of a group allocate in the same order, and thereby the same memory.</summary>
    public ArrayView<T> Allocate<T>(int extent)
        where T : unmanaged => group.Shared<T>(_allocations++, extent);
}
