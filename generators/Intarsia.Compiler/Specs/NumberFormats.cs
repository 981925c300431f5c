namespace Intarsia.Compiler.Specs;

/// <summary>The facts of one number format that planner, rules and names share. A new format is a new row here, its decoder, its rules and its tests.</summary>
public sealed record NumberFormatRow(NumberFormat Format, string Name, int Bits, bool IsInteger, int Min, int Max, bool AllowedAsWeights, bool AllowedAsActivations, bool AllowedAsOutput, string ElementType)
{
    /// <summary>The elements are codes for what a table gives, the format's or the matrix's own: some of the integers from <see cref="Min"/> to <see cref="Max"/>, or floats.</summary>
    public bool HasTable { get; init; }

    /// <summary>The elements are codes of so many signs, each in a plane with scales of its own; 0 for every other format.</summary>
    public int Planes { get; init; }

    /// <summary>Neighbouring elements that are coefficients of a basis, which stands among the scales; 0 for every other format.</summary>
    public int Basis { get; init; }
    /// <summary>The elements are sums of so many planes times powers of two, bits or (with a negative <see cref="Min"/>) signs; 0 for every other format.</summary>
    public int BitPlanes { get; init; }

    /// <summary>The planes are signs: −1 or 1.</summary>
    public bool HasSignPlanes => BitPlanes > 0 && Min < 0;
}

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
        Table(NumberFormat.Flint4, "flint4", -16, 16),
        Table(NumberFormat.UFlint4, "uflint4", 0, 64),
        Table(NumberFormat.PowerOfTwo4, "pot4", -64, 64),
        Table(NumberFormat.UPowerOfTwo4, "upot4", 0, 16384),
        Table(NumberFormat.Float4, "float4", -12, 12),
        Table(NumberFormat.UFloat4, "ufloat4", 0, 192),
        Table(NumberFormat.ByteCodebook16, "cb16s8", -128, 127),
        Codebook(NumberFormat.Codebook16, "cb16", 4),
        Codebook(NumberFormat.Codebook256, "cb256", 8),
        Table(NumberFormat.Int2, "s2", -2, 1, 2),
        Table(NumberFormat.UInt2, "u2", 0, 3, 2),
        Table(NumberFormat.Ternary, "ternary", -1, 1, 2),
        Table(NumberFormat.UInt1, "u1", 0, 1, 1),
        Table(NumberFormat.Binary, "binary", -1, 1, 1),
        BinaryCoded(NumberFormat.BinaryCoded1, 1),
        BinaryCoded(NumberFormat.BinaryCoded2, 2),
        BinaryCoded(NumberFormat.BinaryCoded3, 3),
        BinaryCoded(NumberFormat.BinaryCoded4, 4),
        BinaryCoded(NumberFormat.BinaryCoded5, 5),
        BinaryCoded(NumberFormat.BinaryCoded6, 6),
        BinaryCoded(NumberFormat.BinaryCoded7, 7),
        BinaryCoded(NumberFormat.BinaryCoded8, 8),
        Codebook(NumberFormat.PowerOfTwoBasis, "pot4b", 4) with { Basis = 3 },
        BitPlanes(NumberFormat.Planes1, 1, isSigned: false),
        BitPlanes(NumberFormat.Planes2, 2, isSigned: false),
        BitPlanes(NumberFormat.Planes3, 3, isSigned: false),
        BitPlanes(NumberFormat.Planes4, 4, isSigned: false),
        BitPlanes(NumberFormat.Planes5, 5, isSigned: false),
        BitPlanes(NumberFormat.Planes6, 6, isSigned: false),
        BitPlanes(NumberFormat.Planes7, 7, isSigned: false),
        BitPlanes(NumberFormat.Planes8, 8, isSigned: false),
        BitPlanes(NumberFormat.SignPlanes1, 1, isSigned: true),
        BitPlanes(NumberFormat.SignPlanes2, 2, isSigned: true),
        BitPlanes(NumberFormat.SignPlanes3, 3, isSigned: true),
        BitPlanes(NumberFormat.SignPlanes4, 4, isSigned: true),
        BitPlanes(NumberFormat.SignPlanes5, 5, isSigned: true),
        BitPlanes(NumberFormat.SignPlanes6, 6, isSigned: true),
        BitPlanes(NumberFormat.SignPlanes7, 7, isSigned: true),
        BitPlanes(NumberFormat.SignPlanes8, 8, isSigned: true),
        Table(NumberFormat.ShortCodebook256, "cb256s16", -32512, 32512, 8),
    ];

    /// <summary>Every row, in the order of the enumeration.</summary>
    public static IReadOnlyList<NumberFormatRow> All => Rows;

    public static NumberFormatRow Get(NumberFormat format) => Rows[(int)format];

    /// <summary>Integers whose elements do not fill bytes: two to a byte, or two to three.</summary>
    public static bool IsPartOfBytes(NumberFormat format) => Get(format) is { BitPlanes: 0 } row && row.Bits % 8 != 0;

    /// <summary>Integers of 4 bits, two to a byte.</summary>
    public static bool IsNibble(NumberFormat format) => Get(format) is { BitPlanes: 0, Bits: 4 };

    /// <summary>Elements of a line in planes (<see cref="MatrixLayout.BitPlanes"/>) whose bits share a word.</summary>
    public const int BitsOfPlaneWord = 32;

    /// <summary>The words of a line in planes, as C#.</summary>
    /// <param name="elements">The elements of the line, as C#.</param>
    /// <param name="format">Their format.</param>
    public static string PlaneWords(string elements, NumberFormat format) => FormattableString.Invariant($"({elements} + {BitsOfPlaneWord - 1}) / {BitsOfPlaneWord} * {Get(format).BitPlanes}");

    /// <summary>The elements of a span of an operand, as C# has them: words where it lies in planes, else what its format says.</summary>
    public static string ElementTypeOf(NumberFormat format, MatrixLayout layout) => layout == MatrixLayout.BitPlanes ? "uint" : Get(format).ElementType;

    /// <summary>Sums of planes times powers of two.</summary>
    public static bool IsBitPlanes(NumberFormat format) => Get(format).BitPlanes > 0;

    /// <summary>Whether weights of a format may have zero points: those that a signed byte holds.</summary>
    public static bool HasZeroPoints(NumberFormat format) => format is NumberFormat.Int8 or NumberFormat.Int4 || Get(format) is { BitPlanes: > 0 and < 8, HasSignPlanes: false };

    /// <summary>Integers that a signed element of 16 bits holds.</summary>
    public static bool FitsInt16(NumberFormat format) => Get(format) is { IsInteger: true, Min: >= short.MinValue, Max: <= short.MaxValue };

    /// <summary>Integers that a signed byte holds.</summary>
    public static bool FitsByte(NumberFormat format) => Get(format) is { IsInteger: true, Planes: 0, Min: >= sbyte.MinValue, Max: <= sbyte.MaxValue };

    /// <summary>Integers that a signed element of four bits holds, whatever they are stored in.</summary>
    public static bool FitsNibble(NumberFormat format) => Get(format) is { IsInteger: true, Planes: 0, Min: >= -8, Max: <= 7 };

    /// <summary>Codes of four bits for integers that a table gives and four bits do not hold.</summary>
    public static bool HasNibbleCodes(NumberFormat format) => Get(format) is { HasTable: true, IsInteger: true, Bits: 4 };

    /// <summary>The table is the matrix's own, of whatever integers it takes; else it is the format's, of numbers of at most three significant bits, whose first is 0.</summary>
    public static bool HasOwnIntegers(NumberFormat format) => format == NumberFormat.ByteCodebook16;

    /// <summary>Whether 0 is one of the numbers of a format.</summary>
    public static bool HasZero(NumberFormat format) => format != NumberFormat.Binary && !IsBinaryCoded(format) && !Get(format).HasSignPlanes;

    /// <summary>Sums of planes of signs, each times a scale of its own.</summary>
    public static bool IsBinaryCoded(NumberFormat format) => Get(format).Planes > 0;

    /// <summary>Coefficients of a basis: floats that are made of neighbouring elements.</summary>
    public static bool HasBasis(NumberFormat format) => Get(format).Basis > 0;

    /// <summary>What quantised networks have as weights: signed integers of 8 or 4 bits, and tables of integers. Where X is float, they are dequantised as they are read.</summary>
    public static bool IsQuantised(NumberFormat format) => format is NumberFormat.Int8 or NumberFormat.Int4 || IsBinaryCoded(format) || Get(format) is { HasTable: true, IsInteger: true };

    public static bool IsInteger(NumberFormat format) => Get(format).IsInteger;

    public static string Name(NumberFormat format) => Get(format).Name;

    public static NumberFormat Parse(string name) =>
        Rows.FirstOrDefault(row => row.Name == name)?.Format
        ?? throw new FormatException($"Number format '{name}' is not known; expected one of {string.Join(", ", Rows.Select(row => row.Name))}.");

    /// <summary>A format of 256, 16, 4 or 2 integers that a table gives.</summary>
    private static NumberFormatRow Table(NumberFormat format, string name, int min, int max, int bits = 4) => new(format, name, bits, true, min, max, true, false, false, "byte") { HasTable = true };

    /// <summary>Planes of signs; the integers are the codes.</summary>
    private static NumberFormatRow BinaryCoded(NumberFormat format, int planes) => new(format, "bcq" + planes.ToString(System.Globalization.CultureInfo.InvariantCulture), planes, true, 0, (1 << planes) - 1, true, false, false, "byte") { Planes = planes };

    /// <summary>Planes times powers of two. An X of them is a span of the narrowest integers that C# has for the range.</summary>
    private static NumberFormatRow BitPlanes(NumberFormat format, int planes, bool isSigned) =>
        new(format, (isSigned ? "signs" : "planes") + planes.ToString(System.Globalization.CultureInfo.InvariantCulture), planes, true, isSigned ? 1 - (1 << planes) : 0, (1 << planes) - 1, true, true, false, !isSigned ? "byte" : planes < 8 ? "sbyte" : "short") { BitPlanes = planes };

    /// <summary>A format of floats that a table gives.</summary>
    private static NumberFormatRow Codebook(NumberFormat format, string name, int bits) => new(format, name, bits, false, 0, 0, true, false, false, "byte") { HasTable = true };
}
