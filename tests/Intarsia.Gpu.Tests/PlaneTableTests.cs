using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Intarsia.ProductSpace.Drawing;
using Intarsia.PtxEmulator;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>Binary-coded weights on GPUs: sums of four activations in shared memory, which signs of a plane name, for one column and many, scale groups of any length, with and without offsets.</summary>
[Trait("Category", "Gpu")]
public class PlaneTableTests
{
    private const string One = "gemm_dense_bcq3g64z-f16-f32_rN_dN_c1", Many = "gemm_dense_bcq2g32-f32-f32_rN_dN_c8_tt", Bytes = "gemm_dense_bcq4r-s8k-f32_rN_dN_c3__dequantise";

    [Theory]
    [InlineData("gemm_dense_bcq1r-f32-f32_rN_dN_c1", 33, 70, 1)]
    [InlineData("gemm_dense_bcq3g64z-f16-f16_rN_dN_c1_tt", 70, 300, 1)]
    [InlineData("gemm_dense_bcq2g32-f16-f32_rN_dN_c2__relu", 40, 100, 2)]
    [InlineData("gemm_dense_bcq4g24z-f32-f16_rN_d170_c3", 40, 170, 3)]
    [InlineData("gemm_dense_bcq8tz-bf16-f32_rN_dN_c4_tt__bias", 33, 129, 4)]
    [InlineData("gemm_dense_bcq3g96-f16-f16_r8200_d64_c1_tt", 8200, 64, 1)]
    [InlineData("gemm_dense_bcq3g128-f32-f32_rN_dN_c7", 40, 600, 7)]
    [InlineData("gemm_dense_bcq5g160z-f16-f32_rN_dN_c16_tt", 40, 400, 16)]
    [InlineData("gemm_dense_bcq2g64-f32-f32_rN_dN_cN", 40, 100, 21)]
    [InlineData("gemm_dense_bcq6g40z-f16-f32_rN_dN_cN_tt", 40, 100, 37)]
    [InlineData("gemm_dense_bcq1t-s8-f32_rN_dN_c1__dequantise", 33, 700, 1)]
    [InlineData("gemm_dense_bcq3g64-s8k-f32_rN_dN_c5_tt__dequantise-bias-relu", 33, 200, 5)]
    [InlineData("gemm_dense_bcq2g32z-u8t-s8_rN_dN_c16__dequantise-requantise", 33, 70, 16)]
    [InlineData("gemm_dense_bcq4r-s16-f32_rN_dN_c2_tt__dequantise", 33, 70, 2)]
    [InlineData("gemm_dense_bcq2r-u16-f32_rN_dN_c2__dequantise", 33, 70, 2)]
    [InlineData("gemm_dense_bcq2g32-s4-f32_rN_dN_c3__dequantise", 33, 70, 3)]
    [InlineData("gemm_dense_bcq2g32-u4-f32_rN_dN_c3_tt__dequantise", 33, 70, 3)]
    [InlineData("gemm_dense_bcq2g64-f32-f32_rN_d20_c1", 5, 20, 1)]
    [InlineData("gemm_dense_bcq2g64-f32-f32_rN_dN_c1", 5, 20, 1)]
    [InlineData("gemm_dense_bcq2r-f32-f32_rN_dN_c1__bias", 5, 0, 1)]
    public void Kernel_RaggedAndAligned_MeetsTheReference(string name, int rows, int depth, int columns)
    {
        foreach (bool aligned in (bool[])[false, true])
        {
            KernelSpec spec = KernelName.Parse(name);
            // Lines of Y and of what is combined with it; X is read element by element.
            if (aligned) (rows, columns) = (Up(spec.Rows, rows), Up(spec.Columns, columns));
            if (aligned && (spec.Y.Layout == MatrixLayout.TokenMajor ? rows : columns) % 16 != 0) continue;
            GpuDraw draw = GpuDraw.Of(name, Device.Sm80, aligned, rows, depth, columns);
            // The interpreter takes its time.
            if (rows < 1000) EmulatedKernelTests.AssertMeetsReference(draw);
            else Assert.Null(EmulatedKernelTests.Fault(draw));
        }
    }

    /// <summary>Draws of the product space: all numbers of planes, formats of X, epilogues, layouts and extents that it has for them.</summary>
    [Theory]
    [InlineData(41)]
    [InlineData(42)]
    [InlineData(43)]
    [InlineData(44)]
    public void Kernel_OfDrawnPlanes_MeetsTheReference(ulong seed) =>
        EmulatedKernelTests.AssertDrawsMeetReference(seed, 30, cell => cell is { Operation: Operation.Gemm, Weights: { } weights } && NumberFormats.IsBinaryCoded(weights), _ => true);

