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
}
