using System.Diagnostics;

namespace Quickstart;

/// <summary>A stopwatch good enough for a sample; bench/ has the one to quote from.</summary>
/// <param name="brief">One call to warm up and one to measure: enough to see that everything works.</param>
internal sealed class Clock(bool brief)
{
    private readonly TimeSpan warm = TimeSpan.FromMilliseconds(brief ? 0 : 300), measured = TimeSpan.FromMilliseconds(brief ? 0 : 200);

    /// <summary>The best time of a call, after enough calls that the JIT has compiled it for good.</summary>
    public TimeSpan Best(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        do action();
        while (Stopwatch.GetElapsedTime(start) < warm);

        TimeSpan best = TimeSpan.MaxValue;
        start = Stopwatch.GetTimestamp();
        do
        {
            long call = Stopwatch.GetTimestamp();
            action();
            TimeSpan elapsed = Stopwatch.GetElapsedTime(call);
            if (elapsed < best) best = elapsed;
        }
        while (Stopwatch.GetElapsedTime(start) < measured);
        return best;
    }
}
