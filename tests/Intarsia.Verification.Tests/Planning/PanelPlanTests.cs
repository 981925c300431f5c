using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
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
    [InlineData("gemm_dense_f32-f32-f32_r768_d64_cN", new[] { 8 })]
    [InlineData("gemm_dense_f32-f32-f32_r3_d64_cN", new[] { 3 })]
    [InlineData("gemm_dense_f32-f32-f32_r48_d64_c33_tt", new[] { 7, 5 })]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN", new[] { 8, 4, 1 })]
    [InlineData("gemm_dense_f32-f32-f32_r768_d64_cN_tt", new[] { 8, 4, 1 })]
    public void Tiles_OfAnExtent_AreOfAboutTheSameHeight(string kernel, int[] heights)
    {
        KernelPlan plan = TilePlanner.Plan(KernelName.Parse(kernel), Tier.Avx512);
        Assert.Equal(heights, plan.Program.Tiles.Where(tile => tile.Name.StartsWith("acc_", StringComparison.Ordinal)).Select(tile => tile.Shape[0]).Distinct());
    }

    /// <summary>What the user says of the height holds; the rest of a constant extent still is one tile.</summary>
    [Fact]
    public void Tiles_OfAnOverride_KeepItsHeight()
    {
        KernelSpec spec = KernelName.Parse("gemm_dense_f32-f32-f32_r33_d33_c33") with { Tiles = new[] { new TileOverride(Tier.Avx512, 4, 0, 0) } };
        Assert.Equal([4, 1], TilePlanner.Plan(spec, Tier.Avx512).Program.Tiles.Where(tile => tile.Name.StartsWith("acc_", StringComparison.Ordinal)).Select(tile => tile.Shape[0]).Distinct());
    }
}
