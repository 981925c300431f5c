using Xunit;

namespace Intarsia.PtxEmulator.Tests;

[Trait("Category", "Gpu")]
public sealed class IntegerInstructionTests
{
    [Theory]
    [InlineData("add.u32 %r1, 0xFFFFFFFF, 2;", 1u)]
    [InlineData("mov.u32 %r2, 0x7FFFFFFF; add.sat.s32 %r1, %r2, 5;", 0x7FFFFFFFu)]
    [InlineData("mov.u32 %r2, 0x80000000; sub.sat.s32 %r1, %r2, 1;", 0x80000000u)]
    [InlineData("sub.s32 %r1, 3, 5;", 0xFFFFFFFEu)]
    [InlineData("mul.lo.u32 %r1, 0x10001, 0x10001;", 0x20001u)]
    [InlineData("mul.hi.u32 %r1, 0xFFFFFFFF, 0xFFFFFFFF;", 0xFFFFFFFEu)]
    [InlineData("mov.u32 %r2, -1; mul.hi.s32 %r1, %r2, 5;", 0xFFFFFFFFu)]
    [InlineData("mad.lo.s32 %r1, -3, 7, 30;", 9u)]
    [InlineData("mad.hi.u32 %r1, 0x80000000, 6, 10;", 13u)]
    [InlineData("mov.u32 %r2, -2; mul.wide.s32 %rd4, %r2, 3; shr.u64 %rd4, %rd4, 32; cvt.u32.u64 %r1, %rd4;", 0xFFFFFFFFu)]
    [InlineData("mov.b16 %h1, 0xFFFE; mul.wide.s16 %r1, %h1, 3;", 0xFFFFFFFAu)]
    [InlineData("mov.b16 %h1, 0xFFFE; mul.wide.u16 %r1, %h1, 3;", 0x2FFFAu)]
    [InlineData("mov.b16 %h1, 0x8000; add.s16 %h1, %h1, %h1; cvt.u32.u16 %r1, %h1;", 0u)]
    [InlineData("mov.b16 %h1, 0xFFFF; min.s16 %h1, %h1, 1; cvt.u32.u16 %r1, %h1;", 0xFFFFu)]
    [InlineData("div.s32 %r1, -7, 2;", 0xFFFFFFFDu)]
    [InlineData("rem.s32 %r1, -7, 2;", 0xFFFFFFFFu)]
    [InlineData("mov.u32 %r2, 0x80000000; div.s32 %r1, %r2, -1;", 0x80000000u)]
    [InlineData("div.u32 %r1, 7, 2;", 3u)]
    [InlineData("div.u32 %r1, 7, 0;", 0xFFFFFFFFu)]
    [InlineData("min.s32 %r1, -1, 1;", 0xFFFFFFFFu)]
    [InlineData("max.u32 %r1, 0xFFFFFFFF, 1;", 0xFFFFFFFFu)]
    [InlineData("neg.s32 %r1, 5;", 0xFFFFFFFBu)]
    [InlineData("abs.s32 %r1, -5;", 5u)]
    [InlineData("sad.u32 %r1, 3, 10, 100;", 107u)]
    [InlineData("not.b32 %r1, 0xF0F0F0F0;", 0x0F0F0F0Fu)]
    [InlineData("shl.b32 %r1, 1, 31;", 0x80000000u)]
    [InlineData("shl.b32 %r1, 1, 32;", 0u)]
    [InlineData("mov.u32 %r2, 0x80000000; shr.s32 %r1, %r2, 40;", 0xFFFFFFFFu)]
    [InlineData("mov.u32 %r2, 0x80000000; shr.u32 %r1, %r2, 40;", 0u)]
    [InlineData("shr.u32 %r1, 0x80000000, 4;", 0x08000000u)]
    [InlineData("mov.u64 %rd4, 0x8000000000000000; shr.s64 %rd4, %rd4, 63; cvt.u32.u64 %r1, %rd4;", 0xFFFFFFFFu)]
    [InlineData("shf.l.wrap.b32 %r1, 0x12345678, 0x9ABCDEF0, 36;", 0xABCDEF01u)]
    [InlineData("shf.l.clamp.b32 %r1, 0x12345678, 0x9ABCDEF0, 36;", 0x12345678u)]
    [InlineData("shf.r.wrap.b32 %r1, 0x12345678, 0x9ABCDEF0, 8;", 0xF0123456u)]
    [InlineData("shf.r.clamp.b32 %r1, 0x12345678, 0x9ABCDEF0, 32;", 0x9ABCDEF0u)]
    [InlineData("popc.b32 %r1, 0xF0F01;", 9u)]
    [InlineData("mov.u64 %rd4, -1; popc.b64 %r1, %rd4;", 64u)]
    [InlineData("clz.b32 %r1, 0x00010000;", 15u)]
    [InlineData("clz.b32 %r1, 0;", 32u)]
    [InlineData("bfind.u32 %r1, 0x00010000;", 16u)]
    [InlineData("bfind.s32 %r1, -1;", 0xFFFFFFFFu)]
    [InlineData("brev.b32 %r1, 0x80000001;", 0x80000001u)]
    [InlineData("brev.b32 %r1, 0x0000000F;", 0xF0000000u)]
    [InlineData("bfe.u32 %r1, 0x12345678, 8, 12;", 0x456u)]
    [InlineData("bfe.u32 %r1, 0x12345678, 28, 12;", 1u)]
    [InlineData("bfe.s32 %r1, 0x00000F00, 8, 4;", 0xFFFFFFFFu)]
    [InlineData("bfe.s32 %r1, 0x00000700, 8, 4;", 7u)]
    [InlineData("bfe.s32 %r1, 0x80000000, 30, 8;", 0xFFFFFFFEu)]
    [InlineData("bfe.s32 %r1, 0x80000000, 3, 0;", 0u)]
    [InlineData("bfi.b32 %r1, 0xFF, 0x12345678, 8, 4;", 0x12345F78u)]
    [InlineData("bfi.b32 %r1, 0xFF, 0x12345678, 32, 4;", 0x12345678u)]
    [InlineData("lop3.b32 %r1, 0xFF00FF00, 0xF0F0F0F0, 0xCCCCCCCC, 0x96;", 0xFF00FF00u ^ 0xF0F0F0F0u ^ 0xCCCCCCCCu)]
    [InlineData("lop3.b32 %r1, 0xFF00FF00, 0xF0F0F0F0, 0xCCCCCCCC, 0xEA;", (0xFF00FF00u & 0xF0F0F0F0u) | 0xCCCCCCCCu)]
    [InlineData("prmt.b32 %r1, 0x44332211, 0x88776655, 0x7150;", 0x88226611u)]
    [InlineData("prmt.b32 %r1, 0x44332211, 0x88776655, 0xFB80;", 0xFF000011u)]
    [InlineData("mov.u32 %r2, 0xFF02FE01; mov.u32 %r3, 0x01020380; dp4a.s32.s32 %r1, %r2, %r3, 1000;", 869u)]
    [InlineData("mov.u32 %r2, 0xFF02FE01; mov.u32 %r3, 0x01020380; dp4a.u32.u32 %r1, %r2, %r3, 1000;", 2149u)]
    [InlineData("mov.u32 %r2, 0xFF02FE01; mov.u32 %r3, 0x01020380; dp4a.u32.s32 %r1, %r2, %r3, 1000;", 1893u)]
    [InlineData("mov.u32 %r2, 0xFFFF0003; mov.u32 %r3, 0x0A0B0102; dp2a.lo.s32.s32 %r1, %r2, %r3, 10;", 15u)]
    [InlineData("mov.u32 %r2, 0xFFFF0003; mov.u32 %r3, 0x0A0B0102; dp2a.hi.s32.s32 %r1, %r2, %r3, 10;", 33u)]
    public void Instruction_HandComputed_Equals(string body, uint expected) => Assert.Equal(expected, TestKernel.Compute(body));

