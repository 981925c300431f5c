using System.Runtime.Intrinsics;
using Intarsia.Arm;
using Xunit;

namespace Intarsia.ProductSpace.Tests;

/// <summary>The definitions of Arm's instructions at the places where a wrong one would differ: ends of ranges, wrapping, signs, lanes of the upper half, one rounding, NaN and zeros of both signs.</summary>
public class ArmInstructionTests
{
    private static readonly Vector128<byte> s_counting = Vector128<byte>.Indices;

    [Fact]
    public void Sdot_OfExtremes_SumsFourProductsOfALaneAndWraps()
    {
        Assert.Equal(Vector128.Create(4 * 128 * 128 + 5), Instructions.Sdot(Vector128.Create(5), Vector128.Create(sbyte.MinValue), Vector128.Create(sbyte.MinValue)));
        Assert.Equal(Vector128.Create(-4 * 128 * 127), Instructions.Sdot(Vector128<int>.Zero, Vector128.Create(sbyte.MinValue), Vector128.Create(sbyte.MaxValue)));
        Assert.Equal(Vector128.Create(int.MinValue), Instructions.Sdot(Vector128.Create(int.MaxValue - 3), Vector128.Create((sbyte)1), Vector128.Create((sbyte)1)));
        // 0·0 + 1·1 + 2·2 + 3·3, 4·4 + …: no lane takes from its neighbour.
        Assert.Equal(Vector128.Create(14, 126, 366, 734), Instructions.Sdot(Vector128<int>.Zero, s_counting.AsSByte(), s_counting.AsSByte()));
    }

    [Fact]
    public void Smlal_OfExtremes_KeepsAllBitsOfItsHalf()
    {
        Vector128<int> n = Vector128.Create(int.MinValue, 2, 3, int.MaxValue), m = Vector128.Create(int.MinValue, -5, 7, int.MinValue);
        Assert.Equal(Vector128.Create((1L << 62) + 1, -9), Instructions.Smlal(Vector128.Create(1L), n.GetLower(), m.GetLower()));
        Assert.Equal(Vector128.Create(22, (long)int.MaxValue * int.MinValue + 1), Instructions.Smlal2(Vector128.Create(1L), n, m));
    }

    [Fact]
    public void Shifts_OfBytes_StayInTheirBytes()
    {
        Vector128<sbyte> value = Vector128.Create(0x8F, 0x7F, 0x01, 0xF0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10).AsSByte();
        Assert.Equal(Vector128.Create(0xF0, 0xF0, 0x10, 0x00, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00).AsSByte(), Instructions.Shl(value, 4));
        Assert.Equal(Vector128.Create(0xF8, 0x07, 0x00, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01).AsSByte(), Instructions.Sshr(value, 4));
        Assert.Equal(Vector128.Create(0x08, 0x07, 0x00, 0x0F, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01).AsByte(), Instructions.Ushr(value.AsByte(), 4));
        Assert.Equal(Vector128.Create((sbyte)-1), Instructions.Sshr(Vector128.Create(sbyte.MinValue), 8));
        Assert.Equal(Vector128<byte>.Zero, Instructions.Ushr(Vector128<byte>.AllBitsSet, 8));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(9)]
    public void Shifts_ThatCannotBeEncoded_AreRefused(int shift)
    {
        if (shift is < 0 or > 7) Assert.Throws<ArgumentOutOfRangeException>(() => Instructions.Shl(default, shift));
        if (shift is not (< 1 or > 8)) return;
        Assert.Throws<ArgumentOutOfRangeException>(() => Instructions.Sshr(default, shift));
        Assert.Throws<ArgumentOutOfRangeException>(() => Instructions.Ushr(default, shift));
    }

    [Fact]
    public void Tbl_OfIndicesPastTheTable_GivesZero()
    {
        Vector128<byte> table = Vector128<byte>.Indices + Vector128.Create((byte)100);
        Vector128<byte> indices = Vector128.Create(15, 0, 16, 255, 128, 7, 7, 143, 1, 2, 3, 4, 5, 6, 17, 14);
        Assert.Equal(Vector128.Create((byte)115, 100, 0, 0, 0, 107, 107, 0, 101, 102, 103, 104, 105, 106, 0, 114), Instructions.Tbl(table, indices));
    }

