using System.Xml.Linq;
using Intarsia.Bench.Cases;
using Intarsia.Bench.Measuring;
using Xunit;

namespace Intarsia.Repository.Tests;

/// <summary>The picture of where sparse kernels pass dense ones.</summary>
public class CrossoverPlotTests
{
    [Fact]
    public void Draw_SaysWhereACurvePassesTheDenseProduct()
    {
        // Twice as slow at 50 %, twice as fast at 70 %: as fast in between. The faster of two dense contenders counts, and none that is sparse.
        string svg = CrossoverPlot.Draw(
        [
            Result("spmm f32 csr 64x16x64 50%", 10, ("a dense packed", 20), ("b dense", 5), ("c csr", 40)),
            Result("spmm f32 csr 64x16x64 70%", 40, ("a dense packed", 20), ("c csr", 10)),
            Result("spmm f32 bsr 4x4 64x16x64 50%", 30, ("a dense packed", 20)),
            Result("spmm f32 ell 64x16x64 50%", 10, ("a dense packed", 20)),
            Result("spmm f32 other 32x16x64 50%", 10, ("a dense packed", 20)),
            Result("spmm f32 hyb 64x16x64 50%", 10, ("c csr", 20)),
            Result("gemm f32 row-major 64x16x64", 10, ("a dense packed", 20)),
        ], "64x16x64");

        string[] texts = [.. XDocument.Parse(svg).Descendants().Where(node => node.Name.LocalName == "text").Select(node => node.Value)];
        Assert.Equal(["csr", "faster from 60 %", "bsr 4x4", "faster from 50 % or less", "ell", "not faster"], texts[^6..]);
        Assert.Equal(3, XDocument.Parse(svg).Descendants().Count(node => node.Name.LocalName == "polyline"));
    }

    [Fact]
    public void Draw_NothingOfTheShape_SaysWhatIsDrawn()
    {
        var exception = Assert.Throws<InvalidDataException>(() => CrossoverPlot.Draw([Result("spmm f32 csr 64x16x64 50%", 10, ("a dense packed", 20))], "1x1x1"));

        Assert.Equal("A crossover is drawn of cases '… 1x1x1 N%' with a dense contender; of the 1 results none is one.", exception.Message);
    }

    private static CaseResult Result(string name, double ours, params (string Name, double? Speed)[] peers) =>
        new(name, "GFLOP/s", ours, peers.ToDictionary(peer => peer.Name, peer => peer.Speed), null, null, null, "");
}
