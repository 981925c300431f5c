using System.Runtime.InteropServices;
using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>4-bit weights in the order that GPUs read: every one comes back from where it should stand.</summary>
public class NibbleWeightsTests
{
    [Theory]
    [InlineData(5, 70, 32, Per.Group, 32)]
    [InlineData(3, 33, 32, Per.Row, 0)]
    [InlineData(1, 1, 32, Per.Tensor, 0)]
    [InlineData(4, 64, 8, Per.Group, 16)]
    [InlineData(0, 7, 32, Per.None, 0)]
    public void Prepare_Rows_HoldsEveryWeight(int rows, int depth, int interleave, Per scale, int group)
    {
        PackedCase drawn = PackedCase.Create(new WeightLayout(Pattern.Dense, NumberFormat.Int4) { Scale = scale, ScaleGroup = group }, rows, depth, 7);

        NibbleWeights weights = new Preparation<NibbleWeights>(0, interleave, 0).Of(drawn.Pack());

        int stride = (depth + interleave - 1) / interleave * interleave, groups = group == 0 ? 0 : (depth + group - 1) / group;
        ReadOnlySpan<byte> values = MemoryMarshal.CreateReadOnlySpan(ref weights.Values, rows * stride / 2);
        ReadOnlySpan<float> scales = MemoryMarshal.CreateReadOnlySpan(ref weights.GroupScales, rows * groups);
        for (int row = 0; row < rows; row++)
        {
            for (int k = 0; k < stride; k++)
            {
                int at = row * stride + k, found = (sbyte)((values[at / 2] >> at % 2 * 4 & 15) << 4) >> 4;
                Assert.Equal(k < depth ? drawn.Integers[row * depth + k] : 0, found);
            }
            for (int g = 0; g < groups; g++) Assert.Equal(drawn.Scales[row * groups + g], scales[g * rows + row]);
        }
    }

    /// <summary>Codes come as they are stored, with their table in every type that kernels take, whatever pattern the rows have.</summary>
    [Theory]
    [InlineData(NumberFormat.Flint4, Pattern.Dense)]
    [InlineData(NumberFormat.UPowerOfTwo4, Pattern.Dense)]
    [InlineData(NumberFormat.ByteCodebook16, Pattern.Dense)]
    [InlineData(NumberFormat.Float4, Pattern.NM)]
    [InlineData(NumberFormat.ByteCodebook16, Pattern.NM)]
    public void Prepare_Codes_ComeWithTheirTable(NumberFormat format, Pattern pattern)
    {
        const int Rows = 6, Depth = 70, Stride = 96;
        WeightLayout layout = pattern == Pattern.NM ? new WeightLayout(pattern, format) { N = 2, M = 4, V = 2, Scale = Per.Row } : new WeightLayout(pattern, format) { Scale = Per.Row };
        PackedCase drawn = PackedCase.Create(layout, Rows, Depth, 11);
        PackedMatrix matrix = drawn.Pack();

        NibbleWeights weights = new Preparation<NibbleWeights>(0, 32, 0).Of(matrix);
        NibbleFragmentWeights fragments = new Preparation<NibbleFragmentWeights>(32, 2, 32).Of(matrix);

        ReadOnlySpan<byte> values = weights.DeviceArray(0);
        Half[] halves = MemoryMarshal.Cast<byte, Half>(weights.DeviceArray(3)).ToArray();
        BFloat16[] bfloats = MemoryMarshal.Cast<byte, BFloat16>(weights.DeviceArray(4)).ToArray();
        Assert.Equal(["Values", "GroupScales", "Table", "HalfTable", "BFloat16Table", "Basis"], NibbleWeights.DeviceArrayNames.ToArray());
        Assert.True(weights.DeviceArray(5).IsEmpty);
        Assert.Equal((16, 16, Rows * Stride / 2), (halves.Length, bfloats.Length, values.Length));
        Assert.Equal(format == NumberFormat.UPowerOfTwo4 ? [] : halves.Select(number => (sbyte)number), MemoryMarshal.Cast<byte, sbyte>(weights.DeviceArray(2)).ToArray());
        Assert.Equal(halves.Select(number => (float)number), bfloats.Select(number => (float)number));
        for (int at = 0; at < Rows * Stride; at++)
        {
            int code = values[at / 2] >> at % 2 * 4 & 15, row = at / Stride, k = at % Stride;
            if (k < Depth) Assert.Equal(drawn.Integers[row * Depth + k], (int)halves[code]);
            else Assert.Equal(0, code);
        }
        for (int table = 2; table < 5; table++) Assert.Equal(weights.DeviceArray(table), fragments.DeviceArray(table));
    }

