using System.CommandLine;
using Intarsia.Bench.Cases;
using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench;

/// <summary><c>peers</c>: our kernels and other libraries in turns, in one process, pinned to one core.</summary>
internal static class PeersCommand
{
    public static Command Create()
    {
        var filter = new Option<string[]>("--filter") { Description = "Cases whose name contains every one of these texts", AllowMultipleArgumentsPerToken = true };
        var json = new Option<string?>("--json") { Description = "File for the results" };
        var allowMissing = new Option<bool>("--allow-missing") { Description = "A missing peer does not make the run fail" };
        var folder = new Option<string?>("--peers") { Description = "Folder with include/ and lib/ of builds to use instead of the distribution's" };
        var seconds = new Option<double>("--seconds") { Description = "Measuring time of a case", DefaultValueFactory = _ => 2 };
        var core = new Option<int>("--core") { Description = "Core to pin to", DefaultValueFactory = _ => Environment.ProcessorCount - 1 };
        Option<int> threads = ThreadsOption();
        var runs = new Option<int>("--runs") { Description = "How often each case is measured; the result is that with the median ratio, and keeps the others' ratios", DefaultValueFactory = _ => 1 };
        runs.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 and var value) result.AddError($"--runs is {value}; expected at least 1.");
        });
        var list = new Option<bool>("--list") { Description = "Print the names of the cases and stop" };
        var command = new Command("peers", "Compare generated kernels with other libraries") { filter, json, allowMissing, folder, seconds, core, threads, runs, list };
        command.SetAction(parsed =>
        {
            BenchCase[] cases = CaseTable.All.Where(row => (parsed.GetValue(filter) ?? []).All(text => row.Name.Contains(text, StringComparison.OrdinalIgnoreCase))).ToArray();
            if (!parsed.GetValue(list)) return Run(cases, parsed.GetValue(json), parsed.GetValue(allowMissing), parsed.GetValue(folder), parsed.GetValue(seconds), parsed.GetValue(core), parsed.GetValue(threads), parsed.GetValue(runs));
            foreach (BenchCase row in cases) Console.WriteLine(row.Name);
            return 0;
        });
        return command;
    }

    public static Option<int> ThreadsOption()
    {
        var option = new Option<int>("--threads") { Description = "Threads of a call of ours, and cores to pin to; peers have one", DefaultValueFactory = _ => 1 };
        option.Validators.Add(result =>
        {
            int value = result.GetValueOrDefault<int>();
            if (value < 1 || value > Environment.ProcessorCount) result.AddError($"--threads is {value}; expected 1 to {Environment.ProcessorCount}, the cores there are.");
        });
        return option;
    }

    private static int Run(BenchCase[] cases, string? json, bool allowMissing, string? folder, double seconds, int core, int threads, int runs)
    {
        if (cases.Length == 0)
        {
            Console.Error.WriteLine("No case matches the filter; --list prints them all.");
            return 2;
        }
        KernelThreads.MaxDegree = threads;
        Machine.PreparePeerEnvironment();
        if (!Machine.PinTo(core, threads)) Console.Error.WriteLine($"Not pinned: core {core} was refused or the system does not know how.");
        PeerSet peers = PeerSet.Load(folder);
        using var ceilings = new Ceilings(peers, threads);
        Console.WriteLine($"{Machine.ProcessorName()}, core {core}, threads {threads}; {string.Join(", ", peers.Libraries.Select(library => library.Name))}");
        CeilingsCommand.Print(ceilings, seconds: 0.3);

        var runner = new CaseRunner(peers, ceilings, seconds, threads, runs, Provenance.Now(peers, Environment.GetCommandLineArgs()[1..], runs));
        var results = new List<CaseResult>();
        ResultWriter.Header();
        foreach (BenchCase row in cases)
        {
            CaseResult result = runner.Run(row);
            ResultWriter.Row(result);
            results.Add(result);
        }
        if (json is not null) ResultWriter.Json(json, results);
        foreach (string text in runner.Failures) Console.Error.WriteLine($"wrong: {text}");
        foreach (string text in runner.Missing) Console.Error.WriteLine($"missing: {text}");
        return runner.Failures.Count > 0 ? 1 : runner.Missing.Count > 0 && !allowMissing ? 3 : 0;
    }
}
