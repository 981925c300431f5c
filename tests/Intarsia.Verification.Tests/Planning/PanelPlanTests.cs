using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Xunit;

namespace Intarsia.Verification.Tests.Planning;

/// <summary>Rows of the tiles of dense contractions: those of a constant extent are dealt evenly, and what is left is a tile of its own.</summary>
public sealed class PanelPlanTests
{
    [Theory]
    [InlineData("gemm_dense_f32-f32-f32_r17_d17_c17", new[] { 6, 5 })]
    [InlineData("gemm_dense_f32-f32-f32_r31_d31_c31", new[] { 8, 7 })]
    [InlineData("gemm_dense_f32-f32-f32_r33_d33_c33", new[] { 7, 5 })]
    [InlineData("gemm_dense_f32-f32-f32_r64_d64_c64", new[] { 6, 4 })]
    [InlineData("gemm_dense_f32-f32-f32_r768_d64_cN", new[] { 6 })]
    [InlineData("gemm_dense_f32-f32-f32_r3_d64_cN", new[] { 3 })]
    [InlineData("gemm_dense_f32-f32-f32_r48_d64_c33_tt", new[] { 7, 5 })]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN", new[] { 8, 4, 1 })]
    [InlineData("gemm_dense_f32-f32-f32_r32_d32_cN", new[] { 8 })]
    [InlineData("gemm_dense_f32-f32-f32_r768_d64_cN_tt", new[] { 8, 4, 1 })]
    public void Tiles_OfAnExtent_AreOfAboutTheSameHeight(string kernel, int[] heights)
    {
        KernelPlan plan = TilePlanner.Plan(KernelName.Parse(kernel), Tier.Avx512);
        Assert.Equal(heights, plan.Program.Tiles.Where(tile => tile.Name.StartsWith("acc_", StringComparison.Ordinal)).Select(tile => tile.Shape[0]).Distinct());
    }

    /// <summary>A constant extent of the vector side has panels of as many vectors as it can fill, and whole vectors have no masks; an open one has tiles of every width, and masks.</summary>
    [Theory]
    [InlineData("gemm_dense_f32-f32-f32_r64_d64_c64", new[] { 64 }, false)]
    [InlineData("gemm_dense_f32-f32-f32_r64_d64_c32", new[] { 32 }, false)]
    [InlineData("gemm_dense_f32-f32-f32_r64_d64_c80", new[] { 32, 48 }, false)]
    [InlineData("gemm_dense_f32-f32-f32_r64_d64_c112", new[] { 48, 64 }, false)]
    [InlineData("gemm_dense_f32-f32-f32_r64_d64_c33", new[] { 48 }, true)]
    [InlineData("gemm_dense_f32-f32-f32_r1024_d64_cN_tt", new[] { 64 }, false)]
    [InlineData("gemm_dense_s8-s8-s32_r4096_d64_cN_tt", new[] { 16, 48 }, false)]
    [InlineData("gemm_dense_f32-f32-f32_r1_d64_cN_tt", new[] { 16 }, true)]
    [InlineData("gemm_dense_f32-f32-f32_r768_d64_cN_tt", new[] { 48 }, false)]
    [InlineData("gemm_dense_f32-f32-f32_r64_d64_cN", new[] { 16, 32, 48, 64 }, true)]
    public void Tiles_OfAnExtent_AreAsWideAsItFills(string kernel, int[] widths, bool clips)
    {
        TileProgram program = TilePlanner.Plan(KernelName.Parse(kernel), Tier.Avx512).Program;
        Assert.Equal(widths, program.Tiles.Where(tile => tile.Name.StartsWith("acc_", StringComparison.Ordinal)).Select(tile => tile.Shape[1]).Distinct());
        Assert.Equal(clips, TilePrinter.Print(program).Contains("clip columns", StringComparison.Ordinal));
    }

    /// <summary>As many tokens as half of a second-level cache holds; where that is fewer than a panel has lanes, panels stay there, and tokens pass by.</summary>
    [Theory]
    [InlineData("gemm_dense_f32-f32-f32_r768_d1024_cN_tt", 128)]
    [InlineData("gemm_dense_f32-f32-f32_r768_d2048_cN_tt", 64)]
    [InlineData("gemm_dense_f32-f32-f32_r768_d3072_cN_tt", 256)]
    [InlineData("gemm_dense_cb16-f32-f32_r4096_d4096_cN_tt", 256)]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN_tt", 64)]
    public void Block_OfTokens_IsWhatFitsOrAll(string kernel, int tokens)
    {
        string program = TilePrinter.Print(TilePlanner.Plan(KernelName.Parse(kernel), Tier.Avx512).Program);
        Assert.Contains($"for t0 in tBegin .. tEnd step {tokens}\n", program, StringComparison.Ordinal);
    }

    /// <summary>What the user says of the height holds; the rest of a constant extent still is one tile.</summary>
    [Fact]
    public void Tiles_OfAnOverride_KeepItsHeight()
    {
        KernelSpec spec = KernelName.Parse("gemm_dense_f32-f32-f32_r33_d33_c33") with { Tiles = new[] { new TileOverride(Tier.Avx512, 4, 0, 0) } };
        Assert.Equal([4, 1], TilePlanner.Plan(spec, Tier.Avx512).Program.Tiles.Where(tile => tile.Name.StartsWith("acc_", StringComparison.Ordinal)).Select(tile => tile.Shape[0]).Distinct());
    }
}
