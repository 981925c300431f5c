using System.Buffers;

namespace Intarsia.ProductSpace.Operands;

/// <summary>Native memory as <see cref="Memory{T}"/>, for kernels that take a list of terms.</summary>
internal sealed unsafe class NativeMemoryManager<T>(T* pointer, int length) : MemoryManager<T> where T : unmanaged
{
    public override Span<T> GetSpan() => new(pointer, length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(pointer + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
