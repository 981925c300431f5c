using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Intarsia.Bench.Cases;

/// <summary>Prints results as a table, and writes and reads them as a JSON array.</summary>
internal static class ResultWriter
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Header() => Console.WriteLine($"{"case",-44} {"ours",9} {"unit",-8} {"ratio",6} {"ceiling",8}  peers");

    public static void Row(CaseResult result)
    {
        string peers = string.Join(", ", result.Peers.OrderByDescending(peer => peer.Value ?? -1).Select(peer => $"{peer.Key} {Number(peer.Value, "F1", "missing")}"));
        Console.WriteLine($"{result.Case,-44} {Number(result.Ours, "F1", "-"),9} {result.Unit,-8} {Number(result.Ratio, "F3", "-"),6} {Number(result.CeilingFraction * 100, "F1", "-"),7}%  {(result.OneThread is { } one ? string.Create(CultureInfo.InvariantCulture, $"{result.Ours / one:F2}x of one thread ({one:F1}), ") : "")}{peers}");
    }

    public static void Json(string path, IReadOnlyList<CaseResult> results)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
        File.WriteAllText(path, JsonSerializer.Serialize(results, Options) + "\n");
    }

    public static IReadOnlyList<CaseResult> Read(string path) =>
        JsonSerializer.Deserialize<CaseResult[]>(File.ReadAllText(path), Options) ?? throw new InvalidDataException($"{path} holds no results.");

    private static string Number(double? value, string format, string none) => value?.ToString(format, CultureInfo.InvariantCulture) ?? none;
}
