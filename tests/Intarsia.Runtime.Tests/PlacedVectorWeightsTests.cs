using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>The order in which kernels permute vectors of activations to where N:M weights stand.</summary>
public class PlacedVectorWeightsTests
{
    /// <summary>Two rows of 2:4, panels of two rows, vectors of four activations, steps of two vectors: vectors of values, four places to a lane, and behind the depth of six zeros at places that no activation has.</summary>
    [Fact]
    public void Prepare_SmallMatrix_IsAsDocumented()
    {
        float[] dense = [1, 0, 0, 2, 3, 0, /* */ 0, 4, 5, 0, 0, 6];
        PlacedVectorWeights<float> order = Preparation(width: 2, lanes: 4, stored: 4).Of(Pack(dense, 2, 6, 2, 4));

        Assert.Equal([1f, 4, 2, 5, 3, 0, 0, 6], Span(ref order.Values, 8));
        Assert.Equal([(byte)0, 3, 0, 1, /* */ 1, 2, 0, 1], Span(ref order.Indices, 8));
    }

    /// <summary>The last group has one column: of its two slots one is behind the depth, at the last place of the vector.</summary>
    [Fact]
    public void Prepare_ShortGroup_FillsUpBehindTheDepth()
    {
        PlacedVectorWeights<float> order = Preparation(width: 1, lanes: 8, stored: 4).Of(Pack([1, 2, 0, 0, 3], 1, 5, 2, 4));

        Assert.Equal([1f, 2, 3, 0], Span(ref order.Values, 4));
        Assert.Equal([(byte)0, 1, 4, 7], Span(ref order.Indices, 4));
    }

    [Theory]
    [InlineData(2, 4, 16, 8)]
    [InlineData(2, 4, 8, 4)]
    [InlineData(3, 4, 16, 12)]
    [InlineData(1, 4, 16, 4)]
    [InlineData(1, 4, 8, 4)]
    [InlineData(4, 16, 16, 4)]
    [InlineData(2, 8, 8, 4)]
    [InlineData(1, 16, 16, 4)]
    public void Prepare_AnyMatrix_HoldsEachElementOnceInItsRow(int n, int m, int lanes, int stored)
    {
        var random = new Random(n * m + lanes);
        for (int run = 0; run < 20; run++)
        {
            int rows = random.Next(1, 40), depth = random.Next(1, 150), width = random.Next(1, 4) * lanes, perVector = lanes / m * n, step = stored / perVector * lanes, steps = (depth + step - 1) / step;
            var dense = new float[rows * depth];
            for (int row = 0; row < rows; row++)
                for (int group = 0; group < depth; group += m)
                    foreach (int place in Enumerable.Range(group, Math.Min(m, depth - group)).OrderBy(_ => random.Next()).Take(random.Next(n + 1))) dense[row * depth + place] = random.Next(1, 100);
            PlacedVectorWeights<float> order = Preparation(width, lanes, stored).Of(Pack(dense, rows, depth, n, m));
            int panels = (rows + width - 1) / width, length = panels * steps * stored * width;
            float[] values = Span(ref order.Values, length);
            byte[] places = Span(ref order.Indices, length);

            var seen = new float[panels * width * steps * step];
            for (int panel = 0; panel < panels; panel++)
            {
                for (int row = 0; row < width; row++)
                {
                    int before = -1;
                    for (int slot = 0; slot < steps * stored; slot++)
                    {
                        int place = places[((panel * steps * (stored / 4) + slot / 4) * width + row) * 4 + slot % 4];
                        Assert.True(place < lanes && (slot % perVector == 0 || place > before), $"place {place} after {before}");
                        seen[(panel * width + row) * steps * step + slot / perVector * lanes + place] = values[(panel * steps * stored + slot) * width + row];
                        before = place;
                    }
                }
            }
            for (int row = 0; row < panels * width; row++)
                for (int k = 0; k < steps * step; k++) Assert.Equal(row < rows && k < depth ? dense[row * depth + k] : 0, seen[row * steps * step + k]);
        }
    }

    [Theory]
    [InlineData(2, 4, 8, 6)]
    [InlineData(3, 4, 8, 4)]
    [InlineData(1, 16, 8, 4)]
    public void Prepare_LanesOrValuesThatDoNotFit_SaysWhatDoes(int n, int m, int lanes, int stored)
    {
        PackedMatrix matrix = Pack(new float[64], 4, 16, n, m);
        ArgumentException error = Assert.Throws<ArgumentException>(() => Preparation(width: 8, lanes, stored).Of(matrix));
        Assert.Contains($"Vectors of {lanes} lanes, {stored} values in a step", error.Message, StringComparison.Ordinal);
    }

    private static PackedMatrix Pack(float[] dense, int rows, int depth, int n, int m) => PackedMatrix.Pack(dense, rows, depth, new WeightLayout(Pattern.NM, NumberFormat.Float32) { N = n, M = m });

    private static Preparation<PlacedVectorWeights<float>> Preparation(int width, int lanes, int stored) => new(width, lanes, stored);

    private static T[] Span<T>(ref T first, int length) => System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpan(ref first, length).ToArray();
}
