using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Memory;

/// <summary>
/// Shared memory of one block with a shadow of each word: which bytes hold something, who wrote last and who has read since. Every access is checked against it, which finds reads of nothing, races, and use
/// of what is still in flight.
/// </summary>
internal sealed unsafe partial class SharedMemory : IDisposable
{
    private readonly Block _block;
    private readonly SharedLayout _layout;
    private readonly int _warps;
    private readonly int _slots;
    private readonly int _words;
    private readonly byte* _data;
    private readonly WordShadow* _shadow;

    // Time at which each warp, and each warpgroup's tensor cores, read each word last; valid where the word's mask of readers says so, and therefore never cleared.
    private readonly uint* _readTimes;

    public SharedMemory(Block block, SharedLayout layout, int dynamicBytes, int warps)
    {
        _block = block;
        _layout = layout;
        _warps = warps;
        _slots = warps + (warps + 3) / 4;
        End = layout.End(dynamicBytes);
        _words = (End + 3) / 4;
        _data = (byte*)NativeMemory.AlignedAlloc((nuint)_words * 4, 256);
        _shadow = (WordShadow*)NativeMemory.AlignedAlloc((nuint)_words * (nuint)sizeof(WordShadow), 64);
        _readTimes = (uint*)NativeMemory.AlignedAlloc((nuint)_words * (nuint)_slots * 4, 64);
        Reset();
    }

    /// <summary>The first address behind the memory.</summary>
    public int End { get; }

    /// <summary>The contents, by address.</summary>
    public byte* Data => _data;

    public void Reset()
    {
        // Not zero, so that what reads uninitialised memory computes nothing that looks right.
        NativeMemory.Fill(_data, (nuint)_words * 4, 0xCD);
        NativeMemory.Clear(_shadow, (nuint)_words * (nuint)sizeof(WordShadow));
        _split.Clear();
        _synchronisation.Clear();
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_data);
        NativeMemory.AlignedFree(_shadow);
        NativeMemory.AlignedFree(_readTimes);
    }

    public string Describe(uint address) => $"0x{address:x} ({_layout.Describe(address, End)})";

    /// <summary>Checks bounds and alignment of each lane's access and reports those that are wrong.</summary>
    /// <returns>The lanes whose access is right.</returns>
    public uint CheckBounds(Warp warp, uint mask, uint* addresses, int bytes, int alignment, string what)
    {
        uint outside = 0;
        uint misaligned = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            uint address = addresses[lane];
            if (address - SharedLayout.Base > (uint)(End - SharedLayout.Base - bytes) || End - SharedLayout.Base < bytes) outside |= 1u << lane;
            else if ((address & (uint)(alignment - 1)) != 0) misaligned |= 1u << lane;
        }
        if ((outside | misaligned) == 0) return mask;
        if (outside != 0)
            warp.Report(FindingKind.OutOfBounds, outside, $"{what} of {bytes} bytes at shared {Describe(addresses[BitOperations.TrailingZeroCount(outside)])} is outside the block's shared memory, which ends at 0x{End:x}");
        if (misaligned != 0)
            warp.Report(FindingKind.Misaligned, misaligned, $"{what} of {bytes} bytes at shared {Describe(addresses[BitOperations.TrailingZeroCount(misaligned)])}, which is no multiple of {alignment}");
        return mask & ~outside & ~misaligned;
    }

    /// <summary>Notes reads of lanes whose bounds are checked.</summary>
    public void NoteReads(Warp warp, uint mask, uint* addresses, int bytes)
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            NoteRead(warp, lane, addresses[lane], bytes);
        }
    }

    /// <summary>Notes writes of lanes whose bounds are checked.</summary>
    public void NoteWrites(Warp warp, uint mask, uint* addresses, int bytes)
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            NoteWrite(warp, lane, addresses[lane], bytes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void NoteRead(Warp warp, int lane, uint address, int bytes)
    {
        uint word = address >> 2;
        if (bytes < 4)
        {
            ReadWord(warp, lane, word, ((1u << bytes) - 1) << (int)(address & 3));
            return;
        }
        for (int i = 0; i < bytes; i += 4) ReadWord(warp, lane, word++, 0xF);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void NoteWrite(Warp warp, int lane, uint address, int bytes)
    {
        uint word = address >> 2;
        if (bytes < 4)
        {
            WriteWord(warp, lane, word, ((1u << bytes) - 1) << (int)(address & 3));
            return;
        }
        for (int i = 0; i < bytes; i += 4) WriteWord(warp, lane, word++, 0xF);
    }

    /// <summary>Place of an agent that reads among the times of a word.</summary>
    private uint Slot(int agent) => (uint)(agent < Clocks.FirstAsync ? agent : _warps + agent - Clocks.FirstGroup);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ReadWord(Warp warp, int lane, uint word, uint bytes)
    {
        ref WordShadow shadow = ref _shadow[word];
        int self = warp.Index;
        uint* seen = _block.Clocks.Of(self);
        uint agent = shadow.Writer & 63;
        if ((shadow.State & (bytes | WordShadow.Pending | WordShadow.Split | WordShadow.Object)) != bytes || (agent != self && shadow.Writer >> 6 > seen[agent]))
        {
            if (!ReadWordSlowly(warp, lane, word, bytes)) return;
        }
        shadow.Readers |= 1UL << self;
        shadow.State |= bytes << WordShadow.ReadShift;
        shadow.ReaderPc = warp.Instruction.Index;
        _readTimes[word * (uint)_slots + (uint)self] = seen[self];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteWord(Warp warp, int lane, uint word, uint bytes)
    {
        ref WordShadow shadow = ref _shadow[word];
        int self = warp.Index;
        uint* seen = _block.Clocks.Of(self);
        uint agent = shadow.Writer & 63;
        if ((shadow.State & (WordShadow.Pending | WordShadow.Split | WordShadow.Object | WordShadow.AsyncReaders)) != 0
            || (agent != self && shadow.Writer >> 6 > seen[agent]) || (shadow.Readers & ~(1UL << self)) != 0)
        {
            if (!WriteWordSlowly(warp, lane, word, bytes)) return;
        }
        uint epoch = WordShadow.Epoch(self, seen[self]);
        uint written = shadow.Writer == epoch ? shadow.State & WordShadow.ValidBytes << WordShadow.WrittenShift : 0;
        shadow.Writer = epoch;
        shadow.Readers = 0;
        shadow.State = (shadow.State & ~(0xFFu << WordShadow.WrittenShift)) | bytes | bytes << WordShadow.WrittenShift | written;
        shadow.WriterPc = warp.Instruction.Index;
    }
}
