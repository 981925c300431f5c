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
        ], CrossoverAxis.OfShape("64x16x64"));

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
        ], CrossoverAxis.OfShape("*x64x32"));

        string[] texts = [.. XDocument.Parse(svg).Descendants().Where(node => node.Name.LocalName == "text").Select(node => node.Value)];
        Assert.Equal(["int4 a8", "faster up to 4 tokens", "csr, 80% zeros", "faster up to 8 tokens or more", "slow", "not faster"], texts[^6..]);
        Assert.Contains("times as fast as the best dense product, tokensx64x32", texts);
    }

    [Fact]
    public void Draw_OverWhatIsKept_HasACurveForEachNAndPutsBytesOverTheirDenseProduct()
    {
        // As fast between 1:2 and 1:8, on a line of logarithms; a pattern that is measured once is a dot.
        string[] texts = Texts(out XDocument svg, "nm",
            Result("spmm f32 1:2 row-major 64x16x64", 10, ("a dense packed", 20), ("b csr", 40)),
            Result("spmm f32 1:8 row-major 64x16x64", 40, ("a dense packed", 20), ("c spmdm", 80)),
            Result("spmm f32 8:2:4 row-major 64x16x64", 40, ("a dense packed", 20)),
            Result("spmm u8s8 2:4 token-major 16x64x64", 10, ("a packed", 20)),
            Result("spmm f32 2:4 + csr 64x16x64 45%", 80, ("a dense packed", 20)));

        Assert.Equal(["f32 row-major, 1:M", "faster from 69 %", "f32 row-major, 8:2:M", "faster from 50 % or less", "u8s8 token-major, 2:M", "not faster"], texts[^6..]);
        Assert.Contains("87.5 %", texts);
        Assert.Contains("weights that are zero", texts);
        Assert.Equal(2, svg.Descendants().Count(node => node.Name.LocalName == "circle"));
    }

    [Fact]
    public void Draw_OverTheSizeOfButterflies_LeavesOutTransforms()
    {
        string[] texts = Texts(out _, "size",
            Result("butterfly f32 1x64x64", 10, ("ours, dense", 20), ("b dense", 5)),
            Result("butterfly f32 1x256x256", 40, ("ours, dense", 20)),
            Result("butterfly f32 16x64x64", 40, ("ours, dense", 20)),
            Result("butterfly f32 fourier 1x512", 40, ("ours, dense", 20)));

        Assert.Equal(["1 token", "faster from 128", "16 tokens", "faster from 64 or less"], texts[^4..]);
    }

    /// <summary>Two kinds of contenders make two curves of each case.</summary>
    [Fact]
    public void Draw_OverActivations_HasACurveOverDenseAndOneOverCompressedRows()
    {
        string[] texts = Texts(out _, "activations",
            Result("spmm cb16 relative csc 1x64x64 weights 9% activations 10%", 40, ("a dense", 10), ("ours, csr", 10)),
            Result("spmm cb16 relative csc 1x64x64 weights 9% activations 20%", 40, ("a dense", 10), ("ours, csr", 20)),
            Result("spmm cb16 relative csc 1x64x64 weights 9% activations 100%", 10, ("a dense", 5), ("ours, csr", 20)),
            Result("spmm cb16 relative csc 1x64x64 weights 4% activations 20%", 40, ("a dense", 10)));

        // Two cases and fewer are no curve.
        Assert.Equal(["cb16 1x64x64, 9% over dense", "faster up to 100 % or more", "cb16 1x64x64, 9% over CSR", "faster up to 60 %"], texts[^4..]);
        Assert.Contains("times as fast as a dense product and as our CSR", texts);
        Assert.DoesNotContain("cb16 1x64x64, 4% over dense", texts);
    }

    [Fact]
    public void Draw_OverPlanes_CountsPairs()
    {
        string[] texts = Texts(out _, "planes",
            Result("planes w1a2 16x64x64 against bytes", 40, ("a dense bytes packed", 20)),
            Result("planes w2a4 16x64x64 against bytes", 10, ("a dense bytes packed", 20)),
            Result("planes w1a1 1x64x64 against bytes", 40, ("a dense bytes packed", 20)),
            Result("planes w1a1 1x64x64 L2", 40, ("a dense bytes packed", 20)));

        Assert.Equal(["16 tokens", "faster up to 4 pairs", "1 token", "faster up to 1 pair or more"], texts[^4..]);
        Assert.Contains("pairs of planes", texts);
    }

    [Fact]
    public void Draw_OverRelations_DividesByTheBestOfAllOthers()
    {
        string[] texts = Texts(out _, "relations",
            Result("rgms f32 50x200 2 relations 32x32", 10, ("a then b", 20), ("ours, spmm then gemm", 40)),
            Result("rgms f32 50x200 32 relations 32x32", 40, ("a then b", 10)),
            Result("rgms u8s8 50x200 8 relations 32x32", 10, ("ours, f32", 20)),
            Result("rgms f32 90x200 2 relations 32x32", 10, ("a then b", 20)));

        Assert.Equal(["times as fast as the best of separate products", "relations", "50 nodes, 200 edges", "faster from 8"], texts[^4..]);
    }

    [Fact]
    public void Draw_OverFeatures_DividesByCompressedRows()
    {
        string[] texts = Texts(out _, "features",
            Result("spmm f32 row windows 50x16x50, 4 edges to a node", 40, ("Eigen csr", 5), ("ours, CSR", 20)),
            Result("spmm f32 row windows 50x64x50, 4 edges to a node", 10, ("Eigen csr", 20), ("ours, CSR", 5)),
            Result("spmm f32 row windows blogcatalog, 32 columns", 40, ("Eigen csr", 5)));

        Assert.Equal(["50 nodes, 4 edges to a node", "faster up to 32 features"], texts[^2..]);
    }

    [Fact]
    public void Of_AnotherName_NamesTheAxes() =>
        Assert.StartsWith("There is no axis 'colour': it is one of nm, size, activations, planes, relations, features.", Assert.Throws<ArgumentException>(() => CrossoverAxis.Of("colour")).Message, StringComparison.Ordinal);

    /// <summary>What docs/performance.md shows is what is drawn of the kept results.</summary>
    [Theory]
    [InlineData("crossover.svg", "768x128x3072")]
    [InlineData("crossover-sampled.svg", "1024x1024x64")]
    [InlineData("crossover-batch.svg", "*x4096x4096")]
    [InlineData("crossover-nm.svg", "nm")]
    [InlineData("crossover-butterfly.svg", "size")]
    [InlineData("crossover-columns.svg", "activations")]
    [InlineData("crossover-planes.svg", "planes")]
    [InlineData("crossover-relations.svg", "relations")]
    [InlineData("crossover-windows.svg", "features")]
    public void Pictures_OfTheKeptResults_AreWhatIsDrawn(string picture, string axis)
    {
        string drawn = CrossoverPlot.Draw(ResultWriter.Read(Path.Combine(Repository.Root, "bench", "results", "peers.json")), CrossoverAxis.Names.Contains(axis) ? CrossoverAxis.Of(axis) : CrossoverAxis.OfShape(axis));

        Assert.Equal(drawn, Repository.Read($"docs/{picture}"));
        Assert.Contains($"]({picture})", Repository.Read("docs/performance.md"), StringComparison.Ordinal);
    }

    private static string[] Texts(out XDocument svg, string axis, params CaseResult[] results)
    {
        svg = XDocument.Parse(CrossoverPlot.Draw(results, CrossoverAxis.Of(axis)));
        return [.. svg.Descendants().Where(node => node.Name.LocalName == "text").Select(node => node.Value)];
    }

    [Theory]
    [InlineData("1x1x1", "… 1x1x1 N%")]
    [InlineData("*x1x1", "batch … Nx1x1")]
    public void Draw_NothingOfTheShape_SaysWhatIsDrawn(string shape, string cases)
    {
        var exception = Assert.Throws<InvalidDataException>(() => CrossoverPlot.Draw([Result("spmm f32 csr 64x16x64 50%", 10, ("a dense packed", 20))], CrossoverAxis.OfShape(shape)));

        Assert.Equal($"A crossover is drawn of cases '{cases}' with a dense contender; of the 1 results none is one.", exception.Message);
    }

    private static CaseResult Result(string name, double ours, params (string Name, double? Speed)[] peers) =>
        new(name, "GFLOP/s", ours, peers.ToDictionary(peer => peer.Name, peer => peer.Speed), null, null, null, "");
}