    [Fact]
    public void Add_64Bit_CarriesIntoTheUpperWord()
        => Assert.Equal(3u, TestKernel.Compute("mov.u64 %rd4, 0x2FFFFFFFF; add.s64 %rd4, %rd4, 1; mov.b64 {%r2, %r1}, %rd4;"));

    [Fact]
    public void Mov_PackAndUnpack_PutTheFirstElementLow()
        => Assert.Equal(0x22221111u, TestKernel.Compute("mov.b16 %h1, 0x1111; mov.b16 %h2, 0x2222; mov.b32 %r2, {%h1, %h2}; mov.b64 %rd4, {%r2, %r0}; mov.b64 {%r1, _}, %rd4;"));

    [Theory]
    [InlineData("lt.s32", -1, 1, true)]
    [InlineData("lt.u32", -1, 1, false)]
    [InlineData("lo.u32", 1, -1, true)]
    [InlineData("hs.u32", 1, 1, true)]
    [InlineData("ne.b32", 1, 1, false)]
    [InlineData("ge.s32", 1, 1, true)]
    public void Setp_Comparison_Equals(string comparison, int a, int b, bool expected)
        => Assert.Equal(expected ? 1u : 0u, TestKernel.Compute($"setp.{comparison} %p0, {a}, {b}; selp.u32 %r1, 1, 0, %p0;"));

    [Fact]
    public void Setp_PairCombinedWithNegatedPredicate_ComputesBoth()
    {
        uint[] result = TestKernel.Run("""
            setp.lt.u32 %p0, %r0, 8;
            setp.lt.and.u32 %p1|%p2, %r0, 16, !%p0;
            selp.u32 %r1, 1, 0, %p1;
            selp.u32 %r2, 2, 0, %p2;
            or.b32 %r1, %r1, %r2;
            """);

        for (uint lane = 0; lane < 32; lane++) Assert.Equal(lane < 8 ? 0u : lane < 16 ? 1u : 2u, result[lane]);
    }

    [Fact]
    public void PredicateLogic_OrAndNot_ByLane()
    {
        uint[] result = TestKernel.Run("""
            setp.lt.u32 %p0, %r0, 4; setp.gt.u32 %p1, %r0, 28; or.pred %p2, %p0, %p1; not.pred %p3, %p2; xor.pred %p4, %p3, %p0;
            selp.u32 %r1, 1, 0, %p4;
            """);

        for (uint lane = 0; lane < 32; lane++) Assert.Equal(lane <= 28 ? 1u : 0u, result[lane]);
    }

    [Theory]
    [InlineData("slct.u32.s32 %r1, 1, 2, -1;", 2u)]
    [InlineData("slct.u32.s32 %r1, 1, 2, 0;", 1u)]
    [InlineData("set.lt.u32.s32 %r1, -1, 0;", 0xFFFFFFFFu)]
    [InlineData("set.lt.f32.s32 %f1, -1, 0; mov.b32 %r1, %f1;", 0x3F800000u)]
    public void SelectAndSet_HandComputed_Equals(string body, uint expected) => Assert.Equal(expected, TestKernel.Compute(body));
}
