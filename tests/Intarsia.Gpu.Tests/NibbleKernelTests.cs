using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>
/// 4-bit weights that stay nibbles until right before the tensor-core instruction: as the first factor and as the second, unpacked to bytes, binary16 and bfloat16, with scales of every kind, in tiles of every size.
/// </summary>
[Trait("Category", "Gpu")]
public class NibbleKernelTests
{
    [Theory]
    [InlineData("gemm_dense_s4-s8-s32_rN_dN_cN", 70, 100, 45)]
    [InlineData("gemm_dense_s4-u8-s32_r33_d64_cN_tt", 33, 64, 40)]
    [InlineData("gemm_dense_s4r-s8t-f32_rN_d200_cN_tt__dequantise-bias", 130, 200, 20)]
    [InlineData("gemm_dense_s4g64-s8-f32_rN_dN_cN__dequantise", 70, 200, 37)]
    [InlineData("gemm_dense_s4g32-u8k-f32_rN_d100_cN_tt__dequantise-gelu", 40, 100, 33)]
    [InlineData("gemm_dense_s4g128-s8t-s8_rN_dN_cN_tr__dequantise-relu-requantise", 50, 256, 17)]
    [InlineData("gemm_dense_s4g256-s8-f32_rN_d128_cN_rt__dequantise", 48, 128, 48)]
    [InlineData("gemm_dense_s4r-f16-f16_rN_dN_cN", 70, 100, 45)]
    [InlineData("gemm_dense_s4t-f16-f32_r4096_d64_cN_tt", 150, 64, 40)]
    [InlineData("gemm_dense_s4g128-f16-f16_rN_dN_cN_tt", 40, 300, 33)]
    [InlineData("gemm_dense_s4g32-bf16-bf16_rN_dN_cN", 40, 100, 33)]
    [InlineData("gemm_dense_s4r-bf16-f32_rN_d96_cN_tt__bias-silu", 129, 96, 130)]
    [InlineData("spmm_nm2of4_s4r-s8t-f32_rN_dN_cN_tt__dequantise", 40, 100, 33)]
    [InlineData("gemm_dense_s2g32-u8k-f32_rN_dN_cN_tt__dequantise-gelu", 40, 100, 33)]
    [InlineData("gemm_dense_u2-s8-s32_rN_dN_cN", 33, 70, 45)]
    [InlineData("gemm_dense_ternaryr-bf16-bf16_rN_dN_cN", 40, 100, 33)]
    [InlineData("gemm_dense_binaryr-s8t-f32_rN_dN_cN_tt__dequantise-bias", 70, 100, 20)]
    [InlineData("gemm_dense_u1g64-f16-f16_rN_dN_cN_tt", 40, 200, 33)]
    [InlineData("spmm_nm2of4_ternaryr-s8t-f32_rN_dN_cN_tt__dequantise", 40, 100, 33)]
    public void Kernel_RaggedAndAligned_MeetsTheReference(string name, int rows, int depth, int columns)
    {
        KernelSpec spec = KernelName.Parse(name);
        foreach (bool aligned in (bool[])[false, true])
        {
            (int Rows, int Depth, int Columns) size = aligned ? (Up(spec.Rows, rows), Up(spec.Depth, depth), Up(spec.Columns, columns)) : (spec.Rows.IsConstant ? spec.Rows.Constant : rows, depth, columns);
            if (size.Rows > 1000) size.Rows = rows;
            if (aligned && (size.Rows % 16 != 0 || size.Depth % 16 != 0 || size.Columns % 16 != 0)) continue;
            GpuDraw draw = GpuDraw.Of(name.Replace("r4096", "rN", StringComparison.Ordinal), Device.Sm80, aligned, size.Rows, size.Depth, size.Columns);
            EmulatedKernelTests.AssertMeetsReference(draw);
        }
    }

