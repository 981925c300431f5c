using System.Diagnostics;
using System.Globalization;

namespace Intarsia.Bench.Gpu.Measuring;

/// <summary>What the vendor's libraries answered.</summary>
/// <param name="Seconds">Seconds of one call.</param>
/// <param name="Remark">What was done otherwise than asked; empty for nothing.</param>
internal sealed record VendorAnswer(double Seconds, string Remark);

/// <summary>The vendor's libraries (cuBLAS, cuSPARSE, cuSPARSELt) through the machine's PyTorch, in a process beside ours that measures when it is asked to: the two take turns on the device.</summary>
internal sealed class Vendor : IDisposable
{
    private readonly Process? _process;

    /// <summary>Requests that were refused once.</summary>
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);

    private Vendor(Process? process, string versions) => (_process, Versions) = (process, versions);

    /// <summary>What answered, with versions; or why nothing did.</summary>
    public string Versions { get; }

    public bool IsThere => _process is not null;

    /// <summary>No libraries.</summary>
    public static Vendor None(string reason) => new(null, reason);

    public static Vendor Start(string python)
    {
        string script = Path.Combine(Path.GetTempPath(), $"intarsia-vendor-{Environment.ProcessId}.py");
        using (Stream resource = typeof(Vendor).Assembly.GetManifestResourceStream("vendor.py")!)
        using (FileStream file = File.Create(script)) resource.CopyTo(file);
        try
        {
            Process process = Process.Start(new ProcessStartInfo(python, script) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
            string? first = process.StandardOutput.ReadLine();
            return first is not null && first.StartsWith("ready ", StringComparison.Ordinal) ? new Vendor(process, first[6..]) : None($"no vendor's library: {first ?? $"{python} ended at once"}");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return None($"no vendor's library: {python}: {e.Message}");
        }
    }

    /// <summary>The median of several calls; null where the library does not have it, which is said once.</summary>
    public VendorAnswer? Measure(string request, int rows, int depth, int columns)
    {
        string line = FormattableString.Invariant($"{request} {rows} {depth} {columns}");
        if (_process is null || _process.HasExited || _refused.Contains(line)) return null;
        string text = Ask(_process, line);
        if (Parse(text) is { } answer) return answer;
        _refused.Add(line);
        Console.WriteLine($"vendor: {line}: {text}");
        return null;
    }

    private static string Ask(Process process, string line)
    {
        try
        {
            process.StandardInput.WriteLine(line);
            process.StandardInput.Flush();
            return process.StandardOutput.ReadLine() ?? "ended";
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }

    /// <summary>An answer 'SECONDS' or 'SECONDS REMARK'; null for any other.</summary>
    internal static VendorAnswer? Parse(string text)
    {
        string[] parts = text.Split(' ', 2);
        return double.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) ? new VendorAnswer(seconds, parts.Length > 1 ? parts[1] : "") : null;
    }

    public void Dispose()
    {
        if (_process is null) return;
        _process.StandardInput.Close();
        _process.WaitForExit(5000);
        _process.Dispose();
    }
}
