using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Running;
using Xunit;

namespace Intarsia.ProductSpace.Tests;

/// <summary>The runner's options: what it cannot do it says, and does not run without it.</summary>
public class SpaceOptionsTests
{
    [Fact]
    public void Parse_SettingsOfThisMachine_AreKept()
    {
        string[] here = [.. TierSetting.Executable(CpuFeatures.Detect()).Select(setting => setting.Name)];

        Assert.Equal(here, SpaceOptions.Parse(["--settings", string.Join(',', here)]).Settings);
    }

    [Theory]
    [InlineData("turbo")]
    [InlineData("nohw,")]
    [InlineData("NOHW")]
    public void Parse_SettingThatIsNotKnown_IsRefused(string settings) =>
        Assert.Contains("nohw", Assert.Throws<FormatException>(() => SpaceOptions.Parse(["--settings", settings])).Message);

    [Fact]
    public void Parse_SettingsOfArmsDefinitions_AreKeptOnEveryMachine() => Assert.Equal(["arm", "arm-nodp"], SpaceOptions.Parse(["--settings", "arm,arm-nodp"]).Settings);

    [Theory]
    [InlineData("#")]
    [InlineData("#7,12")]
    [InlineData("#7,#x")]
    public void Parse_DrawThatIsNoNumber_IsRefused(string only) =>
        Assert.Contains($"'{only}'", Assert.Throws<FormatException>(() => SpaceOptions.Parse(["--only", only])).Message, StringComparison.Ordinal);

    [Fact]
    public void Draw_ByNumber_IsThatDraw() => Assert.Equal([7, 12], new SpecGenerator(2026).Draw(5, 100, SpecGenerator.Only([12, 7, 3])).Select(draw => draw.Index));

    [Fact]
    public void Parse_SettingOfAnotherMachine_IsRefused()
    {
        string[] here = [.. TierSetting.Executable(CpuFeatures.Detect()).Select(setting => setting.Name)];
        string[] elsewhere = [.. TierSetting.Names.Except(here)];

        Assert.NotEmpty(elsewhere);
        Assert.All(elsewhere, setting =>
            Assert.Contains($"'{setting}', whose instructions this machine does not have", Assert.Throws<FormatException>(() => SpaceOptions.Parse(["--settings", $"nohw,{setting}"])).Message));
    }
}
