using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Words of packed elements as what multiply-adds take. Integers become binary32 without a conversion instruction, whose rate is a quarter of an addition's: their bits, shifted into the non-negative range, are put
/// under the exponent of 2²³ (2¹⁰ for two 4-bit ones at a time, in halves), and the offset is subtracted, exactly.
/// </summary>
internal static class Unpacking
{
    /// <summary>What 4-bit integers are multiplied by while they stand in the upper half of a byte.</summary>
    public const int NibbleShift = 4;

    /// <summary>Elements of one word as binary32.</summary>
    public static Register[] Singles(WarpBuilder w, ElementType element, Register word) => element switch
    {
        ElementType.F32 => [AsSingle(w, word)],
        ElementType.F16 => Halves(w, word),
        ElementType.BF16 => [AsSingle(w, Integer(w, "shl.b32", word, 16)), AsSingle(w, Integer(w, "and.b32", word, "0xffff0000"))],
        ElementType.S8 => Bytes(w, word),
        ElementType.S4 => Nibbles(w, word),
        _ => throw new NotSupportedException($"Words of {element} are not unpacked to binary32."),
    };

    /// <summary>
    /// Eight 4-bit integers as the bytes of two words: elements 0, 2, 4, 6 and 1, 3, 5, 7. Times sixteen, which costs least, where the sums leave room for it; else as they are.
    /// </summary>
    public static Register[] NibbleBytes(WarpBuilder w, Register word, bool timesSixteen)
    {
        if (timesSixteen) return [Integer(w, "and.b32", Integer(w, "shl.b32", word, 4), "0xf0f0f0f0"), Integer(w, "and.b32", word, "0xf0f0f0f0")];
        return [SignedBytes(w, word), SignedBytes(w, Integer(w, "shr.u32", word, 4))];
    }

    /// <summary>
    /// Four of eight 4-bit integers as two words of two 16-bit floats each, exact: those of bits 8·step on, every word the nibbles that stand sixteen bits apart. Their bits are put under the exponent of 1024 (128 in
    /// bfloat16, which has no room for them four bits up), and the offset is subtracted.
    /// </summary>
    public static Register[] NibbleHalves(WarpBuilder w, ElementType element, Register word, int step)
    {
        Register low = step == 0 ? word : Integer(w, "shr.u32", word, 8 * step);
        if (element == ElementType.BF16) return [Biased(low), Biased(Integer(w, "shr.u32", word, 8 * step + 4))];
        Register first = w.B32(), second = w.B32(), even = w.B32(), odd = w.B32();
        w.Emit("lop3.b32", first, low, "0x000f000f", "0x64086408", "0x6a");
        w.Emit("sub.rn.f16x2", even, first, w.Move(0x64086408));
        w.Emit("lop3.b32", second, low, "0x00f000f0", "0x64806480", "0x6a");
        w.Emit("fma.rn.f16x2", odd, second, w.Move(0x2c002c00), w.Move(0xd480d480));
        return [even, odd];

        Register Biased(Register nibbles)
        {
            // 128 + 8 + element, minus 136.
            Register bits = w.B32(), value = w.B32();
            w.Emit("lop3.b32", bits, nibbles, "0x000f000f", "0x43084308", "0x6a");
            w.Emit("fma.rn.bf16x2", value, bits, w.Move(0x3f803f80), w.Move(0xc308c308));
            return value;
        }
    }

    /// <summary>Eight 4-bit integers as the bytes of two words, even ones and odd ones, by two masks and a shift; signed ones times sixteen.</summary>
    public static Register[] NibbleBytes(WarpBuilder w, Register word, ElementType element) => element == ElementType.S4
        ? NibbleBytes(w, word, timesSixteen: true)
        : [Integer(w, "and.b32", word, "0x0f0f0f0f"), Integer(w, "and.b32", Integer(w, "shr.u32", word, 4), "0x0f0f0f0f")];

    /// <summary>Sign extension within bytes: with the top bit set, nothing is borrowed from the neighbour.</summary>
    private static Register SignedBytes(WarpBuilder w, Register word)
    {
        // (word & 0x0f0f0f0f) ^ 0x88888888.
        Register biased = w.B32();
        w.Emit("lop3.b32", biased, word, "0x0f0f0f0f", "0x88888888", "0x6a");
        return Integer(w, "xor.b32", Integer(w, "sub.u32", biased, "0x08080808"), "0x80808080");
    }

    /// <summary>Two elements of binary16 as binary32.</summary>
    public static Register[] Halves(WarpBuilder w, Register word)
    {
        Register low = w.New(RegisterKind.B16), high = w.New(RegisterKind.B16), first = w.F32(), second = w.F32();
        w.Emit("mov.b32", WarpBuilder.Vector([low, high]), word);
        w.Emit("cvt.f32.f16", first, low);
        w.Emit("cvt.f32.f16", second, high);
        return [first, second];
    }

    private static Register[] Bytes(WarpBuilder w, Register word)
    {
        Register biased = Integer(w, "xor.b32", word, "0x80808080");
        return Enumerable.Range(0, 4).Select(i =>
        {
            Register bits = w.B32(), value = w.F32();
            w.Emit("prmt.b32", bits, biased, "0x4b000000", "0x744" + (char)('0' + i));
            w.Emit("sub.rn.f32", value, AsSingle(w, bits), Elements.Constant(8388608 + 128));
            return value;
        }).ToArray();
    }

    private static Register[] Nibbles(WarpBuilder w, Register word)
    {
        var values = new Register[8];
        Register upper = Integer(w, "shr.u32", word, 8);
        for (int i = 0; i < 4; i++)
        {
            // Elements i and i + 4 under the exponent of 1024: 1024 + 8 + element where they stand lowest, 1024 + 16·(8 + element) four bits up.
            bool low = i % 2 == 0;
            Register bits = w.B32(), pair = w.B32();
            w.Emit("lop3.b32", bits, i < 2 ? word : upper, low ? "0x000f000f" : "0x00f000f0", low ? "0x64086408" : "0x64806480", "0x6a");
            if (low) w.Emit("sub.rn.f16x2", pair, bits, w.Move(0x64086408));
            // times 1/16, minus 72
            else w.Emit("fma.rn.f16x2", pair, bits, w.Move(0x2c002c00), w.Move(0xd480d480));
            Register[] halves = Halves(w, pair);
            (values[i], values[i + 4]) = (halves[0], halves[1]);
        }
        return values;
    }

    private static Register Integer(WarpBuilder w, string opcode, Register a, object b)
    {
        Register result = w.B32();
        w.Emit(opcode, result, a, b);
        return result;
    }

    private static Register AsSingle(WarpBuilder w, Register bits)
    {
        Register value = w.F32();
        w.Emit("mov.b32", value, bits);
        return value;
    }
}
