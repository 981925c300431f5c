using Xunit;

namespace Intarsia.Runtime.Tests;

public class FormatTests
{
    [Fact]
    public void BFloat16_EveryBitPattern_SurvivesAFloat()
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            var value = BFloat16.FromBits((ushort)bits);
            var back = (BFloat16)(float)value;
            // A signalling NaN becomes quiet; all else is exact.
            Assert.Equal(float.IsNaN((float)value) ? bits | 0x40 : bits, back.Bits);
        }
    }

    [Fact]
    public void BFloat16_FromFloat_IsTheNearestWithTiesToEven()
    {
        var random = new Random(5);
        for (int i = 0; i < 20000; i++)
        {
            uint bits = (uint)random.NextInt64(0x7F7F0000) | (random.Next(2) == 0 ? 0x80000000 : 0);
            bits = random.Next(4) == 0 ? bits & 0xFFFF0000 | 0x8000 : bits;
            float value = BitConverter.UInt32BitsToSingle(bits);
            ushort low = (ushort)(bits >> 16);
            double toLow = Math.Abs((double)value - (float)BFloat16.FromBits(low)), toHigh = Math.Abs((float)BFloat16.FromBits((ushort)(low + 1)) - (double)value);
            ushort nearest = toLow < toHigh || (toLow == toHigh && low % 2 == 0) ? low : (ushort)(low + 1);
            Assert.Equal(nearest, ((BFloat16)value).Bits);
        }
    }

    [Fact]
    public void BFloat16_Extremes_RoundAsIeeeSays()
    {
        Assert.Equal(BFloat16.PositiveInfinity.Bits, ((BFloat16)float.MaxValue).Bits);
        Assert.Equal(BFloat16.MaxValue.Bits, ((BFloat16)3.3895e38f).Bits);
        Assert.Equal(0xFF80, ((BFloat16)float.NegativeInfinity).Bits);
        Assert.Equal(0x8000, ((BFloat16)(-0f)).Bits);
        Assert.Equal(0, ((BFloat16)float.Epsilon).Bits);
        Assert.Equal(9.1835e-41f, (float)BFloat16.Epsilon, 1e-44f);
        Assert.True(float.IsNaN((float)BFloat16.NaN));
        // A NaN whose payload stands in the lower half alone must not become an infinity.
        Assert.True(float.IsNaN((float)(BFloat16)BitConverter.UInt32BitsToSingle(0x7F800001)));
        Assert.True((BFloat16)1f < (BFloat16)2f && (BFloat16)0f == (BFloat16)(-0f) && BFloat16.NaN != BFloat16.NaN);
        Assert.Equal(BFloat16.NaN, BFloat16.NaN);
        Assert.Equal("1.5", ((BFloat16)1.5f).ToString());
    }

    public static TheoryData<WeightLayout, string> BadLayouts => new()
    {
        { new((Pattern)99, NumberFormat.Float32), "Pattern" },
        { new(Pattern.Dense, NumberFormat.Int64), "Format" },
        { new(Pattern.Csr, NumberFormat.Int32) { Scale = Per.Tensor }, "Scale" },
        { new(Pattern.NM, NumberFormat.Float32), "M" },
        { new(Pattern.NM, NumberFormat.Float32) { N = 2, M = 6 }, "M" },
        { new(Pattern.NM, NumberFormat.Float32) { N = 0, M = 4 }, "N" },
        { new(Pattern.NM, NumberFormat.Float32) { N = 5, M = 4 }, "N" },
        { new(Pattern.Csr, NumberFormat.Float32) { N = 2, M = 4 }, "N:M" },
        { new(Pattern.VectorRows, NumberFormat.Float32) { V = 3 }, "V" },
        { new(Pattern.VectorRows, NumberFormat.Float32) { V = 32 }, "V" },
        { new(Pattern.Dense, NumberFormat.Float32) { V = 2 }, "V" },
        { new(Pattern.Bsr, NumberFormat.Float32) { BlockColumns = 4 }, "BlockRows" },
        { new(Pattern.Bsr, NumberFormat.Float32) { BlockRows = 4, BlockColumns = 1025 }, "BlockColumns" },
        { new(Pattern.Bsr, NumberFormat.Float32) { BlockRows = 4, BlockColumns = 4, V = 4 }, "V" },
        { new(Pattern.Csr, NumberFormat.Float32) { DoublyCompressed = true }, "DoublyCompressed" },
        { new(Pattern.Csr, NumberFormat.Float32) { BlockColumns = 4 }, "BlockColumns" },
        { new(Pattern.Ell, NumberFormat.Float32), "Width" },
        { new(Pattern.Ell, NumberFormat.Float32) { Width = 65537 }, "Width" },
        { new(Pattern.Csr, NumberFormat.Float32) { Width = 4 }, "Width" },
        { new(Pattern.Hyb, NumberFormat.Float32) { BucketExponent = 2 }, "Partitions" },
        { new(Pattern.RelativeCsc, NumberFormat.Float32), "Lanes" },
        { new(Pattern.RelativeCsc, NumberFormat.Float32) { Lanes = 1025 }, "Lanes" },
        { new(Pattern.Csr, NumberFormat.Float32) { Lanes = 1 }, "Lanes" },
        { new(Pattern.Composite, NumberFormat.Float32) { Parts = [new(Pattern.Ell, NumberFormat.Float32) { Width = 2 }, new(Pattern.RelativeCsc, NumberFormat.Float32) { Lanes = 1 }] }, "Parts[1].Pattern" },
        { new(Pattern.GatherScatter, NumberFormat.Float32), "Banks" },
        { new(Pattern.GatherScatter, NumberFormat.Float32) { Banks = 64, PerRow = 1 }, "Banks" },
        { new(Pattern.GatherScatter, NumberFormat.Float32) { Banks = 8 }, "PerRow" },
        { new(Pattern.GatherScatter, NumberFormat.Float32) { Banks = 8, PerRow = 16 }, "PerRow" },
        { new(Pattern.GatherScatter, NumberFormat.Float32) { Banks = 8, PerRow = 2, Groups = -1 }, "Groups" },
        { new(Pattern.GatherScatter, NumberFormat.Float32) { Banks = 8, PerRow = 2, Groups = 65537 }, "Groups" },
        { new(Pattern.Csr, NumberFormat.Float32) { Scatter = true }, "Scatter" },
        { new(Pattern.Ell, NumberFormat.Float32) { Width = 4, Banks = 8 }, "Banks" },
        { new(Pattern.Composite, NumberFormat.Float32) { Parts = [new(Pattern.Ell, NumberFormat.Float32) { Width = 2 }, new(Pattern.GatherScatter, NumberFormat.Float32) { Banks = 8, PerRow = 1 }] }, "Parts[1].Pattern" },
        { new(Pattern.Hyb, NumberFormat.Float32) { Partitions = 1025 }, "Partitions" },
        { new(Pattern.Hyb, NumberFormat.Float32) { Partitions = 2, BucketExponent = 17 }, "BucketExponent" },
        { new(Pattern.Ell, NumberFormat.Float32) { Width = 2, BucketExponent = 2 }, "BucketExponent" },
        { new(Pattern.Composite, NumberFormat.Float32), "Parts" },
        { new(Pattern.Composite, NumberFormat.Float32) { Parts = [new(Pattern.Csr, NumberFormat.Float32)] }, "Parts" },
        { new(Pattern.Csr, NumberFormat.Float32) { Parts = [new(Pattern.Csr, NumberFormat.Float32)] }, "Parts" },
        { new(Pattern.Bsr, NumberFormat.Float32) { BlockRows = 2, BlockColumns = 2, Fill = 50 }, "Fill" },
        { Sum(new(Pattern.Csr, NumberFormat.Float32)), "Parts[0].Pattern" },
        { Sum(new(Pattern.Bsr, NumberFormat.Float32) { BlockRows = 2, BlockColumns = 2 }), "Parts[0].Fill" },
        { Sum(new(Pattern.VectorRows, NumberFormat.Float32) { V = 2, Fill = 101 }), "Parts[0].Fill" },
        { Sum(new(Pattern.NM, NumberFormat.Float32) { N = 5, M = 4 }), "Parts[0].N" },
        { Sum(new(Pattern.Ell, NumberFormat.Float32) { Width = 4, Fill = 50 }), "Parts[0].Fill" },
        { Sum(new(Pattern.Ell, NumberFormat.Float16) { Width = 4 }), "Parts[0]" },
        { new(Pattern.Composite, NumberFormat.Float32) { Parts = [new(Pattern.Ell, NumberFormat.Float32) { Width = 4 }, new(Pattern.Dense, NumberFormat.Float32)] }, "Parts[1].Pattern" },
        { new(Pattern.Dense, NumberFormat.Float32) { Scale = Per.Row }, "Scale" },
        { new(Pattern.Dense, NumberFormat.Int8) { Scale = Per.Token }, "Scale" },
        { new(Pattern.Dense, NumberFormat.Int8) { Scale = Per.Group }, "ScaleGroup" },
        { new(Pattern.Dense, NumberFormat.Int8) { Scale = Per.Row, ScaleGroup = 32 }, "ScaleGroup" },
        { new(Pattern.Dense, NumberFormat.Int8) { Asymmetric = true }, "Asymmetric" },
        { new(Pattern.Dense, NumberFormat.UInt8) { Scale = Per.Row, Asymmetric = true }, "Asymmetric" },
    };

    [Theory]
    [MemberData(nameof(BadLayouts))]
    public void WeightLayout_ThatDoesNotExist_IsRefusedByName(WeightLayout layout, string field)
    {
        var error = Assert.Throws<ArgumentException>(() => layout.Validate());
        Assert.StartsWith($"WeightLayout.{field}: found ", error.Message);
    }

    [Fact]
    public void WeightLayout_ToString_IsUniqueAndReadable()
    {
        WeightLayout[] all = [.. Layouts.Formats.SelectMany(Layouts.Of)];
        Assert.Equal(all.Length, all.Select(layout => layout.Validate().ToString()).Distinct().Count());
        Assert.Equal("nm2of4 s4 scale/group64 asymmetric", (new WeightLayout(Pattern.NM, NumberFormat.Int4) { N = 2, M = 4, Scale = Per.Group, ScaleGroup = 64, Asymmetric = true }).ToString());
        Assert.Equal("srbcrs8 bf16", (new WeightLayout(Pattern.VectorRows, NumberFormat.BFloat16) { V = 8 }).ToString());
        Assert.Equal(new WeightLayout(Pattern.Dense, NumberFormat.Int8) { Scale = Per.Row }, new WeightLayout(Pattern.Dense, NumberFormat.Int8) { Scale = Per.Row });
    }

    public static TheoryData<int[], int[], string> BadCsr => new()
    {
        { [0, 1], [0], "CSR row pointers length" },
        { [1, 1, 1], [0], "CSR row pointer 0" },
        { [0, 2, 1], [0, 1], "CSR row pointer 2" },
        { [0, 3, 3], [0, 1], "CSR row pointer 1" },
        { [0, 1, 1], [0, 1], "CSR row pointer 2" },
        { [0, 2, 2], [1, 1], "column index 1 of row 0" },
        { [0, 1, 3], [1, 2, 0], "column index 1 of row 1" },
        { [0, 0, 1], [3], "column index 0 of row 1" },
        { [0, 0, 1], [-1], "column index 0 of row 1" },
    };

    [Theory]
    [MemberData(nameof(BadCsr))]
    public void CsrMatrix_BrokenIndices_AreRefusedByName(int[] pointers, int[] columns, string field) =>
        Assert.Equal(field, Assert.Throws<IntarsiaFormatException>(() => new CsrMatrix(2, 3, pointers, columns)).Field);

    [Fact]
    public void CsrMatrix_ValuesOfAnotherLength_AreRefused() =>
        Assert.Equal("CSR values length", Assert.Throws<IntarsiaFormatException>(() => new CsrMatrix(1, 3, [0, 2], [0, 1], [1f])).Field);

    [Fact]
    public void CsrMatrix_ExpandVectorRows_RepeatsEachRow()
    {
        CsrMatrix expanded = new CsrMatrix(2, 3, [0, 2, 3], [0, 2, 1]).ExpandVectorRows(2);
        var dense = new float[12];
        expanded.ToDense(dense);
        Assert.Equal([1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1, 0], dense);
        PackedMatrix packed = PackedMatrix.Pack(expanded, new WeightLayout(Pattern.VectorRows, NumberFormat.Float32) { V = 2 });
        Assert.Equal([2, 1], [packed.GroupLength(0), packed.GroupLength(1)]);
    }

    private static WeightLayout Sum(WeightLayout first) => new(Pattern.Composite, NumberFormat.Float32) { Parts = [first, new(Pattern.Csr, NumberFormat.Float32)] };
}
