using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Planning;

/// <summary>Codes of up to four bits that become bytes, or binary32 numbers, by a table of 16, which a register holds (vpshufb, tbl, vpermps). Tables of fewer entries are repeated, so that nothing above a code needs to be masked.</summary>
/// <param name="Element">Entries of the table: binary32, or bytes, signed, or unsigned where the dot product wants the weights so.</param>
/// <param name="Offset">What makes them unsigned.</param>
/// <param name="Pairs">Pairs of products with a byte of X, of the other signedness, whose sum 16 bits hold.</param>
internal sealed record CodeLookup(ElementType Element, int Offset, int Pairs)
{
    /// <summary>Bits of a code.</summary>
    public int Bits { get; init; } = 4;

    /// <summary>What the codes are to the program.</summary>
    public ElementType Codes => Bits switch { 1 => ElementType.Bit, 2 => ElementType.U2, _ => ElementType.U4 };

    /// <summary>Pairs that are added in 16 bits; 0 for those of a whole chunk.</summary>
    public int PairsTogether { get; init; }

    public PreparedPart Part => Element == ElementType.F32 ? PreparedPart.SingleTable : Element == ElementType.U8 ? PreparedPart.UnsignedTable : PreparedPart.Table;

    /// <summary>The table of a format, of integers that a signed byte holds.</summary>
    public static CodeLookup Of(NumberFormat format, bool unsigned)
    {
        NumberFormatRow row = NumberFormats.Get(format);
        int offset = -row.Min, widest = Math.Max(-row.Min, row.Max);
        // Unsigned bytes go with an X down to −128, whose pairs reach −32768 exactly, signed ones with an X up to 255.
        CodeLookup lookup = unsigned ? new CodeLookup(ElementType.U8, offset, 128 / (row.Max + offset)) : new CodeLookup(ElementType.S8, 0, short.MaxValue / (2 * 255 * widest));
        return lookup with { Bits = row.Bits };
    }

    public string Name => Element == ElementType.F32 ? $"f32table{Width}"
        : $"{(Element == ElementType.U8 ? "u8" : "s8")}table{(Offset > 0 ? Text(Offset) : "")}{(PairsTogether > 0 ? $"by{Text(PairsTogether)}" : "")}{Width}";

    private string Width => Bits == 4 ? "" : $"of{Text(1 << Bits)}";

    private static string Text(int value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
