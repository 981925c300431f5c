using Xunit;

namespace Intarsia.PtxEmulator.Tests;

[Trait("Category", "Gpu")]
public sealed class FloatInstructionTests
{
    [Theory]
    [InlineData("add.f32", 0x3F800000u, 0x33800000u, 0x3F800000u)] // 1 + 2⁻²⁴ ties to even
    [InlineData("sub.rn.f32", 0x40000000u, 0x3F800000u, 0x3F800000u)]
    [InlineData("mul.f32", 0x40400000u, 0x40A00000u, 0x41700000u)]
    [InlineData("div.rn.f32", 0x3F800000u, 0x40400000u, 0x3EAAAAABu)]
    [InlineData("min.f32", 0x7FC00000u, 0x40A00000u, 0x40A00000u)]
    [InlineData("max.f32", 0x80000000u, 0x00000000u, 0x00000000u)]
    [InlineData("add.ftz.f32", 0x00000001u, 0x00000000u, 0x00000000u)]
    [InlineData("add.f32", 0x00000001u, 0x00000000u, 0x00000001u)]
    [InlineData("add.sat.f32", 0x3F800000u, 0x3F800000u, 0x3F800000u)]
    public void Binary_HandComputed_Equals(string opcode, uint a, uint b, uint expected)
        => Assert.Equal(expected, TestKernel.Compute($"mov.b32 %f1, {a}; mov.b32 %f2, {b}; {opcode} %f3, %f1, %f2; mov.b32 %r1, %f3;"));

    [Fact]
    public void Fma_RoundsOnce()
    {
        // (1 + 2⁻¹²)² − 1 is exact in a fused operation and loses its last term in two.
        float a = 1 + MathF.Pow(2, -12);
        uint fused = TestKernel.Compute($"mov.f32 %f1, {TestKernel.Hex(a)}; fma.rn.f32 %f2, %f1, %f1, {TestKernel.Hex(-1)}; mov.b32 %r1, %f2;");

        Assert.Equal(TestKernel.Bits(MathF.Pow(2, -11) + MathF.Pow(2, -24)), fused);
    }

    [Theory]
    [InlineData("neg.f32", 1.5f, -1.5f)]
    [InlineData("abs.f32", -1.5f, 1.5f)]
    [InlineData("sqrt.rn.f32", 2.25f, 1.5f)]
    [InlineData("rcp.approx.ftz.f32", 4f, 0.25f)]
    [InlineData("rsqrt.approx.f32", 4f, 0.5f)]
    [InlineData("ex2.approx.ftz.f32", 3f, 8f)]
    [InlineData("lg2.approx.f32", 8f, 3f)]
    [InlineData("tanh.approx.f32", 0f, 0f)]
    public void Unary_HandComputed_Equals(string opcode, float a, float expected)
        => Assert.Equal(TestKernel.Bits(expected), TestKernel.Compute($"mov.f32 %f1, {TestKernel.Hex(a)}; {opcode} %f2, %f1; mov.b32 %r1, %f2;"));

    [Theory]
    [InlineData("add.f16x2 %r1, %r2, %r3;", 0x3C004000u, 0x3C003C00u, 0x40004200u)] // (1, 2) + (1, 1)
    [InlineData("mul.rn.bf16x2 %r1, %r2, %r3;", 0x3F804000u, 0x40404040u, 0x404040C0u)] // (1, 2) · (3, 3)
    [InlineData("max.f16x2 %r1, %r2, %r3;", 0x3C00BC00u, 0x40000000u, 0x40000000u)]
    [InlineData("neg.bf16x2 %r1, %r2;", 0x3F804000u, 0u, 0xBF80C000u)]
    [InlineData("fma.rn.f16x2 %r1, %r2, %r3, %r2;", 0x3C004000u, 0x40004200u, 0x42004800u)] // (1·2+1, 2·3+2)
    public void PackedHalves_HandComputed_Equals(string instruction, uint a, uint b, uint expected)
        => Assert.Equal(expected, TestKernel.Compute($"mov.b32 %r2, {a}; mov.b32 %r3, {b}; {instruction}"));

    [Fact]
    public void Fma_Bf16_RoundsOnceWhereBinary64IsNotEnough()
    {
        // (1 + 2⁻⁷) · 1.5 lies midway between two bfloat16 numbers, the upper one even; −2⁻¹⁰⁰ more, which binary64 loses, it must round down.
        uint down = TestKernel.Compute("mov.b16 %h1, 0x3F81; mov.b16 %h2, 0x3FC0; mov.b16 %h3, 0x8D80; fma.rn.bf16 %h4, %h1, %h2, %h3; cvt.u32.u16 %r1, %h4;");

        Assert.Equal(0x3FC1u, down);
    }

