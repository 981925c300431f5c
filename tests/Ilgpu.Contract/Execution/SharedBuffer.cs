using System.Runtime.InteropServices;
using ILGPU.Runtime;

namespace ILGPU.Execution;

/// <summary>Shared memory of one group. It starts as a pattern, not as zeros: the device promises nothing.</summary>
internal sealed class SharedBuffer : MemoryBuffer
{
    private readonly GroupRunner _group;

    public unsafe SharedBuffer(GroupRunner group, long length, int elementSize)
        : base(null!, length, elementSize)
    {
        _group = group;
        NativePtr = (IntPtr)NativeMemory.AlignedAlloc((nuint)Math.Max(1, LengthInBytes), 256);
        new Span<byte>((void*)NativePtr, checked((int)LengthInBytes)).Fill(0xA5);
    }

    internal override bool IsReachableFrom(KernelThread? thread) => !IsDisposed && thread?.Group == _group;

    protected override unsafe void DisposeAcceleratorObject(bool disposing) => NativeMemory.AlignedFree((void*)NativePtr);
}
