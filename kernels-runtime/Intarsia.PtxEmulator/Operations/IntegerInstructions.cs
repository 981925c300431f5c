using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;
using Intarsia.PtxEmulator.Parsing;

namespace Intarsia.PtxEmulator.Operations;

/// <summary>Integer arithmetic, logic and shifts. Where an opcode exists for floating-point types as well, those are tried first.</summary>
internal static class IntegerInstructions
{
    public static void Register(Dictionary<string, Func<InstructionDecoder, Operation>> table)
    {
        table["add"] = decode => FloatInstructions.TryBinary<FloatAdd>(decode) ?? (decode.Take("sat") ? Binary<AddSaturated>(decode) : Binary<Add>(decode));
        table["sub"] = decode => FloatInstructions.TryBinary<FloatSubtract>(decode) ?? (decode.Take("sat") ? Binary<SubtractSaturated>(decode) : Binary<Subtract>(decode));
        table["mul"] = decode => FloatInstructions.TryBinary<FloatMultiply>(decode) ?? Multiply(decode);
        table["mad"] = decode => FloatInstructions.TryTernary<FloatMultiplyAdd>(decode) ?? MultiplyAdd(decode);
        table["mul24"] = decode => throw decode.Error($"'{decode.Syntax.FullOpcode}'", "mul24 is not emulated; mul.lo has the same result for small operands");
        table["div"] = decode => FloatInstructions.TryBinary<FloatDivide>(decode) ?? Binary<Divide>(decode);
        table["rem"] = Binary<Remainder>;
        table["min"] = decode => FloatInstructions.TryBinary<FloatMinimum>(decode) ?? Binary<Minimum>(decode);
        table["max"] = decode => FloatInstructions.TryBinary<FloatMaximum>(decode) ?? Binary<Maximum>(decode);
        table["neg"] = decode => FloatInstructions.TryUnary<FloatNegate>(decode) ?? Unary<Negate>(decode);
        table["abs"] = decode => FloatInstructions.TryUnary<FloatAbsolute>(decode) ?? Unary<Absolute>(decode);
        table["sad"] = decode => Integer(decode, 4, (type, bits) => IntegerForms.Make3<AbsoluteDifference>(type, decode.Destination(0, bits), decode.Source(1, bits), decode.Source(2, bits), decode.Source(3, bits)));
        table["and"] = decode => PredicateLogic.TryMake(decode, (a, b) => a & b) ?? Binary<And>(decode);
        table["or"] = decode => PredicateLogic.TryMake(decode, (a, b) => a | b) ?? Binary<Or>(decode);
        table["xor"] = decode => PredicateLogic.TryMake(decode, (a, b) => a ^ b) ?? Binary<Xor>(decode);
        table["not"] = decode => PredicateLogic.TryMakeNot(decode) ?? Unary<Not>(decode);
        table["cnot"] = decode => throw decode.Error("'cnot'", "it is not emulated; setp and selp do the same");
        table["shl"] = ShiftLeft;
        table["shr"] = ShiftRight;
        table["shf"] = Funnel;
        table["popc"] = decode => Count<PopulationCount32, PopulationCount64>(decode);
        table["clz"] = decode => Count<LeadingZeros32, LeadingZeros64>(decode);
        table["bfind"] = FindBit;
        table["brev"] = decode => Typed(decode, 2, bits => bits == 64
            ? new Map<ulong, ulong, Reverse64>(decode.Destination(0, 64), decode.Source(1, 64))
            : new Map<uint, uint, Reverse32>(decode.Destination(0, 32), decode.Source(1, 32)));
        table["bfe"] = decode => decode.TakeType() switch
        {
            "u32" => Ternary32<ExtractUnsigned>(decode, 4),
            "s32" => Ternary32<ExtractSigned>(decode, 4),
            string type => throw decode.Error($"'bfe.{type}'", "bfe is emulated for u32 and s32"),
        };
        table["bfi"] = Insert;
        table["lop3"] = Logic;
        table["prmt"] = Permute;
        table["dp4a"] = Dot4;
        table["dp2a"] = Dot2;
    }

    private static Operation Binary<TFunction>(InstructionDecoder decode) where TFunction : struct, IInteger2
        => Integer(decode, 3, (type, bits) => IntegerForms.Make2<TFunction>(type, decode.Destination(0, bits), decode.Source(1, bits), decode.Source(2, bits)));

    private static Operation Unary<TFunction>(InstructionDecoder decode) where TFunction : struct, IInteger1
        => Integer(decode, 2, (type, bits) => IntegerForms.Make1<TFunction>(type, decode.Destination(0, bits), decode.Source(1, bits)));

