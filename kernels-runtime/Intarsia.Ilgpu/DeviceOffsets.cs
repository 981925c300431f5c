using ILGPU;
using ILGPU.Runtime;

namespace Intarsia.Ilgpu;

/// <summary>
/// The offsets of a batch's terms on an accelerator, in elements from the beginning of their operand: what a kernel's overload takes where the method has a <c>ReadOnlySpan&lt;long&gt;</c>. They are copied once and do
/// not change afterwards, so that a call can check all of them against the operand without looking at each.
/// </summary>
public sealed class DeviceOffsets : IDisposable
{
    private readonly MemoryBuffer1D<long, Stride1D.Dense>? _buffer;
    private int _isDisposed;

    private DeviceOffsets(Accelerator accelerator, ReadOnlySpan<long> offsets)
    {
        (Accelerator, Count) = (accelerator, offsets.Length);
        for (int i = 0; i < offsets.Length; i++)
        {
            if (offsets[i] < 0) throw new ArgumentOutOfRangeException(nameof(offsets), offsets[i], $"Offset {i} is negative; expected 0 or more.");
            Bits |= offsets[i];
            if (offsets[i] > Greatest || i == 0) (Greatest, GreatestIndex) = (offsets[i], i);
        }
        if (offsets.IsEmpty) return;
        _buffer = accelerator.Allocate1D<long>(offsets.Length);
        _buffer.View.BaseView.CopyFromCPU(accelerator.DefaultStream, offsets);
        accelerator.DefaultStream.Synchronize();
    }

    /// <summary>The accelerator that they are on.</summary>
    public Accelerator Accelerator { get; }

    /// <summary>Number of terms.</summary>
    public int Count { get; }

    /// <summary>The offsets; empty where there are none.</summary>
    public ArrayView<long> View => _buffer is { } buffer ? buffer.View.BaseView : ArrayView<long>.Empty;

    /// <summary>The greatest of them, 0 where there are none.</summary>
    internal long Greatest { get; }

    /// <summary>Where that stands.</summary>
    internal int GreatestIndex { get; }

    /// <summary>All of them, or-ed.</summary>
    internal long Bits { get; }

    /// <summary>Copies offsets to an accelerator; done when it returns.</summary>
    /// <param name="accelerator">The accelerator whose streams kernels will be launched on.</param>
    /// <param name="offsets">Element offsets, each 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">An offset is negative.</exception>
    /// <exception cref="ObjectDisposedException">The accelerator has been disposed.</exception>
    public static DeviceOffsets Upload(Accelerator accelerator, ReadOnlySpan<long> offsets)
    {
        ArgumentNullException.ThrowIfNull(accelerator);
        ObjectDisposedException.ThrowIf(accelerator.IsDisposed, accelerator);
        return new DeviceOffsets(accelerator, offsets);
    }

    /// <summary>Frees the copy once the accelerator has done what it was given.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0 || _buffer is null) return;
        if (!Accelerator.IsDisposed) Accelerator.Synchronize();
        _buffer.Dispose();
    }

    /// <summary>For the check at a kernel's door.</summary>
    internal void ThrowIfUnusable(string name, AcceleratorStream stream)
    {
        if (Volatile.Read(ref _isDisposed) != 0) throw new ObjectDisposedException(name, $"The offsets '{name}' on {GpuKernel.Describe(Accelerator)} have been disposed.");
        if (stream.Accelerator != Accelerator)
            throw new ArgumentException($"'{name}' lie on {GpuKernel.Describe(Accelerator)}; expected the stream's own accelerator, {GpuKernel.Describe(stream.Accelerator)}. Upload them there, too.", name);
    }
}
