using LowBitWeights;
using Xunit;

namespace Intarsia.RealData.Tests.Kwt1;

/// <summary>What the tables of samples/LowBitWeights are made of, against numbers worked out by hand; no data is needed.</summary>
public class ResourcesTests
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    [Theory]
    [InlineData("weight bytes", 3.6)] // 0.9 of the accuracy by 0.25 of the bytes
    [InlineData("bytes moved", 1.8)]
    [InlineData("operations", 0.9)]
    [InlineData("clip", 0.45)]
    [InlineData("matrices", 9)]
    [InlineData("one token", 0.6)]
    [InlineData("energy", 2.25)]
    public void Efficiency_KeepsNineTenthsOfTheAccuracy_IsThatByTheShareSpent(string kind, double expected)
    {
        var baseline = new Resources("baseline", 90, 1000, 4000, 600, 2 * Millisecond, 10 * Millisecond, 2 * Millisecond, 0.5);
        var row = new Resources("row", 81, 250, 2000, 600, 4 * Millisecond, Millisecond, 3 * Millisecond, 0.2);

        Assert.Equal(expected, row.Efficiency(baseline, Resources.Kinds.Single(k => k.Name == kind).Of), 1e-12);
        Assert.Equal(1, baseline.Efficiency(baseline, Resources.Kinds.Single(k => k.Name == kind).Of));
    }

    /// <summary>8×12 weights and 5 tokens.</summary>
    [Theory]
    [InlineData("f32", 384, 2 * 96 * 5)]
    [InlineData("int8", 96 + 4 * 8, 2 * 96 * 5)]
    [InlineData("2:4 int4", 24 + 12 + 4 * 8, 2 * 48 * 5)] // half a byte and two bits for each of 48
    [InlineData("int3, row", 48 + 4 * 8, 2 * 96 * 5)] // half a byte, which int4 has, too
    [InlineData("PoT-3/flint-3, row", 48 + 4 * 8, 2 * 96 * 5)]
    [InlineData("ternary", 24 + 4 * 8, 2 * 96 * 5)]
    [InlineData("pot4b, row", 48 + 36 * 8, 2 * 96 * 5)] // nine numbers for each row
    [InlineData("pot4b, matrix", 48 + 36, 2 * 96 * 5)]
    [InlineData("BCQ-2", 24 + 4 * 2 * 8, (16 * 3 + 2 * 3 * 8 * 2) * 5)] // three tables; two planes of eight rows look up three times each
    [InlineData("CSR, 50 % zero", 4 * 48 + 4 * 48 + 4 * 9, 2 * 48 * 5)] // a column beside each value, and where each row begins
    public void Stored_SmallMatrix_HasTheBytesAndOperationsWorkedOutByHand(string format, long bytes, long operations)
    {
        var random = new Random(1);
        var layer = new LinearLayer("layers.0.q", 8, 12, [.. Enumerable.Range(0, 96).Select(_ => random.NextSingle() + 0.1f)], new float[8], Gelu: false);

        StoredLayer stored = WeightFormat.All.Single(candidate => candidate.Name == format).Store(layer);

        Assert.Equal(bytes, stored.Weights.SizeInBytes);
        Assert.Equal(operations, Resources.Count(stored.Weights, stored.Kernel.Info, tokens: 5));
    }

    [Fact]
    public void EnergyCounter_TwoPackages_AddsThemAndFollowsAWrap()
    {
        string folder = Directory.CreateTempSubdirectory("intarsia-powercap-").FullName;
        try
        {
            Write("intarsia-else", 5);
            Assert.Null(EnergyCounter.Find(folder));
            Write("intel-rapl:0", 100);
            Write("intel-rapl:0:0", 70); // a part of the package, not to be counted twice
            Write("intel-rapl:1", 999_000);

            EnergyCounter counter = EnergyCounter.Find(folder)!;
            double joules = counter.Measure(() =>
            {
                Write("intel-rapl:0", 2_100);
                Write("intel-rapl:0:0", 2_000);
                Write("intel-rapl:1", 4_000);
            });

            Assert.Equal(0.007, joules, 1e-12);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        void Write(string package, long microjoules)
        {
            string path = Directory.CreateDirectory(Path.Combine(folder, package)).FullName;
            File.WriteAllText(Path.Combine(path, "energy_uj"), $"{microjoules}\n");
            File.WriteAllText(Path.Combine(path, "max_energy_range_uj"), "1000000\n");
        }
    }

    [Fact]
    public void EnergyCounter_MachineWithoutPowercap_FindsNone() => Assert.Null(EnergyCounter.Find(Path.Combine(Path.GetTempPath(), "intarsia-no-such-folder")));
}
