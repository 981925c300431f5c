using System.Numerics;
using Xunit;

namespace Intarsia.Runtime.Tests;

public class CodeTableTests
{
    public static TheoryData<NumberFormat> Tables => new(Layouts.Tables);

    [Theory]
    [InlineData(NumberFormat.UFlint4, 4, false)]
    [InlineData(NumberFormat.Flint4, 3, true)]
    public void Of_Flint_FollowsTheDefinition(NumberFormat format, int bits, bool isSigned)
    {
        // ANT, section 4: the place of the first 1 below the top bit is the exponent, what is left of the bits the significand.
        int top = 1 << (bits - 1);
        ReadOnlySpan<short> table = CodeTable.Of(format);
        for (int code = 0; code < 1 << bits; code++)
        {
            int low = code & (top - 1), zeros = bits - 2 - BitOperations.Log2((uint)low);
            int value = code < top ? code : low == 0 ? 1 << (2 * (bits - 1)) : low << (2 * zeros + 1);
            Assert.Equal(value, table[code]);
            if (isSigned) Assert.Equal(-value, table[code + 8]);
        }
    }

    [Theory]
    [InlineData(NumberFormat.UPowerOfTwo4, 4, false)]
    [InlineData(NumberFormat.PowerOfTwo4, 3, true)]
    public void Of_PowerOfTwo_FollowsTheDefinition(NumberFormat format, int bits, bool isSigned)
    {
        ReadOnlySpan<short> table = CodeTable.Of(format);
        for (int code = 0; code < 1 << bits; code++)
        {
            Assert.Equal(code == 0 ? 0 : 1 << (code - 1), table[code]);
            if (isSigned) Assert.Equal(-table[code], table[code + 8]);
        }
    }

    [Theory]
    [InlineData(NumberFormat.UFloat4, 3, false)]
    [InlineData(NumberFormat.Float4, 2, true)]
    public void Of_Float_FollowsTheDefinitionInHalves(NumberFormat format, int exponentBits, bool isSigned)
    {
        ReadOnlySpan<short> table = CodeTable.Of(format);
        for (int code = 0; code < 2 << exponentBits; code++)
        {
            // Subnormal where the exponent is 0: no leading 1, and the exponent of 1.
            double significand = (code >> 1 == 0 ? 0 : 1) + code % 2 / 2.0;
            Assert.Equal(2 * significand * Math.Pow(2, Math.Max(code >> 1, 1) - 1), table[code]);
            if (isSigned) Assert.Equal(-table[code], table[code + 8]);
        }
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Pack_EveryIntegerOfTheTable_KeepsItsCode(NumberFormat format)
    {
        int[] values = Array.ConvertAll(CodeTable.Of(format).ToArray(), value => (int)value);
        bool isSigned = values.Min() < 0;
        PackedMatrix packed = PackedMatrix.Pack(values, 1, 16, new WeightLayout(Pattern.Dense, format));
        // The code of −0 is not used: its 0 is written as that of code 0.
        Assert.Equal(Enumerable.Range(0, 16).Select(code => code == 8 && isSigned ? 0 : code), Blob.Save(packed)[84..92].SelectMany(b => new[] { b & 15, b >> 4 }));
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Pack_AnIntegerBetweenThoseOfTheTable_IsNamed(NumberFormat format)
    {
        int missing = Enumerable.Range(1, 192).First(value => !CodeTable.Of(format).Contains((short)value));
        var layout = new WeightLayout(Pattern.Dense, format);
        var error = Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack((short[])[1, 1, 1, (short)missing], 2, 2, layout));
        Assert.Equal(("element in row 1, column 1", $"{missing}"), (error.Field, error.Found));
        Assert.EndsWith($"an integer of {format}", error.Expected);
        error = Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack([1, 1, 1, missing], 2, 2, layout));
        Assert.Equal(("element in row 1, column 1", $"{missing}"), (error.Field, error.Found));
        PackedMatrix packed = PackedMatrix.Pack((int[])[1, 1], 1, 2, layout);
        Assert.Equal("element 1", Assert.Throws<IntarsiaFormatException>(() => packed.SetValues((int[])[1, missing])).Field);
        Assert.Equal("quantised value 0", Assert.Throws<IntarsiaFormatException>(() => new QuantisedMatrix([missing], [1], [], 1, 1, format, Per.Tensor)).Field);
    }

