using System.Text.RegularExpressions;
using Intarsia.Generators.Tests.Harness;

namespace Intarsia.Generators.Tests.Rules;

/// <summary>A page of docs/diagnostics: its title, and the two examples that every page has.</summary>
internal sealed partial record DiagnosticPage(string Title, string Language, string Reported, string NotReported, string Text)
{
    public static DiagnosticPage Read(string id)
    {
        string text = Repository.Read("docs", "diagnostics", id + ".md");
        MatchCollection examples = Example().Matches(text);
        Assert.True(examples.Count == 2, $"{id}.md has {examples.Count} examples; expected two, the first reported and the second not.");
        return new DiagnosticPage(text.Split('\n')[0], examples[0].Groups[1].Value, examples[0].Groups[2].Value, examples[1].Groups[2].Value, text);
    }

    /// <summary>An example as a whole file.</summary>
    public static string Source(string example) => "using Intarsia;\n\n" + example;

    /// <summary>The additional files of an example: their lines stand in comments behind the one that names them.</summary>
    public static TestFile[] Files(string example)
    {
        string[] lines = example.Split('\n');
        int start = Array.FindIndex(lines, line => line.StartsWith("// In a project with the additional file ", StringComparison.Ordinal));
        if (start < 0) return [];
        IEnumerable<string> content = lines.Skip(start + 1).TakeWhile(line => line.StartsWith("//   ", StringComparison.Ordinal)).Select(line => line["//   ".Length..]);
        return [new TestFile("/project/" + lines[start].Split(' ')[^1].TrimEnd(':'), string.Join('\n', content))];
    }

    [GeneratedRegex("```(\\w+)\n(.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