    [Theory]
    [InlineData("cvt.rn.f32.s32 %f1, -16777217; mov.b32 %r1, %f1;", 0xCB800000u)]
    [InlineData("cvt.rn.f32.u32 %f1, 0xFFFFFFFF; mov.b32 %r1, %f1;", 0x4F800000u)]
    [InlineData("mov.f32 %f1, 0f40200000; cvt.rni.s32.f32 %r1, %f1;", 2u)] // 2.5 to even
    [InlineData("mov.f32 %f1, 0f40600000; cvt.rni.s32.f32 %r1, %f1;", 4u)] // 3.5 to even
    [InlineData("mov.f32 %f1, 0fC0200000; cvt.rzi.s32.f32 %r1, %f1;", 0xFFFFFFFEu)]
    [InlineData("mov.f32 %f1, 0fC0200000; cvt.rmi.s32.f32 %r1, %f1;", 0xFFFFFFFDu)]
    [InlineData("mov.f32 %f1, 0f4F800000; cvt.rni.s32.f32 %r1, %f1;", 0x7FFFFFFFu)]
    [InlineData("mov.f32 %f1, 0f7FC00000; cvt.rni.s32.f32 %r1, %f1;", 0u)]
    [InlineData("mov.f32 %f1, 0fC3960000; cvt.rni.sat.s8.f32 %r1, %f1;", 0xFFFFFF80u)] // −300
    [InlineData("mov.f32 %f1, 0f43960000; cvt.rni.sat.u8.f32 %r1, %f1;", 255u)]
    [InlineData("mov.u32 %r2, 300; cvt.sat.s8.s32 %r1, %r2;", 127u)]
    [InlineData("mov.u32 %r2, 300; cvt.u8.u32 %r1, %r2;", 44u)]
    [InlineData("mov.u32 %r2, 0x80; cvt.s32.s8 %r1, %r2;", 0xFFFFFF80u)]
    [InlineData("mov.u32 %r2, -1; cvt.s64.s32 %rd4, %r2; mov.b64 {%r2, %r1}, %rd4;", 0xFFFFFFFFu)]
    [InlineData("mov.u32 %r2, -1; cvt.u64.u32 %rd4, %r2; mov.b64 {%r2, %r1}, %rd4;", 0u)]
    [InlineData("mov.f32 %f1, 0f3F801000; cvt.rn.f16.f32 %h1, %f1; cvt.u32.u16 %r1, %h1;", 0x3C00u)]
    [InlineData("mov.f32 %f1, 0f3F803000; cvt.rn.f16.f32 %h1, %f1; cvt.u32.u16 %r1, %h1;", 0x3C02u)]
    [InlineData("mov.b16 %h1, 0xC000; cvt.f32.f16 %f1, %h1; mov.b32 %r1, %f1;", 0xC0000000u)]
    [InlineData("mov.f32 %f1, 0f3F808000; cvt.rn.bf16.f32 %h1, %f1; cvt.u32.u16 %r1, %h1;", 0x3F80u)]
    [InlineData("mov.f32 %f1, 0f3F818000; cvt.rn.bf16.f32 %h1, %f1; cvt.u32.u16 %r1, %h1;", 0x3F82u)]
    [InlineData("mov.f32 %f1, 0f40000000; mov.f32 %f2, 0f3F800000; cvt.rn.f16x2.f32 %r1, %f1, %f2;", 0x40003C00u)]
    [InlineData("mov.f32 %f1, 0f40000000; mov.f32 %f2, 0fBF800000; cvt.rn.relu.bf16x2.f32 %r1, %f1, %f2;", 0x40000000u)]
    [InlineData("mov.f32 %f1, 0f3F801000; cvt.rna.tf32.f32 %r1, %f1;", 0x3F802000u)]
    [InlineData("mov.f32 %f1, 0f3F800FFF; cvt.rna.tf32.f32 %r1, %f1;", 0x3F800000u)]
    [InlineData("cvt.pack.sat.s8.s32.b32 %r1, 200, -200, 0x1234;", 0x12347F80u)]
    [InlineData("cvt.pack.sat.u8.s32.b32 %r1, 300, -5, 0;", 0xFF00u)]
    [InlineData("cvt.pack.sat.u16.s32 %r1, 70000, -5;", 0xFFFF0000u)]
    [InlineData("mov.f32 %f1, 0f40200000; cvt.rni.f32.f32 %f2, %f1; mov.b32 %r1, %f2;", 0x40000000u)]
    [InlineData("mov.f32 %f1, 0f40200000; cvt.sat.f32.f32 %f2, %f1; mov.b32 %r1, %f2;", 0x3F800000u)]
    [InlineData("mov.f32 %f1, 0f3FC00000; cvt.f64.f32 %d1, %f1; fma.rn.f64 %d1, %d1, %d1, %d1; cvt.rn.f32.f64 %f2, %d1; mov.b32 %r1, %f2;", 0x40700000u)]
    public void Cvt_HandComputed_Equals(string body, uint expected) => Assert.Equal(expected, TestKernel.Compute(body));

    [Theory]
    [InlineData("eq", false)]
    [InlineData("ne", false)]
    [InlineData("neu", true)]
    [InlineData("ltu", true)]
    [InlineData("num", false)]
    [InlineData("nan", true)]
    public void Setp_WithNaN_FollowsTheComparison(string comparison, bool expected)
        => Assert.Equal(expected ? 1u : 0u, TestKernel.Compute($"mov.f32 %f1, 0f7FC00000; setp.{comparison}.f32 %p0, %f1, 1.0; selp.u32 %r1, 1, 0, %p0;"));
}
