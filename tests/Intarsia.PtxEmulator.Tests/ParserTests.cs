using System.Text;
using Xunit;

namespace Intarsia.PtxEmulator.Tests;

[Trait("Category", "Gpu")]
public sealed class ParserTests
{
    [Theory]
    [InlineData("add.u32 r1, r2;", 5, 1, "2 operands")]
    [InlineData("frobnicate.u32 r1, r2;", 5, 1, "'frobnicate.u32'")]
    [InlineData("add.u32 r1, r2, r9;", 5, 17, "'r9'")]
    [InlineData("add.u32 r1, r2, p0;", 5, 17, "'p0' of type .pred")]
    [InlineData("add.u64 r1, r2, 1;", 5, 9, "'r1' of type .b32")]
    [InlineData("add.wrong.u32 r1, r2, 1;", 5, 1, "'.wrong'")]
    [InlineData("add.u32 r1, r2, 1", 5, 18, "'}'")]
    [InlineData("bra NOWHERE;", 5, 5, "'NOWHERE'")]
    [InlineData("@r1 add.u32 r1, r2, 1;", 5, 2, "'r1'")]
    [InlineData("ld.global.u32 r1, [r2];", 5, 20, "'r2'")]
    [InlineData("ld.local.u32 r1, [d1];", 5, 1, ".local")]
    [InlineData("mov.u32 r1, %clock;", 5, 13, "'%clock'")]
    [InlineData("mov.u32 r1, 0xZZ;", 5, 13, "'0xZZ'")]
    [InlineData("mma.sync.aligned.m16n8k7.row.col.s32.s8.s8.s32 {r1,r1,r1,r1}, {r1,r1}, {r1}, {r1,r1,r1,r1};", 5, 1, "mma.sync.aligned.m16n8k7")]
    [InlineData("cp.async.cg.shared.global [r1], [d1], 8;", 5, 39, "'8'")]
    [InlineData(".reg .b32 r1;", 5, 11, "'r1' a second time")]
    [InlineData("L: L: ret;", 5, 4, "'L' a second time")]
    [InlineData("/* open", 5, 1, "a comment without end")]
    [InlineData("add.u32 r1, r2, #3;", 5, 17, "'#'")]
    [InlineData(".global .b32 x;", 5, 1, "'.global'")]
    public void Parse_Malformed_NamesLineColumnAndWhat(string statement, int line, int column, string what)
    {
        string text = $".version 8.0\n.target sm_80\n.visible .entry k()\n{{ .reg .b32 r<4>; .reg .b64 d<4>; .reg .pred p<2>;\n{statement}\n}}";

        var wrong = Assert.Throws<PtxParseException>(() => PtxModule.Parse(text));

        Assert.Contains(what, wrong.Message);
        Assert.Equal((line + (statement.EndsWith('1') ? 1 : 0), statement.EndsWith('1') ? 1 : column), (wrong.Line, wrong.Column));
    }

    [Theory]
    [InlineData("", "no .version")]
    [InlineData(".version 8.0", "no .target")]
    [InlineData(".version 8.0\n.target sm_80\n.address_size 32", "address size 32")]
    [InlineData(".version 8.0\n.target sm_80\n.visible .func f() { }", ".func")]
    public void Parse_ModuleDirectives_SaysWhatIsMissing(string text, string what) => Assert.Contains(what, Assert.Throws<PtxParseException>(() => PtxModule.Parse(text)).Message);

    [Fact]
    public void Parse_Entry_HasParametersWithOffsetsAndLimits()
    {
        PtxModule module = PtxModule.Parse(Encoding.UTF8.GetBytes("""
            // a comment
            .version 7.8
            .target sm_80
            .address_size 64
            .visible .entry first(.param .u32 n, .param .u64 p, .param .align 64 .b8 map[128], .param .f32 scale)
            .maxntid 128, 1, 1
            .minnctapersm 2
            { .reg .b32 %r<4>; { .reg .b64 %r0; mov.u64 %r0, 1; /* inner */ } mov.u32 %r0, 1; .pragma "nounroll"; ret; }
            .entry second() { }
            """ + "\0"));

        Assert.Equal("sm_80", module.Target);
        Assert.Equal(["first", "second"], module.Entries.Select(entry => entry.Name));
        PtxEntry first = module.Entry("first");
        Assert.Equal([(0, 4), (8, 8), (64, 128), (192, 4)], first.Parameters.Select(parameter => (parameter.Offset, parameter.Size)));
        Assert.Equal(128, first.MaxThreads);
        Assert.Equal(5, first.DeclaredRegisters);
        Assert.Contains("'first', 'second'", Assert.Throws<KeyNotFoundException>(() => module.Entry("third")).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Parse_AnyTokenRemovedOrDoubledOrReplaced_IsReadOrRefusedWithAPlace(int change)
    {
        string text = TestKernel.Text("""
            setp.lt.and.u32 %p1|%p2, %r0, 16, !%p0; cvt.rn.f32.s32 %f1, %r0; cvt.pack.sat.s8.s32.b32 %r1, %r0, %r0, %r0; mov.b64 %rd4, {%r0, %r1}; mov.b64 {%r1, _}, %rd4;
            lop3.b32 %r1, %r0, %r0, %r0, 0x96; shfl.sync.down.b32 %r1|%p0, %r0, 4, 31, -1; vote.sync.ballot.b32 %r4, %p0, -1; atom.global.cas.b32 %r1, [%rd1+4], 5, 6; elect.sync %r1|%p0, -1;
            ld.global.nc.L1::no_allocate.L2::128B.v2.b32 {%r2, %r1}, [%rd1+8]; st.shared.v4.u32 [tile], {%r0, 1, %r0, %r0}; bar.sync 1, 64; fence.proxy.async.shared::cta; setmaxnreg.inc.sync.aligned.u32 240;
            cp.async.cg.shared.global [tile], [%rd1], 16, %r4; cp.async.wait_group 1; mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f0, %f1, %f2, %f3}, {%r0, %r0, %r0, %r0}, {%r0, %r0}, {%f0, %f1, %f2, %f3};
            ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%r1, %r2, %r3, %r4}, [tile+16]; mbarrier.try_wait.parity.shared::cta.b64 %p5, [tile], 0; mbarrier.arrive.expect_tx.shared.b64 _, [tile], 16;
            cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [tile], [%rd1, {%r0, 3}], [tile]; cp.async.bulk.global.shared::cta.bulk_group [%rd0], [tile], 256;
            wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%f0, %f1, %f2, %f3}, %rd1, %rd2, 1, 1, 1, 0, 0; wgmma.wait_group.sync.aligned 0; @%p0 bra L; L: bfe.u32 %r1, %r0, 3, 4; dp4a.u32.s32 %r1, %r0, %r0, %r0;
            """, ".shared .align 128 .b8 tile[256];");
        _ = PtxModule.Parse(text);
        List<Parsing.Token> tokens = Parsing.Lexer.Tokens(text);
        for (int i = 0; i + 1 < tokens.Count; i++)
        {
            (int start, int end) = (tokens[i].Start, tokens[i].End);
            string token = text[start..end];
            string changed = text[..start] + (change == 0 ? "" : change == 1 ? $"{token} {token}" : text[tokens[i + 1].Start..tokens[i + 1].End]) + text[end..];
            Exception? thrown = Record.Exception(() => PtxModule.Parse(changed));
            Assert.True(thrown is null or PtxParseException { Line: > 0, Column: > 0 }, $"{token} at {tokens[i].Line}:{tokens[i].Column}: {thrown}");
        }
    }
}
