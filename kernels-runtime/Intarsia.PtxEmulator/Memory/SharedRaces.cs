using System.Numerics;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Memory;

/// <summary>The rare side of the shadow: reports, words whose bytes several warps write, and words that order accesses.</summary>
internal sealed unsafe partial class SharedMemory
{
    private readonly Dictionary<uint, SplitWord> _split = [];
    private readonly Dictionary<uint, SyncClock> _synchronisation = [];

    /// <summary>Bytes of one word, each as a word of its own.</summary>
    private sealed class SplitWord
    {
        public WordShadow[] Bytes { get; } = new WordShadow[4];

        public uint[,] ReadTimes { get; } = new uint[4, 32];
    }

    /// <summary>An atomic, volatile or ordered access orders the warp after earlier ones of this word, and later ones after it. Generous: relaxed accesses order as well.</summary>
    public void Synchronise(Warp warp, uint address, bool acquires, bool releases)
    {
        if (!_synchronisation.TryGetValue(address >> 2, out SyncClock? clock))
        {
            if (!releases) return;
            _synchronisation.Add(address >> 2, clock = new SyncClock());
        }
        if (acquires) _block.Clocks.Acquire(warp.Index, clock);
        if (releases) _block.Clocks.Release(warp.Index, clock);
    }

    /// <summary>Returns whether the word itself has to be updated.</summary>
    private bool ReadWordSlowly(Warp warp, int lane, uint word, uint bytes)
    {
        ref WordShadow shadow = ref _shadow[word];
        if (IsMisused(warp, lane, word, shadow, "read")) return false;
        if ((shadow.State & WordShadow.Split) != 0)
        {
            ForEachByte(warp, lane, word, bytes, write: false);
            return false;
        }
        if (IsUnseen(warp, shadow.Writer))
        {
            if ((WrittenBytes(shadow) & bytes) == 0) return !SplitFor(warp, lane, word, bytes, write: false);
            ReportRace(warp, lane, word, shadow, $"this read and a write by {Agent(shadow.Writer & 63)} at {At(shadow.WriterPc)}");
        }
        CheckValid(warp, lane, word, bytes);
        return true;
    }

    private bool WriteWordSlowly(Warp warp, int lane, uint word, uint bytes)
    {
        ref WordShadow shadow = ref _shadow[word];
        if (IsMisused(warp, lane, word, shadow, "write")) return false;
        if ((shadow.State & WordShadow.Split) != 0)
        {
            ForEachByte(warp, lane, word, bytes, write: true);
            return false;
        }
        if (IsUnseen(warp, shadow.Writer))
        {
            if ((WrittenBytes(shadow) & bytes) == 0) return !SplitFor(warp, lane, word, bytes, write: true);
            ReportRace(warp, lane, word, shadow, $"this write and a write by {Agent(shadow.Writer & 63)} at {At(shadow.WriterPc)}");
            return true;
        }
        for (ulong readers = shadow.Readers & ~(1UL << warp.Index); readers != 0; readers &= readers - 1)
        {
            int reader = BitOperations.TrailingZeroCount(readers);
            if (ReadTimes(reader)[word] <= _block.Clocks.Of(warp.Index)[reader]) continue;
            if ((shadow.State >> WordShadow.ReadShift & bytes) == 0) return !SplitFor(warp, lane, word, bytes, write: true);
            ReportRace(warp, lane, word, shadow, $"this write and a read by {Agent((uint)reader)} (the word's last read is at {At(shadow.ReaderPc)})");
            break;
        }
        return true;
    }

    private bool IsMisused(Warp warp, int lane, uint word, in WordShadow shadow, string what)
    {
        if ((shadow.State & WordShadow.Object) != 0)
        {
            warp.Report(FindingKind.BarrierMisuse, 1u << lane, $"{what} of shared {Describe(word * 4)}, which is an mbarrier object; only mbarrier instructions may access it until mbarrier.inval");
            return true;
        }
        if ((shadow.State & WordShadow.Pending) != 0)
        {
            warp.Report(FindingKind.AsyncMisuse, 1u << lane, $"{what} of shared {Describe(word * 4)} while the copy into it issued at {At(shadow.WriterPc)} is in flight; nothing has waited for it");
            return true;
        }
        if (what == "write" && (shadow.State & WordShadow.AsyncReaders) != 0)
        {
            warp.Report(FindingKind.AsyncMisuse, 1u << lane, $"write of shared {Describe(word * 4)}, which an asynchronous operation issued at {At(shadow.ReaderPc)} may still read; nothing has waited for it");
            return true;
        }
        return false;
    }

