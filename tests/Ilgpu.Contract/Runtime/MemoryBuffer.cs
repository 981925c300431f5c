using System.Runtime.InteropServices;
using ILGPU.Execution;
using Intarsia.PtxEmulator;

namespace ILGPU.Runtime;

/// <summary>A piece of memory of an accelerator.</summary>
public abstract class MemoryBuffer : AcceleratorObject
{
    private protected MemoryBuffer(Accelerator accelerator, long length, int elementSize)
        : base(accelerator)
    {
        Length = length;
        ElementSize = elementSize;
    }

    public IntPtr NativePtr { get; private protected set; }

    public long Length { get; }

    public int ElementSize { get; }

    public long LengthInBytes => Length * ElementSize;

    /// <summary>Whether code can read the buffer: a kernel's thread on the same accelerator, or the host where the accelerator is the CPU.</summary>
    internal virtual bool IsReachableFrom(KernelThread? thread) => !IsDisposed && (thread is null ? AcceleratorType == AcceleratorType.CPU : thread.Accelerator == Accelerator);
}

/// <summary>The buffer that views point into.</summary>
internal sealed class DeviceMemoryBuffer : MemoryBuffer
{
    private readonly DeviceBuffer? _bytes;

    public DeviceMemoryBuffer(Accelerator accelerator, long length, int elementSize)
        : base(accelerator, length, elementSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length == 0) return;
        _bytes = accelerator.AllocateBytes(length * elementSize);
        NativePtr = _bytes.Address;
        Spoil();
    }

    /// <summary>New memory of a device holds anything; here numbers that are not zero in any format, so that one shows who relies on zeros.</summary>
    private unsafe void Spoil() => NativeMemory.Fill((void*)NativePtr, checked((nuint)LengthInBytes), 0xa5);

    protected override void DisposeAcceleratorObject(bool disposing)
    {
        if (_bytes is not null) Accelerator.FreeBytes(_bytes);
    }
}

/// <summary>A buffer with a view of all of it.</summary>
public class MemoryBuffer<TView> : MemoryBuffer
    where TView : struct, IArrayView
{
    private protected MemoryBuffer(Accelerator accelerator, in TView view)
        : base(accelerator, view.Length, view.ElementSize)
    {
        View = view;
        NativePtr = view.Buffer.NativePtr;
    }

    public TView View { get; private set; }

    public bool IsValid => !IsDisposed;

    public static implicit operator TView(MemoryBuffer<TView> buffer) => buffer.View;

    protected override void DisposeAcceleratorObject(bool disposing)
    {
        View.Buffer.Dispose();
        View = default;
        NativePtr = default;
    }
}

/// <summary>A 1D buffer.</summary>
public class MemoryBuffer1D<T, TStride> : MemoryBuffer<ArrayView1D<T, TStride>>
    where T : unmanaged
    where TStride : struct, IStride1D
{
    internal MemoryBuffer1D(Accelerator accelerator, ArrayView<T> view)
        : base(accelerator, new ArrayView1D<T, TStride>(view))
    {
    }

    public LongIndex1D Extent => View.Extent;

    public Index1D IntExtent => View.IntExtent;

    public ArrayView<T> AsContiguous() => View.BaseView;
}
