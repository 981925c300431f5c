using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Operands;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>Which tile a thread block gets: the largest that fills the device.</summary>
[Trait("Category", "Gpu")]
public class TileChoiceTests
{
    // Tokens by rows. 4096×4096 are 512 blocks of 128×256, four rounds of 132; 1024×1024 are one round of 128 blocks of 128×64.
    [Theory]
    [InlineData("gemm_dense_f16-f16-f32_r4096_d4096_c4096_tt", "128x256, 64 deep, 4 stages, 8x1 warps")]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", "128x256, 64 deep, 4 stages, 8x1 warps")]
    [InlineData("gemm_dense_s8-u8-s32_r4096_dN_c4096_tt", "128x256, 128 deep, 4 stages, 8x1 warps")]
    [InlineData("gemm_dense_bf16-bf16-f32_r2048_d4096_c1024_tt", "128x128, 64 deep, 7 stages, 8x1 warps")]
    [InlineData("gemm_dense_f16-f16-f32_r1024_d4096_c1024_tt", "128x64, 64 deep, 8 stages, 8x1 warps")]
    [InlineData("gemm_dense_f16-f16-f32_r16384_d4096_c64_tt", "64x128, 64 deep, 8 stages, 4x2 warps")]
    [InlineData("gemm_dense_f16-f16-f32_r256_d4096_c256_tt", "64x64, 64 deep, 8 stages, 4x1 warps")]
    [InlineData("gemm_dense_s8g64-s8-f32_rN_dN_cN_tt__dequantise", "128x128, 64 deep, 8 stages, 8x1 warps")]
    [InlineData("gemm_dense_s8g256-s8-f32_rN_dN_cN_tt__dequantise", "128x128, 128 deep, 7 stages, 8x1 warps")]
    public void Plan_ForSm90A_FillsTheDeviceWithTheLargestTile(string kernel, string expected) =>
        Assert.Equal(expected, DevicePlanner.Plan(KernelName.Parse(kernel), Device.Sm90A, aligned: true).Tile);

    [Theory]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", "128x128, 32 deep, 3 stages, 2x2 warps")]
    [InlineData("gemm_dense_f16-f16-f32_r2048_dN_c640_tt", "64x128, 32 deep, 3 stages, 2x2 warps")]
    [InlineData("gemm_dense_f16-f16-f32_r512_dN_c512_tt", "64x64, 32 deep, 3 stages, 2x2 warps")]
    public void Plan_ForSm80_FillsTheDeviceWithTheLargestTile(string kernel, string expected) =>
        Assert.Equal(expected, DevicePlanner.Plan(KernelName.Parse(kernel), Device.Sm80, aligned: true).Tile);

    [Fact]
    public void Plan_OfRowMajorBytes_IsForSm80AndSaysSo()
    {
        KernelSpec spec = KernelName.Parse("gemm_dense_s8-s8-s32_rN_dN_cN");

        Assert.False(DevicePlanner.Supports(spec, Device.Sm90A));
        Assert.Throws<ArgumentException>(() => DevicePlanner.Plan(spec, Device.Sm90A, aligned: true));
        Assert.Contains(DevicePlanner.Plan(spec, Device.Sm80, aligned: true).Program.Reasons, reason => reason.StartsWith("no text for sm_90a", StringComparison.Ordinal) && reason.Contains("X is row-major", StringComparison.Ordinal));
    }

    [Fact]
    public void Plan_ForSm90AOfRaggedOperands_IsRefused() =>
        Assert.Equal("aligned", Assert.Throws<ArgumentException>(() => DevicePlanner.Plan(KernelName.Parse("gemm_dense_f16-f16-f32_rN_dN_cN"), Device.Sm90A, aligned: false)).ParamName);

    /// <summary>One scale group that spans the depth: its end is no step's end.</summary>
    [Theory]
    [InlineData("gemm_dense_s8g40-s8-f32_r20_d40_c24_tt__dequantise", Device.Sm80)]
    [InlineData("gemm_dense_s8g100-s8-f32_r20_d40_c24_tt__dequantise", Device.Sm80)]
    [InlineData("gemm_dense_s8g40-s8-f32_r20_d40_c24_tt__dequantise", Device.Sm90A)]
    [InlineData("gemm_dense_s4g40-f16-f32_r20_d40_c24_rt", Device.Sm90A)]
    public void Plan_WithOneGroupOverTheDepth_ScalesIt(string kernel, Device device)
    {
        GpuDraw draw = GpuDraw.Of(kernel, device, aligned: true, rows: 20, depth: 40, columns: 24);
        ReferenceOperands operands = draw.Operands();

        Assert.Null(SpecReference.Execute(draw.Spec, operands).FirstMismatch<double>(PlanInterpreter.Run(draw.Spec, device, aligned: true, operands)));
    }
}
