using System.Numerics;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Operations;

/// <summary><c>mbarrier.init</c>.</summary>
internal sealed unsafe class InitialiseMbarrier(AddressSource target, int countRow) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        uint* addresses = stackalloc uint[32];
        target.Shared(warp, addresses);
        for (uint rest = warp.Block.Shared.CheckBounds(warp, mask, addresses, 8, 8, "mbarrier.init"); rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            warp.Block.Mbarriers.Initialise(warp, lane, addresses[lane], warp.Registers[countRow + lane]);
        }
        return Step.Next;
    }
}

/// <summary><c>mbarrier.inval</c>.</summary>
internal sealed class InvalidateMbarrier(AddressSource target) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            warp.Block.Mbarriers.Invalidate(warp, lane, target.SharedAt(warp, lane));
        }
        return Step.Next;
    }
}

/// <summary><c>mbarrier.arrive</c>, <c>.arrive.expect_tx</c> and <c>mbarrier.expect_tx</c> (no arrival).</summary>
/// <param name="state">Row for the state, or −1.</param>
/// <param name="target">The object.</param>
/// <param name="countRow">Row of the number of arrivals; 0 for none.</param>
/// <param name="bytesRow">Row of the bytes to expect, or −1.</param>
internal sealed unsafe class ArriveAtMbarrier(int state, AddressSource target, int countRow, int bytesRow) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            if (warp.Block.Mbarriers.Find(warp, lane, target.SharedAt(warp, lane), asynchronous: false) is not { } barrier) continue;
            if (state >= 0) ((ulong*)(warp.Registers + state))[lane] = (ulong)barrier.Phase;
            if (bytesRow >= 0) barrier.ExpectTransactions(warp.Registers[bytesRow + lane]);
            if (countRow > 0 && barrier.Arrive(warp, (int)warp.Registers[countRow + lane]) is { } wrong) warp.Report(FindingKind.BarrierMisuse, 1u << lane, wrong);
        }
        return Step.Next;
    }
}

/// <summary><c>mbarrier.test_wait</c> and <c>try_wait</c>: whether a phase, named by its state or its parity, is complete. Where it is not, other warps run before this one goes on.</summary>
internal sealed unsafe class PollMbarrier(int p, AddressSource target, int phaseRow, bool parity) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        uint complete = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if (warp.Block.Mbarriers.Find(warp, lane, target.SharedAt(warp, lane), asynchronous: false) is not { } barrier)
            {
                // So that the kernel's loop ends; the finding is there.
                complete |= 1u << lane;
                continue;
            }
            long phase = parity ? (barrier.Phase & 1) == (warp.Registers[phaseRow + lane] & 1) ? barrier.Phase : barrier.Phase - 1 : (long)((ulong*)(warp.Registers + phaseRow))[lane];
            if (barrier.Poll(warp, phase)) complete |= 1u << lane;
        }
        warp.Registers[p] = (warp.Registers[p] & ~mask) | complete;
        return complete == mask ? Step.Next : Step.Yield;
    }
}

/// <summary><c>cp.async.mbarrier.arrive</c>: the lanes arrive when their earlier cp.async copies have landed.</summary>
internal sealed class ArriveAfterCopies(AddressSource target, bool counted) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            if (warp.Block.Mbarriers.Find(warp, lane, target.SharedAt(warp, lane), asynchronous: false) is not { } barrier) continue;
            if (!counted) barrier.ExpectArrivals(1);
            barrier.Add(new CopiesLanded(warp, 1u << lane, warp.Async.Sequence));
        }
        return Step.Next;
    }

    private sealed class CopiesLanded(Warp warp, uint lanes, long sequence) : ITransfer
    {
        public long Bytes => 0;

        public int Arrivals => 1;

        public void Land(Block block, uint epoch) => warp.Async.LandThrough(lanes, sequence, epoch);
    }
}
