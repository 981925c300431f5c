using System.Globalization;
using System.Text;

namespace Intarsia.Bench.Gpu.Measuring;

/// <summary>A report as a table in Markdown.</summary>
internal static class GpuTable
{
    public static string Print(GpuReport report)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{report.Device}; {report.Vendor}\n\n| ceiling | |\n|---|---|\n");
        foreach ((string name, double value) in report.Ceilings.OrderBy(ceiling => ceiling.Key, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {value / 1e12:F2} {(name.StartsWith("dense", StringComparison.Ordinal) ? "TFLOP/s" : "TB/s")} |\n");
        text.Append("\n| case | text | µs | TFLOP/s | GB/s | of ceiling | ratio to |\n|---|---|---|---|---|---|---|\n");
        foreach (GpuResult result in report.Results) text.Append(Line(result)).Append('\n');
        Without("Faults", report.Faults);
        Without("Left out", report.LeftOut);
        return text.ToString();

        void Without(string title, List<GpuFault> cases)
        {
            if (cases.Count == 0) return;
            text.Append(CultureInfo.InvariantCulture, $"\n| {title}: {cases.Count} | |\n|---|---|\n");
            foreach (GpuFault fault in cases) text.Append(CultureInfo.InvariantCulture, $"| {fault.Case} | {fault.Reason} |\n");
        }
    }

    /// <summary>One row. A ratio above 1 is faster than that library.</summary>
    public static string Line(GpuResult r)
    {
        string ratios = r.PeerSeconds.Count == 0 ? "–" : string.Join(", ", r.PeerSeconds.Select(peer => string.Create(CultureInfo.InvariantCulture, $"{peer.Key} {peer.Value / r.Seconds:F2}")));
        string rate = r.TeraOperations == 0 ? "–" : r.TeraOperations.ToString("F1", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"| {r.Case} | {r.Target} | {r.Seconds * 1e6:F1} | {rate} | {r.GigabytesPerSecond:F0} | {100 * r.CeilingFraction:F0}% of {r.Ceiling} | {ratios} |");
    }
}
