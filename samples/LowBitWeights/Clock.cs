using System.Diagnostics;

namespace LowBitWeights;

/// <summary>A stopwatch good enough for a sample; bench/ has the one to quote from.</summary>
/// <param name="brief">Two calls each: enough to see that everything works.</param>
internal sealed class Clock(bool brief)
{
    private const int Rounds = 6;

    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(40);

    /// <summary>Calls that fill a quarter of a second, in which counters of energy advance many times; one where it has to be brief.</summary>
    public int Calls(TimeSpan call) => brief ? 1 : 1 + (int)(TimeSpan.FromMilliseconds(250) / call);

    /// <summary>The best time of a call of each. They take turns, so that a slow moment of the machine is nobody's alone; the first turns are for the JIT.</summary>
    public TimeSpan[] Best(IReadOnlyList<Action> actions)
    {
        TimeSpan[] best = [.. actions.Select(_ => TimeSpan.MaxValue)];
        for (int round = brief ? Rounds - 1 : 0; round < Rounds; round++)
        {
            for (int i = 0; i < actions.Count; i++)
            {
                long turn = Stopwatch.GetTimestamp();
                do
                {
                    long call = Stopwatch.GetTimestamp();
                    actions[i]();
                    TimeSpan elapsed = Stopwatch.GetElapsedTime(call);
                    if (elapsed < best[i]) best[i] = elapsed;
                }
                while (!brief && Stopwatch.GetElapsedTime(turn) < s_turn);
            }
        }
        return best;
    }
}
