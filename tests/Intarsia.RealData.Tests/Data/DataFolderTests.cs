using Xunit;

namespace Intarsia.RealData.Tests.Data;

public class DataFolderTests
{
    [Fact]
    public void Require_AbsentData_SkipsAndSaysWhy()
    {
        var exception = Assert.Throws<SkipException>(() => DataFolder.Require("kwt1/kwt1.safetensors", Path.GetTempPath() + "no-such-folder", required: false));
        Assert.Contains("no-such-folder", exception.Message);
        Assert.Contains("INTARSIA_DATA", exception.Message);
    }

    [Fact]
    public void Require_AbsentDataThatIsRequired_Fails()
    {
        var exception = Assert.Throws<Xunit.Sdk.FailException>(() => DataFolder.Require("kwt1/kwt1.safetensors", Path.GetTempPath() + "no-such-folder", required: true));
        Assert.Contains("INTARSIA_REQUIRE_DATA=1", exception.Message);
    }

    [Fact]
    public void Require_PresentData_ReturnsItsPath()
    {
        string name = Path.GetFileName(typeof(DataFolderTests).Assembly.Location);
        Assert.Equal(Path.Combine(AppContext.BaseDirectory, name), DataFolder.Require(name, AppContext.BaseDirectory, required: true));
    }
}
