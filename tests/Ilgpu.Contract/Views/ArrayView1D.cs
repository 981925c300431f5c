namespace ILGPU.Runtime;

/// <summary>A 1D view; here always dense.</summary>
public readonly struct ArrayView1D<T, TStride> : IContiguousArrayView<T>
    where T : unmanaged
    where TStride : struct, IStride1D
{
    internal ArrayView1D(ArrayView<T> view) => BaseView = view;

    public ArrayView<T> BaseView { get; }

    public LongIndex1D Extent => BaseView.Extent;

    public Index1D IntExtent => BaseView.IntExtent;

    public bool IsValid => BaseView.IsValid;

    public long Length => BaseView.Length;

    public int IntLength => BaseView.IntLength;

    public long LengthInBytes => BaseView.LengthInBytes;

    MemoryBuffer IArrayView.Buffer => BaseView.Buffer;

    int IArrayView.ElementSize => ArrayView<T>.ElementSize;

    long IContiguousArrayView.Index => BaseView.Index;

    long IContiguousArrayView.IndexInBytes => BaseView.Index * ArrayView<T>.ElementSize;

    public ref T this[Index1D index] => ref BaseView[index];

    public ref T this[LongIndex1D index] => ref BaseView[index];

    public ArrayView1D<T, TStride> SubView(LongIndex1D index, LongIndex1D extent) => new(BaseView.SubView(index.X, extent.X));
}
