using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Intarsia.Verification;
using static Intarsia.Bench.Gpu.CudaDriver;

namespace Intarsia.Bench.Gpu;

/// <summary>Times kernels and the vendor's in turn, five rounds, medians.</summary>
internal sealed class Measurement(Gpu gpu, Vendor vendor)
{
    private const int Rounds = 5;

    public List<GpuResult> Run(IEnumerable<GpuCase> cases)
    {
        var results = new List<GpuResult>();
        double bandwidth = Bandwidth();
        Console.WriteLine(FormattableString.Invariant($"copy, read and write: {bandwidth / 1e12:F2} TB/s"));
        foreach (GpuCase c in cases)
        {
            if (c.Lower(gpu.Capability) is not { } lowered)
            {
                Console.WriteLine($"{c}: no kernel");
                continue;
            }
            using var kernel = new BoundKernel(lowered.Kernel, new PlanOperands(c.Spec, lowered.Plan, c.Operands(c.Rows, c.Depth, c.Columns), 0));
            var ours = new List<double>();
            var theirs = new List<double>();
            for (int round = 0; round < Rounds; round++)
            {
                ours.Add(Time(kernel.Launch));
                if (vendor.Measure(c.Vendor, c.Rows, c.Depth, c.Columns) is { } seconds) theirs.Add(seconds);
            }
            double time = Median(ours), peer = Median(theirs);
            results.Add(new GpuResult(c.ToString(), lowered.Kernel.Target.Name, time, c.Operations / time / 1e12, kernel.OperandBytes() / time / 1e9, kernel.OperandBytes() / time / bandwidth, peer, peer / time));
        }
        return results;
    }

    /// <summary>Bytes a second of a large copy within the device, both directions counted: the ceiling of what memory bounds.</summary>
    private static double Bandwidth()
    {
        const long Bytes = 1L << 30;
        nint from = Gpu.Allocate(Bytes), to = Gpu.Allocate(Bytes);
        double time = Time(() => Check(cuMemcpyDtoD_v2(to, from, (nuint)Bytes), "copy"));
        _ = cuMemFree_v2(from);
        _ = cuMemFree_v2(to);
        return 2.0 * Bytes / time;
    }

    /// <summary>Seconds of one launch: batches long enough for the clock of the device, the median of eleven.</summary>
    private static double Time(Action launch)
    {
        for (int i = 0; i < 3; i++) launch();
        Check(cuEventCreate(out nint start, 0), "event");
        Check(cuEventCreate(out nint end, 0), "event");
        int count = 1;
        for (double batch = Batch(1); batch * count < 2e-3 && count < 1000;) count *= 2;
        return Median(Enumerable.Range(0, 11).Select(_ => Batch(count)).ToList());

        double Batch(int launches)
        {
            Check(cuEventRecord(start, 0), "event");
            for (int i = 0; i < launches; i++) launch();
            Check(cuEventRecord(end, 0), "event");
            Check(cuEventSynchronize(end), "kernel");
            Check(cuEventElapsedTime(out float milliseconds, start, end), "event");
            return milliseconds / 1e3 / launches;
        }
    }

    private static double Median(List<double> values) => values.Count == 0 ? double.NaN : values.Order().ElementAt(values.Count / 2);
}

/// <summary>One line of the table. Times in seconds; a ratio above 1 is faster than the vendor's library.</summary>
internal sealed record GpuResult(string Case, string Target, double Seconds, double TeraOperations, double GigabytesPerSecond, double BandwidthFraction, double VendorSeconds, double Ratio)
{
    public static string Table(IEnumerable<GpuResult> results)
    {
        var text = new StringBuilder("| case | text | µs | TFLOP/s | GB/s | of copy bandwidth | ratio to the vendor's |\n|---|---|---|---|---|---|---|\n");
        foreach (GpuResult r in results)
            text.Append(CultureInfo.InvariantCulture, $"| {r.Case} | {r.Target} | {r.Seconds * 1e6:F1} | {r.TeraOperations:F1} | {r.GigabytesPerSecond:F0} | {r.BandwidthFraction:P0} | {(double.IsNaN(r.Ratio) ? "–" : r.Ratio.ToString("F2", CultureInfo.InvariantCulture))} |\n");
        return text.ToString();
    }
}

internal sealed record GpuReport(string Device, string Vendor, List<GpuResult> Results);

[JsonSourceGenerationOptions(WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(GpuReport))]
internal sealed partial class GpuReportContext : JsonSerializerContext;
