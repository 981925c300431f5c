using System.Numerics;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Operations;

// Functions of one lane. Rows are read and written as values of the type arguments; the JIT makes one loop of each combination, without calls in it.

internal interface IMap<TA, TD>
{
    static abstract TD Apply(TA a);
}

internal interface IMap<TA, TB, TD>
{
    static abstract TD Apply(TA a, TB b);
}

internal interface IMap<TA, TB, TC, TD>
{
    static abstract TD Apply(TA a, TB b, TC c);
}

/// <summary>d = f(a) in each lane.</summary>
internal sealed unsafe class Map<TA, TD, TFunction>(int d, int a) : Operation
    where TA : unmanaged where TD : unmanaged where TFunction : struct, IMap<TA, TD>
{
    public override Step Execute(Warp warp, uint mask)
    {
        TD* to = (TD*)(warp.Registers + d);
        TA* x = (TA*)(warp.Registers + a);
        if (mask == uint.MaxValue)
        {
            for (int lane = 0; lane < 32; lane++) to[lane] = TFunction.Apply(x[lane]);
            return Step.Next;
        }
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            to[lane] = TFunction.Apply(x[lane]);
        }
        return Step.Next;
    }
}

/// <summary>d = f(a, b) in each lane.</summary>
internal sealed unsafe class Map<TA, TB, TD, TFunction>(int d, int a, int b) : Operation
    where TA : unmanaged where TB : unmanaged where TD : unmanaged where TFunction : struct, IMap<TA, TB, TD>
{
    public override Step Execute(Warp warp, uint mask)
    {
        TD* to = (TD*)(warp.Registers + d);
        TA* x = (TA*)(warp.Registers + a);
        TB* y = (TB*)(warp.Registers + b);
        if (mask == uint.MaxValue)
        {
            for (int lane = 0; lane < 32; lane++) to[lane] = TFunction.Apply(x[lane], y[lane]);
            return Step.Next;
        }
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            to[lane] = TFunction.Apply(x[lane], y[lane]);
        }
        return Step.Next;
    }
}

/// <summary>d = f(a, b, c) in each lane.</summary>
internal sealed unsafe class Map<TA, TB, TC, TD, TFunction>(int d, int a, int b, int c) : Operation
    where TA : unmanaged where TB : unmanaged where TC : unmanaged where TD : unmanaged where TFunction : struct, IMap<TA, TB, TC, TD>
{
    public override Step Execute(Warp warp, uint mask)
    {
        TD* to = (TD*)(warp.Registers + d);
        TA* x = (TA*)(warp.Registers + a);
        TB* y = (TB*)(warp.Registers + b);
        TC* z = (TC*)(warp.Registers + c);
        if (mask == uint.MaxValue)
        {
            for (int lane = 0; lane < 32; lane++) to[lane] = TFunction.Apply(x[lane], y[lane], z[lane]);
            return Step.Next;
        }
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            to[lane] = TFunction.Apply(x[lane], y[lane], z[lane]);
        }
        return Step.Next;
    }
}

/// <summary>A function that is built when the instruction is decoded, on raw bits of up to 64; for instructions with more forms than are worth a type each.</summary>
internal sealed unsafe class BitsMap(int d, bool wideTo, int a, bool wideFrom, Func<ulong, ulong> function) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        uint* to = warp.Registers + d;
        uint* from = warp.Registers + a;
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            ulong value = function(wideFrom ? ((ulong*)from)[lane] : from[lane]);
            if (wideTo) ((ulong*)to)[lane] = value;
            else to[lane] = (uint)value;
        }
        return Step.Next;
    }
}
