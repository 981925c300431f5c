using System.Globalization;

namespace Quickstart;

/// <summary>Runs, checks and times variants and baselines, and prints one table of them.</summary>
internal sealed class Report(string item, int items, Clock clock, Gpu gpu, Func<float[], double>? accuracy)
{
    private readonly List<string[]> lines = [];

    /// <summary>True when every variant so far agreed with the reference executor.</summary>
    public bool AllAgree { get; private set; } = true;

    /// <summary>Measures everything and prints the table.</summary>
    public void Print(string title, Baseline[] baselines, Variant[] variants)
    {
        lines.Add(["variant", accuracy is null ? "" : "accuracy", "weight bytes", $"ns/{item}", .. baselines.Select(baseline => "vs " + baseline.Name), gpu.IsDevice ? $"GPU ns/{item}" : "", "tier", "reference"]);
        TimeSpan[] baselineTimes = Array.ConvertAll(baselines, baseline => clock.Best(baseline.Run));
        for (int i = 0; i < baselines.Length; i++)
            Add(baselines[i].Name, baselines[i].Logits, baselines[i].WeightBytes, baselineTimes[i], baselineTimes, null, "-", "-");
        foreach (Variant variant in variants)
        {
            TimeSpan time = clock.Best(variant.Run);
            string? mismatch = variant.FirstMismatch();
            if (mismatch is not null) Console.Error.WriteLine($"{variant.Name}: {mismatch}");
            (TimeSpan? onDevice, string? deviceMismatch) = gpu.IsDevice ? variant.RunOn(gpu.Accelerator, clock) : default;
            if (deviceMismatch is not null) Console.Error.WriteLine($"{variant.Name} on {gpu.How}: {deviceMismatch}");
            bool agrees = mismatch is null && deviceMismatch is null;
            AllAgree &= agrees;
            string tiers = string.Join(", ", variant.Layers.Select(layer => layer.Kernel.Tier).Distinct());
            Add(variant.Name, variant.Logits, variant.WeightBytes, time, baselineTimes, onDevice, tiers, agrees ? "agrees" : "DIFFERS");
        }
        Console.WriteLine(title);
        Console.WriteLine();
        PrintLines();
        Console.WriteLine();
    }

    private void Add(string name, float[] logits, long bytes, TimeSpan time, TimeSpan[] baselines, TimeSpan? onDevice, string tier, string reference) =>
        lines.Add(
        [
            name, accuracy is null ? "" : accuracy(logits).ToString("P2", CultureInfo.InvariantCulture), bytes.ToString("N0", CultureInfo.InvariantCulture),
            PerItem(time), .. baselines.Select(baseline => (baseline / time).ToString("F1", CultureInfo.InvariantCulture) + "x"), onDevice is { } device ? PerItem(device) : "-", tier, reference,
        ]);

    private string PerItem(TimeSpan time) => (time.TotalNanoseconds / items).ToString("N0", CultureInfo.InvariantCulture);

    private void PrintLines()
    {
        int[] columns = [.. Enumerable.Range(0, lines[0].Length).Where(column => lines[0][column] != "")];
        int last = lines[0].Length - 2;
        foreach (string[] line in lines)
        {
            IEnumerable<string> cells = columns.Select(column =>
            {
                int width = lines.Max(other => other[column].Length);
                return column == 0 || column >= last ? line[column].PadRight(width) : line[column].PadLeft(width);
            });
            Console.WriteLine("  " + string.Join("  ", cells).TrimEnd());
        }
    }
}
