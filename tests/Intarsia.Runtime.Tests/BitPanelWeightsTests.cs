using System.Runtime.InteropServices;
using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>Planes of weights in panels, and activations cut into planes.</summary>
public class BitPanelWeightsTests
{
    [Theory]
    [InlineData(NumberFormat.Planes1, 17, 70, 16, 0, Per.None, false)]
    [InlineData(NumberFormat.Planes3, 5, 64, 8, 3, Per.Row, true)]
    [InlineData(NumberFormat.Planes6, 9, 33, 4, 255, Per.Tensor, true)]
    [InlineData(NumberFormat.Planes8, 3, 1, 1, 1, Per.Row, false)]
    [InlineData(NumberFormat.SignPlanes1, 4, 31, 4, 0, Per.None, false)]
    [InlineData(NumberFormat.SignPlanes3, 33, 100, 32, 15, Per.Row, false)]
    [InlineData(NumberFormat.SignPlanes8, 6, 65, 4, 7, Per.Tensor, false)]
    [InlineData(NumberFormat.Planes3, 4, 0, 4, 1, Per.Row, true)]
    [InlineData(NumberFormat.SignPlanes3, 0, 7, 16, 1, Per.None, false)]
    public void Prepare_Panels_HoldsEveryBitAndWhatCodesLeaveOut(NumberFormat format, int rows, int depth, int width, int factor, Per scale, bool asymmetric)
    {
        PackedCase drawn = PackedCase.Create(new WeightLayout(Pattern.Dense, format) { Scale = scale, Asymmetric = asymmetric }, rows, depth, 7);
        int planes = PackedCase.Range(format).Maximum switch { 1 => 1, 7 => 3, 63 => 6, _ => 8 }, least = PackedCase.Range(format).Minimum, times = least < 0 ? 2 : 1;
        int words = (depth + 31) / 32, panels = (rows + width - 1) / width;

        BitPanelWeights weights = new Preparation<BitPanelWeights>(width, planes, factor).Of(drawn.Pack());

        ReadOnlySpan<int> bits = MemoryMarshal.CreateReadOnlySpan(ref weights.Values, panels * words * planes * width);
        ReadOnlySpan<int> offsets = MemoryMarshal.CreateReadOnlySpan(ref weights.Offsets, panels * width), compensation = MemoryMarshal.CreateReadOnlySpan(ref weights.Compensation, panels * width);
        for (int row = 0; row < panels * width; row++)
        {
            int sum = 0;
            for (int k = 0; k < words * 32; k++)
            {
                int value = 0;
                for (int plane = 0; plane < planes; plane++) value += (bits[((row / width * words + k / 32) * planes + plane) * width + row % width] >> k % 32 & 1) << plane;
                Assert.Equal(row < rows && k < depth ? drawn.Integers[row * depth + k] : least, times * value + least);
                sum += value;
            }
            Assert.Equal(row < rows ? least - drawn.Zero(row, 0) : 0, offsets[row]);
            Assert.Equal(-factor * times * sum, compensation[row]);
        }
    }

    [Theory]
    [InlineData(NumberFormat.Planes1, 17, 70, 0, Per.None, false)]
    [InlineData(NumberFormat.Planes6, 9, 33, 255, Per.Tensor, true)]
    [InlineData(NumberFormat.Planes3, 5, 128, 3, Per.Row, true)]
    [InlineData(NumberFormat.SignPlanes3, 33, 100, 15, Per.Row, false)]
    [InlineData(NumberFormat.SignPlanes8, 6, 65, 7, Per.Tensor, false)]
    [InlineData(NumberFormat.Planes3, 4, 0, 1, Per.Row, true)]
    public void Prepare_Rows_LieAsActivationsInPlanesDo(NumberFormat format, int rows, int depth, int factor, Per scale, bool asymmetric)
    {
        PackedCase drawn = PackedCase.Create(new WeightLayout(Pattern.Dense, format) { Scale = scale, Asymmetric = asymmetric }, rows, depth, 7);
        int planes = PackedPlanes.LineLength(format, 1), least = PackedCase.Range(format).Minimum < 0 ? PackedCase.Range(format).Minimum : 0;

        BitRowWeights weights = new Preparation<BitRowWeights>(0, planes, factor).Of(drawn.Pack());

        uint[] words = new uint[PackedPlanes.Length(format, rows, depth)];
        PackedPlanes.Pack<int>(format, drawn.Integers, rows, depth, words);
        Assert.Equal(words, MemoryMarshal.Cast<int, uint>(MemoryMarshal.CreateReadOnlySpan(ref weights.Values, words.Length)).ToArray());
        Assert.Equal(words, MemoryMarshal.Cast<byte, uint>(weights.DeviceArray(0)).ToArray());
        for (int row = 0; row < rows; row++)
        {
            int zero = drawn.Zero(row, 0);
            Assert.Equal(least - zero, MemoryMarshal.CreateReadOnlySpan(ref weights.Offsets, rows)[row]);
            Assert.Equal(-factor * drawn.Integers.Skip(row * depth).Take(depth).Sum(value => value - zero), MemoryMarshal.CreateReadOnlySpan(ref weights.Compensation, rows)[row]);
        }
    }

