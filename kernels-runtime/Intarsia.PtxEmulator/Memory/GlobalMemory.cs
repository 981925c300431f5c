using System.Numerics;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Memory;

/// <summary>Checks of accesses to global memory, with the allocation that was hit last kept at hand. One per running block.</summary>
internal sealed unsafe class GlobalMemory(DeviceMemory memory)
{
    private nint _start;
    private nint _end;

    /// <summary>Checks an access of every lane of a mask and reports those that are wrong.</summary>
    /// <param name="warp">Executes the access.</param>
    /// <param name="mask">Lanes.</param>
    /// <param name="addresses">Address of each lane.</param>
    /// <param name="bytes">Bytes of each lane.</param>
    /// <param name="alignment">What the addresses must be multiples of.</param>
    /// <param name="what">"read" or "write", for messages.</param>
    /// <returns>The lanes whose access is right.</returns>
    public uint Check(Warp warp, uint mask, ulong* addresses, int bytes, int alignment, string what)
    {
        ulong low = ulong.MaxValue;
        ulong high = 0;
        ulong bits = 0;
        if (mask == uint.MaxValue)
        {
            for (int lane = 0; lane < 32; lane++)
            {
                ulong address = addresses[lane];
                low = Math.Min(low, address);
                high = Math.Max(high, address);
                bits |= address;
            }
        }
        else
        {
            for (uint rest = mask; rest != 0; rest &= rest - 1)
            {
                ulong address = addresses[BitOperations.TrailingZeroCount(rest)];
                low = Math.Min(low, address);
                high = Math.Max(high, address);
                bits |= address;
            }
        }
        if (low >= (ulong)_start && high <= (ulong)_end && (ulong)_end - high >= (ulong)bytes && (bits & (ulong)(alignment - 1)) == 0) return mask;
        return CheckEach(warp, mask, addresses, bytes, alignment, what);
    }

    /// <summary>Whether a range of addresses is allocated, as part of one allocation.</summary>
    public bool Contains(nint address, long bytes)
    {
        if (address >= _start && address <= _end && _end - address >= bytes) return true;
        if (memory.Find(address) is not { } buffer || buffer.Address + buffer.Length - address < bytes) return false;
        _start = buffer.Address;
        _end = (nint)(buffer.Address + buffer.Length);
        return true;
    }

    public string Describe(nint address) => memory.Describe(address);

    private uint CheckEach(Warp warp, uint mask, ulong* addresses, int bytes, int alignment, string what)
    {
        uint outside = 0;
        uint misaligned = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            nint address = (nint)addresses[lane];
            if (!Contains(address, bytes)) outside |= 1u << lane;
            else if ((address & (alignment - 1)) != 0) misaligned |= 1u << lane;
        }
        if (outside != 0)
            warp.Report(FindingKind.OutOfBounds, outside, $"{what} of {bytes} bytes at global {memory.Describe((nint)addresses[BitOperations.TrailingZeroCount(outside)])} is not inside one allocation");
        if (misaligned != 0)
            warp.Report(FindingKind.Misaligned, misaligned, $"{what} of {bytes} bytes at global {memory.Describe((nint)addresses[BitOperations.TrailingZeroCount(misaligned)])}, which is no multiple of {alignment}");
        return mask & ~outside & ~misaligned;
    }
}
