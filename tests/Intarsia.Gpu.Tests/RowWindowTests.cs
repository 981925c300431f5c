using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>Row windows on tensor cores and on multiply-adds, with features of any width: those that no tile divides, too.</summary>
[Trait("Category", "Gpu")]
public class RowWindowTests
{
    [Theory]
    [InlineData("spmm_win16x8_tf32-tf32-f32_rN_dN_cN", 1, true)]
    [InlineData("spmm_win16x8_tf32-tf32-f32_rN_dN_c7", 7, true)]
    [InlineData("spmm_win16x8_tf32-tf32-f32_rN_dN_cN", 18, true)]
    [InlineData("spmm_win16x8_tf32-tf32-f32_rN_dN_cN__bias-relu", 22, true)]
    [InlineData("spmm_win16x8_tf32-tf32-f32_rN_dN_c16__relu", 16, true)]
    [InlineData("spmm_win16x8_tf32-tf32-f32_rN_dN_cN", 96, true)]
    [InlineData("spmm_win16x8_tf32-tf32-f32_rN_dN_cN_rt", 29, true)]
    [InlineData("spmm_win16x8_f16-f16-f16_rN_dN_cN", 50, true)]
    [InlineData("spmm_win16x8_s8g32-s8-f32_rN_dN_cN__dequantise", 18, true)]
    [InlineData("spmm_win16x8_tf32-tf32-f32_rN_dN_cN_tr", 18, false)]
    [InlineData("spmm_win16x8_f32-f32-f32_rN_dN_cN", 18, false)]
    public void Kernel_OfAnyWidth_MeetsTheReference(string name, int columns, bool onTensorCores)
    {
        KernelSpec spec = KernelName.Parse(name);
        foreach ((Device device, bool aligned) in new[] { (Device.Sm80, false), (Device.Sm80, true), (Device.Portable, false) })
        {
            // Lines of whole 16 bytes where the plan is told so.
            int width = aligned && !spec.Columns.IsConstant ? (columns + 15) / 16 * 16 : columns;
            if (aligned && spec.Columns is { IsConstant: true, Constant: var constant } && constant % 16 != 0) continue;
            // A last window of three rows; a depth that is not that of the rows.
            GpuDraw draw = GpuDraw.Of(name, device, aligned, aligned ? 48 : 35, 64, width);
            string? text = EmulatedKernelTests.AssertMeetsReference(draw);
            if (text is not null) Assert.Equal(onTensorCores, text.Contains("mma.sync", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Plan_InTensorFloat_TakesAWindowForAVectorGroup()
    {
        KernelPlan plan = DevicePlanner.Plan(KernelName.Parse("spmm_win16x8_tf32-tf32-f32_rN_dN_cN"), Device.Sm80, aligned: true);

        Assert.NotEmpty(plan.Bindings.OfType<Binding.Prepared>());
        Assert.All(plan.Bindings.OfType<Binding.Prepared>(), prepared => Assert.Equal((16, 8), (prepared.Width, prepared.Interleave)));
    }
}
