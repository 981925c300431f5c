using System.Numerics;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Operations;

internal enum BarrierAction { Sync, Arrive }

/// <summary><c>bar.sync</c>, <c>barrier.sync</c> and <c>bar.arrive</c>.</summary>
internal sealed unsafe class Barrier(BarrierAction action, int indexRow, int countRow, bool aligned) : Operation
{
    public override bool IsAligned => aligned;

    public override Step Execute(Warp warp, uint mask)
    {
        WarpPath path = warp.Path;
        if (path.Waiting is NamedBarrier waiting)
        {
            if (waiting.Generation == path.Ticket) return Step.Retry;
            path.Waiting = null;
            waiting.Acquire(warp);
            return Step.Next;
        }
        int lane = BitOperations.TrailingZeroCount(mask);
        uint index = warp.Registers[indexRow + lane];
        uint count = countRow < 0 ? 0 : warp.Registers[countRow + lane];
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int other = BitOperations.TrailingZeroCount(rest);
            if (warp.Registers[indexRow + other] != index || (countRow >= 0 && warp.Registers[countRow + other] != count))
            {
                warp.Report(FindingKind.InvalidOperand, mask, "the lanes of a warp name different barriers or counts");
                return Step.Next;
            }
        }
        if (index > 15 || count % 32 != 0 || count > 1024 || (countRow >= 0 && count == 0))
        {
            warp.Report(FindingKind.InvalidOperand, mask, $"barrier {index} with {count} threads; barriers are 0…15, and threads are counted in multiples of 32");
            return Step.Next;
        }
        NamedBarrier barrier = warp.Block.Barrier((int)index);
        // Lanes that should have come together have been reported; hardware counts the warp, so that others are not kept waiting.
        if (aligned && mask != warp.Live)
        {
            if (barrier.HasArrived(warp)) return Step.Next;
            mask = warp.Live;
        }
        long generation = barrier.Generation;
        if (barrier.Arrive(warp, mask, (int)count) is { } wrong)
        {
            warp.Report(FindingKind.BarrierMisuse, mask, $"barrier {index}: {wrong}");
            return Step.Next;
        }
        if (action == BarrierAction.Arrive) return Step.Next;
        if (barrier.Generation != generation)
        {
            barrier.Acquire(warp);
            return Step.Next;
        }
        path.Waiting = barrier;
        path.Ticket = generation;
        return Step.Retry;
    }
}

/// <summary><c>bar.warp.sync</c>: lanes of a warp run together anyway, unless they have parted.</summary>
internal sealed unsafe class WarpBarrier(int maskRow) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        WarpCollective.CheckMembers(warp, mask, maskRow);
        return Step.Next;
    }
}

/// <summary><c>fence.proxy.async</c> and <c>fence.mbarrier_init</c>.</summary>
internal sealed class ProxyFence : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        warp.Block.Clocks.ProxyFence(warp.Index);
        return Step.Next;
    }
}
