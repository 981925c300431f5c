using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Memory;

/// <summary>Accesses that are issued at one time and happen at another.</summary>
internal sealed unsafe partial class SharedMemory
{
    /// <summary>A copy into a range of whole words is issued: it counts as a write from now on, and nobody may touch the range until it has landed.</summary>
    public void BeginCopy(Warp warp, int lane, uint address, int bytes)
    {
        var access = new Access(this, warp);
        for (uint word = address >> 2; word < (address + (uint)bytes + 3) >> 2; word++)
        {
            access.Write(lane, word, WordShadow.ValidBytes);
            ref WordShadow shadow = ref _shadow[word];
            shadow.State |= WordShadow.Pending;
            shadow.WriterPc = warp.Instruction.Index;
        }
    }

    /// <summary>A copy has landed, as a write of the agent and time of an epoch.</summary>
    public void EndCopy(uint address, int bytes, uint epoch, int pc)
    {
        for (uint word = address >> 2; word < (address + (uint)bytes + 3) >> 2; word++)
        {
            ref WordShadow shadow = ref _shadow[word];
            if ((shadow.State & WordShadow.Split) != 0) _split.Remove(word);
            shadow.State = (shadow.State & ~(WordShadow.Pending | WordShadow.Split | 0xF00u)) | 0xFF;
            shadow.Writer = epoch;
            shadow.Readers = 0;
            shadow.WriterPc = pc;
        }
    }

    /// <summary>
    /// The asynchronous proxy reads a range for an operation that the warp issues: it must have been written, in an order that the warp has seen, and if by ordinary stores, a proxy fence must have followed them.
    /// Until <see cref="EndAsyncRead"/> nobody may write it.
    /// </summary>
    public void BeginAsyncRead(Warp warp, uint address, int bytes)
    {
        uint* seen = _block.Clocks.Of(warp.Index);
        uint* fenced = _block.Clocks.FencedOf(warp.Index);
        for (uint word = address >> 2; word < (address + (uint)bytes + 3) >> 2; word++)
        {
            ref WordShadow shadow = ref _shadow[word];
            shadow.State += WordShadow.AsyncReader;
            if (IsMisused(warp, 0, word, shadow, "asynchronous read")) continue;
            uint agent = shadow.Writer & 63;
            uint time = shadow.Writer >> 6;
            CheckValid(warp, 0, word, 0xF);
            if (agent != warp.Index && time > seen[agent])
                ReportRace(warp, 0, word, shadow, $"this asynchronous read and a write by {Agent(agent)} at {At(shadow.WriterPc)}");
            else if (agent < Clocks.FirstAsync && time > fenced[agent])
                warp.Report(FindingKind.AsyncMisuse, 0, $"the asynchronous proxy reads shared {Describe(word * 4)}, which {Agent(agent)} wrote at {At(shadow.WriterPc)} with no fence.proxy.async in between");
            shadow.ReaderPc = warp.Instruction.Index;
        }
    }

    /// <summary>An asynchronous read is complete, which counts as a read by an agent (the warp that knows it, or a warpgroup's tensor cores) at a time of its own.</summary>
    public void EndAsyncRead(int agent, uint time, uint address, int bytes)
    {
        for (uint word = address >> 2; word < (address + (uint)bytes + 3) >> 2; word++)
        {
            ref WordShadow shadow = ref _shadow[word];
            if ((shadow.State & WordShadow.AsyncReaders) != 0) shadow.State -= WordShadow.AsyncReader;
            shadow.State |= 0xFu << WordShadow.ReadShift;
            shadow.Readers |= 1UL << agent;
            ReadTimes(agent)[word] = time;
        }
    }

    /// <summary>The eight bytes of an mbarrier object become, or cease to be, closed to other accesses.</summary>
    public void MarkObject(uint address, bool isObject)
    {
        for (uint word = address >> 2; word < (address >> 2) + 2; word++)
        {
            ref WordShadow shadow = ref _shadow[word];
            shadow.State = isObject ? shadow.State | WordShadow.Object : shadow.State & ~(WordShadow.Object | 0xFFFu);
        }
    }
}
