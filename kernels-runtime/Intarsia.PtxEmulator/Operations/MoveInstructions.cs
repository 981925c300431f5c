using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;
using Intarsia.PtxEmulator.Parsing;

namespace Intarsia.PtxEmulator.Operations;

/// <summary><c>mov</c> with packing and unpacking, and <c>cvta</c>.</summary>
internal static class MoveInstructions
{
    public static void Register(Dictionary<string, Func<InstructionDecoder, Operation>> table)
    {
        table["mov"] = Move;
        table["cvta"] = ConvertAddress;
        table["isspacep"] = decode => throw decode.Error("'isspacep'", "it is not emulated; name the state space of each access");
    }

    private static Operation Move(InstructionDecoder decode)
    {
        if (PredicateLogic.TryMakeMove(decode) is { } predicate) return predicate;
        decode.Expect(2, 2);
        string type = decode.TakeType();
        int bits = PtxTypes.Bits(type);
        if (decode.Operand(0) is VectorOperand parts) return Unpack(decode, parts, bits);
        if (decode.Operand(1) is VectorOperand values) return Pack(decode, values, bits);
        if (decode.Operand(1) is VariableOperand { Variable.Space: StateSpace.Param } parameter)
        {
            if (bits != 64) throw decode.Error(decode.Operand(1), "the address of a parameter has 64 bits");
            return new ParameterAddress(decode.Destination(0, 64), (int)(parameter.Variable.Address + parameter.Offset));
        }
        int d = decode.Destination(0, bits);
        int a = decode.Source(1, bits);
        return bits == 64 ? new Map<ulong, ulong, Whole1<ulong, Copy>>(d, a) : new Map<uint, uint, Whole1<uint, Copy>>(d, a);
    }

    /// <summary>The first element is the least significant.</summary>
    private static Operation Pack(InstructionDecoder decode, VectorOperand values, int bits)
    {
        int width = bits / values.Elements.Count;
        if (bits is not (32 or 64) || width * values.Elements.Count != bits || width is not (8 or 16 or 32)) throw decode.Error(values, $"elements that make {bits} bits were expected");
        int d = decode.Destination(0, bits);
        return new PackBits(d, bits == 64, width, [.. values.Elements.Select(element => decode.Source(element, width))]);
    }

    private static Operation Unpack(InstructionDecoder decode, VectorOperand parts, int bits)
    {
        int width = bits / parts.Elements.Count;
        if (bits is not (32 or 64) || width * parts.Elements.Count != bits || width is not (8 or 16 or 32)) throw decode.Error(parts, $"elements that make {bits} bits were expected");
        int a = decode.Source(1, bits);
        return new UnpackBits([.. parts.Elements.Select(element => element is SinkOperand ? -1 : decode.Destination(element, width))], width, a, bits == 64);
    }

    /// <summary>Global and parameter addresses are generic addresses as they are; those of shared memory lie in a window.</summary>
    private static Operation ConvertAddress(InstructionDecoder decode)
    {
        decode.Expect(2, 2);
        bool to = decode.Take("to");
        string space = decode.TakeOne("the state space", "global", "param", "const", "shared", "shared::cta");
        int bits = PtxTypes.Bits(decode.TakeOne("the type", "u64", "u32"));
        if (bits != 64) throw decode.Error($"'{decode.Syntax.FullOpcode}'", "generic addresses have 64 bits");
        int d = decode.Destination(0, bits);
        if (decode.Operand(1) is VariableOperand { Variable.Space: StateSpace.Param } parameter) return new ParameterAddress(d, (int)(parameter.Variable.Address + parameter.Offset));
        int a = decode.Source(1, bits);
        if (!space.StartsWith("shared", StringComparison.Ordinal)) return new Map<ulong, ulong, Whole1<ulong, Copy>>(d, a);
        return to ? new Map<ulong, ulong, FromSharedWindow>(d, a) : new Map<ulong, ulong, ToSharedWindow>(d, a);
    }
}

/// <summary>Where shared memory lies among generic addresses.</summary>
internal static class GenericWindow
{
    public const ulong Shared = 0x7FFF_0000_0000_0000;

    public static bool IsShared(ulong address) => address >> 32 == Shared >> 32;
}

internal struct ToSharedWindow : IMap<ulong, ulong>
{
    public static ulong Apply(ulong a) => a + GenericWindow.Shared;
}

internal struct FromSharedWindow : IMap<ulong, ulong>
{
    public static ulong Apply(ulong a) => a - GenericWindow.Shared;
}
