using System.Runtime.InteropServices;
using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>The order in which kernels of one column or two gather: every element stands in a lane of its row, once, and what is left of a group reads behind the last activation.</summary>
public class GroupWeightsTests
{
    public static TheoryData<NumberFormat> Formats => new(Layouts.Formats.Where(format => !Layouts.Planes.Contains(format)));

    [Theory]
    [MemberData(nameof(Formats))]
    public void Prepare_AnyMatrix_HoldsEachElementInALaneOfItsRow(NumberFormat format) => PackedCase.ForAll(format, c =>
    {
        int rows = 1 << c.Seed % 4, lanes = Math.Max(rows, 4 << c.Seed % 3), parts = 1 + c.Seed % 3;
        var groups = new Groups(c.Pack(), lanes, rows, (c.Seed & 8) == 0, parts);
        var dense = new float[c.Rows * c.Depth];
        var seen = new HashSet<(int Row, int Column)>();
        groups.Visit((row, column, value) =>
        {
            Assert.True(seen.Add((row, column)));
            dense[row * c.Depth + column] = value;
        });

        for (int row = 0; row < c.Rows; row++)
            for (int k = 0; k < c.Depth; k++) Assert.Equal(c.Expected(row, k), dense[row * c.Depth + k]);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Prepare_Parts_AreNeighboursLongestFirst(int parts)
    {
        const int Rows = 50, Depth = 40;
        var random = new Random(4);
        float[] dense = new float[Rows * Depth];
        int[] lengths = [.. Enumerable.Range(0, Rows).Select(_ => random.Next(Depth + 1))];
        for (int row = 0; row < Rows; row++) dense.AsSpan(row * Depth, lengths[row]).Fill(1);
        var groups = new Groups(PackedMatrix.Pack(dense, Rows, Depth, new WeightLayout(Pattern.Csr, NumberFormat.Float32)), 8, 2, isShort: true, parts);

        Assert.Equal([0, Rows], [groups.PartRows[0], groups.PartRows[parts]]);
        for (int part = 0; part < parts; part++)
        {
            (int begin, int end) = (groups.PartRows[part], groups.PartRows[part + 1]);
            Assert.True(part + 1 == parts || end % 16 == 0);
            int[] places = groups.Places[(groups.PartBundles[part] * 2)..(groups.PartBundles[part + 1] * 2)];
            Assert.Equal((end - begin + 1) / 2 * 2, places.Length);
            Assert.Equal(Enumerable.Range(begin, end - begin).OrderByDescending(row => lengths[row]).ToArray(), places[..(end - begin)]);
            Assert.All(places[(end - begin)..], row => Assert.Equal(-1, row));
        }
    }

    /// <summary>Rows of a bundle of GS(B, k) are equally long, so that every lane of every group has an element.</summary>
    [Theory]
    [InlineData(16)]
    [InlineData(4)]
    [InlineData(1)]
    public void Prepare_GatherScatter_FillsEveryLane(int perRow)
    {
        const int Rows = 32, Depth = 64, Banks = 16;
        var random = new Random(1);
        float[] dense = [.. Enumerable.Range(0, Rows * Depth).Select(_ => 1 + random.NextSingle())];
        Pruner.GatherScatter(dense, Rows, Depth, Banks, perRow, 16 / perRow);
        var groups = new Groups(PackedMatrix.Pack(dense, Rows, Depth, new WeightLayout(Pattern.GatherScatter, NumberFormat.Float32) { Banks = Banks, PerRow = perRow }), Banks, Banks / perRow, isShort: true, parts: 1);

        Assert.Equal(Rows, groups.BundleStarts[^1]);
        Assert.All(groups.Indices, index => Assert.InRange(index, 0, Depth - 1));
    }

    [Fact]
    public void Prepare_UnequalRows_PadsWithZeroBehindTheDepth()
    {
        const int Depth = 6;
        float[] dense = [1, 0, 2, 0, 3, 0, /* */ 0, 4, 0, 0, 0, 0];
        var groups = new Groups(PackedMatrix.Pack(dense, 2, Depth, new WeightLayout(Pattern.Csr, NumberFormat.Float32)), 4, 2, isShort: false, parts: 1);

        Assert.Equal([0, 2, 1, Depth, 4, Depth, Depth, Depth], groups.Indices);
        Assert.Equal([1f, 2, 4, 0, 3, 0, 0, 0], groups.Values);
    }

    /// <summary>Reads the arrays as the documentation of the class has them.</summary>
    private sealed class Groups
    {
        private readonly PackedMatrix _matrix;
        private readonly int _lanes;
        private readonly int _rows;

        public Groups(PackedMatrix matrix, int lanes, int rows, bool isShort, int parts)
        {
            (_matrix, _lanes, _rows) = (matrix, lanes, rows);
            GroupWeights<float> weights = new Preparation<GroupWeights<float>>(lanes, rows, isShort ? 2 : 4, parts).Of(matrix);
            PartRows = MemoryMarshal.CreateReadOnlySpan(ref weights.PartGroups, parts + 1).ToArray();
            PartBundles = MemoryMarshal.CreateReadOnlySpan(ref weights.TileStarts, parts + 1).ToArray();
            Places = MemoryMarshal.CreateReadOnlySpan(ref weights.SegmentGroups, PartBundles[^1] * rows).ToArray();
            BundleStarts = MemoryMarshal.CreateReadOnlySpan(ref weights.SegmentStarts, PartBundles[^1] + 1).ToArray();
            int slots = BundleStarts[^1] * lanes;
            Values = MemoryMarshal.CreateReadOnlySpan(ref weights.Values, slots).ToArray();
            Indices = isShort
                ? Array.ConvertAll(MemoryMarshal.CreateReadOnlySpan(ref weights.ShortIndices, slots).ToArray(), index => (int)index)
                : MemoryMarshal.CreateReadOnlySpan(ref weights.Indices, slots).ToArray();
        }

        public int[] PartRows { get; }

        public int[] PartBundles { get; }

        public int[] Places { get; }

        public int[] BundleStarts { get; }

        public float[] Values { get; }

        public int[] Indices { get; }

        public void Visit(Action<int, int, float> visit)
        {
            Assert.Equal(Enumerable.Range(0, _matrix.Rows), Places.Where(row => row >= 0).Order());
            for (int bundle = 0; bundle < BundleStarts.Length - 1; bundle++)
            {
                var last = new int[_rows];
                Array.Fill(last, -1);
                for (int at = BundleStarts[bundle] * _lanes; at < BundleStarts[bundle + 1] * _lanes; at++)
                {
                    int slot = at % _lanes / (_lanes / _rows), row = Places[bundle * _rows + slot];
                    if (Indices[at] == _matrix.Depth)
                    {
                        Assert.Equal(0, Values[at]);
                        continue;
                    }

                    Assert.True(Indices[at] > last[slot], "entries of a row ascend");
                    last[slot] = Indices[at];
                    visit(row, Indices[at], Values[at]);
                }
            }
        }
    }
}
