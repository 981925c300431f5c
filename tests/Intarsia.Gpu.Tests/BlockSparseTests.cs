using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>
/// Large blocks of sparse weights on the tensor cores of warp groups, in the interpreter and on an emulated GPU: both orders of X and Y, blocks of one tile and of several, block rows of many blocks and of none, a last block row and
/// column that the matrix has in part, weights that are transposed. The emulator knows which bytes a copy still writes and which a multiplication still reads.
/// </summary>
[Trait("Category", "Gpu")]
public class BlockSparseTests
{
    public static TheoryData<string, int, int, int> Cases => new()
    {
        { "spmm_bsr64x64_f16-f16-f32_rN_dN_cN", 144, 328, 136 },
        { "spmm_bsr128x128_bf16-bf16-bf16_rN_dN_cN_rr__bias-relu", 272, 456, 72 },
        { "spmm_bsr128x128_f16-f16-f32_rN_dN_cN_tt", 264, 456, 144 },
        { "spmm_bsr64x128_bf16-bf16-f32_rN_dN_cN_rt", 136, 264, 144 },
        { "spmm_bsr192x64_f16-f16-f16_rN_dN_cN_tr__gelu", 400, 200, 72 },
        { "spmm_dbsr64x64_f16-f16-f32_rN_dN_cN", 200, 136, 72 },
        { "spmm_bsr64x96_f16-f16-f32_rN_dN_cN_tt", 136, 200, 40 },
        { "spmm_bsr64x64_s8-s8-s32_rN_dN_cN_tt", 144, 336, 144 },
        { "spmm_bsr128x128_s8r-u8k-f32_rN_dN_cN_tr__dequantise-bias", 272, 272, 80 },
        { "spmm_bsr64x64_tf32-tf32-f32_rN_dN_cN_tt", 72, 132, 72 },
        { "spmm_bsr64x64_s4r-f16-f16_rN_dN_cN", 136, 136, 72 },
        { "spmm_bsr64x128t_f16-f16-f32_rN_dN_cN", 264, 136, 72 },
        { "spmm_bsr128x128t_bf16-bf16-bf16_rN_dN_cN_rr__bias-relu", 272, 456, 72 },
        { "spmm_dbsr64x64t_f16-f16-f32_rN_dN_cN_tt", 456, 520, 72 },
        { "spmm_bsr64x64t_bf16-bf16-f32_rN_dN_cN", 520, 456, 72 },
        { "spmm_bsr96x64t_f16-f16-f32_rN_dN_cN_rt", 136, 200, 40 },
        { "spmm_bsr64x128t_f16-f16-f16_rN_dN_cN_tr__gelu", 400, 200, 72 },
        { "spmm_bsr64x64t_s8t-f16-f16_rN_dN_cN", 136, 136, 72 },
        { "spmm_bsr64x64t_tf32-tf32-f32_rN_dN_cN_tt", 72, 132, 72 },
        { "spmm_bsr64x64_f16-f16-f32_rN_dN_cN__bias", 72, 0, 16 },
        { "spmm_bsr64x64t_f16-f16-f32_rN_dN_cN__bias", 72, 0, 16 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Kernel_OfLargeBlocks_MeetsTheReference(string kernel, int rows, int depth, int columns)
    {
        GpuDraw draw = GpuDraw.Of(kernel, Device.Sm90A, aligned: true, rows, depth, columns);
        Assert.Contains("block by block", string.Join('\n', draw.Plan().Program.Reasons), StringComparison.Ordinal);
        ReferenceOperands operands = draw.Operands();
        Assert.Null(SpecReference.Execute(draw.Spec, operands).FirstMismatch<double>(PlanInterpreter.Run(draw.Spec, Device.Sm90A, true, operands)));
        Assert.Null(EmulatedKernelTests.Fault(draw));
    }

    /// <summary>What has 16 bits tensor cores turn: the blocks of a transposed matrix stay as that stores them.</summary>
    [Theory]
    [InlineData("spmm_bsr64x128t_f16-f16-f32_rN_dN_cN", true)]
    [InlineData("spmm_dbsr64x128t_bf16-bf16-f32_rN_dN_cN_tt", true)]
    [InlineData("spmm_bsr64x64t_tf32-tf32-f32_rN_dN_cN_tt", false)]
    [InlineData("spmm_bsr64x64t_s8t-s8-f32_rN_dN_cN_tt__dequantise", false)]
    public void Plan_OfTransposedBlocks_ReadsThemAsTheyAreStored(string kernel, bool inPlace)
    {
        Binding.Prepared[] prepared = [.. DevicePlanner.Plan(KernelName.Parse(kernel), Device.Sm90A, aligned: true).Bindings.OfType<Binding.Prepared>()];
        Assert.NotEmpty(prepared);
        Assert.All(prepared, part => Assert.Equal((inPlace ? PreparedKind.TransposedBlock : PreparedKind.Block, !inPlace), (part.Kind, part.Transposed)));
    }

    /// <summary>Blocks that are no whole tiles, and scale groups that cut the depth, are gathered as vectors.</summary>
    [Theory]
    [InlineData("spmm_bsr32x64_f16-f16-f32_rN_dN_cN")]
    [InlineData("spmm_bsr64x24_f16-f16-f32_rN_dN_cN")]
    [InlineData("spmm_bsr64x64_f32-f32-f32_rN_dN_cN_tt")]
    [InlineData("spmm_bsr64x64_s8-s8-s32_rN_dN_cN")]
    [InlineData("spmm_bsr64x64_s8g64-s8-f32_rN_dN_cN_tt__dequantise")]
    [InlineData("spmm_srbcrs16_f16-f16-f32_rN_dN_cN")]
    public void Kernel_OfOtherWeights_HasNoWarpGroups(string kernel) => Assert.False(DevicePlanner.Supports(KernelName.Parse(kernel), Device.Sm90A));

    /// <summary>That the tensor cores turn the blocks, how far their second 64 columns lie from the first, and which of the columns of a block a tile has.</summary>
    [Theory]
    [InlineData(128, ", 1, 1;", ", 0, 1;")]
    [InlineData(128, "8192", "4096")]
    [InlineData(192, "rem.u32", "div.u32")]
    public void Kernel_OfTransposedBlocksWithAMistake_IsFoundOut(int blockColumns, string text, string mistake)
    {
        GpuDraw draw = GpuDraw.Of($"spmm_bsr64x{blockColumns}t_bf16-bf16-f32_rN_dN_cN", Device.Sm90A, aligned: true, 400, 1992, 72);

        EmulatedKernelTests.AssertIsFoundOut(draw, text, mistake);
    }

    /// <summary>What the tests above rest on: the column of a block, the ring (which many stored blocks go round), the fences, the rows within a block.</summary>
    [Theory]
    [InlineData(128, "wgmma.wait_group.sync.aligned 1;", "wgmma.wait_group.sync.aligned 7;")]
    [InlineData(192, "wgmma.fence.sync.aligned;", "")]
    [InlineData(192, ", 6;", ", 5;")]
    [InlineData(192, "rem.u32", "div.u32")]
    public void Kernel_WithAMistake_IsFoundOut(int blockRows, string text, string mistake)
    {
        GpuDraw draw = GpuDraw.Of($"spmm_bsr{blockRows}x64_bf16-bf16-f32_rN_dN_cN", Device.Sm90A, aligned: true, 400, blockRows == 128 ? 7992 : 1992, 72);

        EmulatedKernelTests.AssertIsFoundOut(draw, text, mistake);
    }
}
