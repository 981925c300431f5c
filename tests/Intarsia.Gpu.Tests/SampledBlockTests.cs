using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>
/// Sampled products into large blocks, in the interpreter and on an emulated GPU: every order of the factors, blocks of one tile and of several, a last block row and column that the matrix has in part (whose padding must stay 0), patterns
/// with empty block rows and without a block, and no depth at all.
/// </summary>
[Trait("Category", "Gpu")]
public class SampledBlockTests
{
    private static readonly (string Kernel, int Rows, int Depth, int Columns)[] OnWarpGroups =
    [
        ("sddmm_bsr64x64_f16span-f16-f32_rN_dN_cN_tr", 136, 584, 150),
        ("sddmm_bsr128x128_bf16span-bf16-bf16_rN_dN_cN_tr_scale0.125_masked__bias-gelu", 272, 200, 301),
        // NN, TN and TT.
        ("sddmm_bsr128x128_f16span-f16-f32_rN_dN_cN", 264, 136, 264),
        ("sddmm_bsr128x64_bf16span-bf16-f16_rN_dN_cN_trr", 200, 72, 136),
        ("sddmm_bsr64x128_f16span-f16-f16_rN_dN_cN_ttr_ldwx_masked", 136, 72, 270),
        ("sddmm_bsr128x256_bf16span-bf16-f32_rN_dN_cN_tr_ldwx_scale", 136, 136, 300),
        // Nine tiles to a block, and tiles that lie past the matrix.
        ("sddmm_bsr192x192_f16span-f16-f32_rN_dN_cN_tr__bias-relu", 264, 72, 230),
        ("sddmm_dbsr64x64_f16span-f16-f32_rN_dN_cN_tr", 520, 72, 200),
        ("sddmm_bsr64x64_s8span-s8-s32_rN_dN_cN_tr__bias-relu", 136, 336, 150),
        ("sddmm_bsr128x128_u8rspan-s8k-f16_rN_dN_cN_tr_masked__dequantise-bias", 200, 272, 301),
        ("sddmm_bsr64x128_s8tspan-s8t-s8t_rN_dN_cN_tr__dequantise-requantise", 136, 144, 150),
        ("sddmm_bsr64x64_tf32span-tf32-f32_rN_dN_cN_tr_scale", 72, 132, 70),
        ("sddmm_bsr128x64_f16span-f16-f32_r256_d192_c192_tr", 256, 192, 192),
        ("sddmm_bsr64x64_f16span-f16-f32_rN_dN_cN_tr__bias", 72, 0, 70),
    ];

    private static readonly (string Kernel, int Rows, int Depth, int Columns)[] OnWarps =
    [
        ("sddmm_bsr64x64_f32span-f32-f32_rN_dN_cN_tr__bias-silu", 136, 72, 150),
        ("sddmm_bsr64x128_f32span-f16-f16_rN_dN_cN_trr_masked", 136, 72, 136),
        ("sddmm_bsr128x128_s8span-u8-s32_rN_dN_cN_trr__bias-relu", 144, 144, 144),
        ("sddmm_bsr64x64_u8span-u8k-bf16_rN_dN_cN_ldw__dequantise", 80, 80, 80),
        ("sddmm_bsr128x64_tf32span-tf32-f32_rN_dN_cN_trr", 136, 72, 136),
    ];

