using System.Text.Json;
using Intarsia.Bench.Gpu.Cases;
using Intarsia.Bench.Gpu.Checks;
using Intarsia.Bench.Gpu.Devices;
using Intarsia.Bench.Gpu.Measuring;

namespace Intarsia.Bench.Gpu;

/// <summary>What the program ends with.</summary>
internal static class ExitCode
{
    /// <summary>Everything that was asked for ran, and is right.</summary>
    public const int Right = 0;

    /// <summary>A wrong result, or a kernel that failed; or nothing was checked at all.</summary>
    public const int Wrong = 1;

    /// <summary>No case matches, or there is no report to draw.</summary>
    public const int Nothing = 2;

    public const int NoDevice = 3;
}

/// <summary>A run of the program with its options.</summary>
/// <param name="Cases">The cases.</param>
/// <param name="Checks">The correctness part.</param>
/// <param name="Measuring">The rest.</param>
internal sealed record Run(GpuCase[] Cases, CheckRun Checks, MeasureRun Measuring)
{
    /// <summary>Correctness without a GPU: what is timed elsewhere is emulated and checked here.</summary>
    public int Emulate()
    {
        bool right = true;
        foreach (DeviceKind device in DeviceKind.Emulated)
        {
            Console.WriteLine($"emulated device, compute capability {device.Version}: emulated, checked, not timed");
            right &= Checks.Run(Cases, device).IsRight;
        }
        return right ? ExitCode.Right : ExitCode.Wrong;
    }

    /// <summary>Correctness on the device, and then times.</summary>
    /// <param name="checkOnly">No times.</param>
    /// <param name="json">Where the report goes.</param>
    /// <param name="plot">Where the picture goes.</param>
    public int OnDevice(bool checkOnly, string? json, string? plot)
    {
        if (CudaGpu.Find(out string reason) is not { } found)
        {
            Console.Error.WriteLine($"No CUDA device: {reason} (--emulate checks the kernels without one)");
            return ExitCode.NoDevice;
        }
        (string name, DeviceKind device) = found;
        Console.WriteLine($"{name}, compute capability {device.Version}");
        CheckResult checks = Checks.Run(Cases, device);
        if (checkOnly) return checks.IsRight ? ExitCode.Right : ExitCode.Wrong;
        // What is wrong has no time; the others have.
        GpuReport report = Measuring.Run(Cases, name, checks.WrongKernels, kept =>
        {
            if (json is not null) File.WriteAllText(json, JsonSerializer.Serialize(kept, GpuReportContext.Default.GpuReport));
        });
        Console.WriteLine(GpuTable.Print(report));
        if (plot is not null) Draw(report, plot);
        return checks.IsRight && report.Faults.Count == 0 ? ExitCode.Right : ExitCode.Wrong;
    }

    /// <summary>A worker's part.</summary>
    public int Work(string task, int first, int step, string? emulated)
    {
        if (DeviceKind.Emulated.FirstOrDefault(kind => kind.Version == emulated) is { } kind) return Checks.Work(Cases, new EmulatedGpu(kind), first, step);
        if (CudaGpu.Open(out string reason) is not { } gpu)
        {
            Console.Error.WriteLine($"No CUDA device: {reason}");
            return ExitCode.NoDevice;
        }
        return task == CheckRun.Task ? Checks.Work(Cases, gpu, first, step) : Measuring.Work(Cases, gpu, first);
    }

    private static void Draw(GpuReport report, string file)
    {
        try
        {
            File.WriteAllText(file, CrossoverPlot.Draw(report));
        }
        // Of some cases there is no picture; the report is kept all the same.
        catch (InvalidDataException e)
        {
            Console.Error.WriteLine(e.Message);
        }
    }
}
