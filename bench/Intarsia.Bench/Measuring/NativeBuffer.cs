using System.Runtime.InteropServices;

namespace Intarsia.Bench.Measuring;

/// <summary>Zeroed native memory on huge pages, so that neither the collector nor page walks disturb a measurement.</summary>
internal sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const nuint HugePage = 2 << 20;

    public NativeBuffer(long length)
    {
        Length = checked((int)length);
        nuint bytes = (nuint)length * (nuint)sizeof(T) + 64;
        bool large = bytes >= HugePage / 2;
        nuint rounded = large ? (bytes + HugePage - 1) / HugePage * HugePage : bytes;
        Pointer = (T*)NativeMemory.AlignedAlloc(rounded, large ? HugePage : 64);
        if (large) Machine.AdviseHugePages(Pointer, rounded);
        NativeMemory.Clear(Pointer, rounded);
    }

    public T* Pointer { get; private set; }

    public int Length { get; }

    public Span<T> Span => new(Pointer, Length);

    public void Dispose()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}
