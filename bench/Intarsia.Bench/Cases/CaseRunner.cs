using System.Text.Json.Serialization;
using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench.Cases;

/// <summary>What one case gave. Speeds are in the case's unit (10⁹ per second).</summary>
internal sealed record CaseResult(
    string Case,
    string Unit,
    double? Ours,
    IReadOnlyDictionary<string, double?> Peers,
    string? BestPeer,
    double? Ratio,
    double? CeilingFraction,
    string Kernel)
{
    /// <summary>Our speed with one thread in the same rounds, where the run had more.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? OneThread { get; init; }

    /// <summary>The limit that <see cref="CeilingFraction"/> is of.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Ceiling { get; init; }

    /// <summary>What it gave in the same rounds, in 10⁹ operations or bytes per second.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? CeilingSpeed { get; init; }

    /// <summary>Operations for each byte that has to be moved at least.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Intensity { get; init; }

    /// <summary>Our speed in 10⁹ operations per second, whatever the unit of the case.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Operations { get; init; }

    /// <summary>The ratios of all runs, ascending, where a case was measured more than once; the other numbers are those of the run with the median one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Ratios { get; init; }

    /// <summary>Machine, date, peers and command.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Provenance? Provenance { get; init; }

    /// <summary>The run whose ratio is the median of several, with the ratios of all. Of an even number the lower of the two in the middle counts; runs without a ratio come first.</summary>
    public static CaseResult MedianOf(IReadOnlyList<CaseResult> runs)
    {
        CaseResult[] sorted = [.. runs.OrderBy(run => run.Ratio ?? 0)];
        CaseResult median = sorted[(sorted.Length - 1) / 2];
        return sorted.Length == 1 || median.Ratio is null ? median : median with { Ratios = [.. sorted.Select(run => run.Ratio ?? 0)] };
    }
}

/// <summary>Verifies, then times one case: ceiling, clock, kernel and peers in turns.</summary>
internal sealed class CaseRunner(PeerSet peers, Ceilings ceilings, double seconds, int threads, int runs = 1, Provenance? provenance = null)
{
    private readonly List<string> failures = [];
    private readonly List<string> missing = [];

    /// <summary>Wrong results, ours or a peer's.</summary>
    public IReadOnlyList<string> Failures => failures;

    /// <summary>Peers that the table asks for and this run does not have.</summary>
    public IReadOnlyList<string> Missing => missing;

    public CaseResult Run(BenchCase bench)
    {
        using var setup = new CaseSetup(peers);
        bench.Prepare(setup);
        foreach ((string name, string reason) in setup.Missing) missing.Add($"{bench.Name}: {name}: {reason}");

        var contenders = new List<Contender>();
        bool oursIsRight = setup.Ours is { } ours && IsRight(bench, setup, ours);
        if (oursIsRight) contenders.Add(setup.Ours! with { IsShared = threads > 1 });
        contenders.AddRange(setup.Peers.Where(peer => IsRight(bench, setup, peer)));

        (Contender Loop, double Instructions)? ceiling = ceilings.Loop(bench.Ceiling);
        var all = new List<Contender>(contenders);
        if (threads > 1 && oursIsRight) all.Add(OnOneThread(setup.Ours!));
        if (ceiling is { } limit) all.AddRange([Ceilings.Clock, limit.Loop with { IsShared = threads > 1 }]);
        return CaseResult.MedianOf([.. Enumerable.Range(0, runs).Select(_ => Result(Interleaver.Measure(all, seconds)))]);

        CaseResult Result(IReadOnlyList<Samples> samples)
        {
            double top = ceiling is { } known ? Ceilings.Evaluate(samples[^1], samples[^2], known.Instructions) : double.NaN;
            double? speed = oursIsRight ? samples[0].Median : null;
            var others = new SortedDictionary<string, double?>(StringComparer.Ordinal);
            foreach ((string name, _) in setup.Missing) others[name] = null;
            foreach (Contender peer in setup.Peers) others[peer.Name] = null;
            foreach (Samples peer in samples.Take(contenders.Count).Skip(oursIsRight ? 1 : 0)) others[peer.Contender.Name] = Giga(peer.Median);
            string? best = others.Where(peer => peer.Value is not null).OrderByDescending(peer => peer.Value).Select(peer => peer.Key).FirstOrDefault();
            return new CaseResult(
                bench.Name, bench.Unit, Giga(speed), others, best,
                best is not null && speed is { } s ? Rounded(s / (others[best]!.Value * 1e9), 3) : null,
                speed is { } v ? Rounded(v / top, 3) : null,
                setup.Kernel)
            {
                Ceiling = bench.Ceiling.ToString(),
                CeilingSpeed = Giga(double.IsNaN(top) ? null : top),
                Intensity = setup.Bytes > 0 ? Rounded((setup.Operations > 0 ? setup.Operations : setup.Work) / setup.Bytes, 2) : null,
                Operations = setup.Bytes > 0 && speed is { } rate ? Giga(setup.Operations > 0 ? rate * setup.Operations / setup.Work : rate) : null,
                OneThread = threads > 1 && oursIsRight ? Giga(samples[contenders.Count].Median) : null,
                Provenance = provenance,
            };
        }
    }

    private static Contender OnOneThread(Contender ours) => new("ours, one thread", ours.Work, repeat =>
    {
        using (KernelThreads.Use(1)) ours.Run(repeat);
    });

    private bool IsRight(BenchCase bench, CaseSetup setup, Contender contender)
    {
        setup.Clear();
        contender.Run(1);
        if (setup.CheckOf(contender) is not { } mismatch) return true;
        failures.Add($"{bench.Name}: {contender.Name}: {mismatch}");
        return false;
    }

    private static double? Giga(double? rate) => rate is { } value ? Rounded(value / 1e9, 2) : null;

    private static double? Rounded(double value, int digits) => double.IsFinite(value) ? Math.Round(value, digits) : null;
}