    [Fact]
    public void Prepare_OtherWeightsOrPlanes_IsRefused()
    {
        PackedMatrix plain = PackedMatrix.Pack((sbyte[])[1, 2], 1, 2, new WeightLayout(Pattern.Dense, NumberFormat.Int4)), planes = PackedMatrix.Pack((sbyte[])[1, 2], 1, 2, new WeightLayout(Pattern.Dense, NumberFormat.Planes2));
        PackedMatrix sparse = PackedMatrix.Pack((sbyte[])[1, 2], 1, 2, new WeightLayout(Pattern.Csr, NumberFormat.Planes2));
        PackedMatrix groups = PackedMatrix.Pack((sbyte[])[1, 2], 1, 2, new WeightLayout(Pattern.Dense, NumberFormat.Planes2) { Scale = Per.Group, ScaleGroup = 1, Asymmetric = true }, [1, 1], [0, 1]);
        foreach (PackedMatrix other in (PackedMatrix[])[plain, sparse, groups]) Assert.Throws<NotSupportedException>(() => new Preparation<BitPanelWeights>(16, 2, 0).Of(other));
        Assert.Throws<ArgumentException>(() => new Preparation<BitPanelWeights>(16, 3, 0).Of(planes));
        Assert.Throws<ArgumentException>(() => new Preparation<BitPanelWeights>(16, 2, -1).Of(planes));
        Assert.Throws<ArgumentException>(() => new Preparation<BitPanelWeights>(0, 2, 0).Of(planes));
        foreach (PackedMatrix other in (PackedMatrix[])[plain, sparse, groups]) Assert.Throws<NotSupportedException>(() => new Preparation<BitRowWeights>(0, 2, 0).Of(other));
        foreach ((int width, int count, int factor) in ((int, int, int)[])[(1, 2, 0), (0, 3, 0), (0, 2, -1)]) Assert.Throws<ArgumentException>(() => new Preparation<BitRowWeights>(width, count, factor).Of(planes));
    }

    [Theory]
    [InlineData(1, false, 32)]
    [InlineData(2, false, 75)]
    [InlineData(8, false, 64)]
    [InlineData(1, true, 1)]
    [InlineData(3, true, 100)]
    [InlineData(8, true, 130)]
    [InlineData(5, false, 0)]
    public void SplitPlanes_OfRows_GivesTheBitsOfEachCode(int planes, bool areSigns, int columns)
    {
        const int Rows = 2, Stride = 140;
        int words = (columns + 31) / 32, largest = (1 << planes) - 1;
        var random = new Random(planes);
        short[] x = [.. Enumerable.Range(0, Rows * Stride).Select(_ => (short)(areSigns ? 2 * random.Next(largest + 1) - largest : random.Next(largest + 1)))];
        int[] bits = [.. Enumerable.Repeat(-1, Rows * 6 * planes + 1)];

        Relayout.SplitPlanes(ref bits[0], 6 * planes, ref x[0], Stride, Rows, columns, planes, areSigns);

        for (int row = 0; row < Rows; row++)
        {
            for (int k = 0; k < words * 32; k++)
            {
                int code = 0;
                for (int plane = 0; plane < planes; plane++) code += (bits[(row * 6 + k / 32) * planes + plane] >> k % 32 & 1) << plane;
                Assert.Equal(k < columns ? x[row * Stride + k] : areSigns ? -largest : 0, areSigns ? 2 * code - largest : code);
            }
            // Nothing is written behind the last word.
            Assert.All(bits[((row * 6 + words) * planes)..((row + 1) * 6 * planes)], word => Assert.Equal(-1, word));
        }
    }

    [Fact]
    public void SumRuns_OfShorts_SumsInto32Bits()
    {
        short[] x = [.. Enumerable.Range(0, 22).Select(i => (short)(i % 2 == 0 ? short.MaxValue : short.MinValue + i))];
        int[] sums = new int[4];
        Relayout.SumRuns(ref sums[0], 2, ref x[0], 11, 2, 11, 9, 3);
        Assert.Equal([3 * x[..9].Sum(value => value), 3 * x[9..11].Sum(value => value), 3 * x[11..20].Sum(value => value), 3 * x[20..].Sum(value => value)], sums);
    }
}
