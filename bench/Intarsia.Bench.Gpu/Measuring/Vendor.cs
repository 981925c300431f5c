using System.Diagnostics;
using System.Globalization;

namespace Intarsia.Bench.Gpu.Measuring;

/// <summary>The vendor's libraries (cuBLAS, cuSPARSELt) through the machine's PyTorch, in a process beside ours that measures when it is asked to: the two take turns on the device.</summary>
internal sealed class Vendor : IDisposable
{
    private readonly Process? _process;

    private Vendor(Process? process, string versions) => (_process, Versions) = (process, versions);

    /// <summary>What answered, with versions; or why nothing did.</summary>
    public string Versions { get; }

    public bool IsThere => _process is not null;

    public static Vendor Start(string python)
    {
        string script = Path.Combine(Path.GetTempPath(), $"intarsia-vendor-{Environment.ProcessId}.py");
        using (Stream resource = typeof(Vendor).Assembly.GetManifestResourceStream("vendor.py")!)
        using (FileStream file = File.Create(script)) resource.CopyTo(file);
        try
        {
            Process process = Process.Start(new ProcessStartInfo(python, script) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
            string? first = process.StandardOutput.ReadLine();
            return first is not null && first.StartsWith("ready ", StringComparison.Ordinal) ? new Vendor(process, first[6..]) : new Vendor(null, first ?? $"{python} ended at once");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return new Vendor(null, $"{python}: {e.Message}");
        }
    }

    /// <summary>Seconds of one call, the median of several; null where the library does not have it.</summary>
    public double? Measure(string request, int rows, int depth, int columns)
    {
        if (_process is null) return null;
        _process.StandardInput.WriteLine(FormattableString.Invariant($"{request} {rows} {depth} {columns}"));
        _process.StandardInput.Flush();
        string answer = _process.StandardOutput.ReadLine() ?? "";
        return double.TryParse(answer, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) ? seconds : null;
    }

    public void Dispose()
    {
        if (_process is null) return;
        _process.StandardInput.Close();
        _process.WaitForExit(5000);
        _process.Dispose();
    }
}
