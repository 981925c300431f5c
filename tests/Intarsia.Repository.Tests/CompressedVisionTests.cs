namespace Intarsia.Repository.Tests;

/// <summary>The sample without the network that it is made for: a small one is drawn, and checked.</summary>
public sealed class CompressedVisionTests
{
    [Theory]
    [InlineData("")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public void CompressedVision_WithoutData_RunsASmallNetworkAndSaysSo(string switchedOff)
    {
        (string, string)[] environment = [("INTARSIA_DATA", Path.Combine(Path.GetTempPath(), "no-such-folder")), .. switchedOff == "" ? Array.Empty<(string, string)>() : [(switchedOff, "0")]];
        (int exitCode, string output) = Repository.RunSample("CompressedVision", [], environment);

        Assert.True(exitCode == 0, output);
        Assert.Contains("A small network is drawn at random instead", output, StringComparison.Ordinal);
        Assert.Contains("8 layers agree with the reference executor.", output, StringComparison.Ordinal);
    }

    [Fact]
    public void CompressedVision_FolderWithoutTheFile_NamesItAndFails()
    {
        (int exitCode, string output) = Repository.RunSample("CompressedVision", ["no-such-folder"]);

        Assert.Equal(2, exitCode);
        Assert.Contains("no-such-folder", output, StringComparison.Ordinal);
    }
}
