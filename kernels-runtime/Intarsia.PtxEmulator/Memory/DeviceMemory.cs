using System.Runtime.InteropServices;

namespace Intarsia.PtxEmulator;

/// <summary>
/// Global memory of an emulated device. Addresses are real ones, so that code that only passes pointers on need not know; each allocation has a zone before and behind it that belongs to nobody.
/// Allocating and freeing are thread-safe; freeing during a launch that uses the buffer is an error of the caller.
/// </summary>
public sealed unsafe class DeviceMemory : IDisposable
{
    private const int Alignment = 256;
    private const int RedZone = 4096;
    private readonly Lock _lock = new();
    private DeviceBuffer[] _buffers = [];
    private int _unnamed;

    /// <summary>Allocates zeroed memory.</summary>
    /// <param name="bytes">Length; 0 gives an address at which nothing may be accessed.</param>
    /// <param name="name">Name in findings.</param>
    public DeviceBuffer Allocate(long bytes, string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentNullException.ThrowIfNull(name);
        nuint size = checked((nuint)bytes + 2 * RedZone);
        void* block = NativeMemory.AlignedAlloc(size, Alignment);
        NativeMemory.Clear(block, size);
        lock (_lock)
        {
            if (name.Length == 0) name = $"buffer {++_unnamed}";
            var buffer = new DeviceBuffer(this, (nint)block, (nint)block + RedZone, bytes, name);
            DeviceBuffer[] all = [.. _buffers, buffer];
            Array.Sort(all, (x, y) => x.Address.CompareTo(y.Address));
            _buffers = all;
            return buffer;
        }
    }

    /// <summary>Allocates memory with these contents.</summary>
    public DeviceBuffer Allocate<T>(ReadOnlySpan<T> contents, string name = "") where T : unmanaged
    {
        DeviceBuffer buffer = Allocate((long)contents.Length * sizeof(T), name);
        buffer.CopyFrom(contents);
        return buffer;
    }

    /// <summary>The allocation that an address lies in, or null.</summary>
    public DeviceBuffer? Find(nint address)
    {
        DeviceBuffer? nearest = Nearest(address);
        return nearest is not null && address - nearest.Address < nearest.Length ? nearest : null;
    }

    /// <summary>Frees all allocations.</summary>
    public void Dispose()
    {
        foreach (DeviceBuffer buffer in _buffers) buffer.Dispose();
    }

    internal void Remove(DeviceBuffer buffer)
    {
        lock (_lock) _buffers = [.. _buffers.Where(each => !ReferenceEquals(each, buffer))];
    }

    /// <summary>An address in words: the allocation and the offset, or what is nearest.</summary>
    internal string Describe(nint address)
    {
        if (Find(address) is { } buffer) return $"0x{address:x} ('{buffer.Name}' + {address - buffer.Address} of {buffer.Length} bytes)";
        if (Nearest(address) is { } before && address - before.Address - before.Length < 1 << 20) return $"0x{address:x} ({address - before.Address - before.Length} bytes behind the end of '{before.Name}', which has {before.Length})";
        DeviceBuffer? after = _buffers.FirstOrDefault(each => each.Address > address);
        if (after is not null && after.Address - address < 1 << 20) return $"0x{address:x} ({after.Address - address} bytes before '{after.Name}')";
        return $"0x{address:x} (in no allocation)";
    }

    /// <summary>The last allocation that begins at or before an address.</summary>
    private DeviceBuffer? Nearest(nint address)
    {
        DeviceBuffer[] buffers = _buffers;
        int low = 0;
        int high = buffers.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (buffers[middle].Address <= address) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? null : buffers[low - 1];
    }
}
