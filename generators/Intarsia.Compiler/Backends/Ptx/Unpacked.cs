using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>Elements that were loaded several to a word.</summary>
internal static class Unpacked
{
    /// <summary>The first <paramref name="count"/> elements of words, each in a register: floats as binary32, integers as 32 bits.</summary>
    public static Register[] Widen(WarpBuilder w, ElementType element, Register[] words, int count)
    {
        int bits = 8 * Elements.Bytes(element), each = 32 / bits;
        return Enumerable.Range(0, count).Select(i => Widen(w, element, words[i / each], i % each * bits, bits)).ToArray();
    }

    /// <summary>Words of four bytes of a column each, out of four words that hold up to four columns of a row each: a transposition.</summary>
    public static Register[] Turn(WarpBuilder w, Register[] rows, int columns)
    {
        // Columns 0 and 1 of two rows, then of all four; the same with columns 2 and 3.
        var turned = new List<Register>();
        for (int column = 0; column < columns; column += 2)
        {
            string pairs = column == 0 ? "0x5140" : "0x7362";
            Register upper = Permute(w, rows[0], rows[1], pairs), lower = Permute(w, rows[2], rows[3], pairs);
            turned.Add(Permute(w, upper, lower, "0x5410"));
            if (column + 1 < columns) turned.Add(Permute(w, upper, lower, "0x7632"));
        }
        return [.. turned];
    }

    /// <summary>One word of one element of 32 bits, two of 16 or four of 8, the first lowest.</summary>
    public static Register Join(WarpBuilder w, Register[] elements) => elements.Length switch
    {
        1 => elements[0],
        2 => Permute(w, elements[0], elements[1], "0x5410"),
        _ => Permute(w, Permute(w, elements[0], elements[1], "0x0040"), Permute(w, elements[2], elements[3], "0x0040"), "0x5410"),
    };

    private static Register Permute(WarpBuilder w, Register a, Register b, string selector)
    {
        Register result = w.B32();
        w.Emit("prmt.b32", result, a, b, selector);
        return result;
    }

    private static Register Widen(WarpBuilder w, ElementType element, Register word, int shift, int bits)
    {
        switch (element)
        {
            case ElementType.F32:
                Register single = w.F32();
                w.Emit("mov.b32", single, word);
                return single;
            case ElementType.F16:
                Register low = w.New(RegisterKind.B16), high = w.New(RegisterKind.B16), wide = w.F32();
                w.Emit("mov.b32", WarpBuilder.Vector([low, high]), word);
                w.Emit("cvt.f32.f16", wide, shift == 0 ? low : high);
                return wide;
            case ElementType.BF16:
                // bfloat16 is the upper half of binary32.
                Register placed = w.B32(), value = w.F32();
                if (shift == 0) w.Emit("shl.b32", placed, word, 16);
                else w.Emit("and.b32", placed, word, "0xFFFF0000");
                w.Emit("mov.b32", value, placed);
                return value;
            case ElementType.S32:
                return word;
            default:
                Register integer = w.B32();
                w.Emit(element == ElementType.U8 ? "bfe.u32" : "bfe.s32", integer, word, shift, bits);
                return integer;
        }
    }
}
