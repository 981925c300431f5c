namespace Intarsia.PtxEmulator;

/// <summary>A launch was not clean.</summary>
public sealed class PtxLaunchException : Exception
{
    internal PtxLaunchException(LaunchReport report)
        : base($"{report.FindingCount} finding(s) in {report.Entry}:{Environment.NewLine}{string.Join(Environment.NewLine, report.Findings)}"
            + (report.FindingCount > report.Findings.Count ? $"{Environment.NewLine}… and {report.FindingCount - report.Findings.Count} more" : ""))
        => Report = report;

    /// <summary>The report of the launch.</summary>
    public LaunchReport Report { get; }
}
