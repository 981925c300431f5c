using System.Numerics;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Operations;

/// <summary><c>mov.b64 d, {a, b}</c> and its kin.</summary>
internal sealed unsafe class PackBits(int d, bool wide, int width, int[] parts) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        ulong part = (1UL << width) - 1;
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            ulong value = 0;
            for (int i = 0; i < parts.Length; i++) value |= (warp.Registers[parts[i] + lane] & part) << i * width;
            if (wide) ((ulong*)(warp.Registers + d))[lane] = value;
            else warp.Registers[d + lane] = (uint)value;
        }
        return Step.Next;
    }
}

/// <summary><c>mov.b64 {d, e}, a</c> and its kin; −1 for a part that is not wanted.</summary>
internal sealed unsafe class UnpackBits(int[] parts, int width, int a, bool wide) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        uint part = width == 32 ? uint.MaxValue : (1u << width) - 1;
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            ulong value = wide ? ((ulong*)(warp.Registers + a))[lane] : warp.Registers[a + lane];
            for (int i = 0; i < parts.Length; i++)
            {
                if (parts[i] >= 0) warp.Registers[parts[i] + lane] = (uint)(value >> i * width) & part;
            }
        }
        return Step.Next;
    }
}

/// <summary>The generic address of a parameter, e.g. of a tensor map.</summary>
internal sealed unsafe class ParameterAddress(int d, int offset) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        ulong* to = (ulong*)(warp.Registers + d);
        ulong address = (ulong)(warp.Block.Launch.Parameters.Address + offset);
        for (; mask != 0; mask &= mask - 1) to[BitOperations.TrailingZeroCount(mask)] = address;
        return Step.Next;
    }
}
