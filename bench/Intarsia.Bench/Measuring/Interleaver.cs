using System.Diagnostics;

namespace Intarsia.Bench.Measuring;

/// <summary>Something that is timed: <paramref name="Run"/> does its work the given number of times; <paramref name="Work"/> counts the operations or bytes of one time.</summary>
internal sealed record Contender(string Name, double Work, Action<long> Run)
{
    /// <summary>Several threads share the work. The caller's processor time says nothing of the others', for which it may sleep: every round counts then, by the clock on the wall.</summary>
    public bool IsShared { get; init; }
}

/// <summary>One round: the rate per second, and whether the thread lost its core meanwhile; the rate is then per second of processor time.</summary>
internal readonly record struct Sample(double Rate, bool Interrupted);

/// <summary>The rates of one contender, a value per round.</summary>
internal sealed record Samples(Contender Contender, IReadOnlyList<Sample> Rounds)
{
    /// <summary>Fewer undisturbed rounds than this and the others are needed as well.</summary>
    public const int Enough = 5;

    /// <summary>Median rate per second of the undisturbed rounds; of all rounds where those are too few.</summary>
    public double Median => MedianOf(Rounds.Where(round => IsNoisy || !round.Interrupted).Select(round => round.Rate));

    /// <summary>The machine was too busy to give enough undisturbed rounds.</summary>
    public bool IsNoisy => Rounds.Count(round => !round.Interrupted) < Enough;

    public static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = values.Order().ToArray();
        if (sorted.Length == 0) return double.NaN;
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>
/// Times contenders in turns, so that drift of clock and caches reaches all alike. A round in which the thread lost its core does not count: its wall time then
/// exceeds the processor time of the thread.
/// </summary>
internal static class Interleaver
{
    private const double SampleSeconds = 1e-3;
    private const double WarmUpSeconds = 0.15;
    private const double MostWarmUpSeconds = 0.4;
    private const int WarmUpCalls = 40;
    private const double LeastProcessorShare = 0.98;
    private const int LeastRounds = 9;
    private const int MostRounds = 2000;

    public static IReadOnlyList<Samples> Measure(IReadOnlyList<Contender> contenders, double seconds)
    {
        long[] repeats = contenders.Select(Calibrate).ToArray();
        var rounds = contenders.Select(_ => new List<Sample>()).ToArray();
        long start = Stopwatch.GetTimestamp();
        for (int round = 0; round < MostRounds; round++)
        {
            if (round >= LeastRounds && Stopwatch.GetElapsedTime(start).TotalSeconds > seconds * Patience(rounds)) break;
            for (int turn = 0; turn < contenders.Count; turn++)
            {
                int index = (turn + round) % contenders.Count;
                rounds[index].Add(Take(contenders[index], repeats[index]));
            }
        }
        return contenders.Select((contender, index) => new Samples(contender, rounds[index])).ToArray();
    }

    // On a busy machine many rounds are disturbed: go on, up to three times as long, until every contender has enough.
    private static double Patience(List<Sample>[] rounds) => rounds.All(list => list.Count(round => !round.Interrupted) >= LeastRounds) ? 1 : 3;

    private static Sample Take(Contender contender, long repeat)
    {
        contender.Run(1); // its operands, not its neighbour's, are in the caches
        double processor = Machine.ThreadSeconds();
        long from = Stopwatch.GetTimestamp();
        contender.Run(repeat);
        double wall = Stopwatch.GetElapsedTime(from).TotalSeconds;
        processor = Machine.ThreadSeconds() - processor;
        bool interrupted = !contender.IsShared && processor < LeastProcessorShare * wall; // false for NaN: a system without the clock keeps every round
        return new Sample(contender.Work * repeat / (interrupted ? processor : wall), interrupted);
    }

    // Warm-up lasts long enough for tiered compilation to replace what it compiled first. Only runs that the timer resolves well are believed.
    private static long Calibrate(Contender contender)
    {
        long start = Stopwatch.GetTimestamp();
        double best = double.MaxValue;
        for (long repeat = 1, calls = 0; ; calls += repeat)
        {
            long from = Stopwatch.GetTimestamp();
            contender.Run(repeat);
            double time = Stopwatch.GetElapsedTime(from).TotalSeconds;
            if (time >= SampleSeconds / 8) best = Math.Min(best, time / repeat);
            else repeat *= 2;
            double total = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (best < double.MaxValue && (total > MostWarmUpSeconds || (total > WarmUpSeconds && calls >= WarmUpCalls))) break;
        }
        return Math.Max(1, (long)Math.Round(SampleSeconds / best));
    }
}
