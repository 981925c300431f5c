using System.Runtime.CompilerServices;
using ILGPU.Execution;
using ILGPU.Runtime;

namespace ILGPU;

/// <summary>A view of elements of a buffer. Unlike in ILGPU itself, every access is checked, in release builds, too.</summary>
public readonly struct ArrayView<T> : IContiguousArrayView<T>
    where T : unmanaged
{
    public static readonly int ElementSize = Unsafe.SizeOf<T>();

    public static readonly ArrayView<T> Empty;

    public ArrayView(MemoryBuffer source, long index, long length)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((index + length) * ElementSize, source.LengthInBytes);
        Buffer = source;
        Index = index;
        Length = length;
    }

    internal MemoryBuffer Buffer { get; }

    internal long Index { get; }

    MemoryBuffer IArrayView.Buffer => Buffer;

    int IArrayView.ElementSize => ElementSize;

    long IContiguousArrayView.Index => Index;

    long IContiguousArrayView.IndexInBytes => Index * ElementSize;

    public bool IsValid => Buffer is not null && Length > 0;

    public LongIndex1D Extent => Length;

    public Index1D IntExtent => checked((int)Length);

    public long Length { get; }

    public int IntLength => checked((int)Length);

    public long LengthInBytes => Length * ElementSize;

    public ref T this[Index1D index] => ref this[(long)index.X];

    public ref T this[LongIndex1D index] => ref this[index.X];

    public ref T this[int index] => ref this[(long)index];

    public unsafe ref T this[long index]
    {
        get
        {
            if ((ulong)index >= (ulong)Length) throw new IndexOutOfRangeException($"Element {index} of a view of {Length}{KernelThread.Where}.");
            if (!Buffer.IsReachableFrom(KernelThread.Current)) throw new InvalidOperationException($"The buffer of {Buffer.Accelerator?.Name ?? "a group"} cannot be read from here{KernelThread.Where}.");
            return ref Unsafe.AsRef<T>((void*)(Buffer.NativePtr + (nint)((Index + index) * ElementSize)));
        }
    }

    public ArrayView<T> SubView(long index) => SubView(index, Length - index);

    public ArrayView<T> SubView(int index, int subViewLength) => SubView((long)index, subViewLength);

    public ArrayView<T> SubView(long index, long subViewLength)
    {
        if (index < 0 || subViewLength < 0 || index + subViewLength > Length) throw new ArgumentOutOfRangeException(nameof(index), $"Elements {index} to {index + subViewLength} of a view of {Length}.");
        return Buffer is null ? Empty : new ArrayView<T>(Buffer, Index + index, subViewLength);
    }

    public ArrayView<TOther> Cast<TOther>()
        where TOther : unmanaged =>
        Buffer is null ? default : new ArrayView<TOther>(Buffer, Index * ElementSize / ArrayView<TOther>.ElementSize, LengthInBytes / ArrayView<TOther>.ElementSize);

    public static implicit operator ArrayView1D<T, Stride1D.Dense>(ArrayView<T> view) => new(view);

    public static implicit operator ArrayView<T>(ArrayView1D<T, Stride1D.Dense> view) => view.BaseView;
}
