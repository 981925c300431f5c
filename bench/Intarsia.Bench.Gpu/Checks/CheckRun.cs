using System.Globalization;
using Intarsia.Bench.Gpu.Cases;
using Intarsia.Bench.Gpu.Devices;

namespace Intarsia.Bench.Gpu.Checks;

/// <summary>What came of the checks.</summary>
/// <param name="IsRight">There was something to check, and all of it is right.</param>
/// <param name="WrongKernels">Kernels of cases that are wrong.</param>
internal sealed record CheckResult(bool IsRight, IReadOnlySet<string> WrongKernels);

/// <summary>The checks of a run, in worker processes.</summary>
/// <param name="Filter">The text that cases were chosen by.</param>
/// <param name="Draws">Draws of the product space.</param>
/// <param name="Seed">Their seed.</param>
/// <param name="Workers">How many processes run at once.</param>
internal sealed record CheckRun(string Filter, int Draws, int Seed, int Workers)
{
    /// <summary>What a worker of checks is told to do.</summary>
    public const string Task = "check";

    // The emulator takes seconds for what a device does in microseconds; a device's kernels are given up after 8.
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(20), s_emulatedSilence = TimeSpan.FromMinutes(5);

    /// <summary>Checks all cases on a device and says what is wrong.</summary>
    public CheckResult Run(IReadOnlyCollection<GpuCase> cases, DeviceKind device)
    {
        Check[] checks = Check.All(cases, device, Draws, Seed);
        return Report(checks, answered => new Isolation(first => Worker.Start(Arguments(first, device)), Workers, device.IsEmulated ? s_emulatedSilence : s_silence).Run(checks.Length, answered));
    }

    /// <summary>Prints what is wrong, and how much was right.</summary>
    /// <param name="checks">The checks.</param>
    /// <param name="run">Runs them, with an answer for each.</param>
    internal static CheckResult Report(Check[] checks, Action<Action<Answer>> run)
    {
        int right = 0, wrong = 0;
        var kernels = new HashSet<string>(StringComparer.Ordinal);
        run(answer =>
        {
            if (answer.IsRight)
            {
                right++;
                return;
            }
            wrong++;
            if (checks[answer.Number].Kernel is { } kernel) kernels.Add(kernel);
            Console.WriteLine($"WRONG {checks[answer.Number].Name}: {answer.Text}");
        });
        Console.WriteLine($"correctness: {right} right, {wrong} wrong");
        // What was not checked is not right.
        if (right + wrong == 0) Console.WriteLine("WRONG nothing was checked");
        return new CheckResult(wrong == 0 && right > 0, kernels);
    }

    /// <summary>One worker's part.</summary>
    public int Work(IEnumerable<GpuCase> cases, GpuDevice gpu, int first, int step)
    {
        Check[] checks = Check.All(cases, gpu.Kind, Draws, Seed);
        return Worker.Run(first, step, checks.Length, gpu, number => checks[number].Fault(gpu) is { } fault ? (false, fault) : (true, ""));
    }

    private IEnumerable<string> Arguments(int first, DeviceKind device) =>
    [
        .. Worker.Arguments(Task, first, Workers, Filter), "--draws", Draws.ToString(CultureInfo.InvariantCulture), "--seed", Seed.ToString(CultureInfo.InvariantCulture),
        .. device.IsEmulated ? (string[])["--emulated", device.Version] : [],
    ];
}
