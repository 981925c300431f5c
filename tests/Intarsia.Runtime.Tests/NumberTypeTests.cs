using Xunit;

namespace Intarsia.Runtime.Tests;

public class NumberTypeTests
{
    /// <summary>Every type of three to eight bits.</summary>
    private static IEnumerable<NumberType> All =>
        from isSigned in (bool[])[true, false]
        from bits in Enumerable.Range(3, 6)
        from type in (NumberType[])[NumberType.Integer(bits, isSigned), NumberType.Flint(bits, isSigned), NumberType.PowerOfTwo(bits, isSigned), .. Floats(bits - (isSigned ? 1 : 0)).Select(parts => NumberType.Float(parts.Exponent, parts.Significand, isSigned))]
        select type;

    private static IEnumerable<(int Exponent, int Significand)> Floats(int bits) => Enumerable.Range(1, bits).Select(exponent => (exponent, bits - exponent));

    [Fact]
    public void Values_OfTheTypesInThePaper_AreThoseThatItLists()
    {
        Assert.Equal([0d, 1, 2, 3, 4, 5, 6, 7, 64, 32, 16, 24, 8, 10, 12, 14], NumberType.Flint(4, isSigned: false).Values.ToArray());
        Assert.Equal([0d, 1, 2, 3, 16, 8, 4, 6, 0, -1, -2, -3, -16, -8, -4, -6], NumberType.Flint(4, isSigned: true).Values.ToArray());
        Assert.Equal([0d, 1, 4, 2, 0, -1, -4, -2], NumberType.Flint(3, isSigned: true).Values.ToArray());
        Assert.Equal((1024d, 4096d, 16384d), (NumberType.Flint(6, isSigned: false).Largest, NumberType.Flint(8, isSigned: true).Largest, NumberType.Flint(8, isSigned: false).Largest));
        Assert.Equal([0d, 1, 2, 4, 8, 16, 32, 64, 0, -1, -2, -4, -8, -16, -32, -64], NumberType.PowerOfTwo(4, isSigned: true).Values.ToArray());
        Assert.Equal((Math.Pow(2, 126), Math.Pow(2, 254)), (NumberType.PowerOfTwo(8, isSigned: true).Largest, NumberType.PowerOfTwo(8, isSigned: false).Largest));
        Assert.Equal([0d, 1, 2, 3, 4, 6, 8, 12], NumberType.Float(2, 1, isSigned: false).Values.ToArray());
        Assert.Equal([0d, 1, 2, 3, -4, -3, -2, -1], NumberType.Integer(3, isSigned: true).Values.ToArray());
    }

    /// <summary>The definitions again, on the digits of a code from left to right.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Values_OfEveryCode_FollowTheDefinition(int bits)
    {
        foreach (bool isSigned in (bool[])[true, false])
        {
            int magnitude = bits - (isSigned ? 1 : 0);
            for (int code = 0; code < 1 << bits; code++)
            {
                string digits = Convert.ToString(code, 2).PadLeft(bits, '0');
                double sign = isSigned && digits[0] == '1' ? -1 : 1;
                if (isSigned) digits = digits[1..];
                // A sum of zeros has no sign.
                Assert.Equal(sign * Flint(digits) + 0, NumberType.Flint(bits, isSigned).Decode(code));
                Assert.Equal(sign * (Number(digits) == 0 ? 0 : Math.Pow(2, Number(digits) - 1)) + 0, NumberType.PowerOfTwo(bits, isSigned).Decode(code));
                Assert.Equal(Number(digits) - (sign < 0 ? Math.Pow(2, magnitude) : 0), NumberType.Integer(bits, isSigned).Decode(code));
                foreach ((int exponent, int significand) in Floats(magnitude))
                    Assert.Equal(sign * Ieee(digits[..exponent], digits[exponent..]) + 0, NumberType.Float(exponent, significand, isSigned).Decode(code));
            }
        }

        static int Number(string digits) => digits.Length == 0 ? 0 : Convert.ToInt32(digits, 2);

        // The zeros up to the first 1 behind the top bit say how far what follows it is moved.
        static double Flint(string digits)
        {
            string low = digits[1..];
            if (digits[0] == '0') return Number(low);
            int zeros = low.IndexOf('1', StringComparison.Ordinal);
            return zeros < 0 ? Math.Pow(4, low.Length) : Number(low) * Math.Pow(2, 2 * zeros + 1);
        }

        // A float of IEEE 754 in units of its smallest subnormal number.
        static double Ieee(string exponent, string significand) =>
            (Number(significand) + (Number(exponent) == 0 ? 0 : Math.Pow(2, significand.Length))) * Math.Pow(2, Math.Max(Number(exponent), 1) - 1);
    }

