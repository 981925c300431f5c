using Intarsia.PtxEmulator.TensorCores;
using Xunit;

namespace Intarsia.PtxEmulator.Tests.TensorCores;

[Trait("Category", "Gpu")]
public sealed class WgmmaParseTests
{
    [Fact]
    public void Parse_ReadsEveryQualifier()
    {
        WgmmaInstruction wgmma = WgmmaInstruction.Parse("wgmma.mma_async.sp.sync.aligned.m64n96k64.s32.s8.u8.satfinite");
        Assert.Equal((96, 64, MmaElement.S32, MmaElement.S8, MmaElement.U8), (wgmma.N, wgmma.K, wgmma.D, wgmma.A, wgmma.B));
        Assert.True(wgmma.Sparse && wgmma.Saturate && !wgmma.HasScales && !wgmma.HasTransposes);
        Assert.Equal((4, 48), (wgmma.ARegisters, wgmma.DRegisters));
        Assert.True(WgmmaInstruction.Parse("wgmma.mma_async.sync.aligned.m64n8k32.satfinite.s32.u8.u8").Saturate);
        Assert.Equal(24 / 4, WgmmaInstruction.Parse("wgmma.mma_async.sync.aligned.m64n24k16.f16.f16.f16").DRegisters);
        Assert.True(WgmmaInstruction.Parse("wgmma.mma_async.sync.aligned.m64n24k8.f32.tf32.tf32") is { HasScales: true, HasTransposes: false, ARegisters: 4 });
    }

    [Fact]
    public void Parse_EveryN_OfFloatsAndOfIntegers()
    {
        int[] floats = [.. Enumerable.Range(1, 300).Where(n => Parses($"wgmma.mma_async.sync.aligned.m64n{n}k16.f32.f16.f16"))];
        Assert.Equal(Enumerable.Range(1, 32).Select(i => 8 * i), floats);
        int[] integers = [.. Enumerable.Range(1, 300).Where(n => Parses($"wgmma.mma_async.sync.aligned.m64n{n}k32.s32.s8.s8"))];
        Assert.Equal([8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256], integers);

        static bool Parses(string opcode) => Record.Exception(() => WgmmaInstruction.Parse(opcode)) is null;
    }

    [Theory]
    [InlineData("wgmma.mma_async.sync.aligned.m64n8k32.f32.f16.f16", "no shape m64n8k32")]
    [InlineData("wgmma.mma_async.sp.sync.aligned.m64n8k16.f32.f16.f16", "no shape m64n8k16")]
    [InlineData("wgmma.mma_async.sync.aligned.m128n8k16.f32.f16.f16", "no shape m128n8k16")]
    [InlineData("wgmma.mma_async.sync.aligned.m64n8k16.f16.bf16.bf16", "do not accumulate")]
    [InlineData("wgmma.mma_async.sync.aligned.m64n8k32.s32.s4.s4", "do not accumulate")]
    [InlineData("wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.bf16", "do not go together")]
    [InlineData("wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16.satfinite", "for integers")]
    [InlineData("wgmma.mma_async.sync.aligned.m64n8k32.f32.e4m3.e4m3", "type of A")]
    [InlineData("wgmma.mma_async.aligned.m64n8k16.f32.f16.f16", "'.sync' is expected")]
    public void Parse_WhatTheIsaHasNot_IsRefused(string opcode, string reason)
    {
        var exception = Assert.Throws<NotSupportedException>(() => WgmmaInstruction.Parse(opcode));
        Assert.Contains(opcode, exception.Message);
        Assert.Contains(reason, exception.Message);
    }
}
