using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>Elements in memory and in registers: how each type is loaded, converted and stored.</summary>
internal static class Elements
{
    public static int Bytes(ElementType element) => element switch
    {
        ElementType.F32 or ElementType.S32 => 4,
        ElementType.S64 => 8,
        ElementType.F16 or ElementType.BF16 or ElementType.S16 or ElementType.U16 => 2,
        ElementType.S8 or ElementType.U8 => 1,
        _ => throw new NotSupportedException($"Elements of {element} are not loaded one by one."),
    };

    /// <summary>Bits of an element: 4 for those that stand two to a byte.</summary>
    public static int Bits(ElementType element) => IsNibble(element) ? 4 : 8 * Bytes(element);

    public static bool IsNibble(ElementType element) => element is ElementType.S4 or ElementType.U4;

    public static bool IsFloat(ElementType element) => element is ElementType.F32 or ElementType.F16 or ElementType.BF16;

    /// <summary>Loads one element and widens it: floats to binary32, integers to 32 bits.</summary>
    /// <param name="w">The writer.</param>
    /// <param name="space"><c>global</c>, <c>global.nc</c> or <c>shared</c>.</param>
    /// <param name="element">The element in memory.</param>
    /// <param name="at">Its address as an operand.</param>
    public static Register Load(WarpBuilder w, string space, ElementType element, string at)
    {
        switch (element)
        {
            case ElementType.F32:
                Register f = w.F32();
                w.Emit($"ld.{space}.f32", f, at);
                return f;
            case ElementType.F16:
                Register half = w.New(RegisterKind.B16), wide = w.F32();
                w.Emit($"ld.{space}.b16", half, at);
                w.Emit("cvt.f32.f16", wide, half);
                return wide;
            case ElementType.BF16:
                // bfloat16 is the upper half of binary32; sm_80 has no conversion of its own.
                Register bits = w.B32(), shifted = w.B32(), value = w.F32();
                w.Emit($"ld.{space}.u16", bits, at);
                w.Emit("shl.b32", shifted, bits, 16);
                w.Emit("mov.b32", value, shifted);
                return value;
            default:
                Register integer = w.B32();
                w.Emit($"ld.{space}.{TypeName(element)}", integer, at);
                return integer;
        }
    }

    /// <summary>Stores a widened element, rounding floats to nearest even. Integers already are in the range of the type.</summary>
    public static void Store(WarpBuilder w, string space, ElementType element, string at, Register value)
    {
        switch (element)
        {
            case ElementType.F32:
                w.Emit($"st.{space}.f32", at, value);
                break;
            case ElementType.F16 or ElementType.BF16:
                Register half = w.New(RegisterKind.B16);
                w.Emit(element == ElementType.F16 ? "cvt.rn.f16.f32" : "cvt.rn.bf16.f32", half, value);
                w.Emit($"st.{space}.b16", at, half);
                break;
            default:
                w.Emit($"st.{space}.{(Bytes(element) == 4 ? "u32" : Bytes(element) == 2 ? "u16" : "u8")}", at, value);
                break;
        }
    }

    /// <summary>Loads one element as the bits it is, to be stored elsewhere unchanged.</summary>
    public static Register LoadBits(WarpBuilder w, string space, int bytes, string at)
    {
        Register bits = w.B32();
        w.Emit($"ld.{space}.{(bytes == 4 ? "u32" : bytes == 2 ? "u16" : "u8")}", bits, at);
        return bits;
    }

    public static void StoreBits(WarpBuilder w, string space, int bytes, string at, Register bits) =>
        w.Emit($"st.{space}.{(bytes == 4 ? "u32" : bytes == 2 ? "u16" : "u8")}", at, bits);

    /// <summary>A widened integer as binary32, or a binary32 as it is.</summary>
    public static Register ToSingle(WarpBuilder w, Register value)
    {
        if (value.Kind == RegisterKind.F32) return value;
        Register single = w.F32();
        w.Emit("cvt.rn.f32.s32", single, value);
        return single;
    }

    /// <summary>A binary32 constant as PTX writes it.</summary>
    public static string Constant(float value) => "0f" + BitConverter.ToInt32(BitConverter.GetBytes(value), 0).ToString("X8", System.Globalization.CultureInfo.InvariantCulture);

    private static string TypeName(ElementType element) => element switch
    {
        ElementType.S32 => "s32",
        ElementType.S16 => "s16",
        ElementType.S8 => "s8",
        ElementType.U16 => "u16",
        _ => "u8",
    };
}
