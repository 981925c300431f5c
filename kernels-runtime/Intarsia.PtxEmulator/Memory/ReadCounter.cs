using System.Collections;
using System.Numerics;

namespace Intarsia.PtxEmulator.Memory;

/// <summary>Counts what loads of global memory read, by allocation. Lanes that want the same bytes in one instruction share them.</summary>
internal sealed unsafe class ReadCounter(DeviceMemory memory)
{
    private readonly Dictionary<DeviceBuffer, (long Bytes, BitArray Touched)> _reads = [];

    /// <summary>Counts a load of so many bytes of each lane, at addresses that were checked.</summary>
    public void Count(uint mask, ulong* addresses, int bytes)
    {
        // Where each lane's bytes begin, ascending.
        ulong* sorted = stackalloc ulong[32];
        int count = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            ulong address = addresses[BitOperations.TrailingZeroCount(rest)];
            int at = count++;
            for (; at > 0 && sorted[at - 1] > address; at--) sorted[at] = sorted[at - 1];
            sorted[at] = address;
        }
        ulong end = 0;
        for (int i = 0; i < count; i++)
        {
            ulong from = Math.Max(end, sorted[i]);
            end = sorted[i] + (ulong)bytes;
            if (from < end) Add((nint)from, (int)(end - from));
        }
    }

    /// <summary>What several counters have counted, in the order of the allocations' names.</summary>
    public static IReadOnlyList<GlobalRead> Sum(IEnumerable<ReadCounter> counters)
    {
        var sums = new Dictionary<DeviceBuffer, (long Bytes, BitArray Touched)>();
        foreach ((DeviceBuffer buffer, (long bytes, BitArray touched)) in counters.SelectMany(counter => counter._reads))
            sums[buffer] = sums.TryGetValue(buffer, out (long Bytes, BitArray Touched) sum) ? (sum.Bytes + bytes, sum.Touched.Or(touched)) : (bytes, new BitArray(touched));
        return [.. sums.Select(pair => new GlobalRead(pair.Key.Name, pair.Value.Bytes, pair.Value.Touched.Cast<bool>().LongCount(isRead => isRead))).OrderBy(read => read.Allocation, StringComparer.Ordinal)];
    }

    private void Add(nint address, int bytes)
    {
        DeviceBuffer buffer = memory.Find(address)!;
        (long sum, BitArray touched) = _reads.TryGetValue(buffer, out (long Bytes, BitArray Touched) found) ? found : (0, new BitArray(checked((int)buffer.Length)));
        int first = (int)(address - buffer.Address);
        for (int i = 0; i < bytes; i++) touched[first + i] = true;
        _reads[buffer] = (sum + bytes, touched);
    }
}
