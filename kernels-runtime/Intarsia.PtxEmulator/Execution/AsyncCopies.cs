using System.Runtime.InteropServices;

namespace Intarsia.PtxEmulator.Execution;

/// <summary>
/// A warp's <c>cp.async</c> copies (PTX ISA, section "Data Movement and Conversion Instructions: Asynchronous copy"). Groups are counted by thread. A copy lands as late as it may, when a wait
/// that covers it is executed, so that a missing wait shows in the results as well.
/// </summary>
internal sealed unsafe class AsyncCopies(Warp warp)
{
    private readonly List<Copy> _inFlight = [];
    private readonly int[] _committed = new int[32];
    private long _sequence;

    private readonly record struct Copy(int Lane, int Group, uint Destination, nint Source, int Bytes, int SourceBytes, int Pc, long Sequence);

    /// <summary>Number of the copy issued last.</summary>
    public long Sequence => _sequence;

    public void Clear()
    {
        _inFlight.Clear();
        Array.Clear(_committed);
    }

    /// <summary>Issues one copy whose addresses are checked. Bytes beyond those of the source become zero.</summary>
    public void Issue(int lane, uint destination, nint source, int bytes, int sourceBytes)
    {
        warp.Block.Shared.BeginCopy(warp, lane, destination, bytes);
        _inFlight.Add(new Copy(lane, _committed[lane], destination, source, bytes, sourceBytes, warp.Instruction.Index, ++_sequence));
    }

    public void Commit(uint lanes)
    {
        for (int lane = 0; lane < 32; lane++) _committed[lane] += (int)(lanes >> lane & 1);
    }

    /// <summary>Lands what these lanes have committed, but for their last groups.</summary>
    public void WaitGroup(uint lanes, int pending)
    {
        int kept = 0;
        Span<Copy> copies = CollectionsMarshal.AsSpan(_inFlight);
        for (int i = 0; i < copies.Length; i++)
        {
            Copy copy = copies[i];
            if ((lanes >> copy.Lane & 1) != 0 && copy.Group < _committed[copy.Lane] - pending) Land(copy, WordEpoch());
            else copies[kept++] = copy;
        }
        CollectionsMarshal.SetCount(_inFlight, kept);
    }

    /// <summary>Lands everything of these lanes up to a sequence number, as writes of an agent that completes on an mbarrier.</summary>
    public void LandThrough(uint lanes, long sequence, uint epoch)
    {
        int kept = 0;
        Span<Copy> copies = CollectionsMarshal.AsSpan(_inFlight);
        for (int i = 0; i < copies.Length; i++)
        {
            Copy copy = copies[i];
            if ((lanes >> copy.Lane & 1) != 0 && copy.Sequence <= sequence) Land(copy, epoch);
            else copies[kept++] = copy;
        }
        CollectionsMarshal.SetCount(_inFlight, kept);
    }

    public void WaitAll(uint lanes) => LandThrough(lanes, long.MaxValue, WordEpoch());

    private uint WordEpoch() => Memory.WordShadow.Epoch(warp.Index, warp.Block.Clocks.Now(warp.Index));

    private void Land(in Copy copy, uint epoch)
    {
        byte* destination = warp.Block.Shared.Data + copy.Destination;
        if (copy.SourceBytes > 0) Buffer.MemoryCopy((void*)copy.Source, destination, copy.Bytes, copy.SourceBytes);
        if (copy.SourceBytes < copy.Bytes) NativeMemory.Clear(destination + copy.SourceBytes, (nuint)(copy.Bytes - copy.SourceBytes));
        warp.Block.Shared.EndCopy(copy.Destination, copy.Bytes, epoch, copy.Pc);
    }
}
