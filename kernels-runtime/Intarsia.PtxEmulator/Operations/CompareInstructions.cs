using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;
using Intarsia.PtxEmulator.Parsing;

namespace Intarsia.PtxEmulator.Operations;

/// <summary>PTX ISA, section "Comparison and Selection Instructions".</summary>
internal static class CompareInstructions
{
    public static void Register(Dictionary<string, Func<InstructionDecoder, Operation>> table)
    {
        table["setp"] = SetPredicate;
        table["set"] = Set;
        table["selp"] = Select;
        table["slct"] = SelectBySign;
    }

    private static Operation SetPredicate(InstructionDecoder decode)
    {
        Comparison comparison = TakeComparison(decode);
        PredicateCombination combination = decode.TakeAny("and", "or", "xor") switch { "and" => PredicateCombination.And, "or" => PredicateCombination.Or, "xor" => PredicateCombination.Xor, _ => PredicateCombination.None };
        int operands = combination == PredicateCombination.None ? 3 : 4;
        decode.Expect(operands, operands);
        decode.Take("ftz");
        string type = decode.TakeType();
        int bits = PtxTypes.Bits(type);
        (int p, int q) = decode.Operand(0) is PairOperand pair
            ? (decode.Destination(pair.First, 1), pair.Second is SinkOperand ? -1 : decode.Destination(pair.Second, 1))
            : (decode.Destination(0, 1), -1);
        (int Row, bool Not) with = combination == PredicateCombination.None ? (-1, false) : decode.Predicate(decode.Operand(3));
        return new SetPredicate(Make(decode, comparison, type), p, q, decode.Source(1, bits), decode.Source(2, bits), combination, with);
    }

    private static Operation Set(InstructionDecoder decode)
    {
        decode.Expect(3, 3);
        Comparison comparison = TakeComparison(decode);
        decode.Take("ftz");
        string type = decode.TakeType();
        string result = decode.TakeType();
        if (result is not ("u32" or "s32" or "f32")) throw decode.Error($"'{decode.Syntax.FullOpcode}'", "the result of set is u32, s32 or f32");
        int bits = PtxTypes.Bits(type);
        return new SetValue(Make(decode, comparison, type), decode.Destination(0, 32), decode.Source(1, bits), decode.Source(2, bits), result == "f32" ? 0x3F800000 : uint.MaxValue);
    }

    private static Operation Select(InstructionDecoder decode)
    {
        decode.Expect(4, 4);
        int bits = PtxTypes.Bits(decode.TakeType());
        int d = decode.Destination(0, bits);
        int a = decode.Source(1, bits);
        int b = decode.Source(2, bits);
        (int row, bool not) = decode.Predicate(decode.Operand(3));
        return bits == 64 ? new Select<ulong>(d, a, b, row, not) : new Select<uint>(d, a, b, row, not);
    }

    private static Operation SelectBySign(InstructionDecoder decode)
    {
        decode.Expect(4, 4);
        decode.Take("ftz");
        string sign = decode.TakeType();
        if (sign is not ("s32" or "f32")) throw decode.Error($"'{decode.Syntax.FullOpcode}'", "the last type of slct is s32 or f32");
        int bits = PtxTypes.Bits(decode.TakeType());
        int d = decode.Destination(0, bits);
        int a = decode.Source(1, bits);
        int b = decode.Source(2, bits);
        int c = decode.Source(3, 32);
        return bits == 64 ? new SelectBySign<ulong>(d, a, b, c, sign == "f32") : new SelectBySign<uint>(d, a, b, c, sign == "f32");
    }

    private static Comparison TakeComparison(InstructionDecoder decode)
        => Enum.Parse<Comparison>(decode.TakeFirst(name => name is "lo" or "ls" or "hi" or "hs" || Enum.TryParse<Comparison>(name, ignoreCase: true, out _)) switch
        {
            // The names for unsigned comparisons; which one it is follows from the type.
            "lo" => "lt",
            "ls" => "le",
            "hi" => "gt",
            "hs" => "ge",
            string name => name,
            null => throw decode.Error($"'{decode.Syntax.FullOpcode}'", "the first modifier is a comparison such as .lt"),
        }, ignoreCase: true);

    private static Comparer Make(InstructionDecoder decode, Comparison comparison, string type) => type switch
    {
        "b16" or "u16" => new Comparer<ushort, NarrowRow<ushort>>(comparison),
        "s16" => new Comparer<short, NarrowRow<short>>(comparison),
        "b32" or "u32" => new Comparer<uint, WholeRow<uint>>(comparison),
        "s32" => new Comparer<int, WholeRow<int>>(comparison),
        "b64" or "u64" => new Comparer<ulong, WholeRow<ulong>>(comparison),
        "s64" => new Comparer<long, WholeRow<long>>(comparison),
        "f32" => new Comparer<float, WholeRow<float>>(comparison),
        "f64" => new Comparer<double, WholeRow<double>>(comparison),
        "f16" => new Comparer<float, HalfRow<Binary16>>(comparison),
        "bf16" => new Comparer<float, HalfRow<BrainFloat16>>(comparison),
        _ => throw decode.Error($"type .{type} of '{decode.Syntax.FullOpcode}'", "integer and floating-point types of 16, 32 and 64 bits are compared"),
    };
}
