using Intarsia.Compiler.Specs;

namespace Intarsia.ProductSpace.Operands;

/// <summary>Operands that lie in planes of bits, written and read bit by bit: nothing of it is the runtime's.</summary>
public static class PlaneLines
{
    private const int Word = 32;

    /// <summary>Writes a logical rows×columns operand, token by token. Bits behind the last element of a token are set: no kernel may look at them.</summary>
    public static void Write(NumberFormat format, double[] logical, int columns, Span<uint> words, int rows, int stride)
    {
        NumberFormatRow row = NumberFormats.Get(format);
        int planes = row.BitPlanes, times = row.HasSignPlanes ? 2 : 1;
        for (int column = 0; column < columns; column++)
        {
            for (int i = 0; i < (rows + Word - 1) / Word * Word; i++)
            {
                int code = i < rows ? ((int)logical[i * columns + column] - row.Min) / times : -1;
                for (int plane = 0; plane < planes; plane++)
                {
                    ref uint word = ref words[column * stride + i / Word * planes + plane];
                    word = word & ~(1u << i % Word) | (uint)(code >> plane & 1) << i % Word;
                }
            }
        }
    }

    /// <summary>Reads an element; behind the last one the number whose bits are all 0.</summary>
    public static double Read(NumberFormat format, ReadOnlySpan<uint> words, int row, int column, int stride)
    {
        NumberFormatRow facts = NumberFormats.Get(format);
        int code = 0;
        for (int plane = 0; plane < facts.BitPlanes; plane++) code += (int)(words[column * stride + row / Word * facts.BitPlanes + plane] >> row % Word & 1) << plane;
        return facts.Min + (facts.HasSignPlanes ? 2 : 1) * code;
    }

    /// <summary>The first token behind whose last element a bit is set, or −1.</summary>
    public static int FirstPaddingSet(NumberFormat format, ReadOnlySpan<uint> words, int rows, int columns, int stride)
    {
        for (int column = 0; column < columns; column++)
            for (int i = rows; i % Word != 0; i++)
                if (Read(format, words, i, column, stride) != NumberFormats.Get(format).Min) return column;
        return -1;
    }
}