    [Fact]
    public void Encode_TheNumberOfACode_GivesTheCode()
    {
        foreach (NumberType type in All)
            for (int code = 0; code < 1 << type.Bits; code++)
            {
                // The code of −0 alone is no number's.
                bool isMinusZero = type.IsSigned && code == 1 << (type.Bits - 1) && type.Decode(code) == 0;
                Assert.True((isMinusZero ? 0 : code) == type.Encode(type.Decode(code)), $"{type} {code}");
            }
    }

    [Fact]
    public void Encode_AnyNumber_GivesTheNearestAndOfTwoTheGreater()
    {
        var random = new Random(1);
        foreach (NumberType type in All)
        {
            double[] grid = [.. type.Values.ToArray().Distinct().Order()];
            // Between neighbours, on either side of the middle, beyond both ends, and of every magnitude.
            IEnumerable<double> numbers = grid.Zip(grid.Skip(1), (a, b) => a / 2 + b / 2).SelectMany(middle => (double[])[middle, Math.BitIncrement(middle), Math.BitDecrement(middle)]);
            numbers = numbers.Concat([0, -0d, 0.49999999999999994, double.MaxValue, double.MinValue, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon]);
            numbers = numbers.Concat(Enumerable.Range(0, 200).Select(_ => (random.NextDouble() - 0.5) * Math.Pow(2, random.NextDouble() * Math.Log2(4 * type.Largest))));
            foreach (double number in numbers)
            {
                double found = type.Decode(type.Encode(number)), clamped = Math.Clamp(number, grid[0], grid[^1]);
                double expected = grid.OrderBy(entry => Distance(entry, clamped)).ThenByDescending(Math.Abs).First();
                Assert.True(expected == found, FormattableString.Invariant($"{type} {number:R}: {found} instead of {expected}"));
            }
        }

        // Without rounding: both are integers times the smallest double.
        static System.Numerics.BigInteger Distance(double entry, double number) => System.Numerics.BigInteger.Abs(Exact(entry) - Exact(number));
        static System.Numerics.BigInteger Exact(double number)
        {
            long bits = BitConverter.DoubleToInt64Bits(number), significand = bits & ((1L << 52) - 1);
            int exponent = (int)(bits >> 52 & 0x7FF);
            return (System.Numerics.BigInteger)(exponent == 0 ? significand : significand | 1L << 52) * (bits < 0 ? -1 : 1) << Math.Max(exponent - 1, 0);
        }
    }

