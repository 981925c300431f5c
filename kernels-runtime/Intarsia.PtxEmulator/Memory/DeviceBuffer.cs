using System.Runtime.InteropServices;

namespace Intarsia.PtxEmulator;

/// <summary>An allocation of global memory.</summary>
public sealed unsafe class DeviceBuffer : IDisposable
{
    private readonly DeviceMemory _memory;
    private readonly nint _block;

    internal DeviceBuffer(DeviceMemory memory, nint block, nint address, long length, string name)
    {
        _memory = memory;
        _block = block;
        Address = address;
        Length = length;
        Name = name;
    }

    /// <summary>The address that kernels use; a multiple of 256.</summary>
    public nint Address { get; }

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>The name in findings.</summary>
    public string Name { get; }

    /// <summary>The contents.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was freed.</exception>
    /// <exception cref="OverflowException">The buffer is longer than a span can be; use <see cref="CopyFrom"/> and <see cref="CopyTo"/>.</exception>
    public Span<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            return new Span<byte>((void*)Address, checked((int)Length));
        }
    }

    internal bool IsDisposed { get; private set; }

    /// <summary>Writes values at a byte offset.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not fit.</exception>
    public void CopyFrom<T>(ReadOnlySpan<T> source, long byteOffset = 0) where T : unmanaged => source.CopyTo(new Span<T>(At<T>(byteOffset, source.Length), source.Length));

    /// <summary>Reads values from a byte offset.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The buffer does not have so many.</exception>
    public void CopyTo<T>(Span<T> destination, long byteOffset = 0) where T : unmanaged => new ReadOnlySpan<T>(At<T>(byteOffset, destination.Length), destination.Length).CopyTo(destination);

    /// <summary>Frees the memory. Kernels that still use it are told so as accesses out of bounds.</summary>
    public void Dispose()
    {
        if (IsDisposed) return;
        IsDisposed = true;
        _memory.Remove(this);
        NativeMemory.AlignedFree((void*)_block);
    }

    /// <inheritdoc/>
    public override string ToString() => $"'{Name}' (0x{Address:x}, {Length} bytes)";

    private void* At<T>(long byteOffset, int count) where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(byteOffset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(byteOffset + (long)count * sizeof(T), Length, nameof(count));
        return (byte*)Address + byteOffset;
    }
}
