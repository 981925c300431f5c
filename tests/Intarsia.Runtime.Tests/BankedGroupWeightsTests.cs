using System.Runtime.InteropServices;
using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>The order in which the lanes of a warp gather single activations: every element stands in a lane of its row, once, and the places of a group of GS(B, k) are in 32 different banks.</summary>
[Trait("Category", "Gpu")]
public class BankedGroupWeightsTests
{
    public static TheoryData<NumberFormat> Formats => new(Layouts.Formats.Where(format => !Layouts.Planes.Contains(format)));

    [Theory]
    [MemberData(nameof(Formats))]
    public void Prepare_AnyMatrixOfSingleRows_HoldsEachElementInALaneOfItsRow(NumberFormat format) => PackedCase.ForAll(format, c =>
    {
        PackedMatrix packed = c.Pack();
        if (packed.VectorLength > 1) return;
        (int banks, int perRow) = c.Layout.Pattern == Pattern.GatherScatter ? (c.Layout.Banks, c.Layout.PerRow) : (32, 32);
        float[] dense = Read(packed, banks, perRow);
        for (int row = 0; row < c.Rows; row++)
            for (int k = 0; k < c.Depth; k++) Assert.Equal(c.Expected(row, k), dense[row * c.Depth + k]);
    });

    [Fact]
    public void Prepare_GroupsOfAnotherShape_Throws()
    {
        PackedMatrix packed = PackedMatrix.Pack(new float[64], 8, 8, new WeightLayout(Pattern.GatherScatter, NumberFormat.Float32) { Banks = 8, PerRow = 2, Groups = 4 });
        Assert.Throws<ArgumentException>(() => new Preparation<BankedGroupWeights<float>>(8, 2, 0).Of(packed));
        Assert.Throws<ArgumentException>(() => new Preparation<BankedGroupWeights<float>>(32, 1, 0).Of(packed));
        Assert.Throws<NotSupportedException>(() => new Preparation<BankedGroupWeights<float>>(32, 1, 0).Of(PackedMatrix.Pack(new float[64], 8, 8, new WeightLayout(Pattern.VectorRows, NumberFormat.Float32) { V = 4 })));
    }

    /// <summary>Reads the arrays as the documentation of the class has them.</summary>
    private static float[] Read(PackedMatrix matrix, int banks, int perRow)
    {
        int rows = banks / perRow, bundles = (matrix.Rows + rows - 1) / rows, zeros = (matrix.Depth + banks - 1) / banks * 32;
        BankedGroupWeights<float> weights = new Preparation<BankedGroupWeights<float>>(banks, rows, 0).Of(matrix);
        ReadOnlySpan<int> starts = MemoryMarshal.CreateReadOnlySpan(ref weights.SegmentStarts, bundles + 1), order = MemoryMarshal.CreateReadOnlySpan(ref weights.SegmentGroups, bundles * rows);
        ReadOnlySpan<float> values = MemoryMarshal.CreateReadOnlySpan(ref weights.Values, starts[bundles] * 32);
        ReadOnlySpan<ushort> places = MemoryMarshal.CreateReadOnlySpan(ref weights.ShortIndices, starts[bundles] * 32);
        Assert.Equal(Enumerable.Range(0, matrix.Rows), order.ToArray().Where(row => row >= 0).Order());
        var dense = new float[matrix.Rows * matrix.Depth];
        var seen = new HashSet<(int, int)>();
        for (int bundle = 0; bundle < bundles; bundle++)
        {
            if (bundle > 0) Assert.True(starts[bundle + 1] - starts[bundle] <= starts[bundle] - starts[bundle - 1], "longest first");
            for (int group = starts[bundle]; group < starts[bundle + 1]; group++)
            {
                if (matrix.Layout.Pattern == Pattern.GatherScatter) Assert.Equal(32, places.Slice(32 * group, 32).ToArray().Select(place => place % 32).Distinct().Count());
                for (int lane = 0; lane < 32; lane++)
                {
                    int place = places[32 * group + lane], row = order[bundle * rows + lane / (32 / rows)], column = place / 32 * banks + place % banks;
                    if (place >= zeros)
                    {
                        Assert.Equal(0, values[32 * group + lane]);
                        continue;
                    }
                    Assert.True(seen.Add((row, column)));
                    dense[row * matrix.Depth + column] = values[32 * group + lane];
                }
            }
        }
        return dense;
    }
}
