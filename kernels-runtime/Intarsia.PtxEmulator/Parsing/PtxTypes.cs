namespace Intarsia.PtxEmulator.Parsing;

/// <summary>Names and widths of the fundamental types (PTX ISA, section "Types").</summary>
internal static class PtxTypes
{
    /// <summary>Width in bits, 1 for <c>pred</c>, 0 for a name that is no type.</summary>
    public static int Bits(string type) => type switch
    {
        "pred" => 1,
        "b8" or "u8" or "s8" => 8,
        "b16" or "u16" or "s16" or "f16" or "bf16" => 16,
        "b32" or "u32" or "s32" or "f32" or "f16x2" or "bf16x2" or "tf32" => 32,
        "b64" or "u64" or "s64" or "f64" => 64,
        "b128" => 128,
        _ => 0,
    };

    /// <summary>Words of 32 bits that a lane's value takes in the register file. Predicates take one word for all lanes.</summary>
    public static int RowWords(int bits) => bits == 1 ? 1 : bits == 64 ? 64 : 32;
}
