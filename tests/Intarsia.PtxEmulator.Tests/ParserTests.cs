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
}