    [Theory]
    [InlineData(NumberFormat.Flint4)]
    [InlineData(NumberFormat.PowerOfTwo4)]
    [InlineData(NumberFormat.Float4)]
    public void Load_TheCodeOfMinusZero_IsRefused(NumberFormat format)
    {
        byte[] file = Blob.Save(PackedMatrix.Pack((int[])[1, 2, -1], 1, 3, new WeightLayout(Pattern.Dense, format)));
        var error = Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, bytes => bytes[84] = 0x81)));
        Assert.Equal(("value 1", "code 8", $"a code of {format}, whose 0 is code 0"), (error.Field, error.Found, error.Expected));
        Assert.Equal("unused high nibble of the last value byte", Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, bytes => bytes[85] |= 0x10))).Field);
    }

    /// <summary>Four codes of two bits to a byte, eight of one, the first in the lowest bits.</summary>
    [Theory]
    [InlineData(NumberFormat.Int2, new[] { 1, -2, 0, -1, -1 }, "C9 03")]
    [InlineData(NumberFormat.UInt2, new[] { 1, 2, 0, 3, 3 }, "C9 03")]
    [InlineData(NumberFormat.Ternary, new[] { 1, -1, 0, -1, 1 }, "CD 01")]
    [InlineData(NumberFormat.UInt1, new[] { 1, 0, 0, 1, 1, 0, 1, 0, 1 }, "59 01")]
    [InlineData(NumberFormat.Binary, new[] { 1, -1, -1, 1, 1, -1, 1, -1, 1 }, "59 01")]
    public void Pack_TwoBitsAndOne_FillBytesFromTheLowestBits(NumberFormat format, int[] values, string bytes)
    {
        PackedMatrix packed = PackedMatrix.Pack(values, 1, values.Length, new WeightLayout(Pattern.Dense, format));
        byte[] file = Blob.Save(packed);
        Assert.Equal(bytes, string.Join(" ", file[84..^4].Select(b => b.ToString("X2"))));
        var back = new int[values.Length];
        Blob.Load(file).UnpackIntegers(back);
        Assert.Equal(values, back);
        // Bits that no element has are 0.
        Assert.Contains("unused high", Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, b => b[85] |= 0x80))).Field);
    }

    [Theory]
    [InlineData(NumberFormat.Int2, 2, "−2 to 1, a 2-bit integer")]
    [InlineData(NumberFormat.UInt2, 4, "0 to 3, an unsigned 2-bit integer")]
    [InlineData(NumberFormat.Ternary, -2, "−1 to 1, an integer of Ternary")]
    [InlineData(NumberFormat.UInt1, -1, "0 to 1, an unsigned 1-bit integer")]
    [InlineData(NumberFormat.Binary, 0, "one of ±1, an integer of Binary")]
    public void Pack_WhatNarrowFormatsDoNotHold_IsNamed(NumberFormat format, int foreign, string expected)
    {
        var error = Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack((int[])[1, 1, 1, foreign], 2, 2, new WeightLayout(Pattern.Dense, format)));
        Assert.Equal(("element in row 1, column 1", $"{foreign}", expected), (error.Field, error.Found, error.Expected));
    }

    [Fact]
    public void Load_TheUnusedCodeOfTernary_IsRefused()
    {
        byte[] file = Blob.Save(PackedMatrix.Pack((int[])[1, 0, -1, 1], 1, 4, new WeightLayout(Pattern.Dense, NumberFormat.Ternary)));
        var error = Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, bytes => bytes[84] = 0x08)));
        Assert.Equal(("value 1", "code 2", "a code of Ternary, whose 0 is code 0"), (error.Field, error.Found, error.Expected));
    }

    [Fact]
    public void Layout_BinaryInAPattern_IsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => new WeightLayout(Pattern.Csr, NumberFormat.Binary).Validate());
        Assert.Contains("which Ternary has", error.Message);
    }

    [Fact]
    public void Of_AFormatWithoutATable_IsRefused()
    {
        Assert.False(CodeTable.Exists(NumberFormat.Int4));
        Assert.Contains("Int4 has no table", Assert.Throws<ArgumentOutOfRangeException>(() => _ = CodeTable.Of(NumberFormat.Int4)).Message);
    }
}
