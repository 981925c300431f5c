using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>Panels of bytes whose columns change places: against the rule itself, with and without a transposition and a shift, whole vectors and less.</summary>
public class RelayoutBytesTests
{
    [Theory]
    [InlineData(1, false, false)]
    [InlineData(1, true, true)]
    [InlineData(2, false, true)]
    [InlineData(2, true, false)]
    [InlineData(4, false, false)]
    [InlineData(4, false, true)]
    [InlineData(4, true, false)]
    [InlineData(4, true, true)]
    public void Regroup_AnyBlock_PutsRunsWhereTheRuleSays(int group, bool transposed, bool shifted)
    {
        const byte Untouched = 0xEE;
        var random = new Random(group);
        foreach ((int rows, int columns) in new[] { (1, 1), (3, 5), (31, 16), (32, 17), (64, 64), (70, 63), (97, 65), (131, 128), (33, 100) })
        {
            int width = 16 * group, padded = (columns + width - 1) / width * width + (rows % 2 == 0 ? width : 0), stride = padded + 3, sourceStride = (transposed ? rows : columns) + 2;
            // The block ends with the source, so that nothing is read behind it.
            sbyte[] source = new sbyte[((transposed ? columns : rows) - 1) * sourceStride + (transposed ? rows : columns)];
            random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(source.AsSpan()));
            byte[] bytes = Array.ConvertAll(source, value => (byte)value), actual = new byte[rows * stride], expected = new byte[rows * stride];
            Array.Fill(actual, Untouched);
            Array.Fill(expected, Untouched);
            for (int row = 0; row < rows; row++)
                for (int column = 0; column < padded; column++)
                {
                    // Of each 16·n columns, run q·n + l of four stands at place 4·l + q.
                    (int q, int l) = Math.DivRem(column % width / 4, group);
                    int place = column / width * width + 4 * (4 * l + q) + column % 4, value = column >= columns ? 0 : bytes[transposed ? column * sourceStride + row : row * sourceStride + column] ^ (shifted ? 0x80 : 0);
                    expected[row * stride + place] = (byte)value;
                }

            if (shifted) Relayout.RegroupShifted(ref actual[0], stride, ref source[0], sourceStride, rows, columns, transposed, group, padded);
            else Relayout.Regroup(ref actual[0], stride, ref bytes[0], sourceStride, rows, columns, transposed, group, padded);

            Assert.Equal(expected, actual);
        }
    }

    /// <summary>Panels of 4-bit elements become those of the bytes that they are, whichever half of a byte they begin in.</summary>
    [Theory]
    [InlineData(true, false, 0)]
    [InlineData(true, true, 1)]
    [InlineData(false, false, 1)]
    [InlineData(false, true, 0)]
    public void Nibbles_AnyBlock_AreLaidOutAsTheirBytes(bool isSigned, bool transposed, int first)
    {
        var random = new Random(first);
        foreach ((int rows, int columns) in new[] { (1, 1), (3, 5), (32, 17), (37, 64), (65, 33) })
        {
            (int lines, int length) = transposed ? (columns, rows) : (rows, columns);
            int sourceStride = length + 3, padded = (columns + 15) / 16 * 16;
            byte[] source = new byte[(first + (lines - 1) * sourceStride + length + 1) / 2];
            random.NextBytes(source);
            sbyte[] bytes = new sbyte[lines * length];
            for (int line = 0; line < lines; line++)
                for (int i = 0; i < length; i++)
                {
                    int at = first + line * sourceStride + i, nibble = (source[at / 2] >> (at % 2 * 4)) & 15;
                    bytes[line * length + i] = (sbyte)(isSigned && nibble > 7 ? nibble - 16 : nibble);
                }

            int interleave = 4, groups = (rows + interleave - 1) / interleave;
            sbyte[] plain = new sbyte[groups * interleave * padded], expectedPlain = new sbyte[plain.Length];
            byte[] shifted = new byte[plain.Length], expectedShifted = new byte[plain.Length], regrouped = new byte[rows * padded], expectedRegrouped = new byte[regrouped.Length];
            int stride = interleave * padded;
            Relayout.Copy(ref expectedPlain[0], stride, ref bytes[0], length, rows, columns, transposed, interleave, padded);
            Relayout.CopyShifted(ref expectedShifted[0], stride, ref bytes[0], length, rows, columns, transposed, interleave, padded);
            Relayout.RegroupShifted(ref expectedRegrouped[0], padded, ref bytes[0], length, rows, columns, transposed, 1, padded);
            if (isSigned)
            {
                Relayout.CopyInt4(ref plain[0], stride, ref source[0], first, sourceStride, rows, columns, transposed, interleave, padded);
                Relayout.CopyInt4Shifted(ref shifted[0], stride, ref source[0], first, sourceStride, rows, columns, transposed, interleave, padded);
                Relayout.RegroupInt4Shifted(ref regrouped[0], padded, ref source[0], first, sourceStride, rows, columns, transposed, 1, padded);
            }
            else
            {
                Relayout.CopyUInt4(ref plain[0], stride, ref source[0], first, sourceStride, rows, columns, transposed, interleave, padded);
                Relayout.CopyUInt4Shifted(ref shifted[0], stride, ref source[0], first, sourceStride, rows, columns, transposed, interleave, padded);
                Relayout.RegroupUInt4Shifted(ref regrouped[0], padded, ref source[0], first, sourceStride, rows, columns, transposed, 1, padded);
            }

            Assert.Equal(expectedPlain, plain);
            Assert.Equal(expectedShifted, shifted);
            Assert.Equal(expectedRegrouped, regrouped);
        }
    }
}
