using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Intarsia.Bench.Gpu;
using Intarsia.Bench.Gpu.Cases;
using Intarsia.Bench.Gpu.Devices;
using Intarsia.Bench.Gpu.Measuring;

var filter = new Option<string>("--filter") { Description = "Only cases whose name contains this.", DefaultValueFactory = _ => "" };
var json = new Option<string?>("--json") { Description = "Results as JSON." };
var plot = new Option<string?>("--plot") { Description = "Time over sparsity against the dense product, as SVG." };
var python = new Option<string>("--python") { Description = "The Python whose PyTorch calls the vendor's libraries.", DefaultValueFactory = _ => "python3" };
var list = new Option<bool>("--list") { Description = "Prints the cases and lowers each for both targets; needs no GPU." };
var emulate = new Option<bool>("--emulate") { Description = "Runs the correctness part on the PTX emulator, for both targets, at tiny sizes; needs no GPU and times nothing." };
var root = new RootCommand("Intarsia's GPU kernels on the first CUDA device: correctness first, then ratios to the vendor's libraries.") { filter, json, plot, python, list, emulate };
root.SetAction(arguments =>
{
    GpuCase[] cases = [.. CaseTable.All().Where(c => c.ToString().Contains(arguments.GetValue(filter)!, StringComparison.OrdinalIgnoreCase))];
    if (cases.Length == 0)
    {
        Console.Error.WriteLine($"No case contains '{arguments.GetValue(filter)}'.");
        return 2;
    }
    if (arguments.GetValue(list)) return Listing.Print(cases);
    if (arguments.GetValue(emulate)) return Emulation.Run(cases);
    if (CudaGpu.Open(out string reason) is not { } gpu)
    {
        Console.Error.WriteLine($"No CUDA device: {reason} (--emulate checks the kernels without one)");
        return 3;
    }
    Console.WriteLine($"{gpu.Name}, compute capability {gpu.Capability.Major}.{gpu.Capability.Minor}, {gpu.Processors} multiprocessors");
    if (Correctness.Check(cases, gpu) is null || !Correctness.CheckProbe(gpu)) return 1;
    using var vendor = Vendor.Start(arguments.GetValue(python)!);
    Console.WriteLine(vendor.IsThere ? $"vendor: {vendor.Versions}" : $"no vendor's library: {vendor.Versions}");
    GpuReport report;
    try
    {
        report = new Measurement(gpu, vendor).Run(cases);
    }
    catch (InvalidDataException e)
    {
        Console.WriteLine($"WRONG {e.Message}");
        return 1;
    }
    Console.WriteLine(GpuTable.Print(report));
    if (arguments.GetValue(json) is { } file) File.WriteAllText(file, JsonSerializer.Serialize(report, GpuReportContext.Default.GpuReport));
    if (arguments.GetValue(plot) is { } svg) File.WriteAllText(svg, CrossoverPlot.Draw(report));
    return 0;
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
        return 0;
    }
    catch (Exception e) when (e is IOException or JsonException or InvalidDataException)
    {
        Console.Error.WriteLine(e.Message);
        return 2;
    }
});
root.Add(draw);
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return root.Parse(args).Invoke();
