using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>One tile of digits that an instruction takes together: <paramref name="Lines"/> lines of one sign, <paramref name="Planes"/> digits of a row beside each other, the least at 256^<paramref name="First"/>.</summary>
internal sealed record DigitTile(string Name, PreparedPart Part, ElementType Element, int Lines, int Planes, int First)
{
    /// <summary>Row r of the vectors is the sum of its digits, each at its place: the matrix that makes V rows of the lines.</summary>
    public double[] Weigh(int v, int shift)
    {
        var matrix = new double[v * Lines];
        for (int row = 0; row < v; row++)
            for (int plane = 0; plane < Planes; plane++) matrix[row * Lines + row * Planes + plane] = 1L << 8 * (First + plane + shift);
        return matrix;
    }
}

/// <summary>
/// How the digits of V×1 weights are laid out for instructions that multiply 16 by 8 by 32 bytes (Li et al., Magicube, SC'22, section 4.2). The two sides of an instruction each have one sign, so that planes stack where their digits
/// have the same: those of unsigned formats, and those of signed ones of 12 bits, whose digits can be balanced. 16 bits cannot (32767 is 128·256 − 1, and 128 is no signed digit): their unsigned low plane lies apart from the top one.
/// </summary>
/// <param name="Order">The prepared order, as <c>DigitStreamWeights</c> numbers them.</param>
/// <param name="Tiles">The tiles of digits.</param>
internal sealed record DigitLayout(int Order, EquatableArray<DigitTile> Tiles)
{
    private const int Single = 1, Apart = 2, Stacked = 3;

    public static DigitLayout Of(NumberFormat format, int v)
    {
        NumberFormatRow row = NumberFormats.Get(format);
        bool isSigned = row.Min < 0;
        ElementType top = isSigned ? ElementType.S8 : ElementType.U8;
        if (row.Min >= (isSigned ? sbyte.MinValue : 0) && row.Max <= (isSigned ? sbyte.MaxValue : byte.MaxValue)) return new DigitLayout(Single, EquatableArray.Of(new DigitTile("top", PreparedPart.TopDigits, top, v, 1, 0)));
        if (isSigned && row.Bits == 16)
            return new DigitLayout(Apart, EquatableArray.Of(new DigitTile("low", PreparedPart.LowDigits, ElementType.U8, v, 1, 0), new DigitTile("top", PreparedPart.TopDigits, top, v, 1, 1)));
        return new DigitLayout(Stacked, EquatableArray.Of(new DigitTile("top", PreparedPart.TopDigits, top, 2 * v, 2, 0)));
    }

    /// <summary>Digits of a value.</summary>
    public int Planes => Tiles.Sum(tile => tile.Planes);

    /// <summary>Instructions for a stride of vectors and 16 columns of one digit of X, with the lines on the 8 columns of an instruction.</summary>
    public int Instructions => Tiles.Sum(tile => (tile.Lines + 7) / 8);

    /// <summary>The same with the lines on its 16 rows, and 8 columns of X at a time.</summary>
    public int InstructionsByRows => Tiles.Sum(tile => (tile.Lines + 15) / 16 * 2);
}
