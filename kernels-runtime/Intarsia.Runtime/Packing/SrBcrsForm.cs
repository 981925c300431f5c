namespace Intarsia;

/// <summary>What the arrays of an <see cref="SrBcrsMatrix"/> hold.</summary>
/// <param name="Format">Integers of 4, 8, 12 or 16 bits, signed or not.</param>
/// <param name="V">Rows that share their columns: 2, 4 or 8.</param>
/// <param name="DigitBits">Bits of the digits that tensor cores multiply: 4 where one of the operands has four bits, else 8.</param>
/// <param name="IsShuffled">Whether each eight columns stand in the order 0, 2, 4, 6, 1, 3, 5, 7; digits of four bits only. Values do not.</param>
public sealed record SrBcrsForm(NumberFormat Format, int V, int DigitBits, bool IsShuffled)
{
    /// <summary>Vectors of a tile: 16 of digits of 8 bits, 32 of those of 4.</summary>
    public int Stride => 128 / DigitBits;

    /// <summary>Digits of an element, the lowest first. All but the top one are unsigned, which has the sign.</summary>
    public int Planes => (Bits + DigitBits - 1) / DigitBits;

    internal int DigitMask => (1 << DigitBits) - 1;

    private int Bits => IntegerFormats.Of(Format)!.Value.Bits;

    /// <summary>The same form, if it is one.</summary>
    /// <exception cref="ArgumentException">A part of it is out of range; it is named.</exception>
    public SrBcrsForm Validate()
    {
        if (Format is not (NumberFormat.Int4 or NumberFormat.UInt4 or NumberFormat.Int8 or NumberFormat.UInt8 or NumberFormat.Int12 or NumberFormat.UInt12 or NumberFormat.Int16 or NumberFormat.UInt16))
            throw new ArgumentException($"{Format} has no form in digits, which integers of 4, 8, 12 and 16 bits have.");
        if (V is not (2 or 4 or 8)) throw new ArgumentException($"V is {V}; expected 2, 4 or 8.");
        if (DigitBits is not (4 or 8) || DigitBits > Bits) throw new ArgumentException($"Digits have {DigitBits} bits; expected 4{(Bits > 4 ? " or 8" : "")} for {Format}.");
        if (IsShuffled && DigitBits != 4) throw new ArgumentException("Columns are shuffled for digits of 4 bits, not for those of 8.");
        return this;
    }

    /// <summary>The vector whose column stands at a place of the index array: shuffled, the even ones of each eight stand before the odd ones.</summary>
    internal int VectorAt(int place) => IsShuffled ? place / 8 * 8 + place % 4 * 2 + place % 8 / 4 : place;

    /// <summary>Where the column of a vector stands in the index array.</summary>
    internal int PlaceOf(int vector) => IsShuffled ? vector / 8 * 8 + vector % 2 * 4 + vector % 8 / 2 : vector;

    internal int ValueBytes(int vectors) => Extents.RequireArrayLength((Int128)vectors * V * Planes * DigitBits / 8, "bytes of values");

    /// <summary><c>4×1 Int16 in 2 digits of 8 bits</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{V}×1 {Format} in {Planes} digit{(Planes == 1 ? "" : "s")} of {DigitBits} bits{(IsShuffled ? ", shuffled" : "")}");
}