    private static Operation Integer(InstructionDecoder decode, int operands, Func<string, int, Operation?> make)
    {
        decode.Expect(operands, operands);
        string type = decode.TakeType();
        return make(type, PtxTypes.Bits(type)) ?? throw decode.Error($"type .{type} of '{decode.Syntax.FullOpcode}'", "types of 16, 32 and 64 bits that the instruction has are emulated");
    }

    private static Operation Typed(InstructionDecoder decode, int operands, Func<int, Operation> make)
    {
        decode.Expect(operands, operands);
        int bits = PtxTypes.Bits(decode.TakeType());
        return bits is 32 or 64 ? make(bits) : throw decode.Error($"'{decode.Syntax.FullOpcode}'", "32 and 64 bits are emulated");
    }

    private static Operation Ternary32<TFunction>(InstructionDecoder decode, int operands) where TFunction : struct, IMap<uint, uint, uint, uint>
    {
        decode.Expect(operands, operands);
        return new Map<uint, uint, uint, uint, TFunction>(decode.Destination(0, 32), decode.Source(1, 32), decode.Source(2, 32), decode.Source(3, 32));
    }

    private static Operation Count<T32, T64>(InstructionDecoder decode) where T32 : struct, IMap<uint, uint> where T64 : struct, IMap<ulong, uint>
        => Typed(decode, 2, bits => bits == 64
            ? new Map<ulong, uint, T64>(decode.Destination(0, 32), decode.Source(1, 64))
            : new Map<uint, uint, T32>(decode.Destination(0, 32), decode.Source(1, 32)));

    private static Operation Multiply(InstructionDecoder decode)
    {
        string part = decode.TakeOne("the part of the product", "lo", "hi", "wide");
        if (part == "lo") return Binary<MultiplyLow>(decode);
        if (part == "hi") return Binary<MultiplyHigh>(decode);
        decode.Expect(3, 3);
        string type = decode.TakeType();
        int bits = PtxTypes.Bits(type);
        int d = decode.Destination(0, bits * 2);
        int a = decode.Source(1, bits);
        int b = decode.Source(2, bits);
        return type switch
        {
            "u16" => new Map<uint, uint, uint, MultiplyWide16<ushort, uint>>(d, a, b),
            "s16" => new Map<uint, uint, int, MultiplyWide16<short, int>>(d, a, b),
            "u32" => new Map<uint, uint, ulong, MultiplyWide<uint, ulong>>(d, a, b),
            "s32" => new Map<int, int, long, MultiplyWide<int, long>>(d, a, b),
            _ => throw decode.Error($"'mul.wide.{type}'", "mul.wide takes u16, s16, u32 or s32"),
        };
    }

    private static Operation MultiplyAdd(InstructionDecoder decode)
    {
        string part = decode.TakeOne("the part of the product", "lo", "hi", "wide");
        if (part != "wide")
        {
            return Integer(decode, 4, (type, bits) => part == "lo"
                ? IntegerForms.Make3<MultiplyAddLow>(type, decode.Destination(0, bits), decode.Source(1, bits), decode.Source(2, bits), decode.Source(3, bits))
                : IntegerForms.Make3<MultiplyAddHigh>(type, decode.Destination(0, bits), decode.Source(1, bits), decode.Source(2, bits), decode.Source(3, bits)));
        }
        decode.Expect(4, 4);
        string wide = decode.TakeType();
        int width = PtxTypes.Bits(wide);
        int d = decode.Destination(0, width * 2);
        int a = decode.Source(1, width);
        int b = decode.Source(2, width);
        int c = decode.Source(3, width * 2);
        return wide switch
        {
            "u16" => new Map<uint, uint, uint, uint, MultiplyAddWide16<ushort, uint>>(d, a, b, c),
            "s16" => new Map<uint, uint, int, int, MultiplyAddWide16<short, int>>(d, a, b, c),
            "u32" => new Map<uint, uint, ulong, ulong, MultiplyAddWide<uint, ulong>>(d, a, b, c),
            "s32" => new Map<int, int, long, long, MultiplyAddWide<int, long>>(d, a, b, c),
            _ => throw decode.Error($"'mad.wide.{wide}'", "mad.wide takes u16, s16, u32 or s32"),
        };
    }

    private static Operation ShiftLeft(InstructionDecoder decode)
    {
        decode.Expect(3, 3);
        int bits = PtxTypes.Bits(decode.TakeType());
        int d = decode.Destination(0, bits);
        int a = decode.Source(1, bits);
        int b = decode.Source(2, 32);
        return bits switch
        {
            16 => new Map<uint, uint, uint, ShiftLeft16>(d, a, b),
            32 => new Map<uint, uint, uint, ShiftLeft<uint>>(d, a, b),
            64 => new Map<ulong, uint, ulong, ShiftLeft<ulong>>(d, a, b),
            _ => throw decode.Error($"'{decode.Syntax.FullOpcode}'", "16, 32 and 64 bits are emulated"),
        };
    }

