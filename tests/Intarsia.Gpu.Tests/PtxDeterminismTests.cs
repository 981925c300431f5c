using System.Globalization;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.ProductSpace.Drawing;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>The same spec gives the same PTX, byte for byte: in another order, beside other kernels, and whatever the machine's numbers look like. That another process writes it, too, the snapshots of overloads say.</summary>
[Trait("Category", "Gpu")]
public class PtxDeterminismTests
{
    [Theory]
    [InlineData(Device.Sm80)]
    [InlineData(Device.Sm90A)]
    public void Text_WrittenAgain_IsTheSame(Device device)
    {
        var generator = new SpecGenerator(82);
        GpuDraw[] draws = [.. Enumerable.Range(0, SpecGenerator.Round.Count).Select(index => GpuDraw.At(generator, index, device)).OfType<GpuDraw>()];
        string[] texts = [.. draws.Select(Text)], again = new string[draws.Length];
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NegativeSign = "minus ";

        Parallel.For(0, draws.Length, i =>
        {
            CultureInfo before = CultureInfo.CurrentCulture;
            CultureInfo.CurrentCulture = culture;
            again[draws.Length - 1 - i] = Text(draws[draws.Length - 1 - i]);
            CultureInfo.CurrentCulture = before;
        });

        Assert.NotEmpty(draws);
        for (int i = 0; i < draws.Length; i++) Assert.True(texts[i] == again[i], $"{draws[i]}\n{texts[i]}\n{again[i]}");
        Assert.All(texts, text => Assert.DoesNotContain('\r', text));
    }

    private static string Text(GpuDraw draw)
    {
        KernelPlan plan = draw.Plan();
        return EmulatedKernel.Lower(plan, draw.Device == Device.Sm90A ? PtxTarget.Sm90A : PtxTarget.Sm80, draw.Scalars(plan)).Text;
    }
}
