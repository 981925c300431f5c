using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>A kernel's text says what it does: why it was planned so, which tile is copied, which stage is filled and read, which fragments are multiplied.</summary>
[Trait("Category", "Gpu")]
public class PtxReadabilityTests
{
    [Theory]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", Device.Sm80, "tensor cores on 16-bit floats", "thread block 128x128, 32 deep, 3 stages", "tile a:", "tile b:", "fragments: each warp holds", "fill stage 0", "fill stage 1", "the stage to read has arrived", "depth 0 of the stage: 4x8 tiles", "depth 16 of the stage", "next stage", "accumulators to shared memory", "epilogue and store")]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", Device.Sm90A, "tensor cores on 16-bit floats", "barriers: full, then empty", "the warp group that copies", "the warp groups that contract", "each warp group holds", "depth 0 of the stage", "the stage before this one is read", "accumulators to shared memory", "epilogue and store")]
    [InlineData("spmm_nm2of4_f16-f16-f32_rN_dN_cN_tt", Device.Sm80, "2:4 keeps at most two of four", "tile values:", "tile metadata:", "tile b:", "fragments: each warp holds", "fill stage 0", "next stage")]
    [InlineData("spmm_srbcrs8_f16-f16-f32_rN_dN_cN", Device.Sm80, "a stream of 8x1 vectors", "gathered lines", "fragments: each warp holds", "fill stage 0", "epilogue and store")]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN_tt", Device.Sm80, "tensor cores would round the operands", "tile a:", "tile b:", "accumulators to shared memory", "epilogue and store")]
    public void Text_OfAKernel_NamesItsPartsInTheirOrder(string name, Device device, params string[] comments)
    {
        GpuDraw draw = GpuDraw.Of(name, device, aligned: true, 256, 256, 256);
        string text = EmulatedKernel.Lower(draw.Plan(), device == Device.Sm90A ? PtxTarget.Sm90A : PtxTarget.Sm80, new HashSet<string>()).Text;
        string[] lines = [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("//", StringComparison.Ordinal))];
        int at = -1;
        foreach (string comment in comments)
        {
            at = Array.FindIndex(lines, at + 1, line => line.Contains(comment, StringComparison.Ordinal));
            Assert.True(at >= 0, $"no comment '{comment}', or out of its order, in\n{string.Join('\n', lines)}");
        }
    }
}
