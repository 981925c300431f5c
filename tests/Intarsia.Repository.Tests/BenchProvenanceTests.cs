using Intarsia.Bench.Cases;

namespace Intarsia.Repository.Tests;

/// <summary>What results of several runs keep, and what they say of where they come from.</summary>
public sealed class BenchProvenanceTests
{
    [Fact]
    public void MedianOf_FiveRuns_IsTheMiddleOneWithTheRatiosOfAll()
    {
        CaseResult median = CaseResult.MedianOf([Run(10, 1.2), Run(11, 0.9), Run(12, 1.0), Run(13, 1.1), Run(14, 0.8)]);

        Assert.Equal(12, median.Ours);
        Assert.Equal([0.8, 0.9, 1.0, 1.1, 1.2], median.Ratios);
    }

    [Fact]
    public void MedianOf_OneRun_KeepsNoRatios() => Assert.Null(CaseResult.MedianOf([Run(10, 1.2)]).Ratios);

    [Fact]
    public void Command_PathsOfTheMachine_AreLeftOut() =>
        Assert.Equal("peers --peers DIR --json FILE --filter \"decode int4\" memory", Provenance.CommandOf(["peers", "--peers", "/a/b", "--json", "/c/d.json", "--filter", "decode int4", "memory"]));

    [Fact]
    public void Json_WrittenAndRead_IsTheSameWithProvenanceAndWithout()
    {
        string path = Path.GetTempFileName();
        try
        {
            ResultWriter.Json(path, [Run(10, 1.2) with { Ratios = [1.1, 1.2, 1.3], Provenance = new Provenance("a processor", 3.5, "2026-01-02", ["a 1", "b 2"], "peers", 3) }, Run(11, 1)]);

            IReadOnlyList<CaseResult> read = ResultWriter.Read(path);
            Assert.Equal([1.1, 1.2, 1.3], read[0].Ratios);
            Assert.Equal("a processor, 3.50 GHz, 2026-01-02, a 1, b 2; 3 runs of each case: peers", read[0].Provenance!.ToString());
            Assert.Null(read[1].Provenance);
            Assert.Null(read[1].Ratios);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static CaseResult Run(double ours, double ratio) => new("a case", "GFLOP/s", ours, new Dictionary<string, double?> { ["peer"] = ours / ratio }, "peer", ratio, 0.5, "a kernel");
}
