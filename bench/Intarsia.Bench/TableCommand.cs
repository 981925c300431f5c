using System.CommandLine;
using System.Globalization;
using Intarsia.Bench.Cases;

namespace Intarsia.Bench;

/// <summary><c>table</c>: results kept as JSON, as the Markdown table of docs/performance.md.</summary>
internal static class TableCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "A file that peers --json wrote" };
        var command = new Command("table", "Print results as a Markdown table") { file };
        command.SetAction(parsed =>
        {
            Console.WriteLine("| case | ours | unit | best peer | its speed | ratio | of the ceiling |");
            Console.WriteLine("|---|---:|---|---|---:|---:|---:|");
            IReadOnlyList<CaseResult> results = ResultWriter.Read(parsed.GetValue(file)!);
            foreach (CaseResult result in results) Console.WriteLine(Row(result));
            foreach (IGrouping<string, CaseResult> run in results.GroupBy(result => result.Provenance?.ToString() ?? "no provenance", StringComparer.Ordinal)) Console.WriteLine($"\n{run.Count()} rows: {run.Key}");
        });
        return command;
    }

    private static string Row(CaseResult result)
    {
        double? best = result.BestPeer is { } peer ? result.Peers[peer] : null;
        return string.Create(CultureInfo.InvariantCulture,
            $"| {result.Case} | {result.Ours:F1} | {result.Unit} | {result.BestPeer ?? "–"} | {best:F1} | {result.Ratio:F2} | {result.CeilingFraction * 100:F0} % |");
    }
}
