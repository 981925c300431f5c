using System.Runtime.InteropServices;
using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>The order in which CPUs read sparse weights of bytes, four entries at a time: whole fours of each row, rows of X that exist, and what shifting X adds.</summary>
public class StreamWeightsTests
{
    private const int Entries = 4;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 3)]
    [InlineData(32, 1)]
    [InlineData(32, 2)]
    public void Prepare_FoursOfBytes_HoldEveryElementAndNameRowsThatExist(int depthTile, int parts) => PackedCase.ForAll(NumberFormat.Int8, c =>
    {
        if (c.Layout.Scale == Per.Group || c.Layout.Asymmetric) return;
        PackedMatrix packed = c.Pack();
        StreamWeights<sbyte> weights = new Preparation<StreamWeights<sbyte>>(0, Entries, depthTile, parts).Of(packed);
        int v = packed.VectorLength;
        int segments = MemoryMarshal.CreateReadOnlySpan(ref weights.TileStarts, parts * weights.Tiles + 1)[^1];
        ReadOnlySpan<int> starts = MemoryMarshal.CreateReadOnlySpan(ref weights.SegmentStarts, segments + 1), groups = MemoryMarshal.CreateReadOnlySpan(ref weights.SegmentGroups, segments);
        ReadOnlySpan<int> indices = MemoryMarshal.CreateReadOnlySpan(ref weights.Indices, starts[segments]), compensation = MemoryMarshal.CreateReadOnlySpan(ref weights.Compensation, segments * v);
        ReadOnlySpan<sbyte> values = MemoryMarshal.CreateReadOnlySpan(ref weights.Values, starts[segments] * v);
        int[] dense = new int[packed.GroupCount * v * c.Depth], sums = new int[packed.GroupCount * v];
        for (int segment = 0; segment < segments; segment++)
        {
            Assert.Equal(0, starts[segment] % Entries);
            for (int lane = 0; lane < v; lane++) sums[groups[segment] * v + lane] += compensation[segment * v + lane];
            for (int entry = starts[segment]; entry < starts[segment + 1]; entry++)
            {
                Assert.InRange(indices[entry], 0, c.Depth - 1);
                for (int lane = 0; lane < v; lane++) dense[(groups[segment] * v + lane) * c.Depth + indices[entry]] += values[(entry / Entries * v + lane) * Entries + entry % Entries];
            }
        }

        int[] expected = new int[packed.GroupCount * v * c.Depth];
        var row = new int[v * c.Depth];
        for (int group = 0; group < packed.GroupCount; group++)
        {
            int length = packed.GroupLength(group);
            int[] depth = new int[length];
            packed.ReadGroup(group, depth, row.AsSpan(0, length * v));
            for (int entry = 0; entry < length; entry++)
                for (int lane = 0; lane < v && group * v + lane < c.Rows; lane++) expected[(group * v + lane) * c.Depth + depth[entry]] = row[entry * v + lane];
        }
        Assert.Equal(expected, dense);
        for (int i = 0; i < sums.Length; i++) Assert.Equal(-128 * expected.AsSpan(i * c.Depth, c.Depth).ToArray().Sum(), sums[i]);
        // Sums begin where a row does.
        for (int segment = 0; segment < segments; segment++)
            if (segment >= 1 && groups[..segment].Contains(groups[segment])) Assert.All(compensation.Slice(segment * v, v).ToArray(), value => Assert.Equal(0, value));
    });
}