    /// <summary>Coefficients come as codes of four bits with the numbers that those stand for, and bases as the matrix has them: together they give its weights.</summary>
    [Theory]
    [InlineData(Per.Tensor, 0)]
    [InlineData(Per.Row, 0)]
    [InlineData(Per.Group, 24)]
    [InlineData(Per.Group, 48)]
    public void Prepare_Coefficients_ComeWithTheirBases(Per scale, int group)
    {
        const int Rows = 5, Depth = 100, Stride = 120, Order = BasisMatrix.Order;
        int groups = scale == Per.Group ? (Depth + group - 1) / group : 1, bases = scale == Per.Tensor ? 1 : Rows * groups;
        float[] entries = [.. Enumerable.Range(0, bases * BasisMatrix.Entries).Select(i => i * 0.37f - 20)];
        var basis = new BasisMatrix([.. Enumerable.Range(0, Rows * Depth).Select(i => CodeTable.Of(NumberFormat.PowerOfTwo4)[i * 7 % 16]).Select(number => (sbyte)number)], entries, Rows, Depth, scale, group);
        PackedMatrix matrix = PackedMatrix.Pack(basis, new WeightLayout(Pattern.Dense, NumberFormat.PowerOfTwoBasis) { Scale = scale, ScaleGroup = group });

        NibbleWeights weights = new Preparation<NibbleWeights>(0, 24, 0).Of(matrix);

        ReadOnlySpan<byte> values = weights.DeviceArray(0);
        ReadOnlySpan<Half> table = MemoryMarshal.Cast<byte, Half>(weights.DeviceArray(3));
        Assert.Equal(entries, MemoryMarshal.Cast<byte, float>(weights.DeviceArray(5)).ToArray());
        Assert.Equal((Rows * Stride / 2, 0), (values.Length, weights.DeviceArray(1).Length));
        float[] dense = new float[Rows * Depth], found = new float[Rows * Depth];
        basis.Decode(dense);
        for (int row = 0; row < Rows; row++)
        {
            for (int k = 0; k < Stride; k++)
            {
                int at = row * Stride + k - k % Order, b = (scale == Per.Tensor ? 0 : row * groups + (scale == Per.Group ? k / group : 0)) * BasisMatrix.Entries;
                if (k >= Depth)
                {
                    Assert.Equal(0, values[(row * Stride + k) / 2] >> k % 2 * 4 & 15);
                    continue;
                }
                float sum = 0;
                for (int i = 0; i < Order; i++) sum += (float)table[values[(at + i) / 2] >> (at + i) % 2 * 4 & 15] * entries[b + i * Order + k % Order];
                found[row * Depth + k] = sum;
            }
        }
        Assert.Equal(dense, found);
    }

    [Fact]
    public void Prepare_CoefficientsForTensorCores_IsRefused()
    {
        PackedMatrix matrix = PackedMatrix.Pack(new BasisMatrix(new sbyte[32], new float[9], 1, 32, Per.Tensor), new WeightLayout(Pattern.Dense, NumberFormat.PowerOfTwoBasis) { Scale = Per.Tensor });
        Assert.Throws<NotSupportedException>(() => new Preparation<NibbleFragmentWeights>(32, 2, 32).Of(matrix));
    }

    [Fact]
    public void Prepare_OtherWeights_IsRefused()
    {
        PackedMatrix bytes = PackedMatrix.Pack((sbyte[])[1, 2], 1, 2, new WeightLayout(Pattern.Dense, NumberFormat.Int8));
        PackedMatrix asymmetric = PackedMatrix.Pack((sbyte[])[1, 2], 1, 2, new WeightLayout(Pattern.Dense, NumberFormat.Int4) { Scale = Per.Row, Asymmetric = true }, [1f], [1]);

        Assert.Throws<NotSupportedException>(() => new Preparation<NibbleWeights>(0, 32, 0).Of(bytes));
        Assert.Throws<NotSupportedException>(() => new Preparation<NibbleWeights>(0, 32, 0).Of(asymmetric));
    }
}
