using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Intarsia.Bench.Measuring;

namespace Intarsia.Repository.Tests;

/// <summary>Kept benchmark results have the promised form, agree with themselves, and are what docs/performance.md shows.</summary>
public sealed partial class BenchResultTests
{
    private static readonly string[] Properties = ["case", "unit", "ours", "peers", "bestPeer", "ratio", "ceilingFraction", "kernel"];

    /// <summary>What later runs and runs of several threads have besides, in this order.</summary>
    private static readonly string[] Optional = ["oneThread", "ceiling", "ceilingSpeed", "intensity", "operations", "ratios", "provenance"];

    public static TheoryData<string> Files => [.. Directory.GetFiles(Path.Combine(Repository.Root, "bench", "results"), "*.json").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Results_EveryEntry_IsCompleteAndConsistent(string file)
    {
        foreach (JsonElement entry in Read(file))
        {
            string name = entry.GetProperty("case").GetString()!;
            string[] found = [.. entry.EnumerateObject().Select(property => property.Name)];
            Assert.Equal([.. Properties, .. Optional.Where(found.Contains)], found);
            Assert.All(Optional.Where(found.Contains).Except(["ceiling", "ratios", "provenance"]), property => Assert.True(entry.GetProperty(property).GetDouble() > 0, name));
            double ours = entry.GetProperty("ours").GetDouble();
            JsonElement[] values = [.. entry.GetProperty("peers").EnumerateObject().Select(peer => peer.Value).Where(value => value.ValueKind == JsonValueKind.Number)];
            Assert.Equal(values.Length > 0, entry.GetProperty("bestPeer").ValueKind == JsonValueKind.String);
            if (values.Length > 0)
            {
                double best = entry.GetProperty("peers").GetProperty(entry.GetProperty("bestPeer").GetString()!).GetDouble();
                Assert.True(values.All(value => value.GetDouble() <= best), name);
                Assert.True(Math.Abs(entry.GetProperty("ratio").GetDouble() - ours / best) < 0.002 + 0.01 / best, name);
            }
            // Batches count the operations of the dense product, of which sparse weights do a fifth.
            Assert.InRange(entry.GetProperty("ceilingFraction").GetDouble(), 0.001, name.StartsWith("batch ", StringComparison.Ordinal) && name.Contains("80% zeros", StringComparison.Ordinal) ? 5.25 : 1.05);
            Assert.NotEqual("", entry.GetProperty("kernel").GetString());
            int runs = entry.TryGetProperty("provenance", out JsonElement provenance) ? provenance.GetProperty("runs").GetInt32() : 1;
            Assert.Equal(runs > 1 && values.Length > 0, entry.TryGetProperty("ratios", out JsonElement kept));
            if (kept.ValueKind == JsonValueKind.Array)
            {
                double[] ratios = [.. kept.EnumerateArray().Select(ratio => ratio.GetDouble())];
                Assert.Equal(runs, ratios.Length);
                Assert.Equal(ratios.Order(), ratios);
                Assert.Equal(entry.GetProperty("ratio").GetDouble(), ratios[(runs - 1) / 2]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Results_EveryPeer_IsAsFastAsItIsBesideOtherShapes(string file)
    {
        (string Case, string Peer, double Speed)[] speeds =
        [
            .. from entry in Read(file)
               from peer in entry.GetProperty("peers").EnumerateObject()
               where peer.Value.ValueKind == JsonValueKind.Number
               // Dense products beside butterflies are given in the operations of those, n·log n of their n².
               where !entry.GetProperty("case").GetString()!.StartsWith("butterfly ", StringComparison.Ordinal)
               select (entry.GetProperty("case").GetString()!, peer.Name, peer.Value.GetDouble()),
        ];

        Assert.Empty(Implausible(speeds));
    }

    [Fact]
    public void Implausible_ATenthOfTheSameCaseOfAnotherShape_IsFound()
    {
        (string, string, double)[] speeds =
        [
            ("decode int8 a8 1x4096x4096 memory", "a", 0.59), ("decode int8 a8 1x4096x11008 memory", "a", 16), ("decode int8 a8 1x4096x4096 L3", "a", 80), ("decode int8 a8 16x4096x4096 memory", "a", 1.2), ("decode int8 a8 1x4096x4096 memory", "b", 0.6),
        ];

        Assert.Equal(["decode int8 a8 1x4096x4096 memory: a 0.59"], Implausible(speeds));
    }

    /// <summary>Peers that are less than a tenth of their own median over cases that differ in all extents but the first: something is wrong with how they were called.</summary>
    private static IEnumerable<string> Implausible(IEnumerable<(string Case, string Peer, double Speed)> speeds) =>
        from speed in speeds
        group speed by (Shape().Replace(speed.Case, "$1x*"), speed.Peer) into family
        let median = Samples.MedianOf(family.Select(speed => speed.Speed))
        from speed in family
        where speed.Speed < median / 10
        select string.Create(CultureInfo.InvariantCulture, $"{speed.Case}: {speed.Peer} {speed.Speed}");

    [GeneratedRegex(@"\b(\d+)x\d+(x\d+)?\b")]
    private static partial Regex Shape();

    [Theory]
    [InlineData("peers.json")]
    [InlineData("zen4.json")]
    public void PerformancePage_Table_ShowsTheKeptResults(string file)
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "performance.md"));
        foreach (JsonElement entry in Read(file))
        {
            string row = string.Create(CultureInfo.InvariantCulture, $"| {entry.GetProperty("case").GetString()} | {entry.GetProperty("ours").GetDouble():F1} | {entry.GetProperty("unit").GetString()} | ");
            Assert.Contains(row, page, StringComparison.Ordinal);
        }
    }

    private static JsonElement[] Read(string file) =>
        [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "bench", "results", file))).RootElement.EnumerateArray()];
}
