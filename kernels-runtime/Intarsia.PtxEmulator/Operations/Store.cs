using System.Numerics;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Operations;

/// <summary><c>st.global</c>.</summary>
internal sealed unsafe class StoreGlobal<TElement, TRow>(int[] a, AddressSource target) : Operation
    where TElement : unmanaged, IBinaryInteger<TElement> where TRow : unmanaged, IBinaryInteger<TRow>
{
    public override Step Execute(Warp warp, uint mask)
    {
        ulong* addresses = stackalloc ulong[32];
        target.Global(warp, addresses);
        Store(warp, mask, addresses, a);
        return Step.Next;
    }

    public static void Store(Warp warp, uint mask, ulong* addresses, int[] a)
    {
        int bytes = sizeof(TElement) * a.Length;
        mask = warp.Block.Global.Check(warp, mask, addresses, bytes, bytes, "write");
        for (int i = 0; i < a.Length; i++)
        {
            TRow* from = (TRow*)(warp.Registers + a[i]);
            for (uint rest = mask; rest != 0; rest &= rest - 1)
            {
                int lane = BitOperations.TrailingZeroCount(rest);
                ((TElement*)addresses[lane])[i] = TElement.CreateTruncating(from[lane]);
            }
        }
        warp.Block.Progress++;
    }
}

/// <summary><c>st.shared</c>.</summary>
internal sealed unsafe class StoreShared<TElement, TRow>(int[] a, AddressSource target, AccessOrder order) : Operation
    where TElement : unmanaged, IBinaryInteger<TElement> where TRow : unmanaged, IBinaryInteger<TRow>
{
    public override Step Execute(Warp warp, uint mask)
    {
        uint* addresses = stackalloc uint[32];
        target.Shared(warp, addresses);
        Store(warp, mask, addresses, a, order);
        return Step.Next;
    }

    public static void Store(Warp warp, uint mask, uint* addresses, int[] a, AccessOrder order)
    {
        Memory.SharedMemory shared = warp.Block.Shared;
        int bytes = sizeof(TElement) * a.Length;
        mask = shared.CheckBounds(warp, mask, addresses, bytes, bytes, "write");
        Memory.BankCounter.Count(warp, mask, addresses, bytes);
        shared.NoteWrites(warp, mask, addresses, bytes);
        byte* data = shared.Data;
        for (int i = 0; i < a.Length; i++)
        {
            TRow* from = (TRow*)(warp.Registers + a[i]);
            for (uint rest = mask; rest != 0; rest &= rest - 1)
            {
                int lane = BitOperations.TrailingZeroCount(rest);
                ((TElement*)(data + addresses[lane]))[i] = TElement.CreateTruncating(from[lane]);
            }
        }
        if (order.IsStrong)
        {
            for (uint rest = mask; rest != 0; rest &= rest - 1) shared.Synchronise(warp, addresses[BitOperations.TrailingZeroCount(rest)], acquires: false, releases: true);
        }
        warp.Block.Progress++;
    }
}

/// <summary><c>st</c> without a state space.</summary>
internal sealed unsafe class StoreGeneric<TElement, TRow>(int[] a, AddressSource target, AccessOrder order) : Operation
    where TElement : unmanaged, IBinaryInteger<TElement> where TRow : unmanaged, IBinaryInteger<TRow>
{
    public override Step Execute(Warp warp, uint mask)
    {
        ulong* addresses = stackalloc ulong[32];
        uint* shared = stackalloc uint[32];
        target.Global(warp, addresses);
        uint inShared = GenericAddresses.Split(mask, addresses, shared);
        if (inShared != 0) StoreShared<TElement, TRow>.Store(warp, inShared, shared, a, order);
        if (mask != inShared) StoreGlobal<TElement, TRow>.Store(warp, mask & ~inShared, addresses, a);
        return Step.Next;
    }
}
