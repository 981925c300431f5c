using Intarsia.Compiler;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Intarsia.Verification.Tests.Mutations;
using Xunit;

namespace Intarsia.Verification.Tests.Planning;

/// <summary>Sparse streams of bytes whose entries are multiplied four at a time: who has them, and that they meet the reference, to the bit.</summary>
public class StreamPlanTests
{
    private static readonly Tier[] s_tiers = [Tier.Avx2Vnni, Tier.Avx512Vnni, Tier.Avx512Native, Tier.AdvSimdDp];

    /// <summary>Both signs of X, both layouts, chains, and patterns of single rows, vectors, blocks and sums; where columns are few a part of a vector, and where depth is cut more than one segment to a row.</summary>
    [Theory]
    [InlineData("spmm_csr_s8-s8-s32_rN_dN_cN")]
    [InlineData("spmm_csr_s8-u8-s32_rN_dN_cN_tt")]
    [InlineData("spmm_csr_s4r-s8k-f32_rN_dN_cN_tt__dequantise-bias-relu")]
    [InlineData("spmm_srbcrs2_s8-s8-s32_rN_dN_cN")]
    [InlineData("spmm_srbcrs4_s8-s8-s32_r24_dN_cN")]
    [InlineData("spmm_srbcrs4_s8t-u8t-s8_rN_dN_cN__dequantise-relu-requantise")]
    [InlineData("spmm_srbcrs8_s8-s8-s32_rN_dN_cN_rt")]
    [InlineData("spmm_srbcrs8_s8-u8-s32_r24_dN_cN_ldxy")]
    [InlineData("spmm_srbcrs16_s8-s8-s32_rN_dN_cN_tr")]
    [InlineData("spmm_ell5_flint4-s8-s32_rN_dN_cN")]
    [InlineData("spmm_bsr24x8_s8-u8-s32_rN_dN_cN")]
    [InlineData("spmm_win16x8_ternaryr-s8-f32_rN_dN_cN_tt__dequantise")]
    [InlineData("spmm_nm1of8_s8-u8-s32_rN_dN_cN")]
    public void Plan_OnTiersWithDotProducts_MeetsTheReference(string name)
    {
        KernelSpec spec = KernelName.Parse(name);
        var random = new Random(name.Length);
        foreach (Tier tier in s_tiers)
        {
            for (int run = 0; run < 3; run++)
            {
                // Tiles of 32 cut the depth, so that later segments go on where the first left off.
                KernelSpec tiled = run == 0 ? spec : spec with { Tiles = EquatableArray.Of(new TileOverride(tier, 0, 0, 32)) };
                int rows = spec.Rows.IsConstant ? spec.Rows.Constant : random.Next(1, 40), depth = random.Next(1, 100), columns = run == 2 ? random.Next(1, 16) : random.Next(17, 150);
                Assert.Contains(tier == Tier.AdvSimdDp ? "via dot4signed" : "via dot4\n", Text(tiled, tier), StringComparison.Ordinal);
                ReferenceOperands operands = SpecDraw.Operands(random, tiled, rows, depth, columns);

                string? mismatch = SpecReference.Execute(tiled, operands).FirstMismatch<double>(PlanInterpreter.Run(tiled, tier, operands));

                Assert.True(mismatch is null, $"{tiled} for {tier}, {rows}x{depth}x{columns}: {mismatch}");
            }
        }
    }

