using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;
using Intarsia.PtxEmulator.Parsing;

namespace Intarsia.PtxEmulator.Operations;

/// <summary>PTX ISA, section "Parallel Synchronization and Communication Instructions: mbarrier".</summary>
internal static class MbarrierInstructions
{
    public static void Register(Dictionary<string, Func<InstructionDecoder, Operation>> table) => table["mbarrier"] = Mbarrier;

    private static Operation Mbarrier(InstructionDecoder decode)
    {
        string action = decode.TakeOne("the action (others are not emulated)", "init", "inval", "arrive", "expect_tx", "test_wait", "try_wait");
        bool expects = action == "arrive" && decode.Take("expect_tx");
        bool parity = decode.Take("parity");
        decode.TakeAny("relaxed", "acquire", "release");
        decode.TakeAny("cta", "cluster");
        decode.TakeAny("shared", "shared::cta");
        decode.TakeOne("the type", "b64");
        switch (action)
        {
            case "init":
                decode.Expect(2, 2);
                return new InitialiseMbarrier(Shared(decode, 0), decode.Source(1, 32));
            case "inval":
                decode.Expect(1, 1);
                return new InvalidateMbarrier(Shared(decode, 0));
            case "expect_tx":
                decode.Expect(2, 2);
                return new ArriveAtMbarrier(-1, Shared(decode, 0), 0, decode.Source(1, 32));
            case "arrive":
                return Arrive(decode, expects);
            default:
                decode.Expect(3, 4);
                if (decode.Count == 4) decode.Source(3, 32);
                return new PollMbarrier(decode.Destination(0, 1), Shared(decode, 1), decode.Source(2, parity ? 32 : 64), parity);
        }
    }

    private static Operation Arrive(InstructionDecoder decode, bool expects)
    {
        // The state may be left out altogether, as some assemblers allow.
        int first = decode.Operand(0) is AddressOperand ? 0 : 1;
        decode.Expect(first + (expects ? 2 : 1), first + 2);
        int state = first == 0 || decode.Operand(0) is SinkOperand ? -1 : decode.Destination(0, 64);
        int operand = decode.Count > first + 1 ? decode.Source(first + 1, 32) : -1;
        return new ArriveAtMbarrier(state, Shared(decode, first), expects || operand < 0 ? decode.Constant(32, 1) : operand, expects ? operand : -1);
    }

    private static AddressSource Shared(InstructionDecoder decode, int index) => AddressSource.Decode(decode, decode.Address(index), StateSpace.Shared);
}
