using System.Numerics;
using Intarsia.PtxEmulator.Execution;
using Intarsia.PtxEmulator.Parsing;

namespace Intarsia.PtxEmulator.Operations;

/// <summary>One bulk copy of one thread: where it lies in shared memory, and how to do it.</summary>
internal readonly unsafe struct BulkCopy(uint address, int bytes, Action<Block> perform, int pc) : ITransfer
{
    public long Bytes => bytes;

    public int Arrivals => 0;

    public void Land(Block block, uint epoch)
    {
        perform(block);
        block.Shared.EndCopy(address, bytes, epoch, pc);
    }
}

/// <summary><c>cp.async.bulk</c> and <c>cp.async.bulk.tensor</c> into shared memory, completing on an mbarrier.</summary>
internal sealed class BulkLoad(AddressSource destination, BulkSource source, AddressSource barrier) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            Block block = warp.Block;
            uint address = destination.SharedAt(warp, lane);
            if (source.Prepare(warp, lane, address, load: true) is not { } copy) continue;
            if (block.Mbarriers.Find(warp, lane, barrier.SharedAt(warp, lane), asynchronous: true) is not { } completesOn) continue;
            block.Shared.BeginCopy(warp, lane, address, copy.Bytes);
            completesOn.Add(new BulkCopy(address, copy.Bytes, copy.Perform, warp.Instruction.Index));
        }
        return Step.Next;
    }
}

/// <summary><c>cp.async.bulk</c> and <c>cp.async.bulk.tensor</c> out of shared memory, completing with the thread's bulk groups.</summary>
internal sealed class BulkStore(AddressSource from, BulkSource target) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            uint address = from.SharedAt(warp, lane);
            if (target.Prepare(warp, lane, address, load: false) is not { } copy) continue;
            Block block = warp.Block;
            warp.Stores.Issue(lane, address, copy.Bytes, () => copy.Perform(block));
        }
        return Step.Next;
    }
}

/// <summary><c>cp.async.bulk.commit_group</c>.</summary>
internal sealed class CommitBulk : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        warp.Stores.Commit(mask);
        return Step.Next;
    }
}

/// <summary><c>cp.async.bulk.wait_group</c>, with or without <c>.read</c>: what has been read has also been written here.</summary>
internal sealed class WaitBulk(int groups) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        warp.Stores.Wait(mask, groups);
        return Step.Next;
    }
}

/// <summary>The side of a bulk copy that lies in global memory.</summary>
internal abstract class BulkSource
{
    /// <summary>Checks the copy of one lane and says how to do it; null after a finding.</summary>
    public abstract (int Bytes, Action<Block> Perform)? Prepare(Warp warp, int lane, uint shared, bool load);

    /// <summary>Checks the shared side.</summary>
    protected static unsafe bool IsInShared(Warp warp, int lane, uint address, int bytes, int alignment, bool load)
    {
        uint* addresses = stackalloc uint[32];
        addresses[lane] = address;
        return warp.Block.Shared.CheckBounds(warp, 1u << lane, addresses, bytes, alignment, load ? "bulk write" : "bulk read") != 0;
    }
}

/// <summary>Consecutive bytes.</summary>
internal sealed unsafe class BulkBytes(AddressSource global, int bytesRow) : BulkSource
{
    public override (int Bytes, Action<Block> Perform)? Prepare(Warp warp, int lane, uint shared, bool load)
    {
        uint bytes = warp.Registers[bytesRow + lane];
        if (bytes % 16 != 0 || bytes is 0 or > 1 << 20)
        {
            warp.Report(FindingKind.InvalidOperand, 1u << lane, $"a bulk copy of {bytes} bytes; multiples of 16 were expected");
            return null;
        }
        ulong* address = stackalloc ulong[32];
        address[lane] = global.GlobalAt(warp, lane);
        if (!IsInShared(warp, lane, shared, (int)bytes, 16, load) || warp.Block.Global.Check(warp, 1u << lane, address, (int)bytes, 16, load ? "bulk read" : "bulk write") == 0) return null;
        nint at = (nint)address[lane];
        return load
            ? ((int)bytes, block => Buffer.MemoryCopy((void*)at, block.Shared.Data + shared, bytes, bytes))
            : ((int)bytes, block => Buffer.MemoryCopy(block.Shared.Data + shared, (void*)at, bytes, bytes));
    }
}

/// <summary>A box of a tensor.</summary>
internal sealed unsafe class BulkTensor(AddressSource map, int[] coordinates) : BulkSource
{
    public override (int Bytes, Action<Block> Perform)? Prepare(Warp warp, int lane, uint shared, bool load)
    {
        ulong* address = stackalloc ulong[32];
        address[lane] = map.GlobalAt(warp, lane);
        if (warp.Block.Global.Check(warp, 1u << lane, address, TensorMap.Size, 64, "read of a tensor map") == 0) return null;
        Span<int> at = stackalloc int[coordinates.Length];
        for (int i = 0; i < at.Length; i++) at[i] = (int)warp.Registers[coordinates[i] + lane];
        if (TensorBox.Decode(new ReadOnlySpan<byte>((void*)address[lane], TensorMap.Size), at, out string wrong) is not { } box)
        {
            warp.Report(FindingKind.InvalidOperand, 1u << lane, $"at 0x{address[lane]:x} {wrong}");
            return null;
        }
        if (!IsInShared(warp, lane, shared, box.Bytes, box.Alignment, load)) return null;
        if (box.Extent() is { } extent && !warp.Block.Global.Contains(extent.First, extent.Last - extent.First + 1))
        {
            warp.Report(FindingKind.OutOfBounds, 1u << lane,
                $"the box at ({string.Join(", ", at.ToArray())}) reaches from {warp.Block.Global.Describe(extent.First)} to {warp.Block.Global.Describe(extent.Last)}, which is not inside one allocation, although the tensor map says so");
            return null;
        }
        return (box.Bytes, load ? block => box.Load(block.Shared.Data, shared) : block => box.Store(block.Shared.Data, shared));
    }
}
