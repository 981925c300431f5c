using System.Globalization;
using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;
using Intarsia.PtxEmulator.Parsing;

namespace Intarsia.PtxEmulator.Operations;

/// <summary><c>cp.async.bulk</c> in its forms; a block is a cluster of its own, so <c>.shared::cluster</c> is the block's shared memory.</summary>
internal static class BulkInstructions
{
    public static Operation Decode(InstructionDecoder decode)
    {
        if (decode.Take("commit_group"))
        {
            decode.Expect(0, 0);
            return new CommitBulk();
        }
        if (decode.Take("wait_group"))
        {
            decode.Expect(1, 1);
            decode.Take("read");
            return new WaitBulk(decode.Number(0));
        }
        if (decode.Take("prefetch"))
        {
            decode.TakeAll();
            return new NoOperation();
        }
        int rank = 0;
        if (decode.Take("tensor"))
        {
            string dimensions = decode.TakeOne("the number of dimensions", "1d", "2d", "3d", "4d", "5d");
            rank = int.Parse(dimensions.AsSpan(0, 1), CultureInfo.InvariantCulture);
            decode.Take("tile");
        }
        string to = decode.TakeFirst(name => name is "shared::cluster" or "shared::cta" or "global") ?? throw decode.Error($"'{decode.Syntax.FullOpcode}'", "the destination is shared::cluster, shared::cta or global");
        decode.TakeOne("the source", to == "global" ? ["shared::cta"] : ["global"]);
        decode.TakeOne("how it completes", to == "global" ? "bulk_group" : "mbarrier::complete_tx::bytes");
        int policies = decode.Take("L2::cache_hint") ? 1 : 0;
        if (policies > 0) decode.Source(decode.Count - 1, 64);
        int operands = (to, rank) switch { ("global", 0) => 3, ("global", _) => 2, (_, 0) => 4, _ => 3 };
        decode.Expect(operands + policies, operands + policies);
        if (to == "global")
        {
            AddressSource source = Shared(decode, 1);
            return new BulkStore(source, rank == 0 ? new BulkBytes(Global(decode, 0), decode.Source(2, 32)) : Tensor(decode, 0, rank));
        }
        return new BulkLoad(Shared(decode, 0), rank == 0 ? new BulkBytes(Global(decode, 1), decode.Source(2, 32)) : Tensor(decode, 1, rank), Shared(decode, operands - 1));
    }

    private static BulkTensor Tensor(InstructionDecoder decode, int index, int rank)
    {
        AddressOperand address = decode.Address(index);
        if (address.Coordinates is not { } coordinates || coordinates.Count != rank) throw decode.Error(address, $"an address with {rank} coordinates was expected");
        return new BulkTensor(AddressSource.Decode(decode, address with { Coordinates = null }, StateSpace.Generic), [.. coordinates.Select(coordinate => decode.Source(coordinate, 32))]);
    }

    private static AddressSource Shared(InstructionDecoder decode, int index) => AddressSource.Decode(decode, decode.Address(index), StateSpace.Shared);

    private static AddressSource Global(InstructionDecoder decode, int index) => AddressSource.Decode(decode, decode.Address(index), StateSpace.Global);
}
