using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>Activations in planes of bits: what is packed comes back, lies where the documentation says, and nothing else is taken.</summary>
public class PackedPlanesTests
{
    public static TheoryData<NumberFormat> Formats => [.. Enumerable.Range((int)NumberFormat.Planes1, 16).Select(format => (NumberFormat)format)];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Pack_Drawn_UnpacksAndLeavesWordsBetweenTokens(NumberFormat format)
    {
        var random = new Random((int)format);
        foreach (int elements in (int[])[0, 1, 31, 32, 33, 100])
        {
            const int Tokens = 3;
            int line = PackedPlanes.LineLength(format, elements), stride = line + 2;
            int[] values = Numbers(random, format, Tokens * elements);
            uint[] words = [.. Enumerable.Repeat(0xABCDEF01u, PackedPlanes.Length(format, Tokens, elements, stride) + 1)];

            PackedPlanes.Pack<int>(format, values, Tokens, elements, words, stride);

            var back = new short[Tokens * elements];
            PackedPlanes.Unpack<short>(format, words, Tokens, elements, back, stride);
            Assert.Equal(values, Array.ConvertAll(back, value => (int)value));
            for (int i = 0; i < words.Length; i++)
                if (line == 0 || i % stride >= line || i >= Tokens * stride) Assert.Equal(0xABCDEF01u, words[i]);
            // A kernel's own sums of the same words.
            if (line == 0) continue;
            int[] sums = new int[Tokens], integers = Array.ConvertAll(words, word => (int)word);
            bool areSigns = format >= NumberFormat.SignPlanes1;
            // Bits behind the last element count for nothing.
            if (elements % 32 != 0) integers[line - 1] |= -1 << elements % 32;
            Relayout.SumPlanes(ref sums[0], 1, ref integers[0], stride, Tokens, elements, line / ((elements + 31) / 32), areSigns);
            Assert.Equal([.. Enumerable.Range(0, Tokens).Select(token => values[(token * elements)..((token + 1) * elements)].Sum())], sums);
        }
    }

    [Fact]
    public void Pack_TheDocumentedToken_GivesItsWords()
    {
        uint[] words = new uint[2];
        PackedPlanes.Pack<sbyte>(NumberFormat.SignPlanes2, [-3, 1, 3, -1, 3], 1, 5, words);
        Assert.Equal([0x1Cu, 0x16u], words);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 40)]
    [InlineData(5, 64)]
    [InlineData(7, 65)]
    [InlineData(8, 31)]
    public void SplitPlanes_OfBytes_SaturatesAndPads(int planes, int columns)
    {
        const int Rows = 2, Stride = 70;
        int words = (columns + 31) / 32, largest = (1 << planes) - 1;
        byte[] codes = new byte[Rows * Stride];
        new Random(planes).NextBytes(codes);
        int[] bits = [.. Enumerable.Repeat(-1, Rows * 4 * planes)];

        Relayout.SplitPlanes(ref bits[0], 4 * planes, ref codes[0], Stride, Rows, columns, planes);

        for (int row = 0; row < Rows; row++)
        {
            for (int k = 0; k < words * 32; k++)
            {
                int code = 0;
                for (int plane = 0; plane < planes; plane++) code += (bits[(row * 4 + k / 32) * planes + plane] >> k % 32 & 1) << plane;
                Assert.Equal(k < columns ? Math.Min(codes[row * Stride + k], largest) : 0, code);
            }
            Assert.All(bits[((row * 4 + words) * planes)..((row + 1) * 4 * planes)], word => Assert.Equal(-1, word));
        }
    }

    [Fact]
    public void Length_OfImpossibleOperands_SaysWhatIsWrong()
    {
        Assert.Equal(6, PackedPlanes.LineLength(NumberFormat.Planes3, 33));
        Assert.Equal(2 * 10 + 6, PackedPlanes.Length(NumberFormat.Planes3, 3, 33, 10));
        Assert.Equal(0, PackedPlanes.Length(NumberFormat.Planes3, 0, 33));
        Assert.Equal(8 * 67108864, PackedPlanes.LineLength(NumberFormat.Planes8, int.MaxValue));
        Assert.Contains("has no planes", Assert.Throws<ArgumentException>(() => PackedPlanes.LineLength(NumberFormat.UInt4, 1)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => PackedPlanes.LineLength(NumberFormat.Planes1, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => PackedPlanes.Length(NumberFormat.Planes1, -1, 1));
        Assert.Contains("at least the 6", Assert.Throws<ArgumentException>(() => PackedPlanes.Length(NumberFormat.Planes3, 3, 33, 5)).Message);
        Assert.Contains("more than a span has", Assert.Throws<ArgumentOutOfRangeException>(() => PackedPlanes.Length(NumberFormat.Planes8, int.MaxValue, 32)).Message);
    }

    [Fact]
    public void Pack_WhatAFormatDoesNotHold_IsRefusedWithItsPlace()
    {
        Assert.Contains("Element 1 of token 1 is 4", Assert.Throws<ArgumentException>(() => PackedPlanes.Pack<int>(NumberFormat.Planes2, [0, 3, 1, 4], 2, 2, new uint[4])).Message);
        Assert.Contains("is -1", Assert.Throws<ArgumentException>(() => PackedPlanes.Pack<int>(NumberFormat.Planes8, [-1], 1, 1, new uint[8])).Message);
        Assert.Contains("odd number", Assert.Throws<ArgumentException>(() => PackedPlanes.Pack<int>(NumberFormat.SignPlanes2, [2], 1, 1, new uint[2])).Message);
        Assert.Contains("is 5", Assert.Throws<ArgumentException>(() => PackedPlanes.Pack<long>(NumberFormat.SignPlanes2, [5], 1, 1, new uint[2])).Message);
        Assert.Contains("expected at least 2", Assert.Throws<ArgumentException>(() => PackedPlanes.Pack<int>(NumberFormat.Planes2, [1], 1, 1, new uint[1])).Message);
        Assert.Contains("There are 1 values", Assert.Throws<ArgumentException>(() => PackedPlanes.Pack<int>(NumberFormat.Planes2, [1], 1, 2, new uint[2])).Message);
        Assert.Throws<OverflowException>(() => PackedPlanes.Unpack<sbyte>(NumberFormat.Planes8, [1, 1, 1, 1, 1, 1, 1, 1], 1, 1, new sbyte[1]));
    }

    private static int[] Numbers(Random random, NumberFormat format, int count)
    {
        bool areSigns = format >= NumberFormat.SignPlanes1;
        int largest = (1 << 1 + (format - (areSigns ? NumberFormat.SignPlanes1 : NumberFormat.Planes1))) - 1;
        return [.. Enumerable.Range(0, count).Select(_ => areSigns ? 2 * random.Next(largest + 1) - largest : random.Next(largest + 1))];
    }
}
