using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;
using Intarsia.PtxEmulator.Parsing;

namespace Intarsia.PtxEmulator.Operations;

/// <summary>Instructions in which the lanes of a warp exchange values.</summary>
internal static class WarpInstructions
{
    public static void Register(Dictionary<string, Func<InstructionDecoder, Operation>> table)
    {
        table["shfl"] = Shuffle;
        table["vote"] = Vote;
        table["match"] = Match;
        table["redux"] = Reduce;
        table["elect"] = Elect;
        table["activemask"] = decode =>
        {
            decode.Expect(1, 1);
            decode.TakeOne("the type", "b32");
            return new ActiveMask(decode.Destination(0, 32));
        };
    }

    private static Operation Shuffle(InstructionDecoder decode)
    {
        decode.Expect(5, 5);
        decode.TakeOne("the modifier", "sync");
        ShuffleMode mode = decode.TakeOne("the mode", "up", "down", "bfly", "idx") switch { "up" => ShuffleMode.Up, "down" => ShuffleMode.Down, "bfly" => ShuffleMode.Butterfly, _ => ShuffleMode.Index };
        decode.TakeOne("the type", "b32");
        (int d, int p) = First(decode);
        return new Shuffle(mode, d, p, decode.Source(1, 32), decode.Source(2, 32), decode.Source(3, 32), decode.Source(4, 32));
    }

    private static Operation Vote(InstructionDecoder decode)
    {
        decode.Expect(3, 3);
        decode.TakeOne("the modifier", "sync");
        string mode = decode.TakeOne("the mode", "any", "all", "uni", "ballot");
        decode.TakeOne("the type", mode == "ballot" ? "b32" : "pred");
        int d = decode.Destination(0, mode == "ballot" ? 32 : 1);
        return new Vote(mode switch { "any" => VoteMode.Any, "all" => VoteMode.All, "uni" => VoteMode.Uniform, _ => VoteMode.Ballot }, d, decode.Predicate(decode.Operand(1)), decode.Source(2, 32));
    }

    private static Operation Match(InstructionDecoder decode)
    {
        decode.Expect(3, 3);
        bool all = decode.TakeOne("the mode", "any", "all") == "all";
        decode.TakeOne("the modifier", "sync");
        int bits = PtxTypes.Bits(decode.TakeOne("the type", "b32", "b64"));
        (int d, int p) = First(decode);
        if (p >= 0 && !all) throw decode.Error("a predicate of match.any", "only match.all has one");
        return new Match(all, bits == 64, d, p, decode.Source(1, bits), decode.Source(2, 32));
    }

    private static Operation Reduce(InstructionDecoder decode)
    {
        decode.Expect(3, 3);
        decode.TakeOne("the modifier", "sync");
        string operation = decode.TakeOne("the operation", "add", "min", "max", "and", "or", "xor");
        string type = decode.TakeOne("the type", "u32", "s32", "b32");
        Func<uint, uint, uint> function = (operation, type) switch
        {
            ("add", not "b32") => (x, y) => unchecked(x + y),
            ("min", "s32") => (x, y) => (uint)Math.Min((int)x, (int)y),
            ("max", "s32") => (x, y) => (uint)Math.Max((int)x, (int)y),
            ("min", "u32") => Math.Min,
            ("max", "u32") => Math.Max,
            ("and", "b32") => (x, y) => x & y,
            ("or", "b32") => (x, y) => x | y,
            ("xor", "b32") => (x, y) => x ^ y,
            _ => throw decode.Error($"'{decode.Syntax.FullOpcode}'", "add, min and max take u32 or s32, and, or and xor b32"),
        };
        return new Reduce(function, decode.Destination(0, 32), decode.Source(1, 32), decode.Source(2, 32));
    }

    private static Operation Elect(InstructionDecoder decode)
    {
        decode.Expect(2, 2);
        decode.TakeOne("the modifier", "sync");
        if (decode.Operand(0) is not PairOperand pair) throw decode.Error(decode.Operand(0), "'d|p' was expected");
        return new Elect(pair.First is SinkOperand ? -1 : decode.Destination(pair.First, 32), decode.Destination(pair.Second, 1), decode.Source(1, 32));
    }

    /// <summary><c>d</c> or <c>d|p</c>.</summary>
    private static (int D, int P) First(InstructionDecoder decode) => decode.Operand(0) is PairOperand pair
        ? (decode.Destination(pair.First, 32), pair.Second is SinkOperand ? -1 : decode.Destination(pair.Second, 1))
        : (decode.Destination(0, 32), -1);
}
