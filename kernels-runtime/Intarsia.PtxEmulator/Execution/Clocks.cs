using System.Runtime.InteropServices;

namespace Intarsia.PtxEmulator.Execution;

/// <summary>
/// Vector clocks of the block's warps, after FastTrack (Flanagan and Freund, PLDI 2009). A component counts the releases of one agent: warps are 0…31, 32…55 stand for the asynchronous copies that complete on
/// one mbarrier each, and 56…63 for the tensor cores of warpgroups. Warp <c>w</c> has seen what agent <c>a</c> did up to <c>Of(w)[a]</c>. A second clock of the same form says what has passed a proxy fence on its way.
/// </summary>
internal sealed unsafe class Clocks : IDisposable
{
    public const int Agents = 64;
    public const int FirstAsync = 32;
    public const int FirstGroup = 56;
    private readonly int _warps;
    private readonly uint* _clocks;

    public Clocks(int warps)
    {
        _warps = warps;
        _clocks = (uint*)NativeMemory.AlignedAlloc((nuint)(warps * 2 * Agents * 4), 64);
        Reset();
    }

    /// <summary>What a warp has seen.</summary>
    public uint* Of(int warp) => _clocks + warp * 2 * Agents;

    /// <summary>What a warp has seen and a proxy fence has passed on.</summary>
    public uint* FencedOf(int warp) => _clocks + warp * 2 * Agents + Agents;

    /// <summary>The warp's own present time.</summary>
    public uint Now(int warp) => Of(warp)[warp];

    public void Reset()
    {
        NativeMemory.Clear(_clocks, (nuint)(_warps * 2 * Agents * 4));
        for (int warp = 0; warp < _warps; warp++) Of(warp)[warp] = 1;
    }

    /// <summary>Adds what the warp has seen to a synchronisation object, and begins a new time of the warp.</summary>
    public void Release(int warp, SyncClock into)
    {
        Join(into.Values, new ReadOnlySpan<uint>(Of(warp), 2 * Agents));
        Of(warp)[warp]++;
    }

    /// <summary>The warp sees what the synchronisation object holds.</summary>
    public void Acquire(int warp, SyncClock from) => Join(new Span<uint>(Of(warp), 2 * Agents), from.Values);

    /// <summary>What the warp has seen may from now on be accessed by the asynchronous proxy.</summary>
    public void ProxyFence(int warp)
    {
        Join(new Span<uint>(FencedOf(warp), Agents), new ReadOnlySpan<uint>(Of(warp), Agents));
        Of(warp)[warp]++;
    }

    public void Dispose() => NativeMemory.AlignedFree(_clocks);

    private static void Join(Span<uint> into, ReadOnlySpan<uint> from)
    {
        for (int i = 0; i < into.Length; i++) into[i] = Math.Max(into[i], from[i]);
    }
}

/// <summary>What a barrier passes on from those that arrive to those that wait.</summary>
internal sealed class SyncClock
{
    public uint[] Values { get; } = new uint[2 * Clocks.Agents];

    public void Clear() => Array.Clear(Values);

    public void Copy(SyncClock from) => from.Values.CopyTo(Values, 0);
}
