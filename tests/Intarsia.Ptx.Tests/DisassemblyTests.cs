using Intarsia.Ptx.Tests.Sass;
using Intarsia.Ptx.Tests.Tools;

namespace Intarsia.Ptx.Tests;

public sealed class DisassemblyTests
{
    [SkippableTheory]
    [InlineData("sm_80/11.8")]
    [InlineData("sm_89/11.8")]
    [InlineData("sm_90/11.8")]
    [InlineData("sm_80/12.4")]
    public void HotLoop_TwoLoops_IsTheOneWithMoreMatrixInstructions(string target)
    {
        SassFunction code = Ptxas.Assemble(HandWritten.MmaLoop(), PtxTarget.Parse(target)).Disassembly.Function("mma_loop");

        Assert.Equal(2, code.Loops.Count);
        SassLoop loop = Assert.IsType<SassLoop>(code.HotLoop);
        Assert.Equal(16, loop.MmaCount);
        Assert.Equal((16, 6), (loop.Count("IMMA"), loop.Count("LDSM.16.M88.4")));
        Assert.Equal(17, code.Count("IMMA.16832"));
        Assert.Equal(loop.Instructions.Count, loop.Opcodes.Sum(count => count.Value));
        Assert.Equal(4.0 * loop.Instructions.Count, loop.InstructionsPer64Mma);
        Assert.InRange(loop.Instructions.Count, 16 + 6 + 3, 32);   // at least a subtraction, a comparison and the branch
    }

    [SkippableFact]
    public void HotLoop_OuterLoopAroundBoth_IsStillTheInnerOne()
    {
        SassFunction code = Ptxas.Assemble(HandWritten.MmaLoop(nested: true), PtxTarget.Sm80).Disassembly.Function();

        Assert.Equal(3, code.Loops.Count);
        SassLoop outer = Assert.Single(code.Loops, loop => loop.MmaCount == 17);
        Assert.Equal(16, code.HotLoop!.MmaCount);
        Assert.True(outer.Contains(code.HotLoop));
        Assert.False(code.HotLoop.Contains(outer));
    }

    [SkippableFact]
    public void Functions_TwoKernels_KeepTheirInstructions()
    {
        Disassembly code = Ptxas.Assemble(HandWritten.Two(), PtxTarget.Sm80).Disassembly;

        Assert.Equal((1, 1), (code.Function("local_memory").Count("STL"), code.Function("local_memory").Count("LDL")));
        Assert.Equal(64, code.Function("spilling").Count("LDG"));
        Assert.Throws<KeyNotFoundException>(() => code.Function("neither"));
    }

    [SkippableFact]
    public void Loops_SubroutineCalledInALoop_FindsTheLoopAlone()
    {
        SassFunction code = Ptxas.Assemble(HandWritten.Division, PtxTarget.Sm80).Disassembly.Function();

        SassLoop loop = Assert.Single(code.Loops);
        Assert.Equal(1, loop.Count("CALL"));
        Assert.Equal(1, loop.Count("LDG"));
        Assert.Null(code.HotLoop);
    }

    [SkippableFact]
    public void HotLoop_WarpGroupInstructions_AreMatrixInstructions() =>
        Assert.NotEqual(0, Ptxas.Assemble(HandWritten.SerialisedWgmma, PtxTarget.Sm90a).Disassembly.Function().HotLoop!.Count("HGMMA"));

    /// <summary>A wait inside the loop is a loop without matrix instructions; the hot loop is then the one around it, waiting included.</summary>
    [Fact]
    public void HotLoop_WaitInside_IsTheLoopAround()
    {
        SassFunction code = Disassembly.Parse(Listing("""
            .L_x_0:
                /*0000*/                   MOV R1, R2 ;
            .L_x_1:
                /*0010*/                   SYNCS.PHASECHK.TRANS64.TRYWAIT P0, [R2], R3 ;
                /*0020*/              @!P0 BRA `(.L_x_1) ;
                /*0030*/                   HMMA.16816.F32 R4, R8, R12, R4 ;
                /*0040*/               @P1 BRA `(.L_x_0) ;
                /*0050*/                   EXIT ;
            .L_x_2:
                /*0060*/                   BRA `(.L_x_2);
                /*0070*/                   NOP;
            """)).Function("k");

        Assert.Equal([2, 5], code.Loops.Select(loop => loop.Instructions.Count).Order());
        Assert.Equal(5, code.HotLoop!.Instructions.Count);
        Assert.Equal(8, code.Instructions.Count);
    }

    /// <summary>The assembler tries a wait before the loop and again at its end, so that control enters the loop both at the wait and behind it.</summary>
    [Fact]
    public void HotLoop_TwoEntries_IsFound()
    {
        SassFunction code = Disassembly.Parse(Listing("""
                /*0000*/                   SYNCS.PHASECHK.TRANS64.TRYWAIT P0, [UR10], R5 ;
                /*0010*/              @!P0 BRA `(.L_x_5) ;
            .L_x_11:
                /*0020*/                   HGMMA.64x256x16.F32 R24, gdesc[UR16], R24, gsb0 ;
                /*0030*/              @!P1 BRA `(.L_x_5) ;
                /*0040*/                   EXIT ;
            .L_x_5:
                /*0050*/                   SYNCS.PHASECHK.TRANS64.TRYWAIT P0, [UR10], R5 ;
                /*0060*/              @!P0 BRA `(.L_x_5) ;
                /*0070*/                   BRA `(.L_x_11) ;
            """)).Function("k");

        Assert.Equal([0x20, 0x30, 0x50, 0x60, 0x70], code.HotLoop!.Instructions.Select(instruction => instruction.Address));
    }

    /// <summary>Blocks of a loop that were moved behind the end of the kernel belong to it; a block that only follows its branch does not.</summary>
    [Fact]
    public void HotLoop_BlockMovedAway_IsCounted()
    {
        SassFunction code = Disassembly.Parse(Listing("""
            .L_x_0:
                /*0000*/                   HMMA.16816.F32 R4, R8, R12, R4 ;
                /*0010*/                   BRA.DIV UR4, `(.L_x_2) ;
            .L_x_1:
                /*0020*/               @P0 BRA P1, `(.L_x_0) ;
                /*0030*/               @P2 EXIT ;
                /*0040*/                   EXIT ;
            .L_x_2:
                /*0050*/                   WARPSYNC 0xffffffff ;
                /*0060*/                   BRA `(.L_x_1) ;
            """)).Function("k");

        SassLoop loop = Assert.Single(code.Loops);
        Assert.Equal([0x00, 0x10, 0x20, 0x50, 0x60], loop.Instructions.Select(instruction => instruction.Address));
        Assert.Equal(5 * 64.0, loop.InstructionsPer64Mma);
        Assert.Equal("@P0", code.Instructions[2].Guard);
    }

    [Fact]
    public void Parse_BranchThroughARegister_Throws() =>
        Assert.Contains("BRX", Assert.Throws<NotSupportedException>(() => Disassembly.Parse(Listing("    /*0000*/                   BRX R2 -0x10 ;"))).Message, StringComparison.Ordinal);

    private static string Listing(string body) => $"\t.section\t.text.k,\"ax\",@progbits\n\t.align\t128\nk:\n.text.k:\n{body}\n\t.section\t.nv.info,\"\",@\"SHT_CUDA_INFO\"\n";
}
