using System.Numerics;
using System.Runtime.Intrinsics;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Operations;

/// <summary><c>lop3.b32</c>: any function of three bits, given as its table for 0xF0, 0xCC and 0xAA (PTX ISA, "lop3").</summary>
internal sealed unsafe class LogicTable(int d, int a, int b, int c, byte table) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        uint* to = warp.Registers + d;
        uint* x = warp.Registers + a;
        uint* y = warp.Registers + b;
        uint* z = warp.Registers + c;
        uint* result = stackalloc uint[32];
        for (int lane = 0; lane < 32; lane += 8)
        {
            Vector256<uint> va = Vector256.Load(x + lane);
            Vector256<uint> vb = Vector256.Load(y + lane);
            Vector256<uint> vc = Vector256.Load(z + lane);
            Vector256<uint> sum = Vector256<uint>.Zero;
            for (int term = 0; term < 8; term++)
            {
                if ((table >> term & 1) != 0) sum |= ((term & 4) != 0 ? va : ~va) & ((term & 2) != 0 ? vb : ~vb) & ((term & 1) != 0 ? vc : ~vc);
            }
            sum.Store(result + lane);
        }
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            to[lane] = result[lane];
        }
        return Step.Next;
    }
}
