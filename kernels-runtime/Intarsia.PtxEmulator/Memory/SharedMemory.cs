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
    private readonly int _words;
    private readonly byte* _data;
    private readonly WordShadow* _shadow;

    // [agent][word]: when each warp, and each warpgroup's tensor cores, read the word last; valid where the word's mask of readers says so, and therefore never cleared.
    private readonly uint* _readTimes;

    public SharedMemory(Block block, SharedLayout layout, int dynamicBytes, int warps)
    {
        _block = block;
        _layout = layout;
        _warps = warps;
        End = layout.End(dynamicBytes);
        _words = (End + 3) / 4;
        _data = (byte*)NativeMemory.AlignedAlloc((nuint)_words * 4, 256);
        _shadow = (WordShadow*)NativeMemory.AlignedAlloc((nuint)_words * (nuint)sizeof(WordShadow), 64);
        _readTimes = (uint*)NativeMemory.AlignedAlloc((nuint)_words * (nuint)(warps + (warps + 3) / 4) * 4, 64);
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
        var access = new Access(this, warp);
        int words = Math.Max(1, bytes / 4);
        uint whole = bytes < 4 ? (1u << bytes) - 1 : WordShadow.ValidBytes;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            uint address = addresses[lane];
            uint parts = bytes < 4 ? whole << (int)(address & 3) : whole;
            uint first = address >> 2;
            for (uint word = first; word < first + (uint)words; word++) access.Read(lane, word, parts);
        }
    }

    /// <summary>Notes writes of lanes whose bounds are checked.</summary>
    public void NoteWrites(Warp warp, uint mask, uint* addresses, int bytes)
    {
        var access = new Access(this, warp);
        int words = Math.Max(1, bytes / 4);
        uint whole = bytes < 4 ? (1u << bytes) - 1 : WordShadow.ValidBytes;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            uint address = addresses[lane];
            uint parts = bytes < 4 ? whole << (int)(address & 3) : whole;
            uint first = address >> 2;
            for (uint word = first; word < first + (uint)words; word++) access.Write(lane, word, parts);
        }
    }

    /// <summary>Notes a read of whole words by one lane.</summary>
    public void NoteRead(Warp warp, int lane, uint address, int bytes)
    {
        var access = new Access(this, warp);
        for (uint word = address >> 2; word < address + (uint)bytes >> 2; word++) access.Read(lane, word, WordShadow.ValidBytes);
    }

    /// <summary>Notes a write of whole words by one lane.</summary>
    public void NoteWrite(Warp warp, int lane, uint address, int bytes)
    {
        var access = new Access(this, warp);
        for (uint word = address >> 2; word < address + (uint)bytes >> 2; word++) access.Write(lane, word, WordShadow.ValidBytes);
    }

    /// <summary>Place of an agent that reads among the times of each word.</summary>
    private uint* ReadTimes(int agent) => _readTimes + (long)_words * (agent < Clocks.FirstAsync ? agent : _warps + agent - Clocks.FirstGroup);

    /// <summary>What all words of one instruction have in common, at hand for the inner loop.</summary>
    private readonly ref struct Access(SharedMemory memory, Warp warp)
    {
        private const uint Special = WordShadow.Pending | WordShadow.Split | WordShadow.Object;
        private readonly WordShadow* _shadow = memory._shadow;
        private readonly uint* _seen = memory._block.Clocks.Of(warp.Index);
        private readonly uint* _times = memory.ReadTimes(warp.Index);
        private readonly uint _now = memory._block.Clocks.Now(warp.Index);
        private readonly ulong _self = 1UL << warp.Index;
        private readonly int _pc = warp.Instruction.Index;

        // The warp has always seen its own writes, so they need no case of their own.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Read(int lane, uint word, uint bytes)
        {
            WordShadow* shadow = _shadow + word;
            uint writer = shadow->Writer;
            if (((shadow->State & (bytes | Special)) != bytes || writer >> 6 > _seen[writer & 63]) && !memory.ReadWordSlowly(warp, lane, word, bytes)) return;
            shadow->Readers |= _self;
            shadow->State |= bytes << WordShadow.ReadShift;
            shadow->ReaderPc = _pc;
            _times[word] = _now;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Write(int lane, uint word, uint bytes)
        {
            WordShadow* shadow = _shadow + word;
            uint writer = shadow->Writer;
            if (((shadow->State & (Special | WordShadow.AsyncReaders)) != 0 || writer >> 6 > _seen[writer & 63] || (shadow->Readers & ~_self) != 0) && !memory.WriteWordSlowly(warp, lane, word, bytes)) return;
            uint epoch = WordShadow.Epoch(warp.Index, _now);
            uint written = writer == epoch ? shadow->State & WordShadow.ValidBytes << WordShadow.WrittenShift : 0;
            shadow->Writer = epoch;
            shadow->Readers = 0;
            shadow->State = (shadow->State & ~(0xFFu << WordShadow.WrittenShift)) | bytes | bytes << WordShadow.WrittenShift | written;
            shadow->WriterPc = _pc;
        }
    }
}