    public static TheoryData<string, Device, bool, int, int, int> Cases()
    {
        var cases = new TheoryData<string, Device, bool, int, int, int>();
        foreach ((string kernel, int rows, int depth, int columns) in OnWarpGroups) cases.Add(kernel, Device.Sm90A, true, rows, depth, columns);
        foreach ((string kernel, int rows, int depth, int columns) in OnWarpGroups.Concat(OnWarps))
        {
            cases.Add(kernel, Device.Sm80, true, rows, depth, columns);
            cases.Add(kernel, Device.Sm80, false, rows, depth, columns);
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Kernel_OfLargeBlocks_MeetsTheReference(string kernel, Device device, bool aligned, int rows, int depth, int columns)
    {
        GpuDraw draw = GpuDraw.WithStoredEnds(kernel, device, aligned, rows, depth, columns);
        Assert.Contains("block by block", string.Join('\n', draw.Plan().Program.Reasons), StringComparison.Ordinal);
        EmulatedKernelTests.AssertMeetsReference(draw);
    }

    /// <summary>Depths and columns that no line of 16 bytes ends at.</summary>
    [Theory]
    [InlineData("sddmm_bsr64x64_f16span-f16-f32_rN_dN_cN_tr", 70, 67, 131)]
    [InlineData("sddmm_bsr128x128_s8span-u8-s32_rN_dN_cN_trr", 133, 35, 131)]
    [InlineData("sddmm_bsr64x128_bf16span-f16-bf16_rN_dN_cN", 70, 19, 131)]
    public void Kernel_OfRaggedLines_MeetsTheReference(string kernel, int rows, int depth, int columns) =>
        EmulatedKernelTests.AssertMeetsReference(GpuDraw.WithStoredEnds(kernel, Device.Sm80, aligned: false, rows, depth, columns));

    /// <summary>Blocks that are no whole tiles are taken 16 entries at a time; factors that warp groups do not take leave the text for sm_80 alone.</summary>
    [Theory]
    [InlineData("sddmm_bsr32x64_f16span-f16-f32_rN_dN_cN_tr", false)]
    [InlineData("sddmm_bsr64x96_f16span-f16-f32_rN_dN_cN_tr", false)]
    [InlineData("sddmm_srbcrs16_f16span-f16-f32_rN_dN_cN_tr", false)]
    [InlineData("sddmm_bsr64x64_f32span-f32-f32_rN_dN_cN_tr", true)]
    [InlineData("sddmm_bsr64x64_f16span-bf16-f32_rN_dN_cN_tr", true)]
    [InlineData("sddmm_bsr64x64_s8span-s8-s32_rN_dN_cN", true)]
    [InlineData("sddmm_bsr64x64_s8span-s8-s32_rN_dN_cN_ttr", true)]
    [InlineData("sddmm_bsr64x64_tf32span-tf32-f32_rN_dN_cN", true)]
    public void Kernel_OfOtherResults_HasNoWarpGroups(string kernel, bool hasBlocks)
    {
        KernelSpec spec = KernelName.Parse(kernel);
        Assert.False(DevicePlanner.Supports(spec, Device.Sm90A));
        Assert.Equal(hasBlocks, string.Join('\n', DevicePlanner.Plan(spec, Device.Sm80, aligned: true).Program.Reasons).Contains("no text for sm_90a", StringComparison.Ordinal));
    }

    /// <summary>The largest tile that a block is whole multiples of, and a thread block for each tile of a stored block.</summary>
    [Theory]
    [InlineData(64, 64, 64, 64)]
    [InlineData(64, 128, 64, 128)]
    [InlineData(128, 64, 128, 64)]
    [InlineData(128, 128, 128, 128)]
    [InlineData(128, 256, 128, 256)]
    [InlineData(256, 512, 128, 256)]
    [InlineData(192, 192, 64, 64)]
    [InlineData(256, 192, 128, 64)]
    public void Kernel_OfLargeBlocks_HasAThreadBlockForEachTile(int blockRows, int blockColumns, int height, int width)
    {
        KernelPlan plan = DevicePlanner.Plan(KernelName.Parse($"sddmm_bsr{blockRows}x{blockColumns}_bf16span-bf16-bf16_rN_dN_cN_tr"), Device.Sm90A, aligned: true);
        Assert.StartsWith($"{height}x{width}, 64 deep", plan.Tile, StringComparison.Ordinal);
        PtxKernel kernel = EmulatedKernel.Lower(plan, PtxTarget.Sm90A, new HashSet<string>());
        foreach (int stored in (int[])[0, 1, 7])
        {
            var sizes = new Dictionary<string, long> { [KernelPlan.SlotsSize] = (long)stored * blockRows * blockColumns };
            Assert.Equal(stored, IndexEvaluator.Evaluate(kernel.GridX, sizes));
            Assert.Equal(stored * blockRows * blockColumns, height * width * IndexEvaluator.Evaluate(kernel.GridX, sizes) * IndexEvaluator.Evaluate(kernel.GridY, sizes) * IndexEvaluator.Evaluate(kernel.GridZ, sizes));
        }
    }

    [Theory]
    [InlineData("sddmm_bsr64x64_f16span-f16-f32_rN_dN_cN_tr__bias")]
    [InlineData("sddmm_dbsr64x64_f16span-f16-f32_rN_dN_cN_tr__bias")]
    public void Kernel_OfNoBlock_WritesNothing(string kernel)
    {
        GpuDraw draw = GpuDraw.Of(kernel, Device.Sm90A, aligned: true, 72, 64, 72);
        ReferenceOperands drawn = draw.Operands();
        var operands = new ReferenceOperands { Rows = drawn.Rows, Depth = drawn.Depth, Columns = drawn.Columns, Weights = drawn.Weights, X = drawn.X, Biases = drawn.Biases, Sampled = new bool[drawn.Rows * drawn.Columns] };
        Assert.All(PlanInterpreter.Run(draw.Spec, Device.Sm90A, true, operands), value => Assert.Equal(0, value));
        Assert.Equal(0, new PlanOperands(draw.Spec, draw.Plan(), operands, draw.Gap).Sizes[KernelPlan.SlotsSize]);
    }

    /// <summary>What the tests above rest on: the place of a block, the ring, the fences, where lines and rows end.</summary>
    [Theory]
    [InlineData("wgmma.wait_group.sync.aligned 1;", "wgmma.wait_group.sync.aligned 7;")]
    [InlineData("wgmma.fence.sync.aligned;", "")]
    [InlineData(", 6;", ", 5;")]
    [InlineData("sub.u32", "add.u32")]
    public void Kernel_WithAMistake_IsFoundOut(string text, string mistake)
    {
        GpuDraw draw = GpuDraw.WithStoredEnds("sddmm_bsr64x64_bf16span-bf16-f32_rN_dN_cN_tr__bias", Device.Sm90A, aligned: true, 200, 1992, 150);

        EmulatedKernelTests.AssertIsFoundOut(draw, text, mistake);
    }
}
