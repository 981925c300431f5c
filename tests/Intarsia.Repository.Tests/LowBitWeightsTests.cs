using System.Globalization;
using System.Text.RegularExpressions;

namespace Intarsia.Repository.Tests;

/// <summary>The sample of low-bit weights, run as a user runs it.</summary>
public sealed class LowBitWeightsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("DOTNET_EnableAVX512")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public void LowBitWeights_WithoutData_RunsADrawnNetworkAndSaysSo(string switchedOff)
    {
        (string, string)[] environment = [("INTARSIA_DATA", Path.Combine(Path.GetTempPath(), "no-such-folder")), .. switchedOff == "" ? Array.Empty<(string, string)>() : [(switchedOff, "0")]];
        (int exitCode, string output) = Repository.RunSample("LowBitWeights", ["--brief"], environment);

        Assert.True(exitCode == 0, output);
        Assert.Contains("A small network is drawn instead", output, StringComparison.Ordinal);
        // Twelve matrices in twenty-five formats, each on all tokens and on one.
        Assert.Contains("600 products agree with the reference executor.", output, StringComparison.Ordinal);
        // A drawn encoder is no great listener: a guess has 8 of 96, and eight bits cost next to nothing.
        Assert.InRange(Right(output, "f32"), 80, 96);
        Assert.InRange(Right(output, "int8"), Right(output, "f32") - 2, 96);
        Assert.InRange(Right(output, "2:4"), 40, 96);
    }

    /// <summary>The command of the README; with the data, what docs/low-bit.md says of accuracy and bytes holds.</summary>
    [Fact]
    public void LowBitWeights_AsReadmeSays_PrintsTheTable()
    {
        (int exitCode, string output) = Repository.RunSample("LowBitWeights", []);

        Assert.True(exitCode == 0, output);
        if (output.Contains("A small network is drawn instead", StringComparison.Ordinal)) return;
        Assert.Contains("96 clips of 99 tokens; 72 matrices of the encoder with 589,824 weights", output, StringComparison.Ordinal);
        Assert.Contains("3600 products agree with the reference executor.", output, StringComparison.Ordinal);
        string[] documented = [.. Rows(Repository.Read("docs/low-bit.md"))], printed = [.. Rows(output)];
        Assert.Equal(26, documented.Length);
        Assert.Equal(documented, printed);
    }

    [Theory]
    [InlineData("no-such-folder", "no-such-folder")]
    [InlineData("--nonsense", "Usage: LowBitWeights [--brief] [FOLDER]")]
    public void LowBitWeights_WrongArgument_SaysSoAndFails(string argument, string expected)
    {
        (int exitCode, string output) = Repository.RunSample("LowBitWeights", [argument]);

        Assert.Equal(2, exitCode);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    private static int Right(string output, string format) =>
        int.Parse(Regex.Match(output, $@"^\| {Regex.Escape(format)} +\| +(\d+) \|", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);

    /// <summary>Name, weight bytes, bytes moved and operations of each row of the table of numbers: what no machine changes.</summary>
    private static IEnumerable<string> Rows(string text) => Regex.Matches(text, @"^\| ([^|]+?) +\| +\d+ \| +([\d,]{6,}) \| +([\d,]+) \| +([\d,]+) \|", RegexOptions.Multiline)
        .Select(row => string.Join(' ', row.Groups.Values.Skip(1).Select(group => group.Value)));
}
