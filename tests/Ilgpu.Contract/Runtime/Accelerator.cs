using System.Runtime.CompilerServices;
using Intarsia.PtxEmulator;
using ILGPU.Util;

namespace ILGPU.Runtime;

/// <summary>A device in use: its memory, its streams. Every buffer lies in the emulator's memory, so that kernels of either kind see the same bytes.</summary>
public abstract class Accelerator : DisposeBase
{
    [ThreadStatic]
    private static Accelerator? s_current;

    private readonly List<AcceleratorObject> _children = [];
    private readonly Lock _lock = new();

    private protected Accelerator(Context context, Device device)
    {
        Context = context;
        Device = device;
        context.Register(this);
        DefaultStream = null!;
    }

    public event EventHandler? Disposed;

    /// <summary>The accelerator that this thread has bound, if any.</summary>
    internal static Accelerator? Current => s_current;

    public Context Context { get; }

    public Device Device { get; }

    public AcceleratorStream DefaultStream { get; protected set; }

    public AcceleratorType AcceleratorType => Device.AcceleratorType;

    public string Name => Device.Name;

    public int WarpSize => Device.WarpSize;

    public int MaxNumThreadsPerGroup => Device.MaxNumThreadsPerGroup;

    public int MaxSharedMemoryPerGroup => Device.MaxSharedMemoryPerGroup;

    internal DeviceMemory Memory { get; } = new();

    /// <summary>Makes this the accelerator of the calling thread, which calls of the driver are about.</summary>
    public void Bind()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        s_current = this;
    }

    public abstract AcceleratorStream CreateStream();

    /// <summary>What was copied from the host, what was copied to it, and how often somebody waited for all streams: for tests to count.</summary>
    internal HostTraffic Traffic { get; } = new();

    public void Synchronize()
    {
        Bind();
        Traffic.CountWait();
    }

    public MemoryBuffer1D<T, Stride1D.Dense> Allocate1D<T>(long length)
        where T : unmanaged
    {
        Bind();
        return new MemoryBuffer1D<T, Stride1D.Dense>(this, new ArrayView<T>(new DeviceMemoryBuffer(this, length, Unsafe.SizeOf<T>()), 0, length));
    }

    public override string ToString() => Device.ToString();

    internal DeviceBuffer AllocateBytes(long bytes)
    {
        lock (_lock) return Memory.Allocate(bytes);
    }

    internal void FreeBytes(DeviceBuffer bytes)
    {
        lock (_lock) bytes.Dispose();
    }

    internal void Register(AcceleratorObject child)
    {
        lock (_lock) _children.Add(child);
    }

    internal void Forget(AcceleratorObject child)
    {
        lock (_lock) _children.Remove(child);
    }

    protected override void Dispose(bool disposing)
    {
        AcceleratorObject[] children;
        lock (_lock) children = [.. _children];
        foreach (AcceleratorObject child in children) child.Dispose();
        if (s_current == this) s_current = null;
        Disposed?.Invoke(this, EventArgs.Empty);
        Memory.Dispose();
    }
}
