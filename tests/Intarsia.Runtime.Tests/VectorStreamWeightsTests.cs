using System.Runtime.InteropServices;
using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>The order in which GPUs read sparse weights: every element is where the layout says, and padding reads nothing.</summary>
[Trait("Category", "Gpu")]
public class VectorStreamWeightsTests
{
    public static TheoryData<NumberFormat> Formats => new(Layouts.Formats.Where(format => !Layouts.Planes.Contains(format)));

    [Theory]
    [MemberData(nameof(Formats))]
    public void Prepare_AnyMatrix_HoldsItsElementsAndNamesNoRowForPadding(NumberFormat format) => PackedCase.ForAll(format, c =>
    {
        PackedMatrix packed = c.Pack();
        var stream = new Stream<float>(packed, 4 << c.Seed % 4, scaleGroup: 0, scaled: false);
        var dense = new float[c.Rows * c.Depth];
        stream.Visit((row, depth, value, _) => dense[row * c.Depth + depth] = value);

        for (int row = 0; row < c.Rows; row++)
            for (int k = 0; k < c.Depth; k++) Assert.Equal(c.Expected(row, k), dense[row * c.Depth + k]);
    });

    [Theory]
    [InlineData(4)]
    [InlineData(32)]
    public void Prepare_ScaleGroups_BeginStridesOfTheirOwn(int stride) => PackedCase.ForAll(NumberFormat.Int8, c =>
    {
        if (c.Layout.Scale != Per.Group) return;
        var stream = new Stream<short>(c.Pack(), stride, c.Layout.ScaleGroup, scaled: true);
        var dense = new float[c.Rows * c.Depth];
        stream.Visit((row, depth, value, scale) => dense[row * c.Depth + depth] = value * scale);

        for (int row = 0; row < c.Rows; row++)
            for (int k = 0; k < c.Depth; k++) Assert.Equal(c.Expected(row, k), dense[row * c.Depth + k]);
    });

    [Fact]
    public void Prepare_RowsOfAllLengths_LongestFirst()
    {
        float[] dense = new float[6 * 8];
        int[] lengths = [0, 3, 8, 1, 5, 8];
        for (int row = 0; row < lengths.Length; row++) dense.AsSpan(row * 8, lengths[row]).Fill(1);
        var weights = new Preparation<VectorStreamWeights<float>>(0, 2, 0).Of(PackedMatrix.Pack(dense, 6, 8, new WeightLayout(Pattern.Csr, NumberFormat.Float32)));

        Assert.Equal([2, 5, 4, 1, 3, 0], MemoryMarshal.CreateReadOnlySpan(ref weights.SegmentGroups, 6).ToArray());
        Assert.Equal([0, 8, 16, 22, 26, 28, 28], MemoryMarshal.CreateReadOnlySpan(ref weights.SegmentStarts, 7).ToArray());
    }

    /// <summary>Reads the arrays as the documentation of the class has them.</summary>
    private sealed class Stream<T>(PackedMatrix matrix, int stride, int scaleGroup, bool scaled)
        where T : unmanaged
    {
        private readonly VectorStreamWeights<T> _weights = new Preparation<VectorStreamWeights<T>>(0, stride, scaleGroup).Of(matrix);

        public void Visit(Action<int, int, float, float> visit)
        {
            int v = matrix.VectorLength, groups = matrix.GroupCount;
            ReadOnlySpan<int> starts = MemoryMarshal.CreateReadOnlySpan(ref _weights.SegmentStarts, groups + 1);
            ReadOnlySpan<int> order = MemoryMarshal.CreateReadOnlySpan(ref _weights.SegmentGroups, groups);
            ReadOnlySpan<int> indices = MemoryMarshal.CreateReadOnlySpan(ref _weights.Indices, starts[groups]);
            ReadOnlySpan<T> values = MemoryMarshal.CreateReadOnlySpan(ref _weights.Values, starts[groups] * v);
            Assert.Equal(Enumerable.Range(0, groups), order.ToArray().Order());
            for (int segment = 0; segment < groups; segment++)
            {
                Assert.Equal(0, starts[segment] % stride);
                for (int p = starts[segment]; p < starts[segment + 1]; p++)
                {
                    for (int lane = 0; lane < v; lane++)
                    {
                        float value = Convert.ToSingle(values[(p / stride * v + lane) * stride + p % stride], System.Globalization.CultureInfo.InvariantCulture);
                        int row = order[segment] * v + lane;
                        if (indices[p] < 0 || row >= matrix.Rows) Assert.Equal(0, value);
                        else visit(row, indices[p], value, scaled ? ScaleOf(p / stride, lane, v) : 1);
                    }
                }
            }
        }

        /// <summary>The scale that is applied where the scale group of a stride ends.</summary>
        private float ScaleOf(int tile, int lane, int v)
        {
            while (System.Runtime.CompilerServices.Unsafe.Add(ref _weights.GroupEnds, tile) is var line)
            {
                if (line > 0) return System.Runtime.CompilerServices.Unsafe.Add(ref _weights.Scales, (line - 1) * v + lane);
                tile++;
            }
            throw new InvalidOperationException("A scale group has no end.");
        }
    }
}
