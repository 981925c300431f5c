using System.Globalization;

namespace Intarsia.Bench.Gpu.Checks;

/// <summary>What a worker says of one item: a line 'right NUMBER TEXT' or 'wrong NUMBER TEXT' of its output.</summary>
/// <param name="Number">The item.</param>
/// <param name="IsRight">Whether it went well.</param>
/// <param name="Text">What came of it; what is wrong, else.</param>
internal sealed record Answer(int Number, bool IsRight, string Text)
{
    /// <summary>A worker's first line: it is there, and begins with its first item.</summary>
    public const string Ready = "ready";

    /// <summary>The last line of a worker whose device is lost: another one takes the items that are left, and none of them is to blame.</summary>
    public const string Stop = "stop";

    /// <summary>As a line.</summary>
    public string Line => string.Create(CultureInfo.InvariantCulture, $"{(IsRight ? "right" : "wrong")} {Number} {Text.Replace("\r", "", StringComparison.Ordinal).Replace('\n', ' ')}").TrimEnd();

    /// <summary>Reads a line back; null for any other.</summary>
    public static Answer? Parse(string line)
    {
        string[] parts = line.Split(' ', 3);
        return parts.Length >= 2 && parts[0] is "right" or "wrong" && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? new Answer(number, parts[0] == "right", parts.Length > 2 ? parts[2] : "") : null;
    }
}
