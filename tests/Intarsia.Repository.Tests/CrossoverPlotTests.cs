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
            Result("spmm s8s8 csr 64x16x64 50%", 60, ("a dense packed", 20)),
            Result("spmm f32 other 32x16x64 50%", 10, ("a dense packed", 20)),
            Result("spmm f32 hyb 64x16x64 50%", 10, ("c csr", 20)),
            Result("gemm f32 row-major 64x16x64", 10, ("a dense packed", 20)),
        ], "64x16x64");

        string[] texts = [.. XDocument.Parse(svg).Descendants().Where(node => node.Name.LocalName == "text").Select(node => node.Value)];
        Assert.Equal(["csr", "faster from 60 %", "bsr 4x4", "faster from 50 % or less", "ell", "not faster", "s8s8 csr", "faster from 50 % or less"], texts[^8..]);
        Assert.Equal(4, XDocument.Parse(svg).Descendants().Count(node => node.Name.LocalName == "polyline"));
    }

    [Fact]
    public void Draw_OverTokens_SaysUpToHowMany()
    {
        // Twice as fast with two tokens, twice as slow with eight: as fast with four.
        string svg = CrossoverPlot.Draw(
        [
            Result("batch int4 a8 2x64x32", 40, ("a dense bytes", 20), ("b dense f32", 5)),
            Result("batch int4 a8 8x64x32", 10, ("a dense bytes", 20)),
            Result("batch csr, 80% zeros 2x64x32", 40, ("a dense f32", 20)),
            Result("batch csr, 80% zeros 8x64x32", 40, ("a dense f32", 20)),
            Result("batch slow 2x64x32", 10, ("a dense f32", 20)),
            Result("gemm int4 a8 2x64x32", 10, ("a dense f32", 20)),
        ], "*x64x32");

        string[] texts = [.. XDocument.Parse(svg).Descendants().Where(node => node.Name.LocalName == "text").Select(node => node.Value)];
        Assert.Equal(["int4 a8", "faster up to 4 tokens", "csr, 80% zeros", "faster up to 8 tokens or more", "slow", "not faster"], texts[^6..]);
        Assert.Contains("times as fast as the best dense product, tokensx64x32", texts);
    }

    [Theory]
    [InlineData("1x1x1", "… 1x1x1 N%")]
    [InlineData("*x1x1", "batch … Nx1x1")]
    public void Draw_NothingOfTheShape_SaysWhatIsDrawn(string shape, string cases)
    {
        var exception = Assert.Throws<InvalidDataException>(() => CrossoverPlot.Draw([Result("spmm f32 csr 64x16x64 50%", 10, ("a dense packed", 20))], shape));

        Assert.Equal($"A crossover is drawn of cases '{cases}' with a dense contender; of the 1 results none is one.", exception.Message);
    }

    private static CaseResult Result(string name, double ours, params (string Name, double? Speed)[] peers) =>
        new(name, "GFLOP/s", ours, peers.ToDictionary(peer => peer.Name, peer => peer.Speed), null, null, null, "");
}
