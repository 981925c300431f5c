using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Operations;

/// <summary>Control flow, barriers of threads, fences, and instructions that only advise the device.</summary>
internal static class ControlInstructions
{
    public static void Register(Dictionary<string, Func<InstructionDecoder, Operation>> table)
    {
        table["bra"] = decode =>
        {
            decode.Expect(1, 1);
            decode.Take("uni");
            return new Branch(decode.LabelTarget(0));
        };
        table["ret"] = End;
        table["exit"] = End;
        table["trap"] = decode =>
        {
            decode.Expect(0, 0);
            return new Trap();
        };
        table["bar"] = ThreadBarrier;
        table["barrier"] = ThreadBarrier;
        table["membar"] = decode =>
        {
            if (decode.Take("proxy")) return Proxy(decode);
            decode.TakeOne("the scope", "cta", "gl", "sys");
            return new NoOperation();
        };
        table["fence"] = Fence;
        table["nanosleep"] = decode =>
        {
            decode.Expect(1, 1);
            decode.TakeOne("the type", "u32");
            decode.Source(0, 32);
            return new NoOperation(yields: true);
        };
        table["griddepcontrol"] = decode =>
        {
            decode.TakeOne("the action", "launch_dependents", "wait");
            return new NoOperation();
        };
        table["setmaxnreg"] = decode =>
        {
            decode.Expect(1, 1);
            decode.TakeOne("the direction", "inc", "dec");
            decode.TakeOne("the modifier", "sync");
            decode.TakeOne("the modifier", "aligned");
            decode.TakeOne("the type", "u32");
            if (decode.Immediate(0) is var count && (count < 24 || count > 256 || count % 8 != 0)) throw decode.Error($"{count} registers", "24…256 in steps of 8 were expected");
            return new AlignedHint();
        };
    }

    private static Operation End(InstructionDecoder decode)
    {
        decode.Expect(0, 0);
        decode.Take("uni");
        return new Exit();
    }

    private static Operation ThreadBarrier(InstructionDecoder decode)
    {
        decode.Take("cta");
        if (decode.Take("warp"))
        {
            decode.TakeOne("the action", "sync");
            decode.Expect(1, 1);
            return new WarpBarrier(decode.Source(0, 32));
        }
        if (decode.TakeAny("cluster") is not null)
        {
            // A block is a cluster of its own, whose barrier is the block's.
            throw decode.Error($"'{decode.Syntax.FullOpcode}'", "clusters of more than one block are not emulated; use bar.sync");
        }
        string action = decode.TakeOne("the action (bar.red is not emulated)", "sync", "arrive");
        bool aligned = decode.Take("aligned") | decode.Syntax.Opcode == "bar";
        decode.Expect(1, 2);
        if (action == "arrive" && decode.Count < 2) throw decode.Error("no number of threads", "an arrival says how many threads the barrier waits for");
        return new Barrier(action == "sync" ? BarrierAction.Sync : BarrierAction.Arrive, decode.Source(0, 32), decode.Count == 2 ? decode.Source(1, 32) : -1, aligned);
    }

    private static Operation Fence(InstructionDecoder decode)
    {
        if (decode.Take("mbarrier_init"))
        {
            decode.Take("release");
            decode.TakeOne("the scope", "cluster", "cta");
            return new ProxyFence();
        }
        if (decode.Take("proxy")) return Proxy(decode);
        decode.TakeAny("sc", "acq_rel");
        decode.TakeOne("the scope", "cta", "cluster", "gpu", "sys");
        return new NoOperation();
    }

    private static Operation Proxy(InstructionDecoder decode)
    {
        string proxy = decode.TakeOne("the proxy", "async", "async.global", "async.shared::cta", "alias", "tensormap::generic");
        if (proxy is "alias" or "tensormap::generic") throw decode.Error($"'{decode.Syntax.FullOpcode}'", "fences of the asynchronous proxy are emulated");
        string? space = decode.TakeAny("global", "shared::cta", "shared::cluster");
        return space == "global" ? new NoOperation() : new ProxyFence();
    }
}

/// <summary>An instruction that a whole warp executes, without an effect here.</summary>
internal sealed class AlignedHint : Operation
{
    public override bool IsAligned => true;

    public override Step Execute(Warp warp, uint mask) => Step.Next;
}
