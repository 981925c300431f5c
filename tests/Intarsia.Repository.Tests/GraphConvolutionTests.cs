using System.Globalization;
using System.Text.RegularExpressions;

namespace Intarsia.Repository.Tests;

/// <summary>The graph sample, run as a user runs it.</summary>
public sealed class GraphConvolutionTests
{
    [Fact]
    public void GraphConvolution_WithoutData_TrainsOnAGeneratedGraphAndSaysWhatIsLeftOut()
    {
        string folder = Path.Combine(Path.GetTempPath(), "intarsia-no-such-folder");

        (int exitCode, string output) = Repository.RunSample("GraphConvolution", [], ("INTARSIA_DATA", folder));

        Assert.True(exitCode == 0, output);
        Assert.Contains("Cora: left out", output, StringComparison.Ordinal);
        Assert.Matches(@"translated into windows in [0-9]+\.[0-9]{2} ms, [0-9]+\.[0-9] million edges a second", output);
        Match accuracy = Regex.Match(output, @"([0-9.]+) ?% of the other 368 are right before, ([0-9.]+) ?% after");
        Assert.True(accuracy.Success, output);
        Assert.InRange(double.Parse(accuracy.Groups[1].Value, CultureInfo.InvariantCulture), 0, 60);
        Assert.InRange(double.Parse(accuracy.Groups[2].Value, CultureInfo.InvariantCulture), 80, 100);
    }

    [Fact]
    public void GraphConvolution_AsReadmeSays_ClassifiesCoraWhereItIs()
    {
        (int exitCode, string output) = Repository.RunSample("GraphConvolution", []);

        Assert.True(exitCode == 0, output);
        Assert.Matches(@"accuracy 81\.6 ?% on 1000 test nodes|Cora: left out, because there is no", output);
    }
}
