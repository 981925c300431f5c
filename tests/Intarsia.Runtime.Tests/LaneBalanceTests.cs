using Xunit;

namespace Intarsia.Runtime.Tests;

public class LaneBalanceTests
{
    // Two lanes: the even rows have three elements in the first column and none in the second, the odd ones none and three.
    private static readonly PackedMatrix s_weights = PackedMatrix.Pack([1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1], 6, 2, new WeightLayout(Pattern.RelativeCsc, NumberFormat.Float32) { Lanes = 2 });

    [Theory]
    [InlineData(1, 6, 0.5)] // One activation at a time: a lane works, the other waits.
    [InlineData(2, 3, 1.0)] // Both at once.
    public void Of_UnevenColumns_WaitsWhereQueuesAreFull(int queue, long cycles, double efficiency)
    {
        LaneBalance balance = LaneBalance.Of(s_weights, [1, 2], queue);
        Assert.Equal([3, 3], balance.Entries);
        Assert.Equal((cycles, efficiency), (balance.Cycles, balance.Efficiency));
    }

    [Fact]
    public void Of_ZeroActivations_CostNothing()
    {
        LaneBalance balance = LaneBalance.Of(s_weights, [0, 2], 8);
        Assert.Equal([0, 3], balance.Entries);
        Assert.Equal((3, 0.5), (balance.Cycles, balance.Efficiency));
        Assert.Equal((0, 1.0), (LaneBalance.Of(s_weights, [0, 0], 8).Cycles, LaneBalance.Of(s_weights, [0, 0], 8).Efficiency));
    }

    /// <summary>Longer queues even out what the columns have unevenly: EIE's reason for a depth of 8.</summary>
    [Fact]
    public void Of_RandomColumns_GainsByQueuesAndNeverBeatsTheBusiestLane()
    {
        var random = new Random(1);
        float[] dense = [.. Enumerable.Range(0, 1024 * 256).Select(_ => random.NextDouble() < 0.09 ? 1f : 0)], x = [.. Enumerable.Range(0, 256).Select(_ => random.NextDouble() < 0.35 ? 1f : 0)];
        PackedMatrix weights = PackedMatrix.Pack(dense, 1024, 256, new WeightLayout(Pattern.RelativeCsc, NumberFormat.Float32) { Lanes = 64 });
        double[] efficiencies = [.. new[] { 1, 2, 8, 1000 }.Select(queue => LaneBalance.Of(weights, x, queue).Efficiency)];
        Assert.Equal(efficiencies.Order(), efficiencies);
        Assert.True(efficiencies[2] > 1.3 * efficiencies[0]);
        LaneBalance free = LaneBalance.Of(weights, x, 1000);
        Assert.Equal(free.Entries.Max(), free.Cycles);
    }

    [Fact]
    public void Of_OtherOperands_AreRefused()
    {
        PackedMatrix rows = PackedMatrix.Pack([1, 0], 1, 2, new WeightLayout(Pattern.Csr, NumberFormat.Float32));
        Assert.Contains("csr", Assert.Throws<ArgumentException>(() => LaneBalance.Of(rows, [1, 2], 8)).Message);
        Assert.Contains("depth of 2", Assert.Throws<ArgumentException>(() => LaneBalance.Of(s_weights, [1], 8)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => LaneBalance.Of(s_weights, [1, 2], 0));
    }
}
