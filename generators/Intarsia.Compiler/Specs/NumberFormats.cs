namespace Intarsia.Compiler.Specs;

/// <summary>The facts of one number format that planner, rules and names share. A new format is a new row here, its decoder, its rules and its tests.</summary>
public sealed record NumberFormatRow(NumberFormat Format, string Name, int Bits, bool IsInteger, int Min, int Max, bool AllowedAsWeights, bool AllowedAsActivations, bool AllowedAsOutput, string ElementType);

/// <summary>The table of number formats.</summary>
public static class NumberFormats
{
    // The limits are those of operands; what only holds a sum of 64 bits needs none.
    private static readonly NumberFormatRow[] Rows =
    [
        new(NumberFormat.Float32, "f32", 32, false, 0, 0, true, true, true, "float"),
        new(NumberFormat.Float16, "f16", 16, false, 0, 0, true, true, true, "global::System.Half"),
        new(NumberFormat.BFloat16, "bf16", 16, false, 0, 0, true, true, true, "global::Intarsia.BFloat16"),
        new(NumberFormat.Int8, "s8", 8, true, -128, 127, true, true, true, "sbyte"),
        new(NumberFormat.UInt8, "u8", 8, true, 0, 255, true, true, true, "byte"),
        new(NumberFormat.Int4, "s4", 4, true, -8, 7, true, true, false, "byte"),
        new(NumberFormat.Int32, "s32", 32, true, int.MinValue, int.MaxValue, false, false, true, "int"),
        new(NumberFormat.TensorFloat32, "tf32", 32, false, 0, 0, true, true, false, "float"),
        new(NumberFormat.Int16, "s16", 16, true, -32768, 32767, true, true, false, "short"),
        new(NumberFormat.UInt16, "u16", 16, true, 0, 65535, true, true, false, "ushort"),
        new(NumberFormat.Int12, "s12", 12, true, -2048, 2047, true, false, false, "short"),
        new(NumberFormat.UInt12, "u12", 12, true, 0, 4095, true, false, false, "ushort"),
        new(NumberFormat.UInt4, "u4", 4, true, 0, 15, true, true, false, "byte"),
        new(NumberFormat.Int64, "s64", 64, true, 0, 0, false, false, true, "long"),
    ];

    /// <summary>Every row, in the order of the enumeration.</summary>
    public static IReadOnlyList<NumberFormatRow> All => Rows;

    public static NumberFormatRow Get(NumberFormat format) => Rows[(int)format];

    /// <summary>Integers whose elements do not fill bytes: two to a byte, or two to three.</summary>
    public static bool IsPartOfBytes(NumberFormat format) => Get(format).Bits % 8 != 0;

    /// <summary>Integers of 4 bits, two to a byte.</summary>
    public static bool IsNibble(NumberFormat format) => Get(format).Bits == 4;

    /// <summary>Integers that a signed element of 16 bits holds.</summary>
    public static bool FitsInt16(NumberFormat format) => Get(format) is { IsInteger: true, Min: >= short.MinValue, Max: <= short.MaxValue };

    public static bool IsInteger(NumberFormat format) => Get(format).IsInteger;

    public static string Name(NumberFormat format) => Get(format).Name;

    public static NumberFormat Parse(string name) =>
        Rows.FirstOrDefault(row => row.Name == name)?.Format
        ?? throw new FormatException($"Number format '{name}' is not known; expected one of {string.Join(", ", Rows.Select(row => row.Name))}.");
}
