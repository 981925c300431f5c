using System.Numerics;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Operations;

/// <summary><c>bfi.b32</c>: the low bits of a in place of a field of b (PTX ISA, "bfi").</summary>
internal sealed unsafe class BitFieldInsert(int d, int a, int b, int position, int length) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        uint* file = warp.Registers;
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            int from = (int)(file[position + lane] & 255);
            int count = (int)(file[length + lane] & 255);
            uint field = from > 31 || count == 0 ? 0 : (count > 31 ? uint.MaxValue : (1u << count) - 1) << from;
            file[d + lane] = (file[b + lane] & ~field) | (from > 31 ? 0 : file[a + lane] << from & field);
        }
        return Step.Next;
    }
}
