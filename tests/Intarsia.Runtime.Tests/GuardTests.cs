using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>The checks at the door of every kernel: each refuses what it must, names the argument, and lets through what is legal.</summary>
public class GuardTests
{
    [Theory]
    [InlineData(12, 3, 4, 4)]
    [InlineData(14, 3, 4, 5)]
    [InlineData(0, 0, 4, 4)]
    [InlineData(0, 3, 0, 0)]
    [InlineData(0, 0, 0, 1000)]
    [InlineData(4, 1, 4, int.MaxValue)]
    [InlineData(0, int.MaxValue, 0, int.MaxValue)]
    public void Matrix_LongEnough_Passes(int length, int rows, int columns, int stride) => Guard.Matrix("x", length, rows, columns, stride);

    [Theory]
    [InlineData(11, 3, 4, 4)]
    [InlineData(13, 3, 4, 5)]
    [InlineData(0, 1, 1, 1)]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue)]
    [InlineData(100, 2, 4, int.MaxValue)]
    public void Matrix_TooShort_ThrowsWithBothLengths(int length, int rows, int columns, int stride)
    {
        var thrown = Assert.Throws<ArgumentException>(() => Guard.Matrix("x", length, rows, columns, stride));
        Assert.Equal("x", thrown.ParamName);
        Assert.Contains($"{length} elements", thrown.Message, StringComparison.Ordinal);
        Assert.Contains($"at least {(Int128)(rows - 1) * stride + columns} ", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Matrix_StrideOf64Bits_DoesNotOverflow()
    {
        Assert.Throws<ArgumentException>(() => Guard.Matrix("x", int.MaxValue, 3, 1, nint.MaxValue));
        Guard.Matrix("x", 1, 1, 1, nint.MaxValue);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    [InlineData(-1)]
    public void Matrix_StrideUnderColumns_Throws(int stride) => Assert.Throws<ArgumentException>(() => Guard.Matrix("x", 100, 2, 4, stride));

    [Theory]
    [InlineData(-1L)]
    [InlineData(long.MinValue)]
    [InlineData(1L + int.MaxValue)]
    public void Extent_OutOfRange_Throws(long value) => Assert.Throws<ArgumentOutOfRangeException>("tokens", () => Guard.Extent("tokens", value));

    [Theory]
    [InlineData(0L)]
    [InlineData((long)int.MaxValue)]
    public void Extent_InRange_IsReturned(long value) => Assert.Equal((nint)value, Guard.Extent("tokens", value));

    [Fact]
    public void Same_Different_Throws()
    {
        Guard.Same("w", 3, "rows", 3);
        Assert.Throws<ArgumentException>("w", () => Guard.Same("w", 3, "rows", 4));
    }

    // y takes bytes 16…31 of one array; x is given in elements of a byte each.
    [Theory]
    [InlineData(0, 16, false)]
    [InlineData(32, 32, false)]
    [InlineData(0, 17, true)]
    [InlineData(31, 1, true)]
    [InlineData(16, 16, true)]
    [InlineData(20, 4, true)]
    [InlineData(0, 64, true)]
    [InlineData(20, 0, false)]
    public void Disjoint_OfOneArray_ThrowsWhereTheyMeet(int start, int length, bool overlap)
    {
        var memory = new byte[64];
        void Check() => Guard.Disjoint<int, byte>("y", System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(memory.AsSpan(16, 16)), "x", memory.AsSpan(start, length));
        if (overlap) Assert.Throws<ArgumentException>("y", Check);
        else Check();
    }

    [Fact]
    public void Disjoint_EmptyOutput_Passes() => Guard.Disjoint<float, float>("y", new float[8].AsSpan(4, 0), "x", new float[8]);

    [Fact]
    public void Packed_OtherLayout_ThrowsWithBoth()
    {
        var layout = new WeightLayout(Pattern.Dense, NumberFormat.Float32);
        PackedMatrix matrix = PackedMatrix.Pack(new float[6], 2, 3, layout);
        Guard.Packed(matrix, "w", layout);
        Guard.Packed(matrix, "w", layout with { });
        var thrown = Assert.Throws<ArgumentException>("w", () => Guard.Packed(matrix, "w", new WeightLayout(Pattern.Csr, NumberFormat.Float32)));
        Assert.Contains("dense f32", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("csr f32", thrown.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>("w", () => Guard.Packed(null, "w", layout));
    }
}
