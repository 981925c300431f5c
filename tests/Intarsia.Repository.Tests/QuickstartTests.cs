using System.Globalization;
using System.Text.RegularExpressions;

namespace Intarsia.Repository.Tests;

/// <summary>The sample, run as a user runs it, under every tier that this machine can execute.</summary>
public sealed class QuickstartTests
{
    public static TheoryData<string> TierSwitches => ["DOTNET_EnableAVXVNNI", "DOTNET_EnableAVX512", "DOTNET_EnableAVX2", "DOTNET_EnableHWIntrinsic"];

    [Theory]
    [MemberData(nameof(TierSwitches))]
    public void Quickstart_UnderTierSwitch_EveryResultAgreesAndDigitsAreRecognised(string switchedOff)
    {
        (int exitCode, string output) = Repository.RunSample("Quickstart", ["--brief"], (switchedOff, "0"));

        AssertAllIsWell(exitCode, output);
    }

    [Fact]
    public void Quickstart_AsReadmeSays_EveryResultAgreesAndDigitsAreRecognised()
    {
        (int exitCode, string output) = Repository.RunSample("Quickstart", []);

        AssertAllIsWell(exitCode, output);
    }

    private static void AssertAllIsWell(int exitCode, string output)
    {
        Assert.True(exitCode == 0, output);
        Assert.Contains("Every result agrees with the reference executor.", output, StringComparison.Ordinal);
        Assert.Matches(@"GPU: int8 2:4, 16 images: (emulated|on ILGPU's CPU accelerator), checked, not timed: agrees|GPU ns/image", output);
        foreach (string variant in new[] { "fp32 dense", "int8 2:4", "int4 1:4", "fp32 4x1, 75 % zero" })
        {
            MatchCollection lines = Regex.Matches(output, "^ *" + Regex.Escape(variant) + ".*agrees$", RegexOptions.Multiline);
            Assert.True(lines.Count == 2, $"'{variant}' should stand in both tables:\n{output}");
            double accuracy = double.Parse(Regex.Match(lines[0].Value, @"([0-9.]+) ?%\s+[0-9,]+ ").Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.InRange(accuracy, 96, 100);
        }
    }

    [Fact]
    public void Quickstart_Emit_WritesOneFilePerKernelAndTheSharedTiles()
    {
        string folder = Directory.CreateTempSubdirectory("intarsia-emit-").FullName;
        try
        {
            (int exitCode, string output) = Repository.RunSample("Quickstart", ["--emit", folder]);

            Assert.True(exitCode == 0, output);
            string[] files = [.. Directory.GetFiles(folder).Select(file => Path.GetFileName(file)!)];
            string[] kernels = ["Dense.First", "Dense.Hidden", "Dense.Last", "TwoOfFourInt8.Hidden", "OneOfFourInt4.Hidden", "Vectors4.Hidden", "Bert.DenseFloat"];
            Assert.All(kernels, kernel => Assert.Contains($"Quickstart.{kernel}.g.cs", files));
            Assert.Contains("mma.sp", File.ReadAllText(Path.Combine(folder, "Quickstart.TwoOfFourInt8.Hidden.Gpu.g.cs")), StringComparison.Ordinal);
            Assert.Contains("tile", File.ReadAllText(Path.Combine(folder, "Quickstart.Dense.First.g.cs")), StringComparison.OrdinalIgnoreCase);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Quickstart_UnknownOption_PrintsUsageAndFails()
    {
        (int exitCode, string output) = Repository.RunSample("Quickstart", ["--nonsense"]);

        Assert.Equal(2, exitCode);
        Assert.Contains("--emit DIR", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("DOTNET_EnableAVX2")]
    public void Trainer_Check_WritesTheCommittedBytesAgain(string switchedOff)
    {
        (int exitCode, string output) = Repository.RunSample("Quickstart.Trainer", ["--check"], switchedOff == "" ? [] : [(switchedOff, "0")]);

        Assert.True(exitCode == 0, output);
    }
}
