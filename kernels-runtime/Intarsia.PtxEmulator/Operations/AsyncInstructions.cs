using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;
using Intarsia.PtxEmulator.Parsing;

namespace Intarsia.PtxEmulator.Operations;

/// <summary><c>cp.async</c> in its forms.</summary>
internal static class AsyncInstructions
{
    public static void Register(Dictionary<string, Func<InstructionDecoder, Operation>> table) => table["cp"] = Copy;

    private static Operation Copy(InstructionDecoder decode)
    {
        decode.TakeOne("the form", "async");
        if (decode.Take("bulk")) return BulkInstructions.Decode(decode);
        if (decode.Take("mbarrier"))
        {
            decode.Expect(1, 1);
            decode.TakeOne("the action", "arrive");
            bool counted = decode.Take("noinc");
            decode.TakeAny("shared", "shared::cta");
            decode.TakeOne("the type", "b64");
            return new ArriveAfterCopies(AddressSource.Decode(decode, decode.Address(0), StateSpace.Shared), counted);
        }
        if (decode.Take("commit_group"))
        {
            decode.Expect(0, 0);
            return new CommitCopies();
        }
        if (decode.Take("wait_all"))
        {
            decode.Expect(0, 0);
            return new WaitCopies(-1);
        }
        if (decode.Take("wait_group"))
        {
            decode.Expect(1, 1);
            return new WaitCopies(decode.Number(0));
        }
        return FromGlobal(decode);
    }

    private static Operation FromGlobal(InstructionDecoder decode)
    {
        bool bypass = decode.TakeOne("the cache operator", "ca", "cg") == "cg";
        decode.TakeOne("the destination", "shared", "shared::cta");
        decode.TakeOne("the source", "global");
        decode.TakeAny("L2::64B", "L2::128B", "L2::256B");
        int policies = decode.Take("L2::cache_hint") ? 1 : 0;
        decode.Expect(3 + policies, 4 + policies);
        long bytes = decode.Immediate(2);
        if (bytes != 16 && (bypass || bytes is not (4 or 8))) throw decode.Error(decode.Operand(2), ".cg copies 16 bytes, .ca 4, 8 or 16");
        if (policies > 0) decode.Source(decode.Count - 1, 64);
        int sourceBytes = -1;
        (int Row, bool Not)? ignore = null;
        if (decode.Count - policies == 4)
        {
            if (decode.Operand(3) is RegisterOperand { Register.Bits: 1 }) ignore = decode.Predicate(decode.Operand(3));
            else sourceBytes = decode.Source(3, 32);
        }
        return new CopyAsync(AddressSource.Decode(decode, decode.Address(0), StateSpace.Shared), AddressSource.Decode(decode, decode.Address(1), StateSpace.Global), (int)bytes, sourceBytes, ignore);
    }
}
