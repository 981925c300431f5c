using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;
using Intarsia.PtxEmulator.Parsing;

namespace Intarsia.PtxEmulator.Operations;

/// <summary><c>cvt</c>.</summary>
internal static class ConvertInstructions
{
    public static void Register(Dictionary<string, Func<InstructionDecoder, Operation>> table) => table["cvt"] = Convert;

    private static Operation Convert(InstructionDecoder decode)
    {
        if (decode.Take("pack")) return Pack(decode);
        string? rounding = decode.TakeAny("rn", "rz", "rm", "rp", "rna", "rni", "rzi", "rmi", "rpi");
        string last = decode.Syntax.Modifiers.Count > 0 ? decode.Syntax.Modifiers[^1] : "";
        string result = decode.Syntax.Modifiers.Count > 1 ? decode.Syntax.Modifiers[^2] : "";
        if (result is "f16x2" or "bf16x2" && last == "f32") return Pair(decode, rounding);
        if (result == "tf32" && last == "f32") return Tf32(decode, rounding);
        return Scalar(decode, rounding);
    }

    private static Operation Scalar(InstructionDecoder decode, string? rounding)
    {
        decode.Expect(2, 2);
        bool flush = decode.Take("ftz");
        bool saturate = decode.Take("sat");
        NumberType? from = NumberType.Find(decode.TakeType());
        NumberType? to = NumberType.Find(decode.TakeType());
        if (from is not { } source || to is not { } target) throw decode.Error($"'{decode.Syntax.FullOpcode}'", "scalar conversions are between u8…u64, s8…s64, f16, bf16, f32 and f64");
        int d = decode.Destination(decode.Operand(0), target.Bits, mayBeWider: !target.IsFloat);
        int a = decode.Source(decode.Operand(1), source.Bits, mayBeWider: !source.IsFloat);
        int targetBits = InstructionDecoder.RegisterBits(decode.Operand(0));
        int sourceBits = Math.Max(InstructionDecoder.RegisterBits(decode.Operand(1)), source.Bits);
        if (!flush && !saturate && targetBits == target.Bits && sourceBits == source.Bits && Fast(rounding, target.Name, source.Name, d, a) is { } fast) return fast;
        Func<ulong, ulong> function = Conversion.Make(target, source, rounding, saturate, flush, targetBits)
            ?? throw decode.Error($"'{decode.Syntax.FullOpcode}'", "PTX has no such conversion with this rounding, or it rounds otherwise than to nearest, which is not emulated");
        return new BitsMap(d, targetBits == 64, a, sourceBits == 64, function);
    }

    private static Operation? Fast(string? rounding, string to, string from, int d, int a) => (rounding, to, from) switch
    {
        ("rn", "f32", "s32") => new Map<int, float, SignedToSingle>(d, a),
        ("rn", "f32", "u32") => new Map<uint, float, UnsignedToSingle>(d, a),
        ("rni", "s32", "f32") => new Map<float, int, SingleToSignedNearest>(d, a),
        ("rzi", "s32", "f32") => new Map<float, int, SingleToSignedZero>(d, a),
        (null, "u64", "u32") => new Map<uint, ulong, ZeroExtend>(d, a),
        (null, "s64", "s32") => new Map<int, long, SignExtend>(d, a),
        (null, "u32", "u64") => new Map<ulong, uint, LowWord>(d, a),
        (null, "f32", "f16") => new Map<uint, float, HalfToSingle<Binary16>>(d, a),
        (null, "f32", "bf16") => new Map<uint, float, HalfToSingle<BrainFloat16>>(d, a),
        ("rn", "f16", "f32") => new Map<float, uint, SingleToHalf<Binary16>>(d, a),
        ("rn", "bf16", "f32") => new Map<float, uint, SingleToHalf<BrainFloat16>>(d, a),
        _ => null,
    };

    private static Operation Pair(InstructionDecoder decode, string? rounding)
    {
        decode.Expect(3, 3);
        if (rounding != "rn") throw decode.Error($"'{decode.Syntax.FullOpcode}'", "pairs are rounded to nearest (.rn)");
        bool relu = decode.Take("relu");
        decode.TakeType();
        bool brain = decode.TakeType() == "bf16x2";
        int d = decode.Destination(0, 32);
        int a = decode.Source(1, 32);
        int b = decode.Source(2, 32);
        return (brain, relu) switch
        {
            (false, false) => new Map<float, float, uint, SinglesToPair<Binary16>>(d, a, b),
            (false, true) => new Map<float, float, uint, SinglesToPairRelu<Binary16>>(d, a, b),
            (true, false) => new Map<float, float, uint, SinglesToPair<BrainFloat16>>(d, a, b),
            (true, true) => new Map<float, float, uint, SinglesToPairRelu<BrainFloat16>>(d, a, b),
        };
    }

    private static Operation Tf32(InstructionDecoder decode, string? rounding)
    {
        decode.Expect(2, 2);
        decode.TakeType();
        decode.TakeType();
        int d = decode.Destination(0, 32);
        int a = decode.Source(1, 32);
        return rounding switch
        {
            "rna" => new Map<float, uint, SingleToTf32Away>(d, a),
            "rn" => new Map<float, uint, SingleToTf32Even>(d, a),
            _ => throw decode.Error($"'{decode.Syntax.FullOpcode}'", "the rounding of tf32 is .rna or .rn"),
        };
    }

    private static Operation Pack(InstructionDecoder decode)
    {
        decode.TakeOne("the mode", "sat");
        string to = decode.TakeOne("the packed type", "s8", "u8", "s16", "u16");
        decode.TakeOne("the source type", "s32");
        bool three = decode.Take("b32");
        bool bytes = to is "s8" or "u8";
        decode.Expect(three ? 4 : 3, three ? 4 : 3);
        if (three != bytes) throw decode.Error($"'{decode.Syntax.FullOpcode}'", "bytes are packed with a third source and .b32, halves without");
        int d = decode.Destination(0, 32);
        int a = decode.Source(1, 32);
        int b = decode.Source(2, 32);
        if (!bytes) return to == "s16" ? new Map<int, int, uint, PackSigned16>(d, a, b) : new Map<int, int, uint, PackUnsigned16>(d, a, b);
        int c = three ? decode.Source(3, 32) : decode.Constant(32, 0);
        return to == "s8" ? new Map<int, int, uint, uint, PackSigned8>(d, a, b, c) : new Map<int, int, uint, uint, PackUnsigned8>(d, a, b, c);
    }
}
