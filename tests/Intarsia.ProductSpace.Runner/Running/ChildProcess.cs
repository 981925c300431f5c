using System.Diagnostics;
using System.Globalization;

namespace Intarsia.ProductSpace.Running;

/// <summary>What one tier setting did with a batch.</summary>
public sealed record SettingResult(TierSetting Setting, int Passed, IReadOnlyList<(int Index, string Fault)> Faults, TimeSpan Time);

/// <summary>Runs a batch under one tier setting in a child process, and goes on behind a draw that killed it.</summary>
public static class ChildProcess
{
    /// <summary>A batch that kills more processes than this is not worth finishing.</summary>
    private const int MaxDeaths = 20;

    public static async Task<SettingResult> RunAsync(TierSetting setting, ulong seed, int first, int count, string only, string threads, IReadOnlyList<string> assemblies)
    {
        var watch = Stopwatch.StartNew();
        var faults = new List<(int, string)>();
        int passed = 0, deaths = 0, next = first;
        while (next < first + count && deaths < MaxDeaths)
        {
            Exit exit = await RunOnceAsync(setting, seed, next, first + count - next, only, threads, assemblies, faults);
            if (exit.Finished)
            {
                passed += exit.Passed;
                next = first + count;
                continue;
            }
            deaths++;
            if (exit.LastStarted < 0) throw new InvalidOperationException($"The child process for {setting.Name} died before its first draw: {exit.Error}");
            faults.Add((exit.LastStarted, $"killed the process (exit code {exit.Code}): {exit.Error}"));
            passed += exit.Started - 1 - faults.Count(fault => fault.Item1 >= next && fault.Item1 < exit.LastStarted);
            next = exit.LastStarted + 1;
        }
        return new SettingResult(setting, passed, faults, watch.Elapsed);
    }

    private static async Task<Exit> RunOnceAsync(TierSetting setting, ulong seed, int first, int count, string only, string threads, IReadOnlyList<string> assemblies, List<(int, string)> faults)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        string runner = typeof(ChildProcess).Assembly.Location;
        foreach (string argument in new[] { "exec", runner, "child", Text(seed), Text(first), Text(count), only, setting.Expected.ToString(), threads }.Concat(assemblies)) start.ArgumentList.Add(argument);
        foreach ((string name, string value) in setting.Environment) start.Environment[name] = value;
        // A fault is expected to be survivable here, not to leave a core file behind.
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";

        using Process process = Process.Start(start) ?? throw new InvalidOperationException("The child process did not start.");
        Task<string> error = process.StandardError.ReadToEndAsync();
        int last = -1, started = 0, passed = -1;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            string[] parts = line.Split(' ', 3);
            if (parts[0] == ">") (last, started) = (Number(parts[1]), started + 1);
            else if (parts[0] == "!") faults.Add((Number(parts[1]), parts[2]));
            else if (parts[0] == "=") passed = Number(parts[1]);
        }
        await process.WaitForExitAsync();
        string said = (await error).Split('\n').FirstOrDefault(line => line.Trim().Length > 0) ?? "";
        return new Exit(passed >= 0 && process.ExitCode == 0, Math.Max(passed, 0), started, last, process.ExitCode, said);
    }

    private static string Text<T>(T value) where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private sealed record Exit(bool Finished, int Passed, int Started, int LastStarted, int Code, string Error);
}
