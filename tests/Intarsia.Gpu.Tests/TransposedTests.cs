using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>Weights that are packed depth×rows, on tensor cores and on multiply-adds.</summary>
[Trait("Category", "Gpu")]
public class TransposedTests
{
    [Theory]
    [InlineData("spmm_bsr8x16t_f16-f16-f32_rN_dN_cN", true)]
    [InlineData("spmm_dbsr8x16t_f16-f16-f32_rN_dN_cN__relu", true)]
    [InlineData("spmm_bsr128x128t_bf16-bf16-f32_rN_dN_cN__bias-relu", true)]
    [InlineData("spmm_bsr5x24t_f16-f16-f16_rN_dN_cN_rt", true)]
    [InlineData("spmm_bsr16x3t_f32-f32-f32_rN_dN_cN", false)]
    [InlineData("spmm_win16x8t_tf32-tf32-f32_rN_dN_cN", true)]
    [InlineData("spmm_srbcrs8t_s8t-s8-f32_rN_dN_cN__dequantise", false)]
    [InlineData("spmm_bsr4x8t_s8t-s8-f32_rN_dN_cN__dequantise-bias", true)]
    [InlineData("spmm_bsr4x8t_s16t-s16-f32_rN_dN_cN_wrap__dequantise", true)]
    [InlineData("spmm_nm2of4t_f16-f16-f32_rN_dN_cN", false)]
    [InlineData("spmm_csrt_f32-f32-f32_rN_dN_cN_tt", false)]
    public void Kernel_OfTransposedWeights_MeetsTheReference(string name, bool onTensorCores)
    {
        KernelSpec spec = KernelName.Parse(name);
        foreach ((Device device, bool aligned) in new[] { (Device.Sm80, false), (Device.Sm80, true), (Device.Portable, false) })
        {
            GpuDraw draw = GpuDraw.Of(name, device, aligned, aligned ? 48 : 35, aligned ? 64 : 43, aligned ? 32 : 21);
            string? text = EmulatedKernelTests.AssertMeetsReference(draw);
            if (text is not null) Assert.Equal(onTensorCores, text.Contains("mma.sync", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Plan_OfTransposedBlocks_IsThatOfTurnedBlocksOnOrdersOfTheTranspose()
    {
        KernelPlan transposed = DevicePlanner.Plan(KernelName.Parse("spmm_bsr8x16t_f16-f16-f32_rN_dN_cN"), Device.Sm80, aligned: true), turned = DevicePlanner.Plan(KernelName.Parse("spmm_bsr16x8_f16-f16-f32_rN_dN_cN"), Device.Sm80, aligned: true);

        Assert.Equal(turned.Program.ToString().Split('\n').Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)), transposed.Program.ToString().Split('\n').Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)));
        Assert.NotEmpty(transposed.Bindings.OfType<Binding.Prepared>());
        Assert.All(transposed.Bindings.OfType<Binding.Prepared>(), prepared => Assert.True(prepared.Transposed));
    }
}
