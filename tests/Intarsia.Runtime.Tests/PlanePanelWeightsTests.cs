using System.Runtime.InteropServices;
using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>Binary-coded weights in panels, and the sums that their codes name.</summary>
public class PlanePanelWeightsTests
{
    [Theory]
    [InlineData(NumberFormat.BinaryCoded3, 17, 70, 16, Per.Group, 24, true)]
    [InlineData(NumberFormat.BinaryCoded8, 5, 64, 8, Per.Group, 32, false)]
    [InlineData(NumberFormat.BinaryCoded1, 3, 33, 4, Per.Group, 100, true)]
    [InlineData(NumberFormat.BinaryCoded3, 9, 40, 4, Per.Row, 0, false)]
    [InlineData(NumberFormat.BinaryCoded1, 1, 1, 1, Per.Tensor, 0, true)]
    [InlineData(NumberFormat.BinaryCoded3, 4, 0, 4, Per.Group, 8, true)]
    [InlineData(NumberFormat.BinaryCoded3, 0, 7, 16, Per.Row, 0, false)]
    public void Prepare_Panels_HoldsEverySignAndScale(NumberFormat format, int rows, int depth, int width, Per scale, int group, bool asymmetric)
    {
        PackedCase drawn = PackedCase.Create(new WeightLayout(Pattern.Dense, format) { Scale = scale, ScaleGroup = group, Asymmetric = asymmetric }, rows, depth, 7);
        int planes = drawn.Layout.Planes, each = drawn.Layout.ScalesOfGroup, length = group > 0 ? Math.Min(group, depth) : depth;
        int groups = group > 0 ? (depth + group - 1) / group : 1, words = (length + 31) / 32, panels = (rows + width - 1) / width;

        PlanePanelWeights weights = new Preparation<PlanePanelWeights>(width, 8, group).Of(drawn.Pack());

        ReadOnlySpan<int> signs = MemoryMarshal.Cast<byte, int>(MemoryMarshal.CreateReadOnlySpan(ref weights.Values, 4 * panels * groups * planes * words * width));
        ReadOnlySpan<float> scales = MemoryMarshal.CreateReadOnlySpan(ref weights.Scales, panels * groups * each * width);
        for (int row = 0; row < panels * width; row++)
        {
            for (int g = 0; g < groups; g++)
            {
                int first = row / width * groups + g;
                for (int plane = 0; plane < planes; plane++)
                {
                    for (int k = 0; k < words * 32; k++)
                    {
                        bool inside = row < rows && k < length && g * length + k < depth;
                        int expected = inside ? drawn.Integers[row * depth + g * length + k] >> plane & 1 : 0;
                        Assert.Equal(expected, signs[((first * planes + plane) * words + k / 32) * width + row % width] >> Bit(k % 32) & 1);
                    }
                }
                for (int plane = 0; plane < each; plane++)
                    Assert.Equal(row < rows ? drawn.Scales[drawn.ScaleIndex(row, g * group) * each + plane] : 0, scales[(first * each + plane) * width + row % width]);
            }
        }
    }

    /// <summary>Byte k / 4 mod 4 of a word, its high half from the second sixteen on.</summary>
    private static int Bit(int k) => 8 * (k / 4 % 4) + 4 * (k / 16) + k % 4;

    [Fact]
    public void SignedSums_InTwoParts_AddUp()
    {
        short[] x = [-128, -128, -128, -128, 127, 127, 127, 127, 255, 255, 255, 255, 1, -2, 3];
        int[] wide = Array.ConvertAll(x, value => (int)value), sums = new int[4 * 16];
        byte[] low = new byte[sums.Length];
        sbyte[] high = new sbyte[sums.Length];
        Relayout.SignedSums(ref sums[0], sums.Length, ref wide[0], x.Length, 1, x.Length, x.Length, 4);
        Relayout.SignedSums(ref low[0], ref high[0], sums.Length, ref x[0], x.Length, 1, x.Length, x.Length, 4);
        for (int i = 0; i < sums.Length; i++)
        {
            Assert.InRange(low[i], 0, 127);
            Assert.Equal(sums[i], low[i] + 128 * high[i]);
        }
    }

