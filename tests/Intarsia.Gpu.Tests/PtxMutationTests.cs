using Intarsia.Compiler.Planning.Gpu;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>
/// Who tests the emulator and the comparison: the text of a kernel of each family, wrong in one place. Either the emulator must report something, a race or a read of what nothing wrote, or the result must miss
/// the reference's bound. Sizes are a tile and a bit, and more steps than there
/// are stages, so that no instruction works on nothing.
/// </summary>
[Trait("Category", "Gpu")]
public class PtxMutationTests
{
    /// <param name="name">The kernel.</param>
    /// <param name="device">What runs it.</param>
    /// <param name="rows">Rows of W.</param>
    /// <param name="depth">Columns of W.</param>
    /// <param name="columns">Tokens.</param>
    /// <param name="kinds">Kinds of mistakes that its text has a place for, at least.</param>
    /// <param name="harmless">How a change begins that is no mistake.</param>
    [Theory]
    // A pipeline of copies in front of tensor cores; with scales of groups; of multiply-adds.
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", Device.Sm80, 144, 144, 144, 12)]
    [InlineData("gemm_dense_s8g128-s8-f32_rN_dN_cN_tt__dequantise", Device.Sm80, 144, 400, 144, 12)]
    // There each warp stores the rows that it has computed: the barrier in between might be one of the warp, whose lanes the emulator runs in step.
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN_tt", Device.Sm80, 144, 48, 144, 7, "a missing barrier: bar.sync 0; before '// epilogue and store")]
    // Streamed weights: more than one piece of X.
    [InlineData("gemm_dense_s4g128-f16-f32_rN_dN_c1_tt", Device.Sm80, 20, 10256, 1, 5)]
    // Gathered rows of X: in front of tensor cores, and for each warp.
    [InlineData("spmm_srbcrs8_f16-f16-f32_rN_dN_cN", Device.Sm80, 44, 1600, 144, 12)]
    [InlineData("spmm_csr_f16-f16-f32_rN_dN_cN", Device.Sm80, 43, 1040, 144, 5)]
    // Half of the weights and their metadata.
    [InlineData("spmm_nm2of4_f16-f16-f32_rN_dN_cN_tt", Device.Sm80, 144, 272, 144, 12)]
    // Warp groups: tiles of 64x64, and more steps than there are stages.
    [InlineData("spmm_nm2of4_f16-f16-f32_r80_d1040_c80_tt", Device.Sm90A, 80, 1040, 80, 10)]
    [InlineData("gemm_dense_f16-f16-f32_r80_d1040_c80_tt", Device.Sm90A, 80, 1040, 80, 10)]
    // The tile of a stored block, and past the end of a line.
    [InlineData("sddmm_bsr64x64_f16span-f16-f32_rN_dN_cN_tr", Device.Sm90A, 80, 1040, 150, 10)]
    [InlineData("layernorm_f16-f16_rN_c768_gamma_beta", Device.Sm80, 3, 0, 768, 4)]
    public void Kernel_WithAnyMistake_IsCaught(string name, Device device, int rows, int depth, int columns, int kinds, string? harmless = null)
    {
        GpuDraw draw = name.StartsWith("sddmm", StringComparison.Ordinal) ? GpuDraw.WithStoredEnds(name, device, aligned: true, rows, depth, columns) : GpuDraw.Of(name, device, aligned: true, rows, depth, columns);
        string text = "";
        Assert.Null(EmulatedKernelTests.Fault(draw, ptx => text = ptx));

        var survivors = new List<string>();
        int tried = 0;
        foreach (PtxMistake mistake in PtxMistake.All)
        {
            (string Instruction, string Text)[] wrong = [.. mistake.In(text)];
            if (wrong.Length > 0) tried++;
            survivors.AddRange(wrong.Where(change => EmulatedKernelTests.Fault(draw, _ => change.Text) is null).Select(change => $"{mistake.Name}: {change.Instruction}"));
        }
        if (harmless is not null) Assert.Equal(1, survivors.RemoveAll(survivor => survivor.StartsWith(harmless, StringComparison.Ordinal)));
        Assert.True(survivors.Count == 0, $"not caught: {string.Join("\n  ", survivors)}\n{text}");
        Assert.True(tried >= kinds, $"a place for {tried} kinds of mistakes only, of {kinds}");
    }
}
