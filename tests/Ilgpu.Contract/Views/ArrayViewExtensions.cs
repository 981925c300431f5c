using System.Runtime.InteropServices;

namespace ILGPU.Runtime;

/// <summary>Copies and addresses. A copy is complete when it returns: streams of this assembly never lag behind.</summary>
public static class ArrayViewExtensions
{
    public static IntPtr LoadEffectiveAddressAsPtr<T>(this ArrayView<T> view)
        where T : unmanaged => view.Buffer.NativePtr + (nint)(view.Index * ArrayView<T>.ElementSize);

    public static Accelerator GetAccelerator<TView>(this TView view)
        where TView : IArrayView => view.Buffer?.Accelerator ?? throw new InvalidOperationException("The view belongs to no buffer.");

    public static void CopyFromCPU<T, TView>(this TView target, AcceleratorStream stream, in ReadOnlySpan<T> span)
        where TView : IContiguousArrayView<T>
        where T : unmanaged
    {
        span.CopyTo(Elements<T, TView>(target, stream, span.Length));
        stream.Accelerator.Traffic.CountFromHost(MemoryMarshal.AsBytes(span).Length);
    }

    public static void CopyFromCPU<T, TView>(this TView target, in ReadOnlySpan<T> span)
        where TView : IContiguousArrayView<T>
        where T : unmanaged => target.CopyFromCPU(target.GetAccelerator().DefaultStream, span);

    public static void CopyToCPU<T, TView>(this TView source, AcceleratorStream stream, in Span<T> span)
        where TView : IContiguousArrayView<T>
        where T : unmanaged
    {
        Elements<T, TView>(source, stream, span.Length).CopyTo(span);
        stream.Accelerator.Traffic.CountToHost(MemoryMarshal.AsBytes(span).Length);
    }

    public static void CopyToCPU<T, TView>(this TView source, in Span<T> span)
        where TView : IContiguousArrayView<T>
        where T : unmanaged => source.CopyToCPU(source.GetAccelerator().DefaultStream, span);

    public static void CopyFromCPU<T>(this ArrayView<T> view, T[] data)
        where T : unmanaged => view.CopyFromCPU<T, ArrayView<T>>(data.AsSpan());

    public static void CopyFromCPU<T>(this ArrayView<T> view, AcceleratorStream stream, T[] data)
        where T : unmanaged => view.CopyFromCPU<T, ArrayView<T>>(stream, data.AsSpan());

    public static void CopyToCPU<T>(this ArrayView<T> view, T[] data)
        where T : unmanaged => view.CopyToCPU<T, ArrayView<T>>(data.AsSpan());

    public static void CopyToCPU<T>(this ArrayView<T> view, AcceleratorStream stream, T[] data)
        where T : unmanaged => view.CopyToCPU<T, ArrayView<T>>(stream, data.AsSpan());

    public static void MemSetToZero<TView>(this TView view)
        where TView : IContiguousArrayView => Bytes(view).Clear();

    public static MemoryBuffer1D<T, Stride1D.Dense> Allocate1D<T>(this Accelerator accelerator, T[] data)
        where T : unmanaged
    {
        MemoryBuffer1D<T, Stride1D.Dense> buffer = accelerator.Allocate1D<T>(data.Length);
        buffer.View.BaseView.CopyFromCPU(data);
        return buffer;
    }

    public static T[] GetAsArray<T>(this ArrayView<T> view)
        where T : unmanaged
    {
        var data = new T[view.Length];
        view.CopyToCPU(data);
        return data;
    }

    private static Span<T> Elements<T, TView>(TView view, AcceleratorStream stream, int count)
        where TView : IContiguousArrayView<T>
        where T : unmanaged
    {
        if (count == 0) return [];
        if (count > view.Length) throw new ArgumentOutOfRangeException(nameof(count), $"{count} elements for a view of {view.Length}.");
        if (stream.Accelerator != view.GetAccelerator()) throw new ArgumentException("The stream belongs to another accelerator than the view.", nameof(stream));
        return MemoryMarshal.Cast<byte, T>(Bytes(view))[..count];
    }

    private static unsafe Span<byte> Bytes<TView>(TView view)
        where TView : IContiguousArrayView
    {
        if (!view.IsValid) return [];
        ObjectDisposedException.ThrowIf(view.Buffer.IsDisposed, view.Buffer);
        return new Span<byte>((void*)(view.Buffer.NativePtr + (nint)view.IndexInBytes), checked((int)view.LengthInBytes));
    }
}
