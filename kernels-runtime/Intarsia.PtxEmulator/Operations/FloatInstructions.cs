using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;
using Intarsia.PtxEmulator.Parsing;

namespace Intarsia.PtxEmulator.Operations;

/// <summary>
/// Floating-point arithmetic, rounding to nearest. Functions that devices approximate (<c>.approx</c>) are computed to the last bit here: a device's result differs within the error that the ISA states, and a test has to
/// allow for that.
/// </summary>
internal static class FloatInstructions
{
    public static void Register(Dictionary<string, Func<InstructionDecoder, Operation>> table)
    {
        table["fma"] = decode => TryTernary<FloatMultiplyAdd>(decode) ?? throw NotFloat(decode);
        table["copysign"] = decode => TryBinary<FloatCopySign>(decode) ?? throw NotFloat(decode);
        table["sqrt"] = decode => Rounded<SquareRoot>(decode);
        table["rcp"] = decode => Rounded<Reciprocal>(decode);
        table["rsqrt"] = decode => Rounded<ReciprocalSquareRoot>(decode);
        table["ex2"] = decode => Rounded<Exponential2>(decode);
        table["lg2"] = decode => Rounded<Logarithm2>(decode);
        table["sin"] = decode => Rounded<Sine>(decode);
        table["cos"] = decode => Rounded<Cosine>(decode);
        table["tanh"] = decode => Rounded<HyperbolicTangent>(decode);
    }

    /// <summary>The operation, if the type is a floating-point one.</summary>
    public static Operation? TryUnary<TFunction>(InstructionDecoder decode) where TFunction : struct, IFloat1
    {
        if (!IsFloat(decode)) return null;
        decode.Expect(2, 2);
        bool flush = decode.Take("ftz");
        string type = decode.TakeType();
        int bits = PtxTypes.Bits(type);
        int d = decode.Destination(0, bits);
        int a = decode.Source(1, bits);
        return type switch
        {
            "f32" => flush ? new Map<float, float, Flushed1<TFunction>>(d, a) : new Map<float, float, Single1<TFunction>>(d, a),
            "f64" => new Map<double, double, Double1<TFunction>>(d, a),
            "f16" => new Map<uint, uint, Half1<Binary16, TFunction>>(d, a),
            "bf16" => new Map<uint, uint, Half1<BrainFloat16, TFunction>>(d, a),
            "f16x2" => new Map<uint, uint, Pair1<Half1<Binary16, TFunction>>>(d, a),
            _ => new Map<uint, uint, Pair1<Half1<BrainFloat16, TFunction>>>(d, a),
        };
    }

    public static Operation? TryBinary<TFunction>(InstructionDecoder decode) where TFunction : struct, IFloat2
    {
        if (!IsFloat(decode)) return null;
        if (typeof(TFunction) == typeof(FloatMinimum) && decode.Take("NaN")) return TryBinary<FloatMinimumNaN>(decode);
        if (typeof(TFunction) == typeof(FloatMaximum) && decode.Take("NaN")) return TryBinary<FloatMaximumNaN>(decode);
        decode.Expect(3, 3);
        decode.TakeAny("rn", "full", "approx");
        bool flush = decode.Take("ftz");
        bool saturate = decode.Take("sat");
        string type = decode.TakeType();
        int bits = PtxTypes.Bits(type);
        int d = decode.Destination(0, bits);
        int a = decode.Source(1, bits);
        int b = decode.Source(2, bits);
        Operation operation = type switch
        {
            "f32" => flush ? new Map<float, float, float, Flushed2<TFunction>>(d, a, b) : new Map<float, float, float, Single2<TFunction>>(d, a, b),
            "f64" => new Map<double, double, double, Double2<TFunction>>(d, a, b),
            "f16" => new Map<uint, uint, uint, Half2<Binary16, TFunction>>(d, a, b),
            "bf16" => new Map<uint, uint, uint, Half2<BrainFloat16, TFunction>>(d, a, b),
            "f16x2" => new Map<uint, uint, uint, Pair2<Half2<Binary16, TFunction>>>(d, a, b),
            _ => new Map<uint, uint, uint, Pair2<Half2<BrainFloat16, TFunction>>>(d, a, b),
        };
        return saturate ? Saturated(decode, operation, type, d) : operation;
    }

    public static Operation? TryTernary<TFunction>(InstructionDecoder decode) where TFunction : struct, IFloat3
    {
        if (!IsFloat(decode)) return null;
        decode.Expect(4, 4);
        decode.Take("rn");
        bool flush = decode.Take("ftz");
        bool saturate = decode.Take("sat");
        string type = decode.TakeType();
        int bits = PtxTypes.Bits(type);
        int d = decode.Destination(0, bits);
        int a = decode.Source(1, bits);
        int b = decode.Source(2, bits);
        int c = decode.Source(3, bits);
        Operation operation = type switch
        {
            "f32" => flush ? new Map<float, float, float, float, Flushed3<TFunction>>(d, a, b, c) : new Map<float, float, float, float, Single3<TFunction>>(d, a, b, c),
            "f64" => new Map<double, double, double, double, Double3<TFunction>>(d, a, b, c),
            "f16" => new Map<uint, uint, uint, uint, FusedHalf<Binary16>>(d, a, b, c),
            "bf16" => new Map<uint, uint, uint, uint, FusedHalf<BrainFloat16>>(d, a, b, c),
            "f16x2" => new Map<uint, uint, uint, uint, Pair3<FusedHalf<Binary16>>>(d, a, b, c),
            _ => new Map<uint, uint, uint, uint, Pair3<FusedHalf<BrainFloat16>>>(d, a, b, c),
        };
        return saturate ? Saturated(decode, operation, type, d) : operation;
    }

    private static Operation Saturated(InstructionDecoder decode, Operation operation, string type, int d) => type == "f32"
        ? new Sequence(operation, new Map<float, float, ClampToOne>(d, d))
        : throw decode.Error($"'{decode.Syntax.FullOpcode}'", ".sat is emulated for f32");

    private static Operation Rounded<TFunction>(InstructionDecoder decode) where TFunction : struct, IFloat1
    {
        decode.TakeAny("rn", "approx");
        return TryUnary<TFunction>(decode) ?? throw NotFloat(decode);
    }

    private static bool IsFloat(InstructionDecoder decode) => decode.Syntax.Modifiers.Count > 0 && decode.Syntax.Modifiers[^1] is "f32" or "f64" or "f16" or "bf16" or "f16x2" or "bf16x2";

    private static PtxParseException NotFloat(InstructionDecoder decode) => decode.Error($"'{decode.Syntax.FullOpcode}'", "a floating-point type was expected");
}