    [Fact]
    public void Format_OfEachType_IsTheNarrowestThatHoldsIt()
    {
        Assert.Equal([NumberFormat.Int4, NumberFormat.ByteCodebook16, NumberFormat.ByteCodebook16, NumberFormat.ByteCodebook16], NumberType.Candidates(3, isSigned: true).Select(type => type.Format));
        Assert.Equal([NumberFormat.UInt4, NumberFormat.ByteCodebook16, NumberFormat.ByteCodebook16, NumberFormat.ByteCodebook16], NumberType.Candidates(3, isSigned: false).Select(type => type.Format));
        Assert.Equal([NumberFormat.Int4, NumberFormat.Flint4, NumberFormat.PowerOfTwo4, NumberFormat.Float4], NumberType.Candidates(4, isSigned: true).Select(type => type.Format));
        Assert.Equal([NumberFormat.UInt4, NumberFormat.UFlint4, NumberFormat.UPowerOfTwo4, NumberFormat.UFloat4], NumberType.Candidates(4, isSigned: false).Select(type => type.Format));
        Assert.Equal(["int5", "flint5", "pot5", "float5e3m1"], NumberType.Candidates(5, isSigned: true).Select(type => type.Name));
        Assert.Equal(["uint5", "uflint5", "ufloat5e3m2"], NumberType.Candidates(5, isSigned: false).Select(type => type.Name));
        Assert.Equal([NumberFormat.Int8, NumberFormat.ShortCodebook256, NumberFormat.ShortCodebook256], NumberType.Candidates(8, isSigned: true).Select(type => type.Format));
        Assert.Equal(NumberFormat.Codebook256, NumberType.PowerOfTwo(6, isSigned: true).Format);
        // Four bits, and a number that no byte holds, but that of a table of its own.
        Assert.Equal((NumberFormat.UPowerOfTwo4, NumberFormat.ByteCodebook16), (NumberType.Float(4, 0, isSigned: false).Format, NumberType.Float(1, 2, isSigned: true).Format));
    }

    [Fact]
    public void Pack_EveryNumberOfAType_ReadsBack()
    {
        foreach (NumberType type in All)
        {
            var back = new float[type.Values.Length];
            if (type.Format == NumberFormat.Codebook256)
            {
                // Powers of two stay so under a scale that is one.
                double scale = Math.ScaleB(1, 100 - Math.ILogB(type.Largest));
                var codes = new CodebookMatrix([.. Enumerable.Range(0, back.Length).Select(code => (byte)code)], type.Codebook(scale), 1, back.Length);
                PackedMatrix.Pack(codes, new WeightLayout(Pattern.Csr, NumberFormat.Codebook256)).Unpack(back);
                Assert.Equal([.. type.Values.ToArray().Select(value => (float)(value * scale))], back);
                continue;
            }
            int[] integers = [.. type.Values.ToArray().Select(value => (int)value)], again = new int[back.Length];
            PackedMatrix packed = PackedMatrix.Pack(integers, 1, integers.Length, new WeightLayout(Pattern.Dense, type.Format) { Scale = Per.Tensor }, [0.25f]);
            Blob.Load(Blob.Save(packed)).UnpackIntegers(again);
            Assert.Equal(integers, again);
            packed.Unpack(back);
            Assert.Equal([.. integers.Select(value => value * 0.25f)], back);
        }
    }

    [Fact]
    public void Types_ThatAreNone_AreRefused()
    {
        Assert.StartsWith("A number type has 3 to 8 bits, not 2.", Assert.Throws<ArgumentOutOfRangeException>(() => NumberType.Flint(2, isSigned: false)).Message);
        Assert.StartsWith("A number type has 3 to 8 bits, not 9.", Assert.Throws<ArgumentOutOfRangeException>(() => NumberType.Float(4, 4, isSigned: true)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => NumberType.Float(int.MaxValue, int.MaxValue, isSigned: true));
        Assert.Throws<ArgumentOutOfRangeException>(() => NumberType.Float(0, 5, isSigned: false));
        Assert.Throws<ArgumentOutOfRangeException>(() => NumberType.Float(5, -1, isSigned: false));
        Assert.StartsWith("A code of uflint4 is 0 to 15.", Assert.Throws<ArgumentOutOfRangeException>(() => NumberType.Flint(4, isSigned: false).Decode(16)).Message);
        Assert.StartsWith("NaN has no code.", Assert.Throws<ArgumentOutOfRangeException>(() => NumberType.Flint(4, isSigned: false).Encode(double.NaN)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => NumberType.PowerOfTwo(8, isSigned: false).Codebook(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => NumberType.PowerOfTwo(4, isSigned: false).Codebook(double.NaN));
    }
}
