using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Intarsia.Bench.Gpu.Cases;
using Intarsia.Bench.Gpu.Checks;
using Intarsia.Bench.Gpu.Devices;

namespace Intarsia.Bench.Gpu.Measuring;

/// <summary>Measures cases in a worker process, one at a time: a kernel that is wrong, or takes the device with it, costs its own case and a new worker.</summary>
/// <param name="Filter">The text that cases were chosen by.</param>
/// <param name="Python">The Python of the vendor's libraries.</param>
/// <param name="Seconds">After how many no further case is begun.</param>
internal sealed record MeasureRun(string Filter, string Python, double Seconds)
{
    /// <summary>What a worker that measures is told to do.</summary>
    public const string Task = "measure";

    // Kernels are given up sooner; this is for the vendor's libraries, and for operands that are prepared on the host.
    private static readonly TimeSpan s_silence = TimeSpan.FromMinutes(2);

    /// <param name="cases">The cases.</param>
    /// <param name="device">The device's name.</param>
    /// <param name="wrongKernels">Kernels that were wrong in the correctness part: their cases have no result.</param>
    /// <param name="keep">Takes the report after every case, so that a run that is cut off has left one.</param>
    public GpuReport Run(GpuCase[] cases, string device, IReadOnlySet<string> wrongKernels, Action<GpuReport> keep)
    {
        long start = Stopwatch.GetTimestamp();
        var isolation = new Isolation(first => Worker.Start(Arguments(first, Seconds - Stopwatch.GetElapsedTime(start).TotalSeconds)), workers: 1, s_silence);
        return Collect(cases, device, wrongKernels, answered => isolation.Run(cases.Length, answered), keep);
    }

    /// <summary>Makes a report of answers.</summary>
    internal static GpuReport Collect(GpuCase[] cases, string device, IReadOnlySet<string> wrongKernels, Action<Action<Answer>> run, Action<GpuReport> keep)
    {
        var report = new GpuReport { Device = device, Vendor = "", Ceilings = [], Results = [] };
        run(answer =>
        {
            GpuCase c = cases[answer.Number];
            if (!answer.IsRight || wrongKernels.Contains(c.Kernel))
            {
                string reason = answer.IsRight ? "wrong in the correctness part" : answer.Text;
                Console.WriteLine($"WRONG {c}: {reason}");
                report.Faults.Add(new GpuFault(c.ToString(), reason));
            }
            else
            {
                GpuReport further = JsonSerializer.Deserialize(answer.Text, GpuReportContext.Default.GpuReport)!;
                foreach (GpuResult result in further.Results) Console.WriteLine(GpuTable.Line(result));
                report = report.With(further);
            }
            keep(report);
        });
        return report;
    }

    /// <summary>One worker's part.</summary>
    public int Work(GpuCase[] cases, CudaGpu gpu, int first)
    {
        // Where the time was up before this worker began, there is nothing to compare with.
        using Vendor vendor = Seconds > 0 ? Vendor.Start(Python) : Vendor.None("not asked");
        var measurement = new Measurement(gpu, vendor, cases, Seconds);
        return Worker.Run(first, 1, cases.Length, gpu, measurement.Measure);
    }

    private IEnumerable<string> Arguments(int first, double seconds) =>
        [.. Worker.Arguments(Task, first, 1, Filter), "--python", Python, "--seconds", Math.Max(0, seconds).ToString(CultureInfo.InvariantCulture)];
}
