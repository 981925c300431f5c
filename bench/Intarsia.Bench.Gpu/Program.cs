using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Intarsia.Bench.Gpu;
using Intarsia.Bench.Gpu.Cases;
using Intarsia.Bench.Gpu.Checks;
using Intarsia.Bench.Gpu.Measuring;

var filter = new Option<string>("--filter") { Description = "Only cases whose name contains this.", DefaultValueFactory = _ => "" };
var json = new Option<string?>("--json") { Description = "Results as JSON, written after every case." };
var plot = new Option<string?>("--plot") { Description = "Time over sparsity against the dense product, as SVG." };
var python = new Option<string>("--python") { Description = "The Python whose PyTorch calls the vendor's libraries.", DefaultValueFactory = _ => "python3" };
var list = new Option<bool>("--list") { Description = "Prints the cases and lowers each for both targets; needs no GPU." };
var emulate = new Option<bool>("--emulate") { Description = "Runs the correctness part on the PTX emulator, for both targets, at tiny sizes; needs no GPU and times nothing." };
var checkOnly = new Option<bool>("--check-only") { Description = "Runs the correctness part alone." };
var draws = new Option<int>("--draws") { Description = "Checks so many draws of the product space beside the cases.", DefaultValueFactory = _ => 0 };
var seed = new Option<int>("--seed") { Description = "The seed of those draws.", DefaultValueFactory = _ => 8080 };
var workers = new Option<int>("--workers") { Description = "Processes that check at once.", DefaultValueFactory = _ => Isolation.DefaultWorkers };
var seconds = new Option<double>("--seconds") { Description = "No case is begun to be measured after so many seconds of measuring.", DefaultValueFactory = _ => double.PositiveInfinity };
// What a process of this program tells another.
var task = new Option<string?>("--task") { Hidden = true };
var first = new Option<int>("--first") { Hidden = true };
var step = new Option<int>("--step") { Hidden = true, DefaultValueFactory = _ => 1 };
var emulated = new Option<string?>("--emulated") { Hidden = true };

var root = new RootCommand("Intarsia's GPU kernels on the first CUDA device: correctness first, then ratios to the vendor's libraries.") { filter, json, plot, python, list, emulate, checkOnly, draws, seed, workers, seconds, task, first, step, emulated };
root.SetAction(arguments =>
{
    string text = arguments.GetValue(filter)!;
    GpuCase[] cases = [.. CaseTable.All().Where(c => c.ToString().Contains(text, StringComparison.OrdinalIgnoreCase))];
    if (cases.Length == 0)
    {
        Console.Error.WriteLine($"No case contains '{text}'.");
        return ExitCode.Nothing;
    }
    if (arguments.GetValue(list)) return Listing.Print(cases);
    var run = new Run(
        cases,
        new CheckRun(text, arguments.GetValue(draws), arguments.GetValue(seed), Math.Max(1, arguments.GetValue(workers))),
        new MeasureRun(text, arguments.GetValue(python)!, arguments.GetValue(seconds)));
    if (arguments.GetValue(task) is { } part) return run.Work(part, arguments.GetValue(first), arguments.GetValue(step), arguments.GetValue(emulated));
    if (arguments.GetValue(emulate)) return run.Emulate();
    return run.OnDevice(arguments.GetValue(checkOnly), arguments.GetValue(json), arguments.GetValue(plot));
});

var reportFile = new Argument<string>("report") { Description = "A report that --json wrote." };
var svgFile = new Argument<string>("svg") { Description = "The picture." };
var draw = new Command("plot", "Draws time over sparsity against the dense product from a kept report; needs no GPU.") { reportFile, svgFile };
draw.SetAction(arguments =>
{
    try
    {
        GpuReport report = JsonSerializer.Deserialize(File.ReadAllText(arguments.GetValue(reportFile)!), GpuReportContext.Default.GpuReport)!;
        File.WriteAllText(arguments.GetValue(svgFile)!, CrossoverPlot.Draw(report));
        return ExitCode.Right;
    }
    catch (Exception e) when (e is IOException or JsonException or InvalidDataException)
    {
        Console.Error.WriteLine(e.Message);
        return ExitCode.Nothing;
    }
});
root.Add(draw);
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return root.Parse(args).Invoke();
