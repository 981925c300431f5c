using Intarsia.Compiler.Planning.Gpu;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>
/// Kernels of warp groups on an emulated GPU at sizes of several blocks and more stages than the ring has, none a multiple of its tile: every element type and both directions of the depth, each tile,
/// scale groups that end within and at stages. The emulator knows which bytes a copy still writes and which a multiplication still reads.
/// </summary>
[Trait("Category", "Gpu")]
public class WarpGroupKernelTests
{
    [Theory]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", 272, 600, 144)]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN", 144, 600, 272)]
    [InlineData("gemm_dense_bf16-bf16-f32_rN_dN_cN_rt", 272, 328, 144)]
    [InlineData("gemm_dense_bf16-bf16-bf16_rN_dN_cN_tr__bias-relu", 144, 328, 272)]
    [InlineData("gemm_dense_tf32-tf32-f32_rN_dN_cN_tt", 264, 300, 136)]
    [InlineData("gemm_dense_s8-s8-s32_rN_dN_cN_tt", 272, 1168, 144)]
    [InlineData("gemm_dense_s8-u8-s32_rN_dN_cN_tt", 272, 656, 144)]
    [InlineData("gemm_dense_s8-u8-s32_rN_dN_cN_tr", 144, 656, 272)]
    [InlineData("gemm_dense_s4r-s8k-f32_rN_dN_cN_tt__dequantise-bias-silu", 272, 272, 144)]
    [InlineData("gemm_dense_s4r-f16-f16_rN_dN_cN_rt", 272, 272, 144)]
    public void Kernel_OfManyStages_MeetsTheReference(string kernel, int rows, int depth, int columns) => Check(kernel, rows, depth, columns);

    [Theory]
    [InlineData("gemm_dense_s8g128-s8-f32_rN_dN_cN_tt__dequantise", 144, 1168, 144)]
    [InlineData("gemm_dense_s4g96-u8-f32_rN_dN_cN_tr__dequantise", 144, 208, 144)]
    [InlineData("gemm_dense_s4g64-f16-f32_rN_dN_cN_tt", 144, 640, 144)]
    [InlineData("gemm_dense_s4g32-bf16-f32_rN_dN_cN_rt", 144, 200, 144)]
    [InlineData("gemm_dense_s4g16-f16-f32_rN_dN_cN", 144, 72, 144)]
    [InlineData("gemm_dense_s8g48-s8-f32_r144_d48_c144_tt__dequantise", 144, 48, 144)]
    public void Kernel_WithScaleGroups_MeetsTheReference(string kernel, int rows, int depth, int columns) => Check(kernel, rows, depth, columns);

    /// <summary>128×128, 128×64, 64×128 and 64×64, which extents of these sizes choose.</summary>
    [Theory]
    [InlineData("gemm_dense_f16-f16-f32_r2048_d64_c1024_tt", "128x128", 2048, 64, 1024)]
    [InlineData("gemm_dense_f16-f16-f32_r1024_d64_c1024", "128x64", 1024, 64, 1024)]
    [InlineData("gemm_dense_f16-f16-f32_r64_d64_c16384", "64x128", 64, 64, 16384)]
    [InlineData("gemm_dense_bf16-bf16-f32_r200_d600_c72_rt", "64x64", 200, 600, 72)]
    public void Kernel_OfEachTile_MeetsTheReference(string kernel, string tile, int rows, int depth, int columns)
    {
        Assert.StartsWith(tile, GpuDraw.Of(kernel, Device.Sm90A, aligned: true, rows, depth, columns).Plan().Tile, StringComparison.Ordinal);
        Check(kernel, rows, depth, columns);
    }

    [Theory]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt__bias", 16, 0, 16)]
    [InlineData("gemm_dense_s8g64-s8-f32_rN_dN_cN_tt__dequantise", 16, 0, 16)]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", 8, 8, 8)]
    public void Kernel_OfHardlyAnything_MeetsTheReference(string kernel, int rows, int depth, int columns) => Check(kernel, rows, depth, columns);

    /// <summary>What the tests above rest on: a text with one mistake does not get by.</summary>
    [Theory]
    [InlineData("wgmma.wait_group.sync.aligned 1;", "wgmma.wait_group.sync.aligned 7;")]
    [InlineData("wgmma.fence.sync.aligned;", "")]
    [InlineData("1073741888;", "64;")]
    [InlineData("bar.sync 1, 256;", "")]
    public void Kernel_WithAMistake_IsFoundOut(string text, string mistake)
    {
        GpuDraw draw = GpuDraw.Of("gemm_dense_f16-f16-f32_rN_dN_cN_tt", Device.Sm90A, aligned: true, 272, 600, 144);

        EmulatedKernelTests.AssertIsFoundOut(draw, text, mistake);
    }

    private static void Check(string kernel, int rows, int depth, int columns) =>
        Assert.Null(EmulatedKernelTests.Fault(GpuDraw.Of(kernel, Device.Sm90A, aligned: true, rows, depth, columns)));
}