    /// <summary>No two lanes wait for each other: neither those that make sums nor those that look them up.</summary>
    [Theory]
    [InlineData(One, 256, 1)]
    [InlineData("gemm_dense_bcq3g96z-f16-f32_rN_dN_c1", 384, 1)]
    [InlineData("gemm_dense_bcq3r-f32-f32_rN_dN_c1", 512, 1)]
    [InlineData("gemm_dense_bcq3g32-f32-f32_rN_dN_c2", 256, 2)]
    [InlineData(Many, 256, 8)]
    [InlineData("gemm_dense_bcq2g128z-s8-f32_rN_dN_c16__dequantise", 256, 16)]
    public void Tables_HaveNoBankConflict(string name, int depth, int columns)
    {
        GpuDraw draw = GpuDraw.Of(name, Device.Sm80, aligned: false, 32, depth, columns);
        KernelPlan plan = draw.Plan();
        PtxKernel kernel = EmulatedKernel.Lower(plan, PtxTarget.Sm80, new HashSet<string>());
        LaunchReport report = EmulatedKernel.Run(kernel, plan, new PlanOperands(draw.Spec, plan, draw.Operands(), draw.Gap), new HashSet<string>());
        Assert.True(report.IsClean);
        // The tail, where sums go from lanes to lines, is another matter.
        int tail = Array.FindIndex(kernel.Text.Split('\n'), line => line.Contains("accumulators to shared memory", StringComparison.Ordinal));
        string[] conflicts = [.. report.SharedAccesses.Where(access => access.Line < tail && access.Conflicts > 0).Select(access => access.ToString())];
        Assert.Empty(conflicts);
    }

    /// <summary>Signs are what is read of the weights, and α: no number is made of either.</summary>
    [Fact]
    public void Plan_OfPlanes_HasNoWeightsButSigns()
    {
        KernelPlan plan = DevicePlanner.Plan(KernelName.Parse(One), Device.Sm80, aligned: true);
        Assert.All(plan.Bindings.OfType<Binding.Prepared>(), binding => Assert.Equal(PreparedKind.PlanePanel, binding.Kind));
        Assert.Equal(ElementType.U4, plan.Program.Buffers.Single(buffer => buffer.Name == "W").Element);
        Assert.False(DevicePlanner.Supports(KernelName.Parse(One), Device.Portable) || DevicePlanner.Supports(KernelName.Parse(One), Device.Sm90A));
    }

    [Theory]
    [InlineData(One, "fma.rn.f32", "mul.rn.f32")]
    [InlineData(One, "0xffffffff", "0x00000000")]
    [InlineData(One, "neg.f32", "mov.f32")]
    [InlineData(One, ", 60, ", ", 56, ")]
    [InlineData(Many, ", 120, ", ", 56, ")]
    [InlineData(Many, "sub.rn.f32", "add.rn.f32")]
    [InlineData(Many, "+128]", "+0]")]
    [InlineData(Bytes, "add.rn.f64", "sub.rn.f64")]
    [InlineData(Bytes, "ld.global.nc.s8", "ld.global.nc.u8")]
    [InlineData(Bytes, "neg.s32", "mov.b32")]
    [InlineData(One, "bar.sync 0", "// bar.sync 0")]
    public void Kernel_ThatLooksUpWrongly_IsCaught(string name, string text, string mistake) => EmulatedKernelTests.AssertIsFoundOut(Small(name), text, mistake);

    /// <summary>A sign, α or an offset that is another one.</summary>
    [Theory]
    [InlineData(One, "W")]
    [InlineData(One, "S")]
    [InlineData(Many, "W")]
    [InlineData(Bytes, "S")]
    public void Kernel_OfOtherWeights_IsCaught(string name, string buffer)
    {
        GpuDraw draw = Small(name);
        Assert.Null(EmulatedKernelTests.Fault(draw));
        Assert.NotNull(EmulatedKernelTests.Fault(draw, spoil: operands =>
        {
            if (operands.Buffers[buffer] is byte[] signs) signs[100] ^= 4;
            else ((float[])operands.Buffers[buffer])[37] *= -1;
        }));
    }

    private static GpuDraw Small(string name) => GpuDraw.Of(name, Device.Sm80, aligned: false, 40, 160, KernelName.Parse(name).Columns.Constant);

    private static int Up(Extent extent, int size) => extent.IsConstant ? extent.Constant : (size + 15) / 16 * 16;
}
