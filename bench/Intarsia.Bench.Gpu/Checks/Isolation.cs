using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Intarsia.Bench.Gpu.Checks;

/// <summary>
/// Deals numbered items to worker processes, every worker as many apart as there are workers, because a faulty kernel takes a device's context with it, or never ends. A worker that dies or keeps silent is at the item that it owes an answer
/// for: that one is wrong, with the reason, and a new worker begins with the next. So each item is answered once, and every worker that is started takes at least one with it.
/// </summary>
/// <param name="start">Starts a worker that begins with an item.</param>
/// <param name="workers">How many run at once.</param>
/// <param name="silence">After how long without a line a worker is ended.</param>
internal sealed class Isolation(Func<int, ProcessStartInfo> start, int workers, TimeSpan silence)
{
    /// <summary>So many workers in a row that did not get as far as being ready mean that the next will not, either.</summary>
    private const int Patience = 3;

    private static readonly TimeSpan s_burial = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();

    /// <summary>Workers of a machine, unless it is told otherwise: each of them prepares operands on a core, and has a context on the device.</summary>
    public static int DefaultWorkers => Math.Clamp(Environment.ProcessorCount / 2, 1, 8);

    /// <summary>Has every item answered.</summary>
    /// <param name="count">How many there are, from 0 on.</param>
    /// <param name="answered">Called with each answer, by one thread at a time.</param>
    public void Run(int count, Action<Answer> answered)
    {
        Thread[] lanes = [.. Enumerable.Range(0, Math.Min(workers, count)).Select(lane => new Thread(() => RunLane(lane, count, answered)))];
        foreach (Thread lane in lanes) lane.Start();
        foreach (Thread lane in lanes) lane.Join();
    }

    private void RunLane(int first, int count, Action<Answer> answered)
    {
        int next = first;
        for (int stillborn = 0; next < count;)
        {
            (bool wasReady, string? reason) = RunWorker(ref next, count, answered);
            stillborn = wasReady ? 0 : stillborn + 1;
            if (reason is not null && next < count) Wrong(ref next, reason, answered);
            while (stillborn >= Patience && next < count) Wrong(ref next, $"not begun: the {Patience} workers before did not get ready; the last {reason}", answered);
        }
    }

    /// <summary>One worker from its start to its end.</summary>
    /// <returns>Whether it was ready once; and what to blame on the item that it owes, or null where none is to blame.</returns>
    private (bool WasReady, string? Reason) RunWorker(ref int next, int count, Action<Answer> answered)
    {
        bool wasReady = false;
        using var process = new Process { StartInfo = Redirected(start(next)) };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return (false, e.Message);
        }
        try
        {
            while (next < count)
            {
                Task<string?> read = process.StandardOutput.ReadLineAsync();
                if (!read.Wait(silence)) return (wasReady, string.Create(CultureInfo.InvariantCulture, $"did not answer for {silence.TotalSeconds:0.#} s"));
                if (read.Result is not { } line) return (wasReady, process.WaitForExit(silence) ? $"died with exit code {process.ExitCode}" : "closed its output and went on");
                if (line == Answer.Stop) return (wasReady, wasReady ? null : "stopped before it was ready");
                if (line == Answer.Ready) wasReady = true;
                else if (Answer.Parse(line) is not { } answer) Say(line);
                else if (answer.Number != next) return (wasReady, $"answered for {answer.Number} in place of {next}");
                else Give(answer, ref next, answered);
            }
            return (true, null);
        }
        finally
        {
            // One that is done ends by itself.
            if (next < count || !process.WaitForExit(silence)) process.Kill(entireProcessTree: true);
            // Not for ever: the driver may keep one that it waits for.
            process.WaitForExit(s_burial);
        }
    }

    private void Wrong(ref int next, string reason, Action<Answer> answered) => Give(new Answer(next, false, reason), ref next, answered);

    private void Give(Answer answer, ref int next, Action<Answer> answered)
    {
        next += workers;
        lock (_lock) answered(answer);
    }

    private void Say(string line)
    {
        lock (_lock) Console.WriteLine(line);
    }

    private static ProcessStartInfo Redirected(ProcessStartInfo info)
    {
        info.RedirectStandardOutput = true;
        info.UseShellExecute = false;
        return info;
    }
}
