namespace Intarsia.PtxEmulator.Execution;

/// <summary>A warp's bulk copies out of shared memory. Like all asynchronous copies they happen as late as they may: when the thread waits for their group.</summary>
internal sealed class BulkStores(Warp warp)
{
    private readonly List<(int Lane, int Group, uint Address, int Bytes, Action Perform)> _inFlight = [];
    private readonly int[] _committed = new int[32];

    public void Clear()
    {
        _inFlight.Clear();
        Array.Clear(_committed);
    }

    public void Issue(int lane, uint address, int bytes, Action perform)
    {
        warp.Block.Shared.BeginAsyncRead(warp, address, bytes);
        _inFlight.Add((lane, _committed[lane], address, bytes, perform));
    }

    public void Commit(uint lanes)
    {
        for (int lane = 0; lane < 32; lane++) _committed[lane] += (int)(lanes >> lane & 1);
    }

    public void Wait(uint lanes, int pending)
    {
        for (int i = 0; i < _inFlight.Count;)
        {
            (int lane, int group, uint address, int bytes, Action perform) = _inFlight[i];
            if ((lanes >> lane & 1) == 0 || group >= _committed[lane] - pending)
            {
                i++;
                continue;
            }
            perform();
            warp.Block.Shared.EndAsyncRead(warp.Index, warp.Block.Clocks.Now(warp.Index), address, bytes);
            warp.Block.Progress++;
            _inFlight.RemoveAt(i);
        }
    }

    /// <summary>Lanes exit: their copies must have read shared memory by then.</summary>
    public void Exit(uint lanes)
    {
        if (_inFlight.Count == 0) return;
        uint early = 0;
        foreach ((int lane, _, _, _, Action perform) in _inFlight)
        {
            if ((lanes >> lane & 1) == 0) continue;
            early |= 1u << lane;
            perform();
        }
        _inFlight.RemoveAll(copy => (lanes >> copy.Lane & 1) != 0);
        if (early != 0) warp.Report(FindingKind.AsyncMisuse, early, "the thread exits while a bulk copy of its own may still read shared memory; cp.async.bulk.wait_group.read 0 must come first");
    }
}