    private void CheckValid(Warp warp, int lane, uint word, uint bytes)
    {
        ref WordShadow shadow = ref _shadow[word];
        uint missing = bytes & ~shadow.State;
        if (missing == 0) return;
        warp.Report(FindingKind.UninitialisedShared, 1u << lane, $"read of shared {Describe(word * 4 + (uint)BitOperations.TrailingZeroCount(missing))}, which nothing in this block has written");
        shadow.State |= missing;
    }

    private bool IsUnseen(Warp warp, uint writer)
    {
        uint agent = writer & 63;
        return agent != warp.Index && writer >> 6 > _block.Clocks.Of(warp.Index)[agent];
    }

    private void ReportRace(Warp warp, int lane, uint word, in WordShadow shadow, string what)
    {
        _ = shadow;
        warp.Report(FindingKind.Race, 1u << lane, $"{what} access shared {Describe(word * 4)}, and no barrier orders them");
    }

    /// <summary>Two warps access different bytes of a word without order, which is right; from now on its bytes are watched one by one. Returns true: the access has been noted.</summary>
    private bool SplitFor(Warp warp, int lane, uint word, uint bytes, bool write)
    {
        ref WordShadow shadow = ref _shadow[word];
        var split = new SplitWord();
        for (int i = 0; i < 4; i++)
        {
            uint bit = 1u << i;
            if ((WrittenBytes(shadow) & bit) != 0) (split.Bytes[i].Writer, split.Bytes[i].WriterPc) = (shadow.Writer, shadow.WriterPc);
            if ((shadow.State >> WordShadow.ReadShift & bit) == 0) continue;
            // Tensor cores read whole chunks, which nobody writes by bytes.
            split.Bytes[i].Readers = (uint)shadow.Readers;
            split.Bytes[i].ReaderPc = shadow.ReaderPc;
            for (int reader = 0; reader < _warps; reader++) split.ReadTimes[i, reader] = ReadTimes(reader)[word];
        }
        _split[word] = split;
        shadow.State |= WordShadow.Split;
        ForEachByte(warp, lane, word, bytes, write);
        return true;
    }

    private void ForEachByte(Warp warp, int lane, uint word, uint bytes, bool write)
    {
        SplitWord split = _split[word];
        int self = warp.Index;
        uint* seen = _block.Clocks.Of(self);
        if (!write) CheckValid(warp, lane, word, bytes);
        for (int i = 0; i < 4; i++)
        {
            if ((bytes >> i & 1) == 0) continue;
            ref WordShadow shadow = ref split.Bytes[i];
            string access = write ? "write" : "read";
            if (IsUnseen(warp, shadow.Writer)) ReportRace(warp, lane, word, shadow, $"this {access} and a write by {Agent(shadow.Writer & 63)} at {At(shadow.WriterPc)}");
            if (!write)
            {
                shadow.Readers |= 1UL << self;
                shadow.ReaderPc = warp.Instruction.Index;
                split.ReadTimes[i, self] = seen[self];
                continue;
            }
            for (ulong readers = shadow.Readers & ~(1UL << self); readers != 0; readers &= readers - 1)
            {
                int reader = BitOperations.TrailingZeroCount(readers);
                if (split.ReadTimes[i, reader] <= seen[reader]) continue;
                ReportRace(warp, lane, word, shadow, $"this write and a read by warp {reader} at {At(shadow.ReaderPc)}");
                break;
            }
            shadow.Writer = WordShadow.Epoch(self, seen[self]);
            shadow.Readers = 0;
            shadow.WriterPc = warp.Instruction.Index;
            _shadow[word].State |= 1u << i;
        }
    }

    private static uint WrittenBytes(in WordShadow shadow) => shadow.State >> WordShadow.WrittenShift & WordShadow.ValidBytes;

    private static string Agent(uint agent) => agent < Clocks.FirstAsync ? $"warp {agent}" : agent < Clocks.FirstGroup ? "an asynchronous copy" : $"the tensor cores of warpgroup {agent - Clocks.FirstGroup}";

    private string At(int pc)
    {
        Decoding.Instruction instruction = _block.Launch.Entry.Program.Code[pc];
        return $"line {instruction.Line} '{instruction.Text}'";
    }
}
