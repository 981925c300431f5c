using System.Numerics;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Operations;

/// <summary>Members of instructions in which lanes exchange values.</summary>
internal static unsafe class WarpCollective
{
    /// <summary>Checks that the member mask is that of the lanes that execute the instruction together, and returns it.</summary>
    public static uint CheckMembers(Warp warp, uint mask, int maskRow)
    {
        uint members = warp.Registers[maskRow + BitOperations.TrailingZeroCount(mask)];
        if ((members & warp.Live) != mask)
        {
            warp.Report(FindingKind.NotConverged, mask,
                $"the member mask is 0x{members:x8}, and the lanes that execute the instruction together are 0x{mask:x8} (live lanes 0x{warp.Live:x8}); they have to be the same");
        }
        return mask;
    }
}

internal enum ShuffleMode { Up, Down, Butterfly, Index }

/// <summary><c>shfl.sync</c> (PTX ISA, "shfl.sync").</summary>
internal sealed unsafe class Shuffle(ShuffleMode mode, int d, int p, int a, int b, int c, int members) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        WarpCollective.CheckMembers(warp, mask, members);
        uint* file = warp.Registers;
        uint* source = stackalloc uint[32];
        for (int lane = 0; lane < 32; lane++) source[lane] = file[a + lane];
        uint inRange = 0;
        uint missing = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            int bValue = (int)(file[b + lane] & 31);
            int clamp = (int)(file[c + lane] & 31);
            int segment = (int)(file[c + lane] >> 8 & 31);
            int most = (lane & segment) | (clamp & ~segment);
            int least = lane & segment;
            int from = mode switch { ShuffleMode.Up => lane - bValue, ShuffleMode.Down => lane + bValue, ShuffleMode.Butterfly => lane ^ bValue, _ => least | (bValue & ~segment) };
            bool valid = mode == ShuffleMode.Up ? from >= most : from <= most;
            if (!valid) from = lane;
            else inRange |= 1u << lane;
            if ((mask >> from & 1) == 0) missing |= 1u << lane;
            file[d + lane] = source[from];
        }
        if (missing != 0) warp.Report(FindingKind.NotConverged, missing, "the value is taken from a lane that does not take part");
        if (p >= 0) file[p] = (file[p] & ~mask) | inRange;
        return Step.Next;
    }
}

internal enum VoteMode { Any, All, Uniform, Ballot }

/// <summary><c>vote.sync</c>.</summary>
internal sealed unsafe class Vote(VoteMode mode, int d, (int Row, bool Not) predicate, int members) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        WarpCollective.CheckMembers(warp, mask, members);
        uint* file = warp.Registers;
        uint ballot = (file[predicate.Row] ^ (predicate.Not ? uint.MaxValue : 0)) & mask;
        if (mode == VoteMode.Ballot)
        {
            for (uint rest = mask; rest != 0; rest &= rest - 1) file[d + BitOperations.TrailingZeroCount(rest)] = ballot;
            return Step.Next;
        }
        bool result = mode switch { VoteMode.Any => ballot != 0, VoteMode.All => ballot == mask, _ => ballot == 0 || ballot == mask };
        file[d] = (file[d] & ~mask) | (result ? mask : 0);
        return Step.Next;
    }
}

/// <summary><c>match.any.sync</c> and <c>match.all.sync</c>.</summary>
internal sealed unsafe class Match(bool all, bool wide, int d, int p, int a, int members) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        WarpCollective.CheckMembers(warp, mask, members);
        uint* file = warp.Registers;
        bool same = true;
        ulong first = Value(file, BitOperations.TrailingZeroCount(mask));
        uint* result = stackalloc uint[32];
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            uint equal = 0;
            for (uint others = mask; others != 0; others &= others - 1)
            {
                int other = BitOperations.TrailingZeroCount(others);
                if (Value(file, lane) == Value(file, other)) equal |= 1u << other;
            }
            same &= Value(file, lane) == first;
            result[lane] = equal;
        }
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            file[d + lane] = all ? same ? mask : 0 : result[lane];
        }
        if (p >= 0) file[p] = (file[p] & ~mask) | (same ? mask : 0);
        return Step.Next;
    }

    private ulong Value(uint* file, int lane) => wide ? ((ulong*)(file + a))[lane] : file[a + lane];
}

/// <summary><c>activemask</c>: the lanes that run together.</summary>
internal sealed unsafe class ActiveMask(int d) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1) warp.Registers[d + BitOperations.TrailingZeroCount(rest)] = mask;
        return Step.Next;
    }
}

/// <summary><c>redux.sync</c>.</summary>
internal sealed unsafe class Reduce(Func<uint, uint, uint> function, int d, int a, int members) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        WarpCollective.CheckMembers(warp, mask, members);
        uint* file = warp.Registers;
        uint result = file[a + BitOperations.TrailingZeroCount(mask)];
        for (uint rest = mask & mask - 1; rest != 0; rest &= rest - 1) result = function(result, file[a + BitOperations.TrailingZeroCount(rest)]);
        for (uint rest = mask; rest != 0; rest &= rest - 1) file[d + BitOperations.TrailingZeroCount(rest)] = result;
        return Step.Next;
    }
}

/// <summary><c>elect.sync</c>: one leader, here the first lane, as on devices.</summary>
internal sealed unsafe class Elect(int d, int p, int members) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        WarpCollective.CheckMembers(warp, mask, members);
        uint leader = (uint)BitOperations.TrailingZeroCount(mask);
        for (uint rest = mask; rest != 0 && d >= 0; rest &= rest - 1) warp.Registers[d + BitOperations.TrailingZeroCount(rest)] = leader;
        warp.Registers[p] = (warp.Registers[p] & ~mask) | 1u << (int)leader;
        return Step.Next;
    }
}
