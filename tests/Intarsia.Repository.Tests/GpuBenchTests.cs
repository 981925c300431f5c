using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using Intarsia.Bench.Gpu.Cases;
using Intarsia.Bench.Gpu.Checks;
using Intarsia.Bench.Gpu.Devices;
using Intarsia.Bench.Gpu.Measuring;
using Intarsia.Verification;

namespace Intarsia.Repository.Tests;

/// <summary>The GPU runner as far as it goes without a GPU: its cases have kernels, its correctness part runs on the emulator and finds mistakes, its picture is drawn from a report.</summary>
[Trait("Category", "Gpu")]
public sealed class GpuBenchTests
{
    /// <summary>A case of each kernel, and of each way to write its extents.</summary>
    public static TheoryData<string> Cases => [.. CaseTable.All().DistinctBy(c => (c.Kernel, c.HasConstantExtents)).Select(c => c.ToString())];

    [Fact]
    public void Table_EveryCase_HasANameOfItsOwnAndAKernelOnEveryTarget()
    {
        GpuCase[] cases = [.. CaseTable.All()];

        Assert.Equal(cases.Length, cases.Select(c => c.ToString()).Distinct(StringComparer.Ordinal).Count());
        Assert.All(cases, c => Assert.NotNull(c.Lower((8, 0))));
        Assert.All(cases, c => Assert.NotNull(c.Lower((9, 0))));
        // Shares of ceilings and operations a second are quotients of these.
        Assert.All(cases.Where(c => c.Ceiling == Ceiling.Tensor), c => Assert.True(c.Operations > 0));
        Assert.All(cases.Where(c => c.Ceiling == Ceiling.Gather), c => Assert.True(c.GatheredBytes > 0));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Correctness_OfACaseOnTheEmulator_IsRight(string name)
    {
        GpuCase[] cases = [CaseTable.All().Single(c => c.ToString() == name)];

        foreach (DeviceKind device in DeviceKind.Emulated) Assert.Null(Assert.Single(Correctness.Checks(cases, device)).Fault(new EmulatedGpu(device)));
    }

    [Fact]
    public void Probe_OnTheEmulator_SeesWhatItShould() => Assert.All(Correctness.Probes(), probe => Assert.Null(probe.Fault(new EmulatedGpu(DeviceKind.Emulated[0]))));

    /// <summary>Draws of the product space go the way of the cases; on capability 9.0 some run as both texts.</summary>
    [Fact]
    public void Space_OnTheEmulator_IsRight()
    {
        foreach (DeviceKind device in DeviceKind.Emulated)
        {
            Check[] draws = [.. Space.Checks(device, draws: 24, seed: 8080)];
            Assert.NotEmpty(draws);
            Assert.All(draws, draw => Assert.Null(draw.Fault(new EmulatedGpu(device))));
        }
    }

    [Theory]
    [InlineData("gemm_dense_f16-f16-f16_rN_dN_cN_tt")]
    [InlineData("spmm_srbcrs8_s8-s8-s32_rN_dN_cN")]
    [InlineData("gemm_dense_s4g128-f16-f32_rN_dN_c1_tt")]
    [InlineData("layernorm_f16-f16_rN_cN_gamma_beta")]
    [InlineData("elementwise_f16-f16_rN_cN_tt__bias-gelu-residual")]
    public void SampledCheck_OfAWrongElement_FindsIt(string kernel)
    {
        GpuCase sample = CaseTable.All().First(c => c.Kernel == kernel && !c.HasConstantExtents);
        (int rows, int depth, int columns) = (203, sample.Spec.IsContraction ? 160 : 0, sample.Spec.Columns.IsConstant ? 1 : 77);
        ReferenceOperands operands = sample.Operands(rows, depth, columns);
        double[] y = SpecReference.Execute(sample.Spec, operands).Y;

        Assert.Null(SampledCheck.FirstMismatch(sample.Spec, operands, y));
        // The last element lies in a tail both ways.
        y[^1] = 2 * y[^1] + 1000;
        Assert.NotNull(SampledCheck.FirstMismatch(sample.Spec, operands, y));
    }

    [Fact]
    public void Plot_OfAReport_ShowsWhereSparseBecomesFaster()
    {
        // 100 µs dense; 160 µs, then 80 µs: halved over two tenths, so that 100 µs lie at log₂ 1.6 of the way.
        GpuReport report = Report(Result(0, 100e-6), Result(0.5, 160e-6), Result(0.7, 80e-6), Result(0.9, 30e-6));
        string json = JsonSerializer.Serialize(report, GpuReportContext.Default.GpuReport);
        GpuReport kept = JsonSerializer.Deserialize(json, GpuReportContext.Default.GpuReport)!;

        string svg = CrossoverPlot.Draw(kept);

        Assert.Equal(CrossoverPlot.Draw(report), svg);
        Assert.Equal("svg", XDocument.Parse(svg).Root!.Name.LocalName);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"faster from {50 + 20 * Math.Log2(1.6):F0}%"), svg, StringComparison.Ordinal);
    }

    [Fact]
    public void Plot_WithoutADenseCase_SaysWhatIsMissing() =>
        Assert.Contains("none dense", Assert.Throws<InvalidDataException>(() => CrossoverPlot.Draw(Report(Result(0.5, 1e-6)))).Message, StringComparison.Ordinal);

    [Fact]
    public void Table_OfAReport_HasARowForEachCase() =>
        Assert.Equal(2, GpuTable.Print(Report(Result(0, 100e-6), Result(0.5, 160e-6))).Split('\n').Count(line => line.Contains("| sm_80 |", StringComparison.Ordinal)));

    private static GpuReport Report(params GpuResult[] results) => new() { Device = "a device <0>", Vendor = "none", Ceilings = new() { ["copy"] = 2e12 }, Results = [.. results] };

    private static GpuResult Result(double sparsity, double seconds) => new()
    {
        Family = GatheredCases.Family,
        Case = $"case {sparsity}",
        Kernel = sparsity == 0 ? "dense" : "sparse",
        Rows = 2048,
        Depth = 2304,
        Columns = 512,
        Sparsity = sparsity,
        Target = "sm_80",
        Tile = "128x128",
        Seconds = seconds,
        TeraOperations = 1,
        GigabytesPerSecond = 1,
        Ceiling = "Gather",
        CeilingFraction = 0.5,
        PeerSeconds = [],
    };
}
