using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>Elements on their way to memory, as the bits that they are there: the reverse of <see cref="Unpacked"/>. Floats round to nearest even; integers already are in the range of their type.</summary>
internal static class Packed
{
    /// <summary>One element in the low bits of a word.</summary>
    public static Register Element(WarpBuilder w, ElementType element, Register value)
    {
        switch (element)
        {
            case ElementType.F32:
                return Bits(w, value);
            case ElementType.F16 or ElementType.BF16:
                // The other half of the pair is 0.
                Register zero = w.F32();
                w.Emit("mov.f32", zero, Elements.Constant(0));
                return Pair(w, element, value, zero);
            default:
                return value;
        }
    }

    /// <summary>Elements several to a word, the first lowest.</summary>
    public static Register[] Words(WarpBuilder w, ElementType element, Register[] values)
    {
        switch (element)
        {
            case ElementType.F32:
                return [.. values.Select(value => Bits(w, value))];
            case ElementType.F16 or ElementType.BF16:
                return [.. Enumerable.Range(0, values.Length / 2).Select(i => Pair(w, element, values[2 * i], values[2 * i + 1]))];
            case ElementType.S32:
                return values;
            default:
                return [.. Enumerable.Range(0, values.Length / 4).Select(i => Unpacked.Join(w, values.Skip(4 * i).Take(4).ToArray()))];
        }
    }

    private static Register Bits(WarpBuilder w, Register value)
    {
        if (value.Kind != RegisterKind.F32) return value;
        Register word = w.B32();
        w.Emit("mov.b32", word, value);
        return word;
    }

    private static Register Pair(WarpBuilder w, ElementType element, Register low, Register high)
    {
        Register word = w.B32();
        w.Emit($"cvt.rn.{(element == ElementType.F16 ? "f16x2" : "bf16x2")}.f32", word, high, low);
        return word;
    }
}
