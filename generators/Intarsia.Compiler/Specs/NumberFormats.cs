namespace Intarsia.Compiler.Specs;

/// <summary>The facts of one number format that planner, rules and names share. A new format is a new row here, its decoder, its rules and its tests.</summary>
public sealed record NumberFormatRow(NumberFormat Format, string Name, int Bits, bool IsInteger, int Min, int Max, bool AllowedAsWeights, bool AllowedAsActivations, bool AllowedAsOutput, string ElementType);

/// <summary>The table of number formats.</summary>
public static class NumberFormats
{
    private static readonly NumberFormatRow[] Rows =
    [
        new(NumberFormat.Float32, "f32", 32, false, 0, 0, true, true, true, "float"),
        new(NumberFormat.Float16, "f16", 16, false, 0, 0, true, true, true, "global::System.Half"),
        new(NumberFormat.BFloat16, "bf16", 16, false, 0, 0, true, true, true, "global::Intarsia.BFloat16"),
        new(NumberFormat.Int8, "s8", 8, true, -128, 127, true, true, true, "sbyte"),
        new(NumberFormat.UInt8, "u8", 8, true, 0, 255, false, true, true, "byte"),
        new(NumberFormat.Int4, "s4", 4, true, -8, 7, true, false, false, "byte"),
        new(NumberFormat.Int32, "s32", 32, true, int.MinValue, int.MaxValue, false, false, true, "int"),
        new(NumberFormat.TensorFloat32, "tf32", 32, false, 0, 0, true, true, false, "float"),
    ];

    /// <summary>Every row, in the order of the enumeration.</summary>
    public static IReadOnlyList<NumberFormatRow> All => Rows;

    public static NumberFormatRow Get(NumberFormat format) => Rows[(int)format];

    public static bool IsInteger(NumberFormat format) => Get(format).IsInteger;

    public static string Name(NumberFormat format) => Get(format).Name;

    public static NumberFormat Parse(string name) =>
        Rows.FirstOrDefault(row => row.Name == name)?.Format
        ?? throw new FormatException($"Number format '{name}' is not known; expected one of {string.Join(", ", Rows.Select(row => row.Name))}.");
}
