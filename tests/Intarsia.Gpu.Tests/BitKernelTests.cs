using System.Text.RegularExpressions;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.PtxEmulator;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>Planes times planes on tensor cores: as many instructions as there are pairs of planes, exact for every number of planes.</summary>
[Trait("Category", "Gpu")]
public partial class BitKernelTests
{
    private static readonly NumberFormat[] s_formats = [.. NumberFormats.All.Where(row => row.BitPlanes > 0).Select(row => row.Format)];

    public static TheoryData<NumberFormat> Formats => new(s_formats);

    [Theory]
    [MemberData(nameof(Formats))]
    public void Kernel_OfEveryPairOfPlanes_IsExactAndCountsEachPairOnce(NumberFormat weights)
    {
        var random = new Random((int)weights);
        // Each number of planes of X with bits and with signs in turn.
        foreach (NumberFormat x in s_formats.Where((_, i) => (i + (int)weights) % 2 == 0))
        {
            bool aligned = random.Next(2) == 0, asymmetric = NumberFormats.HasZeroPoints(weights) && random.Next(2) == 0;
            string name = $"gemm_dense_{NumberFormats.Name(weights)}{(asymmetric ? "rz" : "")}-{NumberFormats.Name(x)}-{(asymmetric ? "f32" : "s32")}_rN_dN_cN_p{(random.Next(2) == 0 ? 't' : 'r')}{(asymmetric ? "__dequantise" : "")}";
            (int rows, int depth, int columns) = aligned ? (64, 128 * random.Next(1, 6), 4 * random.Next(1, 20)) : (random.Next(1, 100), random.Next(1, 900), random.Next(1, 80));
            CheckDraw(name, aligned, rows, depth, columns);

            PtxKernel kernel = Lower(name, aligned);
            (int p, int q) = (NumberFormats.Get(weights).BitPlanes, NumberFormats.Get(x).BitPlanes);
            // 32×32 sums to a warp are eight tiles, 32×16 four; sums of columns take one more for each plane of X and tile down, or across.
            int steps = BitMmaSchedule.StepWords(p + q) / 8, across = 8 / BitMmaSchedule.WarpsOf(p + q).Columns, counts = asymmetric || NumberFormats.Get(weights).HasSignPlanes ? (name.Contains("_pt") ? 2 : across) * steps * q : 0;
            Assert.Equal(p * q * 2 * across * steps + counts, Instruction().Count(kernel.Text));
        }
    }

    [Theory]
    [InlineData("gemm_dense_planes2r-planes2k-f32_rN_d512_cN_pt__dequantise-bias-relu", 96, 512, 40)]
    [InlineData("gemm_dense_signs1t-planes2t-f16_r70_dN_cN_pr__dequantise-gelu", 70, 1000, 33)]
    [InlineData("gemm_dense_planes3rz-signs4k-s8_rN_dN_cN_pt__dequantise-requantise", 130, 1, 65)]
    [InlineData("gemm_dense_signs8-signs8-s32_rN_dN_cN_pr_wrap", 65, 257, 1)]
    [InlineData("gemm_dense_planes1-signs1-s32_rN_dN_cN_pt_ldxy", 33, 0, 5)]
    public void Kernel_WithAChain_MeetsTheReference(string name, int rows, int depth, int columns) => CheckDraw(name, aligned: false, rows, depth, columns);

    [Fact]
    public void Supports_PlanesInAnyOtherWay_IsFalse()
    {
        foreach (string name in (string[])["gemm_dense_planes2-planes2-s32_rN_dN_cN", "gemm_dense_planes2-planes2-s32_rN_dN_cN_tt", "gemm_dense_planes2r-planes2-planes2_rN_dN_cN_tp__dequantise-requantise"])
            foreach (Device device in Enum.GetValues<Device>()) Assert.False(DevicePlanner.Supports(KernelName.Parse(name), device), $"{name} for {device}");
        Assert.Equal([Device.Sm80], Enum.GetValues<Device>().Where(device => DevicePlanner.Supports(KernelName.Parse("gemm_dense_planes2-planes2-s32_rN_dN_cN_pt"), device)));
        Assert.Equal([Device.Sm80], Enum.GetValues<Device>().Where(device => DevicePlanner.Supports(KernelName.Parse("gemm_dense_planes2r-planes2-planes2_rN_dN_cN_pp__dequantise-requantise"), device)));
    }

    private static void CheckDraw(string name, bool aligned, int rows, int depth, int columns)
    {
        GpuDraw draw = GpuDraw.Of(name, Device.Sm80, aligned, rows, depth, columns);
        ReferenceOperands operands = draw.Operands();
        if ((long)rows * depth * columns < 500_000)
        {
            string? mismatch = SpecReference.Execute(draw.Spec, operands).FirstMismatch<double>(PlanInterpreter.Run(draw.Spec, draw.Device, aligned, operands));
            Assert.True(mismatch is null, $"{draw} in the interpreter: {mismatch}");
        }
        string? fault = EmulatedKernelTests.Fault(draw);
        Assert.True(fault is null, $"{draw}: {fault}");
    }

    private static PtxKernel Lower(string name, bool aligned) => EmulatedKernel.Lower(DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned), PtxTarget.Sm80, new HashSet<string>());

    [GeneratedRegex(@"mma\.sync\.aligned\.m16n8k256\.row\.col\.s32\.b1\.b1\.s32\.and\.popc")]
    private static partial Regex Instruction();
}