    private static Operation ShiftRight(InstructionDecoder decode)
    {
        decode.Expect(3, 3);
        string type = decode.TakeType();
        int bits = PtxTypes.Bits(type);
        int d = decode.Destination(0, bits);
        int a = decode.Source(1, bits);
        int b = decode.Source(2, 32);
        return type switch
        {
            "u16" or "b16" => new Map<uint, uint, uint, ShiftRight16<ushort>>(d, a, b),
            "s16" => new Map<uint, uint, uint, ShiftRight16<short>>(d, a, b),
            "u32" or "b32" => new Map<uint, uint, uint, ShiftRight<uint>>(d, a, b),
            "s32" => new Map<int, uint, int, ShiftRight<int>>(d, a, b),
            "u64" or "b64" => new Map<ulong, uint, ulong, ShiftRight<ulong>>(d, a, b),
            "s64" => new Map<long, uint, long, ShiftRight<long>>(d, a, b),
            _ => throw decode.Error($"'{decode.Syntax.FullOpcode}'", "16, 32 and 64 bits are emulated"),
        };
    }

    private static Operation Funnel(InstructionDecoder decode)
    {
        bool left = decode.TakeOne("the direction", "l", "r") == "l";
        bool wrap = decode.TakeOne("the mode", "wrap", "clamp") == "wrap";
        decode.TakeOne("the type", "b32");
        if (left) return wrap ? Ternary32<FunnelLeftWrap>(decode, 4) : Ternary32<FunnelLeftClamp>(decode, 4);
        return wrap ? Ternary32<FunnelRightWrap>(decode, 4) : Ternary32<FunnelRightClamp>(decode, 4);
    }

    private static Operation FindBit(InstructionDecoder decode)
    {
        decode.Expect(2, 2);
        string type = decode.TakeOne("the type", "u32", "s32");
        int d = decode.Destination(0, 32);
        int a = decode.Source(1, 32);
        return type == "s32" ? new Map<uint, uint, FindBit<int>>(d, a) : new Map<uint, uint, FindBit<uint>>(d, a);
    }

    private static Operation Insert(InstructionDecoder decode)
    {
        decode.Expect(5, 5);
        decode.TakeOne("the type", "b32");
        return new BitFieldInsert(decode.Destination(0, 32), decode.Source(1, 32), decode.Source(2, 32), decode.Source(3, 32), decode.Source(4, 32));
    }

    private static Operation Logic(InstructionDecoder decode)
    {
        decode.Expect(5, 5);
        decode.TakeOne("the type", "b32");
        long table = decode.Immediate(4);
        if (table is < 0 or > 255) throw decode.Error($"table {table}", "the table of lop3 is 0…255");
        return new LogicTable(decode.Destination(0, 32), decode.Source(1, 32), decode.Source(2, 32), decode.Source(3, 32), (byte)table);
    }

    private static Operation Permute(InstructionDecoder decode)
    {
        decode.TakeOne("the type (modes of prmt are not emulated)", "b32");
        return Ternary32<Permute>(decode, 4);
    }

    private static Operation Dot4(InstructionDecoder decode) => Types(decode) switch
    {
        ("u32", "u32") => Ternary32<Dot4<byte, byte>>(decode, 4),
        ("u32", "s32") => Ternary32<Dot4<byte, sbyte>>(decode, 4),
        ("s32", "u32") => Ternary32<Dot4<sbyte, byte>>(decode, 4),
        _ => Ternary32<Dot4<sbyte, sbyte>>(decode, 4),
    };

    private static Operation Dot2(InstructionDecoder decode)
    {
        bool high = decode.TakeOne("the half of b", "lo", "hi") == "hi";
        return (high, Types(decode)) switch
        {
            (false, ("u32", "u32")) => Ternary32<Dot2<ushort, byte>>(decode, 4),
            (false, ("u32", "s32")) => Ternary32<Dot2<ushort, sbyte>>(decode, 4),
            (false, ("s32", "u32")) => Ternary32<Dot2<short, byte>>(decode, 4),
            (false, _) => Ternary32<Dot2<short, sbyte>>(decode, 4),
            (true, ("u32", "u32")) => Ternary32<Dot2High<ushort, byte>>(decode, 4),
            (true, ("u32", "s32")) => Ternary32<Dot2High<ushort, sbyte>>(decode, 4),
            (true, ("s32", "u32")) => Ternary32<Dot2High<short, byte>>(decode, 4),
            (true, _) => Ternary32<Dot2High<short, sbyte>>(decode, 4),
        };
    }

    private static (string A, string B) Types(InstructionDecoder decode)
    {
        string b = decode.TakeType();
        string a = decode.TakeType();
        if (a is not ("u32" or "s32") || b is not ("u32" or "s32")) throw decode.Error($"'{decode.Syntax.FullOpcode}'", "the types of a and b are u32 or s32");
        return (a, b);
    }
}
