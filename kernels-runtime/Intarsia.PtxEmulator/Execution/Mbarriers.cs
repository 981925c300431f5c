namespace Intarsia.PtxEmulator.Execution;

/// <summary>The mbarrier objects of a block, by their address in shared memory.</summary>
internal sealed class Mbarriers(Block block)
{
    private readonly Dictionary<uint, Mbarrier> _objects = [];
    private int _made;

    public void Reset()
    {
        _objects.Clear();
        _made = 0;
    }

    public void Initialise(Warp warp, int lane, uint address, uint count)
    {
        if (count is 0 or > (1 << 20) - 1)
        {
            warp.Report(FindingKind.InvalidOperand, 1u << lane, $"mbarrier.init with a count of {count}; 1…{(1 << 20) - 1} was expected");
            return;
        }
        if (_objects.ContainsKey(address))
        {
            warp.Report(FindingKind.BarrierMisuse, 1u << lane, $"mbarrier.init of shared {block.Shared.Describe(address)}, which already is an mbarrier object; mbarrier.inval must come first");
            return;
        }
        block.Shared.NoteWrite(warp, lane, address, 8);
        block.Shared.MarkObject(address, true);
        int agent = Clocks.FirstAsync + _made++ % (Clocks.FirstGroup - Clocks.FirstAsync);
        _objects.Add(address, new Mbarrier(block, address, (int)count, agent) { Initialised = (warp.Index, block.Clocks.Now(warp.Index)) });
        block.Progress++;
    }

    public void Invalidate(Warp warp, int lane, uint address)
    {
        if (Find(warp, lane, address, asynchronous: false) is not { } found) return;
        if (found.InFlight > 0) warp.Report(FindingKind.BarrierMisuse, 1u << lane, $"mbarrier.inval while {found.InFlight} transfer(s) that complete on it are in flight");
        _objects.Remove(address);
        block.Shared.MarkObject(address, false);
        block.Progress++;
    }

    /// <summary>The object at an address that a warp uses, or null after a finding.</summary>
    /// <param name="warp">Uses it.</param>
    /// <param name="lane">Uses it.</param>
    /// <param name="address">Shared address.</param>
    /// <param name="asynchronous">Whether the asynchronous proxy will complete on it, so that a fence must have followed its initialisation.</param>
    public unsafe Mbarrier? Find(Warp warp, int lane, uint address, bool asynchronous)
    {
        if (!_objects.TryGetValue(address, out Mbarrier? found))
        {
            warp.Report(FindingKind.BarrierMisuse, 1u << lane, $"shared {block.Shared.Describe(address)} is no mbarrier object; mbarrier.init must have been executed for this address");
            return null;
        }
        (int initialiser, uint time) = found.Initialised;
        if (initialiser != warp.Index && time > block.Clocks.Of(warp.Index)[initialiser])
            warp.Report(FindingKind.Race, 1u << lane, $"the mbarrier at shared {block.Shared.Describe(address)} was initialised by warp {initialiser}, and no barrier orders that before this use");
        else if (asynchronous && time > block.Clocks.FencedOf(warp.Index)[initialiser])
            warp.Report(FindingKind.AsyncMisuse, 1u << lane, $"no fence.mbarrier_init or fence.proxy.async lies between the initialisation of the mbarrier at shared {block.Shared.Describe(address)} by warp {initialiser} and its use by the asynchronous proxy");
        return found;
    }

    /// <summary>The objects in words, for the report of a deadlock.</summary>
    public override string ToString() => string.Join("; ", _objects.Values);
}