    [Fact]
    public void Prepare_BinaryWeights_AreOnePlane()
    {
        int[] values = [1, -1, -1, 1, 1, 1, -1, 1];
        PackedMatrix matrix = PackedMatrix.Pack(values, 1, 8, new WeightLayout(Pattern.Dense, NumberFormat.Binary) { Scale = Per.Row }, [3]);
        PlanePanelWeights weights = new Preparation<PlanePanelWeights>(4, 8, 0).Of(matrix);
        Assert.Equal<byte[]>([0b1001, 0b1011, 0, 0], MemoryMarshal.CreateReadOnlySpan(ref weights.Values, 4).ToArray());
        Assert.Equal(3, weights.Scales);
        // Raw sums have no scales.
        new Preparation<PlanePanelWeights>(4, 8, 0).Of(PackedMatrix.Pack(values, 1, 8, new WeightLayout(Pattern.Dense, NumberFormat.Binary)));
    }

    [Fact]
    public void Prepare_OtherWeightsOrGroups_IsRefused()
    {
        var plain = PackedMatrix.Pack([1f, 2f], 1, 2, new WeightLayout(Pattern.Dense, NumberFormat.Int4) { Scale = Per.Row });
        var planes = PackedMatrix.Pack([1f, 2f], 1, 2, new WeightLayout(Pattern.Dense, NumberFormat.BinaryCoded2) { Scale = Per.Group, ScaleGroup = 2 });
        Assert.Throws<NotSupportedException>(() => new Preparation<PlanePanelWeights>(16, 8, 0).Of(plain));
        Assert.Throws<ArgumentException>(() => new Preparation<PlanePanelWeights>(16, 8, 0).Of(planes));
        Assert.Throws<ArgumentException>(() => new Preparation<PlanePanelWeights>(16, 4, 2).Of(planes));
    }

    [Fact]
    public void SignedSums_GroupsWithShortEnds_SumEveryRun()
    {
        // Eleven elements in groups of six: two runs each, of which the last of the second group has one element.
        const int Columns = 11, Length = 6, Runs = 2;
        int[] x = [.. Enumerable.Range(0, 2 * Columns).Select(i => i * i - 40)], sums = new int[2 * 2 * Runs * 16];
        float[] singles = new float[sums.Length];

        Relayout.SignedSums(ref sums[0], sums.Length / 2, ref x[0], Columns, 2, Columns, Length, Runs);
        Relayout.SignedSums(ref singles[0], sums.Length / 2, ref Array.ConvertAll(x, value => (float)value)[0], Columns, 2, Columns, Length, Runs);

        for (int i = 0; i < sums.Length; i++)
        {
            int code = i % 16, run = i / 16 % Runs, group = i / 16 / Runs % 2, row = i / 16 / Runs / 2, expected = 0;
            for (int bit = 0; bit < 4; bit++)
                if (4 * run + bit < Length && group * Length + 4 * run + bit is var k && k < Columns) expected += (code >> bit & 1) != 0 ? x[row * Columns + k] : -x[row * Columns + k];
            Assert.Equal(expected, sums[i]);
            Assert.Equal(expected, singles[i]);
        }
    }

    [Fact]
    public void SumRuns_OfEachElement_SumsWhatThereIs()
    {
        int[] x = [.. Enumerable.Range(1, 22)];
        float[] integers = new float[6], shorts = new float[6], singles = new float[6];
        Relayout.SumRuns(ref integers[0], 3, ref x[0], 11, 2, 11, 5, 1);
        Relayout.SumRuns(ref shorts[0], 3, ref Array.ConvertAll(x, value => (short)value)[0], 11, 2, 11, 5, 1);
        Relayout.SumRuns(ref singles[0], 3, ref Array.ConvertAll(x, value => (float)value)[0], 11, 2, 11, 5, 1);
        foreach (float[] sums in (float[][])[integers, shorts, singles]) Assert.Equal([15f, 40, 11, 70, 95, 22], sums);
    }
}
