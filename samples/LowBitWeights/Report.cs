using System.Globalization;

namespace LowBitWeights;

/// <summary>Prints what was measured, as tables of Markdown.</summary>
internal static class Report
{
    /// <summary>The numbers themselves.</summary>
    public static void Numbers(IReadOnlyList<Resources> rows, int clips) => Print(
        ["weights", $"right of {clips}", "weight bytes", "bytes moved", "operations", "µs, clip", "µs, matrices", "µs, one token", .. rows[0].Joules is null ? Array.Empty<string>() : ["mJ, clip"]],
        rows.Select(row => (string[])
        [
            row.Name, Text(row.Right), Text(row.WeightBytes), Text(row.BytesMoved), Text(row.Operations), Text(row.Inference.TotalMicroseconds), Text(row.Matrices.TotalMicroseconds), Text(row.OneToken.TotalMicroseconds),
            .. row.Joules is { } joules ? [(1000 * joules).ToString("F2", CultureInfo.InvariantCulture)] : Array.Empty<string>(),
        ]));

    /// <summary>Accuracy against the first row, and resource efficiency for each resource.</summary>
    public static void Efficiency(IReadOnlyList<Resources> rows)
    {
        Resources baseline = rows[0];
        (string Name, Func<Resources, double> Of)[] kinds = [.. Resources.Kinds.Where(kind => !double.IsNaN(kind.Of(baseline)))];
        Print(
            [$"against {baseline.Name}", "accuracy kept", .. kinds.Select(kind => kind.Name)],
            rows.Select(row => (string[])
            [
                row.Name, ((double)row.Right / baseline.Right).ToString("P1", CultureInfo.InvariantCulture),
                .. kinds.Select(kind => row.Efficiency(baseline, kind.Of).ToString("F2", CultureInfo.InvariantCulture)),
            ]));
    }

    private static string Text(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static void Print(string[] head, IEnumerable<string[]> rows)
    {
        string[][] lines = [head, .. rows];
        int[] widths = [.. Enumerable.Range(0, head.Length).Select(column => lines.Max(line => line[column].Length))];
        for (int i = 0; i < lines.Length; i++)
        {
            Console.WriteLine($"| {string.Join(" | ", lines[i].Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column])))} |");
            if (i == 0) Console.WriteLine($"|{string.Join("|", widths.Select((width, column) => column == 0 ? new string('-', width + 2) : new string('-', width + 1) + ":"))}|");
        }
        Console.WriteLine();
    }
}
