using System.Text.RegularExpressions;

namespace Intarsia.Repository.Tests;

/// <summary>Links between the Markdown files of the repository lead somewhere.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string[] Skipped = ["bin", "obj", "artifacts", ".git"];

    [Fact]
    public void MarkdownFiles_RelativeLinks_LeadToFilesAndHeadings()
    {
        string[] files = [.. Directory.EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(Repository.Root, file).Split(Path.DirectorySeparatorChar).Any(Skipped.Contains))];

        string[] broken = [.. files.SelectMany(BrokenLinks)];

        Assert.Contains(files, file => Path.GetFileName(file) == "README.md");
        Assert.True(broken.Length == 0, string.Join('\n', broken));
    }

    [Theory]
    [InlineData("[a](missing.md)", 1)]
    [InlineData("[a](README.md#no-such-heading)", 1)]
    [InlineData("[a](README.md#a-first-kernel) [b](https://example.org/x) `[c](missing.md)`", 0)]
    public void BrokenLinks_OfText_AreCounted(string text, int expected) =>
        Assert.Equal(expected, BrokenLinks(Path.Combine(Repository.Root, "Test.md"), text).Count());

    private static IEnumerable<string> BrokenLinks(string file) => BrokenLinks(file, File.ReadAllText(file));

    private static IEnumerable<string> BrokenLinks(string file, string text)
    {
        string prose = InlineCode().Replace(CodeBlock().Replace(text, ""), "");
        foreach (Match link in Link().Matches(prose))
        {
            string target = link.Groups[1].Value;
            if (target.Contains("://", StringComparison.Ordinal)) continue;
            string[] parts = target.Split('#', 2);
            string path = parts[0] == "" ? file : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, parts[0]));
            bool found = parts[0].EndsWith('/') ? Directory.Exists(path) : File.Exists(path) || Directory.Exists(path);
            if (found && parts.Length == 2 && path.EndsWith(".md", StringComparison.Ordinal)) found = Headings(path == file ? text : File.ReadAllText(path)).Contains(parts[1]);
            if (!found) yield return $"{Path.GetRelativePath(Repository.Root, file)}: {target}";
        }
    }

    /// <summary>Headings as their anchors: lower case, spaces to hyphens, without punctuation.</summary>
    private static IEnumerable<string> Headings(string text) =>
        Heading().Matches(CodeBlock().Replace(text, "")).Select(heading => Punctuation().Replace(heading.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex("`[^`\n]*`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Punctuation();
}
