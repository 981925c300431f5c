using System.Numerics;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Operations;

/// <summary>How an access orders others (PTX ISA, "Memory Consistency Model").</summary>
internal readonly record struct AccessOrder(bool IsStrong);

/// <summary><c>ld.global</c>.</summary>
internal sealed unsafe class LoadGlobal<TElement, TRow>(int[] d, AddressSource source) : Operation
    where TElement : unmanaged, IBinaryInteger<TElement> where TRow : unmanaged, IBinaryInteger<TRow>
{
    public override Step Execute(Warp warp, uint mask)
    {
        ulong* addresses = stackalloc ulong[32];
        source.Global(warp, addresses);
        Load(warp, mask, addresses, d);
        return Step.Next;
    }

    public static void Load(Warp warp, uint mask, ulong* addresses, int[] d)
    {
        int bytes = sizeof(TElement) * d.Length;
        mask = warp.Block.Global.Check(warp, mask, addresses, bytes, bytes, "read");
        warp.Block.Reads?.Count(mask, addresses, bytes);
        for (int i = 0; i < d.Length; i++)
        {
            TRow* to = (TRow*)(warp.Registers + d[i]);
            if (mask == uint.MaxValue)
            {
                for (int lane = 0; lane < 32; lane++) to[lane] = TRow.CreateTruncating(((TElement*)addresses[lane])[i]);
                continue;
            }
            for (uint rest = mask; rest != 0; rest &= rest - 1)
            {
                int lane = BitOperations.TrailingZeroCount(rest);
                to[lane] = TRow.CreateTruncating(((TElement*)addresses[lane])[i]);
            }
        }
    }
}

/// <summary><c>ld.shared</c>.</summary>
internal sealed unsafe class LoadShared<TElement, TRow>(int[] d, AddressSource source, AccessOrder order) : Operation
    where TElement : unmanaged, IBinaryInteger<TElement> where TRow : unmanaged, IBinaryInteger<TRow>
{
    public override Step Execute(Warp warp, uint mask)
    {
        uint* addresses = stackalloc uint[32];
        source.Shared(warp, addresses);
        Load(warp, mask, addresses, d, order);
        return Step.Next;
    }

    public static void Load(Warp warp, uint mask, uint* addresses, int[] d, AccessOrder order)
    {
        Memory.SharedMemory shared = warp.Block.Shared;
        int bytes = sizeof(TElement) * d.Length;
        mask = shared.CheckBounds(warp, mask, addresses, bytes, bytes, "read");
        if (order.IsStrong)
        {
            for (uint rest = mask; rest != 0; rest &= rest - 1) shared.Synchronise(warp, addresses[BitOperations.TrailingZeroCount(rest)], acquires: true, releases: false);
        }
        Memory.BankCounter.Count(warp, mask, addresses, bytes);
        shared.NoteReads(warp, mask, addresses, bytes);
        byte* data = shared.Data;
        for (int i = 0; i < d.Length; i++)
        {
            TRow* to = (TRow*)(warp.Registers + d[i]);
            for (uint rest = mask; rest != 0; rest &= rest - 1)
            {
                int lane = BitOperations.TrailingZeroCount(rest);
                to[lane] = TRow.CreateTruncating(((TElement*)(data + addresses[lane]))[i]);
            }
        }
    }
}

/// <summary><c>ld</c> without a state space: each lane's address says where it points.</summary>
internal sealed unsafe class LoadGeneric<TElement, TRow>(int[] d, AddressSource source, AccessOrder order) : Operation
    where TElement : unmanaged, IBinaryInteger<TElement> where TRow : unmanaged, IBinaryInteger<TRow>
{
    public override Step Execute(Warp warp, uint mask)
    {
        ulong* addresses = stackalloc ulong[32];
        uint* shared = stackalloc uint[32];
        source.Global(warp, addresses);
        uint inShared = GenericAddresses.Split(mask, addresses, shared);
        if (inShared != 0) LoadShared<TElement, TRow>.Load(warp, inShared, shared, d, order);
        if (mask != inShared) LoadGlobal<TElement, TRow>.Load(warp, mask & ~inShared, addresses, d);
        return Step.Next;
    }
}

/// <summary><c>ld.param</c>: the same for all lanes.</summary>
internal sealed unsafe class LoadParameter<TElement, TRow>(int[] d, int offset) : Operation
    where TElement : unmanaged, IBinaryInteger<TElement> where TRow : unmanaged, IBinaryInteger<TRow>
{
    public override Step Execute(Warp warp, uint mask)
    {
        TElement* from = (TElement*)(warp.Block.Launch.Parameters.Address + offset);
        for (int i = 0; i < d.Length; i++)
        {
            TRow value = TRow.CreateTruncating(from[i]);
            TRow* to = (TRow*)(warp.Registers + d[i]);
            for (uint rest = mask; rest != 0; rest &= rest - 1) to[BitOperations.TrailingZeroCount(rest)] = value;
        }
        return Step.Next;
    }
}

internal static unsafe class GenericAddresses
{
    /// <summary>The lanes whose address lies in the window of shared memory, and their addresses there.</summary>
    public static uint Split(uint mask, ulong* addresses, uint* shared)
    {
        uint inShared = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if (!GenericWindow.IsShared(addresses[lane])) continue;
            inShared |= 1u << lane;
            shared[lane] = (uint)addresses[lane];
        }
        return inShared;
    }
}
