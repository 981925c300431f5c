namespace Intarsia.PtxEmulator.Execution;

/// <summary>Something that happens later and completes on an mbarrier.</summary>
internal interface ITransfer
{
    /// <summary>Bytes by which it reduces the transaction count.</summary>
    long Bytes { get; }

    /// <summary>Arrivals that it makes.</summary>
    int Arrivals { get; }

    /// <summary>Does it. Writes into shared memory belong to this epoch.</summary>
    void Land(Block block, uint epoch);
}

/// <summary>
/// An mbarrier object (PTX ISA, section "Parallel Synchronization and Communication Instructions: mbarrier"). Transfers that complete on it land when somebody polls for a phase that is not complete, which is as late
/// as they may.
/// </summary>
internal sealed class Mbarrier(Block block, uint address, int count, int agent)
{
    private readonly int _expected = count;
    private readonly List<ITransfer> _inFlight = [];
    private readonly SyncClock _gathering = new();
    private readonly SyncClock _released = new();
    private uint _transfers;

    public uint Address => address;

    /// <summary>Index of the phase that is not complete yet.</summary>
    public long Phase { get; private set; }

    public int Pending { get; private set; } = count;

    public long Transactions { get; private set; }

    /// <summary>Who has initialised it, and when; for the fence that the asynchronous proxy needs.</summary>
    public (int Warp, uint Time) Initialised { get; init; }

    public int InFlight => _inFlight.Count;

    /// <summary>Arrivals of a warp. Returns what is wrong with them, or null.</summary>
    public string? Arrive(Warp warp, int arrivals, bool releases = true)
    {
        if (arrivals > Pending) return $"{arrivals} arrival(s) with {Pending} of {_expected} pending in phase {Phase} of the mbarrier at 0x{address:x}";
        if (releases) block.Clocks.Release(warp.Index, _gathering);
        Pending -= arrivals;
        Change();
        return null;
    }

    public void ExpectTransactions(long bytes)
    {
        Transactions += bytes;
        Change();
    }

    /// <summary>One more arrival is expected in this phase: cp.async.mbarrier.arrive without .noinc.</summary>
    public void ExpectArrivals(int arrivals) => Pending += arrivals;

    public void Add(ITransfer transfer) => _inFlight.Add(transfer);

    /// <summary>Whether a phase is complete. Lands transfers if it is not; if it is in the end, the warp has seen all that they and the arrivals brought.</summary>
    public bool Poll(Warp warp, long phase)
    {
        if (Phase <= phase && _inFlight.Count > 0) LandAll();
        if (Phase <= phase) return false;
        block.Clocks.Acquire(warp.Index, _released);
        return true;
    }

    public override string ToString() => $"mbarrier 0x{address:x}: phase {Phase}, {Pending} of {_expected} arrivals pending, {Transactions} bytes expected, {_inFlight.Count} transfer(s) in flight";

    private void LandAll()
    {
        ITransfer[] transfers = [.. _inFlight];
        _inFlight.Clear();
        foreach (ITransfer transfer in transfers)
        {
            uint time = ++_transfers;
            transfer.Land(block, Memory.WordShadow.Epoch(agent, time));
            _gathering.Values[agent] = time;
            Transactions -= transfer.Bytes;
            Pending -= transfer.Arrivals;
            Change();
        }
    }

    private void Change()
    {
        block.Progress++;
        if (Pending > 0 || Transactions != 0) return;
        Phase++;
        Pending = _expected;
        _released.Copy(_gathering);
        _gathering.Clear();
    }
}
