using Intarsia.PtxEmulator.TensorCores;
using Xunit;

namespace Intarsia.PtxEmulator.Tests.TensorCores;

[Trait("Category", "Gpu")]
public sealed class MmaParseTests
{
    [Fact]
    public void Parse_ReadsEveryQualifier()
    {
        MmaInstruction mma = MmaInstruction.Parse("mma.sp::ordered_metadata.sync.aligned.m16n8k64.row.col.satfinite.s32.s8.u8.s32");
        Assert.Equal(new MmaShape(16, 8, 64), mma.Shape);
        Assert.Equal((MmaElement.S8, MmaElement.U8, MmaElement.S32, MmaElement.S32), (mma.A, mma.B, mma.C, mma.D));
        Assert.True(mma.Sparse && mma.OrderedMetadata && mma.Saturate);
        Assert.Equal((4, 4, 4, 4), (mma.ARegisters, mma.BRegisters, mma.CRegisters, mma.DRegisters));
        Assert.Equal(BitOp.XorPopc, MmaInstruction.Parse("mma.sync.aligned.m8n8k128.row.col.s32.b1.b1.s32.xor.popc").BitOp);
    }

    [Fact]
    public void Parse_SameText_GivesTheSameInstance() =>
        Assert.Same(MmaInstruction.Parse("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"), MmaInstruction.Parse("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"));

    [Theory]
    [InlineData("mma.sync.aligned.m16n8k16.row.row.f32.f16.f16.f32", "'.col' is expected where 'row'")]
    [InlineData("mma.sync.aligned.m16n8k32.row.col.f32.f16.f16.f32", "no shape m16n8k32")]
    [InlineData("mma.sync.aligned.m16n8k64.row.col.s32.s8.s8.s32", "no shape m16n8k64")]
    [InlineData("mma.sync.aligned.m8n8k16.row.col.f32.f16.f16.f32", "no shape m8n8k16")]
    [InlineData("mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f32", "different types")]
    [InlineData("mma.sync.aligned.m16n8k16.row.col.f16.bf16.bf16.f16", "do not accumulate")]
    [InlineData("mma.sync.aligned.m16n8k16.row.col.f32.f16.bf16.f32", "do not go together")]
    [InlineData("mma.sync.aligned.m16n8k32.row.col.s32.s8.s4.s32", "do not go together")]
    [InlineData("mma.sync.aligned.m16n8k16.row.col.satfinite.f32.f16.f16.f32", "for integers")]
    [InlineData("mma.sync.aligned.m16n8k256.row.col.s32.b1.b1.s32", "and.popc")]
    [InlineData("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32.and.popc", "and.popc")]
    [InlineData("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8", "type of C")]
    [InlineData("mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32", "type of A")]
    [InlineData("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32.satfinite", "'.satfinite' is left over")]
    [InlineData("mma.sp.sync.aligned.m16n8k16.row.col.s32.s8.s8.s32", "no shape m16n8k16")]
    [InlineData("mma.sp.sync.aligned.m16n8k256.row.col.s32.b1.b1.s32.and.popc", "no shape m16n8k256")]
    [InlineData("mma.aligned.m16n8k16.row.col.f32.f16.f16.f32", "'.sync' is expected")]
    [InlineData("wmma.mma.sync.aligned.m16n16k16.f32", "'.mma' is expected")]
    public void Parse_WhatTheIsaHasNot_IsRefused(string opcode, string reason)
    {
        var exception = Assert.Throws<NotSupportedException>(() => MmaInstruction.Parse(opcode));
        Assert.Contains(opcode, exception.Message);
        Assert.Contains(reason, exception.Message);
    }
}