    [Fact]
    public void Tbl4_OfIndicesPastTheFourRegisters_GivesZero()
    {
        Vector128<byte> first = Vector128<byte>.Indices + Vector128.Create((byte)100), sixteen = Vector128.Create((byte)16);
        Vector128<byte> indices = Vector128.Create(0, 15, 16, 31, 32, 47, 48, 63, 64, 65, 127, 128, 255, 17, 33, 49);
        Assert.Equal(
            Vector128.Create((byte)100, 115, 116, 131, 132, 147, 148, 163, 0, 0, 0, 0, 0, 117, 133, 149),
            Instructions.Tbl4((first, first + sixteen, first + sixteen * 2, first + sixteen * 3), indices));
    }

    [Fact]
    public void Zip_OfHalves_TakesTheFirstSourceFirst()
    {
        Vector128<byte> other = s_counting + Vector128.Create((byte)100);
        Assert.Equal(Vector128.Create((byte)0, 100, 1, 101, 2, 102, 3, 103, 4, 104, 5, 105, 6, 106, 7, 107), Instructions.Zip1(s_counting, other));
        Assert.Equal(Vector128.Create((byte)8, 108, 9, 109, 10, 110, 11, 111, 12, 112, 13, 113, 14, 114, 15, 115), Instructions.Zip2(s_counting, other));
        Assert.Equal(Vector128.Create((ushort)1, 11, 2, 12, 3, 13, 4, 14), Instructions.Zip1(Vector128.Create((ushort)1, 2, 3, 4, 5, 6, 7, 8), Vector128.Create((ushort)11, 12, 13, 14, 15, 16, 17, 18)));
        Assert.Equal(Vector128.Create((ushort)5, 15, 6, 16, 7, 17, 8, 18), Instructions.Zip2(Vector128.Create((ushort)1, 2, 3, 4, 5, 6, 7, 8), Vector128.Create((ushort)11, 12, 13, 14, 15, 16, 17, 18)));
    }

    [Fact]
    public void Cnt_OfBytes_CountsTheirBits() =>
        Assert.Equal(
            Vector128.Create((byte)0, 1, 1, 8, 7, 4, 4, 2, 0, 0, 0, 0, 0, 0, 0, 1),
            Instructions.Cnt(Vector128.Create((byte)0, 1, 128, 255, 127, 0xAA, 0x0F, 0x81, 0, 0, 0, 0, 0, 0, 0, 64)));

    [Fact]
    public void Uaddlp_OfUnsignedElements_AddsNeighboursWithoutLoss()
    {
        Assert.Equal(Vector128.Create((ushort)510, 1, 128, 0, 0, 0, 0, 300), Instructions.Uaddlp(Vector128.Create((byte)255, 255, 1, 0, 0, 128, 0, 0, 0, 0, 0, 0, 0, 0, 200, 100)));
        Assert.Equal(Vector128.Create(131070u, 3, 65535, 0), Instructions.Uaddlp(Vector128.Create((ushort)65535, 65535, 1, 2, 0, 65535, 0, 0)));
    }

    [Fact]
    public void Fmla_OfAProductThatRounds_RoundsOnce()
    {
        // (1 + 2⁻¹²)² = 1 + 2⁻¹¹ + 2⁻²⁴, of which binary32 has no room for the last term.
        Vector128<float> n = Vector128.Create(1f + Power(-12));
        Assert.Equal(Vector128.Create(Power(-24)), Instructions.Fmla(Vector128.Create(-1f - Power(-11)), n, n));
        Assert.Equal(Vector128.Create(7f, 8, 9, 10), Instructions.Fmla(Vector128.Create(1f, 2, 3, 4), Vector128.Create(2f), Vector128.Create(3f)));
    }

    [Fact]
    public void FmaxAndFmin_OfNaNAndZeros_FollowIeeeMaximumAndMinimum()
    {
        Vector128<float> n = Vector128.Create(float.NaN, 1f, -0f, 2f), m = Vector128.Create(1f, float.NaN, 0f, -3f);
        Assert.Equal(Vector128.Create(float.NaN, float.NaN, 0f, 2f).AsInt32(), Instructions.Fmax(n, m).AsInt32());
        Assert.Equal(Vector128.Create(float.NaN, float.NaN, -0f, -3f).AsInt32(), Instructions.Fmin(n, m).AsInt32());
    }

    private static float Power(int exponent) => MathF.ScaleB(1f, exponent);
}