    /// <summary>What a byte does not hold, sums of 64 bits and scale groups are multiplied entry by entry, and the plan says why; so is everything on tiers without dot products.</summary>
    [Theory]
    [InlineData("spmm_csr_u8-s8-s32_rN_dN_cN", "a signed byte does not hold every u8 weight")]
    [InlineData("spmm_srbcrs8_s8rz-s8-s32_rN_dN_cN", "weights less their zero points need nine bits")]
    [InlineData("spmm_srbcrs4_s8-s16-s32_rN_dN_cN", "X is not of bytes")]
    [InlineData("spmm_srbcrs4_s8-u8-s64_rN_dN_cN_wide", "sums have 64 bits")]
    [InlineData("spmm_csr_s8g32-s8-f32_rN_dN_cN__dequantise", "a scale group has few entries in a row")]
    public void Plan_OfOtherNumbers_MultipliesEntryByEntryAndSaysWhy(string name, string why)
    {
        KernelSpec spec = KernelName.Parse(name);
        foreach (Tier tier in s_tiers)
        {
            TileProgram program = TilePlanner.Plan(spec, tier).Program;
            Assert.DoesNotContain("via dot4", TilePrinter.Print(program), StringComparison.Ordinal);
            Assert.Contains(program.Reasons, reason => reason.EndsWith(why, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(Tier.Avx512)]
    [InlineData(Tier.Avx2)]
    [InlineData(Tier.AdvSimd)]
    [InlineData(Tier.Vector128)]
    [InlineData(Tier.Scalar)]
    public void Plan_OnTiersWithoutDotProducts_MultipliesEntryByEntry(Tier tier) =>
        Assert.DoesNotContain("via dot4", Text(KernelName.Parse("spmm_srbcrs8_s8-s8-s32_rN_dN_cN"), tier), StringComparison.Ordinal);

    /// <summary>Rows that share what was interleaved, as many as registers allow, and columns; a vector group of more rows is passed over again.</summary>
    [Theory]
    [InlineData("csr", Tier.Avx512Native, 1, 128)]
    [InlineData("srbcrs2", Tier.Avx512Native, 2, 128)]
    [InlineData("srbcrs4", Tier.Avx512Native, 4, 64)]
    [InlineData("srbcrs5", Tier.Avx512Native, 5, 64)]
    [InlineData("srbcrs8", Tier.Avx512Native, 4, 64)]
    [InlineData("csr", Tier.Avx2Vnni, 1, 64)]
    [InlineData("srbcrs8", Tier.Avx512Vnni, 2, 32)]
    [InlineData("srbcrs8", Tier.AdvSimdDp, 4, 16)]
    public void Tile_OfAVectorGroup_SharesWhatIsInterleaved(string pattern, Tier tier, int rows, int columns)
    {
        TileDecl acc = TilePlanner.Plan(KernelName.Parse($"spmm_{pattern}_s8-s8-s32_rN_dN_cN"), tier).Program.Tiles.First(tile => tile.Name.StartsWith("acc_", StringComparison.Ordinal));
        Assert.Equal([rows, columns], acc.Shape);
    }

    /// <summary>One mistake in the loop over fours, or in what surrounds it: a four left out, weights or rows of X of the neighbour, an interleaving left out, rows of the vector group not reached.</summary>
    [Theory]
    [InlineData("spmm_srbcrs8_s8-s8-s32_r24_d60_c128", Tier.Avx512Native)]
    [InlineData("spmm_srbcrs8_s8-u8-s32_r24_d60_c128", Tier.Avx2Vnni)]
    [InlineData("spmm_csr_s8-s8-s32_r9_d60_c128", Tier.Avx512Native)]
    [InlineData("spmm_csr_s8-u8-s32_r9_d60_c128", Tier.AdvSimdDp)]
    public void Program_WithOneMistakeInTheLoop_IsCaught(string name, Tier tier)
    {
        KernelSpec spec = KernelName.Parse(name);
        ReferenceOperands operands = SpecDraw.Operands(new Random(3), spec, spec.Rows.Constant, spec.Depth.Constant, spec.Columns.Constant);
        KernelPlan plan = TilePlanner.Plan(spec, tier);
        string[] places = ["for f in", "for h in", "load indices", "load values", "gather x", "transpose runs", "regroup"];
        // Rows of a vector group have no tail that could be dropped.
        (string Mistake, TileProgram Program)[] mutants = [.. Mutants.Of(plan.Program).Where(mutant => !mutant.Mistake.StartsWith("drop the tail", StringComparison.Ordinal) && places.Any(place => mutant.Mistake.Contains(place, StringComparison.Ordinal)))];

        Assert.True(mutants.Length >= 15, $"only {mutants.Length} mutants");
        Assert.Null(Verdict(spec, plan, operands));
        Assert.Equal([], mutants.Where(mutant => Verdict(spec, plan with { Program = mutant.Program }, operands) is null).Select(mutant => mutant.Mistake));
        Assert.NotNull(Verdict(spec, plan, operands, change: buffers => Array.Clear(buffers[plan.Program.Buffers.Any(buffer => buffer.Name == "z") ? "z" : "values"])));
    }

    /// <summary>Why a run is not accepted; null when it is.</summary>
    private static string? Verdict(KernelSpec spec, KernelPlan plan, ReferenceOperands operands, Action<IReadOnlyDictionary<string, Array>>? change = null)
    {
        var laid = new PlanOperands(spec, plan, operands, gap: 0);
        change?.Invoke(laid.Buffers);
        try
        {
            TileInterpreter.Run(plan.Program, laid.Sizes, laid.Buffers);
        }
        catch (TileProgramException refusal)
        {
            return refusal.Message;
        }
        return SpecReference.Execute(spec, operands).FirstMismatch<double>(laid.ReadY());
    }

    private static string Text(KernelSpec spec, Tier tier) => TilePrinter.Print(TilePlanner.Plan(spec, tier).Program);
}
