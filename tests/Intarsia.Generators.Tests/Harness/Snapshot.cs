namespace Intarsia.Generators.Tests.Harness;

/// <summary>
/// Compares text with a checked-in file. With <c>INTARSIA_ACCEPT_SNAPSHOTS=1</c> the file is written instead: look at the difference, then commit it.
/// </summary>
internal static class Snapshot
{
    private const string Accept = "INTARSIA_ACCEPT_SNAPSHOTS";

    public static void Verify(string name, string actual)
    {
        string path = Path.Combine(Repository.Root, "tests", "Intarsia.Generators.Tests", "Snapshots", name + ".verified.txt");
        if (Environment.GetEnvironmentVariable(Accept) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
            return;
        }
        string expected = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
        if (expected != actual) Assert.Fail(Difference(name, expected.Split('\n'), actual.Split('\n')));
    }

    /// <summary>The first lines that differ, with their number, and the way to accept them.</summary>
    private static string Difference(string name, string[] expected, string[] actual)
    {
        int line = 0;
        while (line < expected.Length && line < actual.Length && expected[line] == actual[line]) line++;
        static string At(string[] lines, int index) => index < lines.Length ? lines[index] : "(end)";
        return $"{name}.verified.txt differs at line {line + 1}.\n  checked in: {At(expected, line)}\n  generated:  {At(actual, line)}\nTo accept the new text, run the test with {Accept}=1.";
    }
}
