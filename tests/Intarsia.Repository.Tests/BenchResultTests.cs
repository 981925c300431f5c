using System.Globalization;
using System.Text.Json;

namespace Intarsia.Repository.Tests;

/// <summary>Kept benchmark results have the promised form, agree with themselves, and are what docs/performance.md shows.</summary>
public sealed class BenchResultTests
{
    private static readonly string[] Properties = ["case", "unit", "ours", "peers", "bestPeer", "ratio", "ceilingFraction", "kernel"];

    /// <summary>What later runs and runs of several threads have besides, in this order.</summary>
    private static readonly string[] Optional = ["oneThread", "ceiling", "ceilingSpeed", "intensity", "operations"];

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
            Assert.All(Optional.Where(found.Contains).Except(["ceiling"]), property => Assert.True(entry.GetProperty(property).GetDouble() > 0, name));
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
        }
    }

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
