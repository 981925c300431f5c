using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Intarsia.Ptx.Tests.Tools;

/// <summary>The assembler refused a text. The message holds each complaint with its line of the text.</summary>
internal sealed partial class PtxasException(string message, IReadOnlyList<PtxasError> errors) : Exception(message)
{
    public IReadOnlyList<PtxasError> Errors { get; } = errors;

    /// <summary>Reads what the assembler wrote on its standard error, of which only this much is regular: <c>ptxas FILE, line N; error : MESSAGE</c>.</summary>
    public static PtxasException Of(string text, PtxTarget target, string report)
    {
        string[] lines = text.Split('\n');
        PtxasError[] errors = [.. Complaint().Matches(report).Select(match =>
        {
            int line = match.Groups["line"].Success ? int.Parse(match.Groups["line"].Value, CultureInfo.InvariantCulture) : 0;
            return new PtxasError(line, match.Groups["message"].Value.Trim(), line > 0 && line <= lines.Length ? lines[line - 1].Trim() : "");
        })];
        var message = new StringBuilder($"ptxas {target.Toolkit} refuses the text for {target.Architecture}:");
        foreach (PtxasError error in errors) message.Append(CultureInfo.InvariantCulture, $"\n{error}");
        if (errors.Length == 0) message.Append('\n').Append(report.Trim());
        return new(message.ToString(), errors);
    }

    [GeneratedRegex(@"^ptxas.*?(?:, line (?<line>\d+); )?(?:error|fatal)\s*:(?<message>.*)$", RegexOptions.Multiline)]
    private static partial Regex Complaint();
}

/// <summary>One complaint: the line counted from 1 (0 where the assembler names none), what it says, and the text of that line.</summary>
internal sealed record PtxasError(int Line, string Message, string Text)
{
    public override string ToString() => Line > 0 ? $"line {Line}: {Message}\n    {Text}" : Message;
}
