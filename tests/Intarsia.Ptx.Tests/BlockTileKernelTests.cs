using Intarsia.Compiler;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Tools;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>What the planner predicts of a thread block: the estimate of registers that rules hold a user's tile against: no tile that it lets pass spills, nor takes more than it says, but for loads ahead that there is room for.</summary>
[Trait("Category", "Gpu")]
public sealed class BlockTileKernelTests
{
    /// <summary>Registers that the assembler spends on a small tile, of which there are enough, for loads that it moves ahead.</summary>
    private const int LoadsAhead = 16;

    [SkippableTheory]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm80, 128, 128, 32, 4, 3)]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm80, 256, 128, 32, 8, 4)]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm80, 64, 32, 64, 2, 5)]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN", GpuArchitecture.Sm80, 128, 64, 32, 8, 4)]
    [InlineData("gemm_dense_s8r-s8-s32_rN_dN_cN_tt", GpuArchitecture.Sm80, 256, 64, 64, 4, 3)]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm90a, 256, 128, 64, 8, 3)]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm90a, 64, 64, 64, 4, 2)]
    public void Registers_OfAUsersTile_AreNoMoreThanEstimatedAndAFewLoads(string name, GpuArchitecture architecture, int rows, int columns, int depth, int warps, int stages)
    {
        KernelSpec spec = KernelName.Parse(name) with { Blocks = EquatableArray.Of(new BlockOverride(architecture, rows, columns, depth, warps, stages)) };
        Assert.Empty(BlockRules.Check(spec));
        Device device = BlockOverrides.DeviceOf(architecture);
        int estimate = BlockBudget.Registers(DenseSchedule.ShapeOf(spec, device), device, hasGroups: false);
        Compiler.Backends.Ptx.PtxTarget target = device == Device.Sm90A ? Compiler.Backends.Ptx.PtxTarget.Sm90A : Compiler.Backends.Ptx.PtxTarget.Sm80;

        new KernelBudget { MaxRegisters = Math.Min(255, estimate + LoadsAhead), MaxLoopInstructionsPer64Mma = double.MaxValue }.AssertMet(KernelLowering.Lower(DevicePlanner.Plan(spec, device, aligned: true), target, "kernel", new HashSet<string>()).Text, device == Device.Sm90A ? PtxTarget.Sm90a : PtxTarget.Sm80);
    }

    /// <summary>The planner's own tiles on sm_80: registers near the estimate, shared memory to the byte. The largest tiles are met within 8; smaller ones need fewer addresses than the estimate allows for.</summary>
    [SkippableTheory]
    [InlineData("gemm_dense_f16-f16-f32_r4096_d4096_c4096_tt", 8)]
    [InlineData("gemm_dense_bf16-bf16-bf16_r3072_dN_c128_tt__bias-gelu", 40)]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN", 8)]
    [InlineData("gemm_dense_s8-s8-s32_r4096_d4096_c4096_tt", 8)]
    [InlineData("gemm_dense_u8-s8-s32_rN_dN_cN_tt", 8)]
    [InlineData("gemm_dense_s8r-u8t-s8_rN_dN_cN_tt__dequantise-bias-relu-requantise", 8)]
    [InlineData("gemm_dense_tf32-tf32-f32_r1024_d1024_c1024_tt", 24)]
    [InlineData("gemm_dense_s8g64-s8-f32_r4096_d4096_c4096_tt__dequantise", 8)]
    public void Resources_OfThePlannersTile_AreAsPredicted(string name, int margin)
    {
        KernelSpec spec = KernelName.Parse(name);
        Contraction contraction = Contraction.Of(spec, Device.Sm80);
        BlockShape shape = DenseSchedule.ShapeOf(spec, Device.Sm80);
        PtxKernel kernel = KernelLowering.Lower(DevicePlanner.Plan(spec, Device.Sm80, aligned: true), Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>());

        Assert.Equal(BlockBudget.SharedBytes(shape, contraction, Device.Sm80), kernel.SharedBytes);
        int registers = BlockBudget.Registers(shape, Device.Sm80, DenseSchedule.HasScaledGroups(spec, contraction));
        new KernelBudget { MaxRegisters = 255, PredictedRegisters = Math.Min(255, registers), Margin = margin, MaxLoopInstructionsPer64Mma = double.MaxValue }.AssertMet(kernel.Text, PtxTarget.Sm80);
    }
}
