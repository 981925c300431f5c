using System.Numerics;
using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;
using Intarsia.PtxEmulator.Parsing;

namespace Intarsia.PtxEmulator.Operations;

/// <summary><c>atom</c> and <c>red</c>, lane by lane in ascending order. In shared memory an atomic access orders warps whatever its semantics, so that locks and flags are not taken for races.</summary>
internal sealed unsafe class Atomic(Func<ulong, ulong, ulong, ulong> function, bool wide, int d, int b, int c, AddressSource target, bool shared) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        if (shared) ExecuteShared(warp, mask);
        else ExecuteGlobal(warp, mask);
        warp.Block.Progress++;
        return Step.Next;
    }

    private void ExecuteShared(Warp warp, uint mask)
    {
        uint* addresses = stackalloc uint[32];
        int bytes = wide ? 8 : 4;
        target.Shared(warp, addresses);
        Memory.SharedMemory memory = warp.Block.Shared;
        for (uint rest = memory.CheckBounds(warp, mask, addresses, bytes, bytes, "atomic access"); rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            memory.Synchronise(warp, addresses[lane], acquires: true, releases: false);
            memory.NoteRead(warp, lane, addresses[lane], bytes);
            memory.NoteWrite(warp, lane, addresses[lane], bytes);
            memory.Synchronise(warp, addresses[lane], acquires: false, releases: true);
            byte* at = memory.Data + addresses[lane];
            ulong old = wide ? *(ulong*)at : *(uint*)at;
            ulong value = function(old, Row(warp, b, lane), Row(warp, c, lane));
            if (wide) *(ulong*)at = value;
            else *(uint*)at = (uint)value;
            Result(warp, lane, old);
        }
    }

    private void ExecuteGlobal(Warp warp, uint mask)
    {
        ulong* addresses = stackalloc ulong[32];
        int bytes = wide ? 8 : 4;
        target.Global(warp, addresses);
        for (uint rest = warp.Block.Global.Check(warp, mask, addresses, bytes, bytes, "atomic access"); rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ulong operand = Row(warp, b, lane);
            ulong other = Row(warp, c, lane);
            ulong old;
            if (wide)
            {
                ref ulong at = ref *(ulong*)addresses[lane];
                do old = Volatile.Read(ref at);
                while (Interlocked.CompareExchange(ref at, function(old, operand, other), old) != old);
            }
            else
            {
                ref uint at = ref *(uint*)addresses[lane];
                do old = Volatile.Read(ref at);
                while (Interlocked.CompareExchange(ref at, (uint)function(old, operand, other), (uint)old) != (uint)old);
            }
            Result(warp, lane, old);
        }
    }

    private ulong Row(Warp warp, int row, int lane) => row < 0 ? 0 : wide ? ((ulong*)(warp.Registers + row))[lane] : warp.Registers[row + lane];

    private void Result(Warp warp, int lane, ulong old)
    {
        if (d < 0) return;
        if (wide) ((ulong*)(warp.Registers + d))[lane] = old;
        else warp.Registers[d + lane] = (uint)old;
    }
}

internal static class AtomicInstructions
{
    public static void Register(Dictionary<string, Func<InstructionDecoder, Operation>> table)
    {
        table["atom"] = decode => Decode(decode, returns: true);
        table["red"] = decode => Decode(decode, returns: false);
    }

    private static Operation Decode(InstructionDecoder decode, bool returns)
    {
        MemoryInstructions.TakeOrder(decode);
        StateSpace space = MemoryInstructions.TakeSpace(decode);
        if (space is not (StateSpace.Global or StateSpace.Shared)) throw decode.Error($"'{decode.Syntax.FullOpcode}'", "atomics on global and shared addresses are emulated");
        string operation = decode.TakeOne("the operation", "add", "min", "max", "inc", "dec", "and", "or", "xor", "exch", "cas");
        string type = decode.TakeType();
        int bits = PtxTypes.Bits(type);
        int first = returns ? 1 : 0;
        bool compares = operation == "cas";
        decode.Expect(first + (compares ? 3 : 2), first + (compares ? 3 : 2));
        Func<ulong, ulong, ulong, ulong> function = Function(operation, type) ?? throw decode.Error($"'{decode.Syntax.FullOpcode}'", "PTX has no such atomic operation on this type, or it is not emulated");
        int d = returns && decode.Operand(0) is not SinkOperand ? decode.Destination(0, bits) : -1;
        return new Atomic(function, bits == 64, d, decode.Source(first + 1, bits), compares ? decode.Source(first + 2, bits) : -1, AddressSource.Decode(decode, decode.Address(first), space), space == StateSpace.Shared);
    }

    private static Func<ulong, ulong, ulong, ulong>? Function(string operation, string type) => (operation, type) switch
    {
        ("add", "u32" or "s32" or "u64" or "s64") => (old, b, _) => unchecked(old + b),
        ("add", "f32") => (old, b, _) => BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle((uint)old) + BitConverter.UInt32BitsToSingle((uint)b)),
        ("add", "f64") => (old, b, _) => BitConverter.DoubleToUInt64Bits(BitConverter.UInt64BitsToDouble(old) + BitConverter.UInt64BitsToDouble(b)),
        ("min", "u32" or "u64") => (old, b, _) => Math.Min(old, b),
        ("max", "u32" or "u64") => (old, b, _) => Math.Max(old, b),
        ("min", "s32") => (old, b, _) => (uint)Math.Min((int)old, (int)b),
        ("max", "s32") => (old, b, _) => (uint)Math.Max((int)old, (int)b),
        ("min", "s64") => (old, b, _) => (ulong)Math.Min((long)old, (long)b),
        ("max", "s64") => (old, b, _) => (ulong)Math.Max((long)old, (long)b),
        ("inc", "u32") => (old, b, _) => old >= b ? 0 : old + 1,
        ("dec", "u32") => (old, b, _) => old == 0 || old > b ? b : old - 1,
        ("and", "b32" or "b64") => (old, b, _) => old & b,
        ("or", "b32" or "b64") => (old, b, _) => old | b,
        ("xor", "b32" or "b64") => (old, b, _) => old ^ b,
        ("exch", "b32" or "b64") => (_, b, _) => b,
        ("cas", "b32" or "b64") => (old, b, c) => old == b ? c : old,
        _ => null,
    };
}
