using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Intarsia.Bench.Gpu;

var filter = new Option<string>("--filter") { Description = "Only cases whose name contains this.", DefaultValueFactory = _ => "" };
var json = new Option<string?>("--json") { Description = "Results as JSON." };
var python = new Option<string>("--python") { Description = "The Python whose PyTorch calls the vendor's libraries.", DefaultValueFactory = _ => "python3" };
var list = new Option<bool>("--list") { Description = "Prints the cases and lowers each for both targets; needs no GPU." };
var root = new RootCommand("Intarsia's GPU kernels on the first CUDA device: correctness first, then ratios to the vendor's libraries.") { filter, json, python, list };
root.SetAction(arguments =>
{
    GpuCase[] cases = [.. GpuCase.All().Where(c => c.ToString().Contains(arguments.GetValue(filter)!, StringComparison.OrdinalIgnoreCase))];
    if (cases.Length == 0)
    {
        Console.Error.WriteLine($"No case contains '{arguments.GetValue(filter)}'.");
        return 2;
    }
    if (arguments.GetValue(list))
    {
        foreach (GpuCase c in cases) Console.WriteLine($"{c}: {(c.Lower((9, 0)) is { } lowered ? $"{lowered.Kernel.Target}, {lowered.Plan.Tile}" : "no kernel yet")}");
        return 0;
    }
    if (Gpu.Open(out string reason) is not { } gpu)
    {
        Console.Error.WriteLine($"No CUDA device: {reason}");
        return 3;
    }
    Console.WriteLine($"{gpu.Name}, compute capability {gpu.Capability.Major}.{gpu.Capability.Minor}, {gpu.Processors} multiprocessors");
    if (!Correctness.Check(cases, gpu)) return 1;
    using var vendor = Vendor.Start(arguments.GetValue(python)!);
    Console.WriteLine(vendor.IsThere ? $"vendor: {vendor.Versions}" : $"no vendor's library: {vendor.Versions}");
    List<GpuResult> results = new Measurement(gpu, vendor).Run(cases);
    Console.WriteLine(GpuResult.Table(results));
    if (arguments.GetValue(json) is { } file)
        File.WriteAllText(file, JsonSerializer.Serialize(new GpuReport(gpu.Name, vendor.Versions, results), GpuReportContext.Default.GpuReport));
    return 0;
});
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return root.Parse(args).Invoke();
