using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>Packing at the places of a pattern that a kernel knows, and the check at its door.</summary>
public class KnownPatternTests
{
    private static readonly CsrMatrix Pattern = new(3, 4, [0, 2, 2, 4], [1, 3, 0, 3]);

    [Fact]
    public void WithValues_ZeroAtPlace_KeepsPlace()
    {
        CsrMatrix matrix = Pattern.WithValues([0, 2, 0, 0, /**/ 0, 0, 0, 0, /**/ 5, 0, 0, -0f]);
        Assert.Equal([2, 0, 5, 0], matrix.Values!);
        PackedMatrix packed = PackedMatrix.Pack(matrix, new WeightLayout(Intarsia.Pattern.Csr, NumberFormat.Float32));
        Assert.Equal(4, packed.StoredElements);
        Guard.Pattern(packed, "w", Pattern);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(10)]
    public void WithValues_ElementWithoutPlace_Throws(int at)
    {
        var dense = new float[12];
        dense[at] = at == 4 ? float.NaN : 1;
        var fault = Assert.Throws<IntarsiaFormatException>(() => Pattern.WithValues(dense));
        Assert.Contains(FormattableString.Invariant($"row {at / 4}, column {at % 4}"), fault.Message);
    }

    [Fact]
    public void WithValues_WrongLength_Throws() => Assert.Throws<ArgumentException>(() => Pattern.WithValues(new float[11]));

    [Fact]
    public void Pack_Integers_KeepsZerosAndZeroPoints()
    {
        var layout = new WeightLayout(Intarsia.Pattern.Csr, NumberFormat.Int8) { Scale = Per.Row, Asymmetric = true };
        PackedMatrix packed = PackedMatrix.Pack((int[])[7, 7, 7, 0, /**/ 0, 0, 0, 0, /**/ -128, 3, 3, 3], Pattern, layout, [1, 1, 0.5f], [7, 0, 3]);
        var dense = new float[12];
        packed.Unpack(dense);
        Assert.Equal([0, 0, 0, -7, /**/ 0, 0, 0, 0, /**/ -65.5f, 0, 0, 0], dense);
        Guard.Pattern(packed, "w", Pattern);
    }

    [Fact]
    public void Pack_IntegersThatDoNotFit_Throws()
    {
        var layout = new WeightLayout(Intarsia.Pattern.Csr, NumberFormat.Int4);
        int[] dense = new int[12];
        dense[3] = 8;
        Assert.Contains("element in row 0, column 3: found 8", Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack(dense, Pattern, layout)).Message);
        (dense[3], dense[2]) = (7, -1);
        Assert.Contains("element in row 0, column 2: found -1, expected 0, because the pattern has no place for it", Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack(dense, Pattern, layout)).Message);
        Assert.Throws<ArgumentException>(() => PackedMatrix.Pack(dense.AsSpan(1), Pattern, layout));
        Assert.Throws<ArgumentException>(() => PackedMatrix.Pack(dense, Pattern, new WeightLayout(Intarsia.Pattern.Csr, NumberFormat.Float32)));
        Assert.Throws<ArgumentException>(() => PackedMatrix.Pack(dense, Pattern, new WeightLayout(Intarsia.Pattern.VectorRows, NumberFormat.Int8) { V = 2 }));
    }

    [Theory]
    [InlineData(new[] { 0, 2, 2, 4 }, new[] { 1, 2, 0, 3 }, "stores column 2 as element 1 of row 0; the pattern that this kernel was generated for has column 3")]
    [InlineData(new[] { 0, 1, 1, 3 }, new[] { 1, 0, 3 }, "stores nothing more as element 1 of row 0")]
    [InlineData(new[] { 0, 2, 3, 5 }, new[] { 1, 3, 2, 0, 3 }, "stores column 2 as element 0 of row 1; the pattern that this kernel was generated for has nothing more")]
    public void Guard_OtherPattern_NamesFirstDifference(int[] pointers, int[] columns, string expected)
    {
        PackedMatrix packed = PackedMatrix.Pack(new CsrMatrix(3, 4, pointers, columns), new WeightLayout(Intarsia.Pattern.Csr, NumberFormat.Float32));
        for (int call = 0; call < 2; call++)
            Assert.Contains(expected, Assert.Throws<ArgumentException>("w", () => Guard.Pattern(packed, "w", Pattern)).Message);
    }

    [Fact]
    public void Guard_OtherExtents_Throws()
    {
        PackedMatrix packed = PackedMatrix.Pack(new CsrMatrix(3, 5, [0, 2, 2, 4], [1, 3, 0, 3]), new WeightLayout(Intarsia.Pattern.Csr, NumberFormat.Float32));
        Assert.Contains("'w' is 3×5; the pattern that this kernel was generated for is 3×4", Assert.Throws<ArgumentException>("w", () => Guard.Pattern(packed, "w", Pattern)).Message);
    }

    [Fact]
    public void Guard_TwoPatternsInTurns_AcceptsTheEqualOneOnly()
    {
        PackedMatrix packed = PackedMatrix.Pack(Pattern, new WeightLayout(Intarsia.Pattern.Csr, NumberFormat.Float32));
        var equal = new CsrMatrix(3, 4, [0, 2, 2, 4], [1, 3, 0, 3]);
        var other = new CsrMatrix(3, 4, [0, 2, 2, 4], [1, 3, 0, 2]);
        Guard.Pattern(packed, "w", Pattern);
        Guard.Pattern(packed, "w", equal);
        Assert.Throws<ArgumentException>("w", () => Guard.Pattern(packed, "w", other));
        Guard.Pattern(packed, "w", Pattern);
    }
}
