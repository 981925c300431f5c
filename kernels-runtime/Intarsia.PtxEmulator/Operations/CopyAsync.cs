using System.Numerics;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Operations;

/// <summary><c>cp.async</c> from global to shared memory. What the source size or the ignore predicate leaves out of the destination becomes zero.</summary>
internal sealed unsafe class CopyAsync(AddressSource destination, AddressSource source, int bytes, int sourceBytesRow, (int Row, bool Not)? ignore) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        uint* to = stackalloc uint[32];
        ulong* from = stackalloc ulong[32];
        destination.Shared(warp, to);
        source.Global(warp, from);
        mask = warp.Block.Shared.CheckBounds(warp, mask, to, bytes, bytes, "asynchronous write");
        uint ignored = ignore is { } predicate ? warp.Registers[predicate.Row] ^ (predicate.Not ? uint.MaxValue : 0) : 0;
        uint whole = 0;
        uint partial = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            uint size = SourceBytes(warp, lane, ignored);
            if (size > bytes)
            {
                warp.Report(FindingKind.InvalidOperand, 1u << lane, $"a source of {size} bytes for a copy of {bytes}");
                mask &= ~(1u << lane);
            }
            else if (size == bytes) whole |= 1u << lane;
            else if (size > 0) partial |= 1u << lane;
        }
        uint right = warp.Block.Global.Check(warp, whole, from, bytes, bytes, "asynchronous read");
        for (uint rest = partial; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            right |= warp.Block.Global.Check(warp, 1u << lane, from, (int)SourceBytes(warp, lane, ignored), bytes, "asynchronous read");
        }
        uint zero = mask & ~whole & ~partial;
        for (uint rest = right | zero; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            warp.Async.Issue(lane, to[lane], (nint)from[lane], bytes, (int)SourceBytes(warp, lane, ignored));
        }
        return Step.Next;
    }

    private uint SourceBytes(Warp warp, int lane, uint ignored) => (ignored >> lane & 1) != 0 ? 0 : sourceBytesRow < 0 ? (uint)bytes : warp.Registers[sourceBytesRow + lane];
}

/// <summary><c>cp.async.commit_group</c>.</summary>
internal sealed class CommitCopies : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        warp.Async.Commit(mask);
        return Step.Next;
    }
}

/// <summary><c>cp.async.wait_group</c>, and <c>cp.async.wait_all</c> for −1.</summary>
internal sealed class WaitCopies(int groups) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        if (groups < 0) warp.Async.WaitAll(mask);
        else warp.Async.WaitGroup(mask, groups);
        return Step.Next;
    }
}
