using System.Numerics;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Operations;

internal enum Comparison { Eq, Ne, Lt, Le, Gt, Ge, Equ, Neu, Ltu, Leu, Gtu, Geu, Num, Nan }

internal enum PredicateCombination { None, And, Or, Xor }

/// <summary>Reads a row as values of one type.</summary>
internal interface IRow<T>
{
    static abstract unsafe T Load(uint* row, int lane);
}

internal struct WholeRow<T> : IRow<T> where T : unmanaged
{
    public static unsafe T Load(uint* row, int lane) => ((T*)row)[lane];
}

internal struct NarrowRow<T> : IRow<T> where T : unmanaged, IBinaryInteger<T>
{
    public static unsafe T Load(uint* row, int lane) => T.CreateTruncating(row[lane]);
}

internal struct HalfRow<TFormat> : IRow<float> where TFormat : struct, IHalfFormat
{
    public static unsafe float Load(uint* row, int lane) => TFormat.Load(row[lane] & 0xFFFF);
}

/// <summary>Compares lanes of two rows to a mask.</summary>
internal abstract unsafe class Comparer
{
    public abstract uint Lanes(uint* a, uint* b);
}

internal sealed unsafe class Comparer<T, TRow>(Comparison comparison) : Comparer where T : unmanaged, INumber<T> where TRow : struct, IRow<T>
{
    public override uint Lanes(uint* a, uint* b)
    {
        uint less = 0;
        uint equal = 0;
        uint greater = 0;
        for (int lane = 0; lane < 32; lane++)
        {
            T x = TRow.Load(a, lane);
            T y = TRow.Load(b, lane);
            less |= (x < y ? 1u : 0) << lane;
            equal |= (x == y ? 1u : 0) << lane;
            greater |= (x > y ? 1u : 0) << lane;
        }
        uint unordered = ~(less | equal | greater);
        return comparison switch
        {
            Comparison.Eq => equal,
            Comparison.Ne => less | greater,
            Comparison.Lt => less,
            Comparison.Le => less | equal,
            Comparison.Gt => greater,
            Comparison.Ge => greater | equal,
            Comparison.Equ => equal | unordered,
            Comparison.Neu => ~equal,
            Comparison.Ltu => less | unordered,
            Comparison.Leu => ~greater,
            Comparison.Gtu => greater | unordered,
            Comparison.Geu => ~less,
            Comparison.Num => ~unordered,
            _ => unordered,
        };
    }
}

/// <summary><c>setp</c>: a comparison, and its negation, each combined with a predicate.</summary>
internal sealed unsafe class SetPredicate(Comparer comparer, int p, int q, int a, int b, PredicateCombination combination, (int Row, bool Not) c) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        uint* file = warp.Registers;
        uint lanes = comparer.Lanes(file + a, file + b);
        uint with = combination == PredicateCombination.None ? 0 : file[c.Row] ^ (c.Not ? uint.MaxValue : 0);
        file[p] = (file[p] & ~mask) | (Combine(lanes, with) & mask);
        if (q >= 0) file[q] = (file[q] & ~mask) | (Combine(~lanes, with) & mask);
        return Step.Next;
    }

    private uint Combine(uint lanes, uint with) => combination switch
    {
        PredicateCombination.And => lanes & with,
        PredicateCombination.Or => lanes | with,
        PredicateCombination.Xor => lanes ^ with,
        _ => lanes,
    };
}

/// <summary><c>set</c>: a comparison as all ones or 1.0 in a 32-bit register.</summary>
internal sealed unsafe class SetValue(Comparer comparer, int d, int a, int b, uint whenTrue) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        uint lanes = comparer.Lanes(warp.Registers + a, warp.Registers + b);
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            warp.Registers[d + lane] = (lanes >> lane & 1) != 0 ? whenTrue : 0;
        }
        return Step.Next;
    }
}

/// <summary><c>selp</c> and <c>slct</c>: a where the lane's condition holds, else b.</summary>
internal sealed unsafe class Select<T>(int d, int a, int b, int condition, bool not) : Operation where T : unmanaged
{
    public override Step Execute(Warp warp, uint mask)
    {
        T* to = (T*)(warp.Registers + d);
        T* x = (T*)(warp.Registers + a);
        T* y = (T*)(warp.Registers + b);
        uint lanes = warp.Registers[condition] ^ (not ? uint.MaxValue : 0);
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            to[lane] = (lanes >> lane & 1) != 0 ? x[lane] : y[lane];
        }
        return Step.Next;
    }
}

/// <summary><c>slct</c>: a where c is not negative, else b.</summary>
internal sealed unsafe class SelectBySign<T>(int d, int a, int b, int c, bool single) : Operation where T : unmanaged
{
    public override Step Execute(Warp warp, uint mask)
    {
        T* to = (T*)(warp.Registers + d);
        T* x = (T*)(warp.Registers + a);
        T* y = (T*)(warp.Registers + b);
        int* z = (int*)(warp.Registers + c);
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            // As numbers −0 is not negative, and a NaN selects b.
            bool first = single ? BitConverter.Int32BitsToSingle(z[lane]) >= 0 : z[lane] >= 0;
            to[lane] = first ? x[lane] : y[lane];
        }
        return Step.Next;
    }
}
