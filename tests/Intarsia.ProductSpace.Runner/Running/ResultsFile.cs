using System.Text.Json;

namespace Intarsia.ProductSpace.Running;

/// <summary>The file in which the outcomes of long runs accumulate: one line of JSON per batch.</summary>
public static class ResultsFile
{
    public static void Append(string path, BatchResult result)
    {
        string line = JsonSerializer.Serialize(new
        {
            seed = result.Seed,
            first = result.First,
            count = result.Count,
            run = result.Run,
            passed = result.Passed,
            settings = result.Settings.Select(setting => new
            {
                name = setting.Setting.Name,
                tier = setting.Setting.Expected.ToString(),
                passed = setting.Passed,
                faults = setting.Faults.Select(fault => new { index = fault.Index, fault = fault.Fault }),
                seconds = Math.Round(setting.Time.TotalSeconds, 1),
            }),
        });
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
        File.AppendAllText(path, line + "\n");
    }

    /// <summary>Draws that passed under every setting, over all lines of a file; draws that several lines name count once.</summary>
    public static long CountPassed(string path)
    {
        var seen = new HashSet<(ulong, int)>();
        foreach (string line in File.ReadLines(path))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (!root.GetProperty("passed").GetBoolean() || root.GetProperty("run").GetInt32() != root.GetProperty("count").GetInt32()) continue;
            int first = root.GetProperty("first").GetInt32();
            for (int i = 0; i < root.GetProperty("count").GetInt32(); i++) seen.Add((root.GetProperty("seed").GetUInt64(), first + i));
        }
        return seen.Count;
    }
}
