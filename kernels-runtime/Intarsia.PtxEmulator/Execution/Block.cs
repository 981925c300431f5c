using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Memory;

namespace Intarsia.PtxEmulator.Execution;

/// <summary>
/// A place on which blocks of one launch run one after the other: warps, shared memory, barriers. Warps take turns on one thread; a turn ends when the warp has to wait. What races are found does not depend on
/// the order of turns.
/// </summary>
internal sealed class Block : IDisposable
{
    private const int Turn = 50_000;
    private const int MaxIdleRounds = 2_000;
    private readonly Warp[] _warps;
    private readonly Launch _launch;
    private readonly NamedBarrier[] _barriers = new NamedBarrier[16];
    private readonly Warpgroup[] _groups;

    public Block(Launch launch)
    {
        _launch = launch;
        KernelProgram program = launch.Entry.Program;
        Counts = new long[program.Code.Length];
        Transactions = new long[program.Code.Length];
        Conflicts = new long[program.Code.Length];
        int warps = (int)((launch.Config.Block.Count + 31) / 32);
        Clocks = new Clocks(warps);
        Global = new GlobalMemory(launch.Memory);
        Reads = launch.Options.CountGlobalReads ? new ReadCounter(launch.Memory) : null;
        Shared = new SharedMemory(this, program.Shared, launch.Config.DynamicSharedBytes, warps);
        for (int i = 0; i < _barriers.Length; i++) _barriers[i] = new NamedBarrier(this);
        Mbarriers = new Mbarriers(this);
        _groups = new Warpgroup[warps / 4];
        for (int i = 0; i < _groups.Length; i++) _groups[i] = new Warpgroup(this, i);
        _warps = new Warp[warps];
        for (int i = 0; i < warps; i++) _warps[i] = new Warp(this, program, i);
    }

    public ReadOnlySpan<Warp> Warps => _warps;

    public BlockCoordinates Coordinates { get; private set; }

    public SharedMemory Shared { get; }

    public GlobalMemory Global { get; }

    /// <summary>Counts loads of global memory; null where nobody asks.</summary>
    public ReadCounter? Reads { get; }

    public Clocks Clocks { get; }

    public Mbarriers Mbarriers { get; }

    public FindingLog Findings => _launch.Findings;

    public Launch Launch => _launch;

    /// <summary>Executions of each instruction, over all blocks that ran here.</summary>
    public long[] Counts { get; }

    public long[] Transactions { get; }

    public long[] Conflicts { get; }

    /// <summary>Counts events that others may wait for: stores, arrivals, exits.</summary>
    public long Progress { get; set; }

    public int LiveWarps { get; private set; }

    public NamedBarrier Barrier(int index) => _barriers[index];

    /// <summary>The warpgroup of a warp, or null where four warps do not make one.</summary>
    public Warpgroup? Group(Warp warp) => warp.Index / 4 < _groups.Length ? _groups[warp.Index / 4] : null;

    public void Run(Dim3 index)
    {
        Coordinates = new BlockCoordinates(_launch.Config, index, _launch.Entry.StaticSharedBytes);
        Shared.Reset();
        Clocks.Reset();
        Mbarriers.Reset();
        foreach (NamedBarrier barrier in _barriers) barrier.Reset();
        foreach (Warpgroup group in _groups) group.Reset();
        long threads = _launch.Config.Block.Count;
        LiveWarps = _warps.Length;
        foreach (Warp warp in _warps)
        {
            long lanes = Math.Min(32, threads - warp.Index * 32L);
            warp.Start(lanes == 32 ? uint.MaxValue : (1u << (int)lanes) - 1, Coordinates);
        }
        RunWarps();
    }

    public void Dispose()
    {
        foreach (Warp warp in _warps) warp.Dispose();
        Shared.Dispose();
        Clocks.Dispose();
    }

    private void RunWarps()
    {
        int idleRounds = 0;
        long idleInstructions = 0;
        while (LiveWarps > 0)
        {
            long before = Progress;
            bool budgetUsed = false;
            foreach (Warp warp in _warps)
            {
                if (warp.Live == 0) continue;
                TurnEnd end = warp.Run(Turn);
                budgetUsed |= end == TurnEnd.Budget;
                if (end == TurnEnd.Finished) EndWarp();
            }
            if (Progress != before)
            {
                idleRounds = 0;
                idleInstructions = 0;
                continue;
            }
            if (budgetUsed)
            {
                idleInstructions += Turn;
                if (idleInstructions < _launch.Options.MaxIdleInstructions) continue;
            }
            else if (++idleRounds < MaxIdleRounds) continue;
            if (ReleaseWaitingLanes())
            {
                idleRounds = 0;
                continue;
            }
            ReportDeadlock();
            return;
        }
    }

    private void EndWarp()
    {
        LiveWarps--;
        Progress++;
        foreach (NamedBarrier barrier in _barriers) barrier.CompleteIfFull();
    }

    private bool ReleaseWaitingLanes()
    {
        bool any = false;
        foreach (Warp warp in _warps) any |= warp.Live != 0 && warp.ReleaseWaiting();
        return any;
    }

    private void ReportDeadlock()
    {
        Warp[] waiting = [.. _warps.Where(warp => warp.Live != 0)];
        string where = string.Join("; ", waiting.Select(warp => $"warp {warp.Index} {warp.WhereItWaits()}"));
        waiting[0].Report(FindingKind.Deadlock, 0, $"nothing in the block can go on: {where}{(Mbarriers.ToString() is { Length: > 0 } objects ? $"; {objects}" : "")}");
    }
}
