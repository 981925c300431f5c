using System.Globalization;
using System.Xml.Linq;
using Intarsia.Bench.Cases;
using Intarsia.Bench.Measuring;

namespace Intarsia.Repository.Tests;

/// <summary>The picture of results under the ceilings of their run.</summary>
public sealed class RooflinePlotTests
{
    [Fact]
    public void Draw_PlacesCasesUnderTheMediansOfTheirCeilings()
    {
        XDocument svg = XDocument.Parse(RooflinePlot.Draw(
        [
            Result("gemm f32 1x1x1", 100, 10, "Fma", 300),
            Result("gemm f32 2x2x2", 300, 10, "Fma", 100),
            Result("gemm f32 3x3x3", 200, 100, "Fma", 200),
            Result("decode int4 1x1x1", 20, 2, "ReadMemory", 30),
            Result("softmax f32 1x1", null, null, "ReadL2", 90),
        ]));

        string[] texts = [.. svg.Descendants().Where(node => node.Name.LocalName == "text").Select(node => node.Value)];
        Assert.Contains("Fma 200", texts);
        Assert.Contains("ReadMemory 30 GB/s", texts);
        Assert.Contains("ReadL2 90 GB/s", texts);
        Assert.Equal(["gemm f32", "decode int4"], texts[^2..]);

        // Four cases have a place; one has no operations for a byte.
        Dictionary<string, (double X, double Y)> points = svg.Descendants().Where(node => node.Name.LocalName == "circle" && node.HasElements)
            .ToDictionary(node => node.Value, node => (Number(node, "cx"), Number(node, "cy")), StringComparer.Ordinal);
        Assert.Equal(["gemm f32 1x1x1: 100", "gemm f32 2x2x2: 300", "gemm f32 3x3x3: 200", "decode int4 1x1x1: 20"], points.Keys);

        // More operations for a byte are further right, faster ones higher; the third lies on the ceiling.
        Assert.Equal(points["gemm f32 1x1x1: 100"].X, points["gemm f32 2x2x2: 300"].X);
        Assert.True(points["gemm f32 3x3x3: 200"].X > points["gemm f32 1x1x1: 100"].X && points["gemm f32 1x1x1: 100"].X > points["decode int4 1x1x1: 20"].X);
        Assert.True(points["gemm f32 2x2x2: 300"].Y < points["gemm f32 1x1x1: 100"].Y);
        Assert.Contains(svg.Descendants(), node => node.Name.LocalName == "line" && Number(node, "y1") == points["gemm f32 3x3x3: 200"].Y && Number(node, "y2") == Number(node, "y1"));

        static double Number(XElement node, string name) => double.Parse(node.Attribute(name)!.Value, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Draw_NothingWithAPlace_SaysWhatIsDrawn()
    {
        var exception = Assert.Throws<InvalidDataException>(() => RooflinePlot.Draw([Result("softmax f32 1x1", null, null, "ReadL2", 90)]));

        Assert.Equal("A roofline is drawn of cases with operations for each byte; of the 1 results none has them.", exception.Message);
    }

    private static CaseResult Result(string name, double? operations, double? intensity, string ceiling, double speed) =>
        new(name, "GFLOP/s", 1, new Dictionary<string, double?>(), null, null, 0.5, "") { Operations = operations, Intensity = intensity, Ceiling = ceiling, CeilingSpeed = speed };
}
