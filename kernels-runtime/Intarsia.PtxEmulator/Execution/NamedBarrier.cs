using System.Numerics;

namespace Intarsia.PtxEmulator.Execution;

/// <summary>
/// One of a block's sixteen barriers (PTX ISA, section "bar, barrier"). Threads are counted in whole warps: the lanes that a warp lacks arrive with its last ones.
/// Without a count it waits for all warps that have not exited.
/// </summary>
internal sealed class NamedBarrier(Block block)
{
    private readonly uint[] _lanes = new uint[32];
    private readonly SyncClock _gathering = new();
    private readonly SyncClock _released = new();
    private int _arrived;
    private int _expected;

    /// <summary>How often the barrier has completed.</summary>
    public long Generation { get; private set; }

    public int Arrived => _arrived;

    public int Expected => _expected == 0 ? 32 * block.LiveWarps : _expected;

    public void Reset()
    {
        Generation = 0;
        Clear();
    }

    /// <summary>Lanes of a warp arrive. <paramref name="expected"/> is 0 for the whole block.</summary>
    /// <returns>What is wrong with the arrival, or null.</returns>
    public string? Arrive(Warp warp, uint mask, int expected)
    {
        if (_arrived > 0 && expected != _expected) return $"the barrier waits for {Describe(_expected)}, and this instruction says {Describe(expected)}";
        if ((_lanes[warp.Index] & mask) != 0) return "a thread arrives a second time before the barrier has completed";
        _expected = expected;
        _lanes[warp.Index] |= mask;
        _arrived += BitOperations.PopCount(mask) + (_lanes[warp.Index] == warp.Live ? 32 - BitOperations.PopCount(warp.Live) : 0);
        block.Clocks.Release(warp.Index, _gathering);
        block.Progress++;
        CompleteIfFull();
        return null;
    }

    public bool HasArrived(Warp warp) => _lanes[warp.Index] != 0;

    /// <summary>Completes the barrier if all have arrived; also called when a warp exits.</summary>
    public void CompleteIfFull()
    {
        if (_arrived == 0 || _arrived < Expected) return;
        Generation++;
        block.Progress++;
        _released.Copy(_gathering);
        Clear();
    }

    public void Acquire(Warp warp) => block.Clocks.Acquire(warp.Index, _released);

    private void Clear()
    {
        _arrived = 0;
        _expected = 0;
        Array.Clear(_lanes);
        _gathering.Clear();
    }

    private static string Describe(int expected) => expected == 0 ? "the whole block" : $"{expected} threads";
}
