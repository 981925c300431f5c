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

    [Fact]
    public void Prepare_OtherWeights_IsRefused()
    {
        PackedMatrix bytes = PackedMatrix.Pack((sbyte[])[1, 2], 1, 2, new WeightLayout(Pattern.Dense, NumberFormat.Int8));
        PackedMatrix asymmetric = PackedMatrix.Pack((sbyte[])[1, 2], 1, 2, new WeightLayout(Pattern.Dense, NumberFormat.Int4) { Scale = Per.Row, Asymmetric = true }, [1f], [1]);

        Assert.Throws<NotSupportedException>(() => new Preparation<NibbleWeights>(0, 32, 0).Of(bytes));
        Assert.Throws<NotSupportedException>(() => new Preparation<NibbleWeights>(0, 32, 0).Of(asymmetric));
    }
}
