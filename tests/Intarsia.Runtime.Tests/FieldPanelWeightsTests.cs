using System.Runtime.InteropServices;
using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>Weights of less than eight bits in panels: every one comes back from where it should stand, and what is past the matrix is zero.</summary>
public class FieldPanelWeightsTests
{
    private const int Fields = 2;

    [Theory]
    [InlineData(16, 64, 16, 32, Per.Group, 32)]
    [InlineData(17, 70, 16, 32, Per.Group, 32)]
    [InlineData(5, 33, 8, 16, Per.Row, 0)]
    [InlineData(1, 1, 4, 8, Per.Tensor, 0)]
    [InlineData(0, 7, 16, 32, Per.None, 0)]
    public void Prepare_Panels_HoldsEveryWeight(int rows, int depth, int width, int chunk, Per scale, int group)
    {
        PackedCase drawn = PackedCase.Create(new WeightLayout(Pattern.Dense, NumberFormat.Int4) { Scale = scale, ScaleGroup = group }, rows, depth, 7);
        PackedMatrix matrix = drawn.Pack();

        FieldPanelWeights<sbyte> signed = new Preparation<FieldPanelWeights<sbyte>>(width, Fields, chunk).Of(matrix);
        FieldPanelWeights<byte> codes = new Preparation<FieldPanelWeights<byte>>(width, Fields, chunk).Of(matrix);

        int padded = (depth + chunk - 1) / chunk * chunk, panels = (rows + width - 1) / width, groups = scale switch { Per.None => 0, Per.Group => (depth + group - 1) / group, _ => 1 };
        ReadOnlySpan<byte> values = MemoryMarshal.CreateReadOnlySpan(ref signed.Values, panels * width * padded / Fields);
        ReadOnlySpan<byte> offset = MemoryMarshal.CreateReadOnlySpan(ref codes.Values, panels * width * padded / Fields);
        ReadOnlySpan<float> scales = MemoryMarshal.CreateReadOnlySpan(ref signed.Scales, panels * groups * width);
        for (int row = 0; row < panels * width; row++)
        {
            for (int k = 0; k < padded; k++)
            {
                int turn = k / (4 * Fields), within = k % (4 * Fields);
                int at = ((row / width * (padded / (4 * Fields)) + turn) * width + row % width) * 4 + within % 4, shift = within / 4 * 4;
                bool inside = row < rows && k < depth;
                Assert.Equal(inside ? drawn.Integers[row * depth + k] : 0, (sbyte)(values[at] >> shift << 4) >> 4);
                Assert.Equal(inside ? drawn.Integers[row * depth + k] + 8 : 0, offset[at] >> shift & 15);
            }
            for (int g = 0; g < groups; g++) Assert.Equal(row < rows ? drawn.Scales[drawn.ScaleIndex(row, g * group)] : 0, scales[(row / width * groups + g) * width + row % width]);
        }
    }

    [Theory]
    [InlineData(NumberFormat.Flint4, 2)]
    [InlineData(NumberFormat.UFlint4, 2)]
    [InlineData(NumberFormat.ByteCodebook16, 2)]
    [InlineData(NumberFormat.Int2, 4)]
    [InlineData(NumberFormat.UInt2, 4)]
    [InlineData(NumberFormat.Ternary, 4)]
    [InlineData(NumberFormat.UInt1, 8)]
    [InlineData(NumberFormat.Binary, 8)]
    public void Prepare_AFormatWithATable_KeepsItsCodesAndBringsTheTable(NumberFormat format, int fields)
    {
        PackedCase drawn = PackedCase.Create(new WeightLayout(Pattern.Dense, format), 5, 33, 7);
        int bits = 8 / fields, turn = 4 * fields, chunk = 8 * fields, padded = (33 + chunk - 1) / chunk * chunk;
        FieldPanelWeights<byte> weights = new Preparation<FieldPanelWeights<byte>>(8, fields, chunk).Of(drawn.Pack());
        ReadOnlySpan<byte> values = MemoryMarshal.CreateReadOnlySpan(ref weights.Values, 8 * padded / fields), unsigned = MemoryMarshal.CreateReadOnlySpan(ref weights.UnsignedTable, 64);
        ReadOnlySpan<sbyte> table = MemoryMarshal.CreateReadOnlySpan(ref weights.Table, 64);
        for (int i = 0; i < 64; i++) Assert.Equal((table[i % (1 << bits)], table[i] - PackedCase.Range(format).Minimum), (table[i], unsigned[i]));
        for (int row = 0; row < 5; row++)
        {
            for (int k = 0; k < 33; k++)
            {
                // Whatever stands above the code names the same entry of a table that is repeated.
                int at = (k / turn * 8 + row) * 4 + k % 4, above = values[at] >> k % turn / 4 * bits & 15, code = above & ((1 << bits) - 1);
                Assert.Equal(drawn.Integers[row * 33 + k], table[above]);
                Assert.Equal(drawn.Integers[row * 33 + k], table[code]);
                Assert.Equal(drawn.Integers[row * 33 + k], MemoryMarshal.CreateReadOnlySpan(ref weights.SingleTable, 16)[code]);
            }
        }
    }

    [Fact]
    public void Prepare_WhatHasNoSuchForm_IsRefused()
    {
        PackedMatrix asymmetric = PackedMatrix.Pack((sbyte[])[1, 2], 1, 2, new WeightLayout(Pattern.Dense, NumberFormat.Int4) { Scale = Per.Row, Asymmetric = true }, [1f], [1]);
        PackedMatrix plain = PackedMatrix.Pack((sbyte[])[1, 2], 1, 2, new WeightLayout(Pattern.Dense, NumberFormat.Int4));

        Assert.Throws<NotSupportedException>(() => new Preparation<FieldPanelWeights<sbyte>>(16, 2, 32).Of(asymmetric));
        Assert.Throws<ArgumentException>(() => new Preparation<FieldPanelWeights<sbyte>>(16, 3, 32).Of(plain));
        Assert.Throws<ArgumentException>(() => new Preparation<FieldPanelWeights<sbyte>>(16, 2, 12).Of(plain));
    }
}
