using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Operations;

/// <summary>Logic on predicates, all lanes in one word.</summary>
internal sealed unsafe class PredicateLogic(int d, (int Row, bool Not) a, (int Row, bool Not) b, Func<uint, uint, uint> function) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        uint x = warp.Registers[a.Row] ^ (a.Not ? uint.MaxValue : 0);
        uint y = warp.Registers[b.Row] ^ (b.Not ? uint.MaxValue : 0);
        warp.Registers[d] = (warp.Registers[d] & ~mask) | (function(x, y) & mask);
        return Step.Next;
    }

    public static Operation? TryMake(InstructionDecoder decode, Func<uint, uint, uint> function)
    {
        if (!decode.Take("pred")) return null;
        decode.Expect(3, 3);
        return new PredicateLogic(decode.Destination(0, 1), decode.Predicate(decode.Operand(1)), decode.Predicate(decode.Operand(2)), function);
    }

    public static Operation? TryMakeNot(InstructionDecoder decode)
    {
        if (!decode.Take("pred")) return null;
        decode.Expect(2, 2);
        (int Row, bool Not) a = decode.Predicate(decode.Operand(1));
        return new PredicateLogic(decode.Destination(0, 1), a, a, (x, _) => ~x);
    }

    public static Operation? TryMakeMove(InstructionDecoder decode)
    {
        if (!decode.Take("pred")) return null;
        decode.Expect(2, 2);
        (int Row, bool Not) a = decode.Predicate(decode.Operand(1));
        return new PredicateLogic(decode.Destination(0, 1), a, a, (x, _) => x);
    }
}