    [Theory]
    [InlineData("gemm_dense_s4-s8-s32_rN_dN_cN_tt", PreparedKind.NibbleFragment)]
    [InlineData("gemm_dense_s4g32-f16-f16_rN_dN_cN_tt", PreparedKind.NibbleFragment)]
    [InlineData("gemm_dense_s2-s8-s32_rN_dN_cN_tt", PreparedKind.NibbleFragment)]
    [InlineData("gemm_dense_binaryr-f16-f16_rN_dN_cN_tt", PreparedKind.NibbleFragment)]
    [InlineData("gemm_dense_flint4r-f16-f16_rN_dN_cN_tt", PreparedKind.NibbleFragment)]
    [InlineData("gemm_dense_cb16s8r-s8t-f32_rN_dN_cN_tt__dequantise", PreparedKind.NibbleFragment)]
    [InlineData("gemm_dense_flint4g16-f16-f16_rN_dN_cN_tt", PreparedKind.Row)]
    [InlineData("gemm_dense_s4rz-s8t-f32_rN_dN_cN_tt__dequantise", PreparedKind.Row)]
    [InlineData("gemm_dense_s4g16-f16-f16_rN_dN_cN_tt", PreparedKind.Row)]
    [InlineData("gemm_dense_s8r-s8t-f32_rN_dN_cN_tt__dequantise", PreparedKind.Row)]
    public void Plan_OfFourBits_KeepsNibblesWhereItCan(string name, PreparedKind kind)
    {
        foreach (bool aligned in (bool[])[false, true])
            Assert.All(DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned).Bindings.OfType<Binding.Prepared>(), binding => Assert.Equal(kind, binding.Kind));
    }

    /// <summary>Every product as large as it gets, and of one sign: where weights count sixteen times, their sums must still fit.</summary>
    [Theory]
    [InlineData("gemm_dense_s4-u8-s32_rN_d4096_cN_tt", 4096)]
    [InlineData("gemm_dense_s4-u8-s32_rN_dN_cN_tt", 4096)]
    [InlineData("gemm_dense_s4g128-s8-f32_rN_dN_cN_tt__dequantise", 256)]
    public void Kernel_OfExtremes_IsExact(string name, int depth)
    {
        KernelSpec spec = KernelName.Parse(name);
        const int Rows = 32, Columns = 32;
        double x = NumberFormats.Get(spec.X.Format).Min == 0 ? 255 : -128;
        var operands = new ReferenceOperands
        {
            Rows = Rows,
            Depth = depth,
            Columns = Columns,
            Weights = [.. Enumerable.Repeat(-8.0, Rows * depth)],
            X = [.. Enumerable.Repeat(x, depth * Columns)],
            WeightScales = spec.Weights.Scale == Per.Group ? [.. Enumerable.Repeat(0.37f, Rows * depth / spec.Weights.ScaleGroup).Select(scale => (double)scale)] : null,
        };
        KernelPlan plan = DevicePlanner.Plan(spec, Device.Sm80, aligned: true);
        var scalars = new HashSet<string>();
        var memory = new PlanOperands(spec, plan, operands, gap: 16);
        Assert.True(EmulatedKernel.Run(EmulatedKernel.Lower(plan, Compiler.Backends.Ptx.PtxTarget.Sm80, scalars), plan, memory, scalars).IsClean);
        Assert.Null(SpecReference.Execute(spec, operands).FirstMismatch<double>(memory.ReadY()));
    }

    [Theory]
    [InlineData("gemm_dense_s4r-s8t-f32_rN_d64_cN_tt__dequantise", "shr.s32", "add.u32")]
    [InlineData("gemm_dense_s4-s8-s32_rN_dN_cN_tt", "sub.u32", "add.u32")]
    [InlineData("gemm_dense_s4r-f16-f16_rN_dN_cN_tt", "0x00f000f0", "0x000f000f")]
    [InlineData("gemm_dense_s4r-bf16-bf16_rN_dN_cN_tt", "0x43084308", "0x43004300")]
    public void Kernel_ThatUnpacksWrongly_IsCaught(string name, string text, string mistake) =>
        EmulatedKernelTests.AssertIsFoundOut(GpuDraw.Of(name, Device.Sm80, aligned: true, 32, 64, 32), text, mistake);

    private static int Up(Extent extent, int size) => extent.IsConstant && extent.Constant < 1000 ? extent.Constant : (size + 15) / 16 * 16;
}
