using Intarsia.Compiler;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>
/// A user's tile of a thread block: what passes the rules runs, in the tile interpreter and as PTX in the emulator, at sizes that no tile divides; and the budget that the rules hold it against is what the text takes.
/// </summary>
[Trait("Category", "Gpu")]
public class BlockTileTests
{
    public static TheoryData<string, GpuArchitecture, int, int, int, int, int> Tiles() => new()
    {
        { "gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm80, 64, 32, 64, 2, 5 },
        { "gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm80, 32, 128, 16, 1, 2 },
        { "gemm_dense_f16-f16-f32_rN_dN_cN", GpuArchitecture.Sm80, 128, 64, 32, 8, 4 },
        { "gemm_dense_bf16-bf16-f32_rN_dN_cN_rt__bias-relu", GpuArchitecture.Sm80, 16, 64, 0, 1, 0 },
        { "gemm_dense_s8r-s8-s32_rN_dN_cN_tt", GpuArchitecture.Sm80, 256, 64, 64, 4, 3 },
        { "gemm_dense_s8r-s8k-f32_rN_dN_cN__dequantise", GpuArchitecture.Sm80, 0, 32, 128, 4, 0 },
        { "gemm_dense_s4g64-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm80, 64, 64, 64, 4, 2 },
        { "gemm_dense_tf32-tf32-f32_rN_dN_cN_tt", GpuArchitecture.Sm80, 64, 64, 16, 0, 4 },
        { "gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm90a, 64, 64, 64, 4, 2 },
        { "gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm90a, 256, 128, 64, 8, 3 },
        { "gemm_dense_f16-f16-f32_rN_dN_cN", GpuArchitecture.Sm90a, 64, 128, 32, 4, 4 },
        { "gemm_dense_s8r-s8-s32_rN_dN_cN_tt", GpuArchitecture.Sm90a, 32, 128, 128, 8, 0 },
    };

    [Theory]
    [MemberData(nameof(Tiles))]
    public void Kernel_OfAUsersTile_MeetsTheReference(string name, GpuArchitecture architecture, int rows, int columns, int depth, int warps, int stages)
    {
        GpuDraw draw = Draw(name, architecture, new BlockOverride(architecture, rows, columns, depth, warps, stages));
        Assert.Empty(BlockRules.Check(draw.Spec));
        Assert.Null(SpecReference.Execute(draw.Spec, draw.Operands()).FirstMismatch<double>(PlanInterpreter.Run(draw.Spec, draw.Device, aligned: true, draw.Operands())));
        Assert.Null(EmulatedKernelTests.Fault(draw));
        if (draw.Device == Device.Sm80) Assert.Null(EmulatedKernelTests.Fault(draw with { Aligned = false }));
    }

    [Theory]
    [MemberData(nameof(Tiles))]
    public void Plan_OfAUsersTile_HasItsExtents(string name, GpuArchitecture architecture, int rows, int columns, int depth, int warps, int stages)
    {
        GpuDraw draw = Draw(name, architecture, new BlockOverride(architecture, rows, columns, depth, warps, stages));
        BlockShape shape = DenseSchedule.ShapeOf(draw.Spec, draw.Device);
        bool turned = draw.Spec.Y.Layout == MatrixLayout.TokenMajor;

        void IsGiven(int given, int found) => Assert.True(given == 0 || given == found, $"{found} for {given}: {shape}");
        IsGiven(rows, turned ? shape.Width : shape.Height);
        IsGiven(columns, turned ? shape.Height : shape.Width);
        IsGiven(depth, shape.Depth);
        IsGiven(warps, shape.Warps.Count);
        IsGiven(stages, shape.Stages);
    }

    [Theory]
    [MemberData(nameof(Tiles))]
    public void Budget_OfSharedMemory_IsWhatTheTextTakes(string name, GpuArchitecture architecture, int rows, int columns, int depth, int warps, int stages)
    {
        GpuDraw draw = Draw(name, architecture, new BlockOverride(architecture, rows, columns, depth, warps, stages));
        PtxKernel kernel = EmulatedKernel.Lower(draw.Plan(), draw.Device == Device.Sm90A ? PtxTarget.Sm90A : PtxTarget.Sm80, new HashSet<string>());

        int budget = BlockBudget.SharedBytes(DenseSchedule.ShapeOf(draw.Spec, draw.Device), Contraction.Of(draw.Spec, draw.Device), draw.Device);
        // A text may need less, where weights stay nibbles or an epilogue is staged in pieces; never more.
        Assert.Equal(budget, kernel.SharedBytes);
    }

    private static GpuDraw Draw(string name, GpuArchitecture architecture, BlockOverride tile)
    {
        GpuDraw draw = GpuDraw.Of(name, BlockOverrides.DeviceOf(architecture), aligned: true, 144, 272, 144);
        return draw with { Kernel = draw.Kernel with { Spec = draw.Spec with { Blocks = EquatableArray.Of(tile) } } };
    }
}
