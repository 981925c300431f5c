using Intarsia.Compiler;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Intarsia.Verification.Tests.Mutations;
using Xunit;

namespace Intarsia.Verification.Tests.Planning;

/// <summary>Dense products whose depth is cut into slices (split-K): which have them, that they meet the reference on every tier, and that nothing shows how many threads there are.</summary>
public class SlicedPlanTests
{
    private static readonly Tier[] s_tiers = [Tier.Scalar, Tier.Vector128, Tier.Avx2, Tier.Avx512, Tier.Avx2Vnni, Tier.Avx512Vnni, Tier.Avx512Native, Tier.AdvSimd, Tier.AdvSimdDp];

    /// <summary>Every layout, floats and integers of every width, spans and packed weights, shifted X, wide sums, places of N:M weights, and chains from none to requantisation; depths of no step, of fewer steps than slices, and with a tail.</summary>
    [Theory]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN")]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_c9_tt")]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN_rt_ldwxy__bias-gelu-residual")]
    [InlineData("gemm_dense_f16-bf16-f16_r33_dN_cN_tr__silu-multiply")]
    [InlineData("gemm_dense_bf16-bf16-f32_rN_dN_cN_tt__bias-relu")]
    [InlineData("gemm_dense_s8t-f32-u8_rN_dN_cN_tt__bias-requantise")]
    [InlineData("gemm_dense_s8-s8-s32_rN_dN_cN")]
    [InlineData("gemm_dense_s8-s8-s32_rN_dN_cN_tt__bias-relu")]
    [InlineData("gemm_dense_s8r-u8k-f32_rN_dN_c16_tt__dequantise-bias-silu")]
    [InlineData("gemm_dense_s8t-s8t-s8_rN_dN_cN__dequantise-residual-requantise")]
    [InlineData("gemm_dense_s4r-s8k-f32_rN_dN_cN_tt__dequantise")]
    [InlineData("gemm_dense_s16-u16-s64_rN_dN_cN_wide")]
    [InlineData("gemm_dense_s16-s16-s32_rN_dN_cN_wrap_tt")]
    [InlineData("spmm_nm1of4_s8-u8-s32_rN_dN_cN_tt")]
    [InlineData("spmm_nm1of8v4_s8r-s8k-f32_rN_dN_cN_tt__dequantise-bias")]
    public void Plan_InSlices_MeetsTheReference(string name)
    {
        KernelSpec spec = KernelName.Parse(name);
        var random = new Random(name.Length);
        foreach (Tier tier in s_tiers)
        {
            // Of the N:M products only some tiers have a dense form.
            if (spec.Operation == Operation.Spmm && !IsSliced(Sliced(spec, tier, 2), tier)) continue;
            foreach ((int depth, int slices) in new[] { (random.Next(60, 140), 2), (random.Next(60, 140), random.Next(3, 9)), (random.Next(1, 7), 64), (0, 3) })
            {
                KernelSpec sliced = Sliced(spec, tier, slices);
                Assert.True(IsSliced(sliced, tier), $"{sliced} for {tier} is not cut");
                AssertMeetsReference(sliced, tier, random, depth);
                // Of a constant depth no slice is empty; one step stays whole.
                if (depth > 0) AssertMeetsReference(sliced with { Depth = new Extent(depth) }, tier, random, depth);
            }
        }
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(0, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Plan_RandomSpecsInSlices_MeetsTheReference(int seed)
    {
        var random = new Random(seed);
        for (int valid = 0; valid < 12;)
        {
            (int rows, int depth, int columns) = random.Next(2) == 0 ? (random.Next(17, 40), random.Next(30, 200), random.Next(33, 110)) : (random.Next(9), random.Next(20), random.Next(9));
            Tier tier = s_tiers[random.Next(s_tiers.Length)];
            KernelSpec spec = Sliced(SpecDraw.Spec(random).WithConstants(random, rows, depth, columns), tier, random.Next(2, 12));
            // A kernel that cannot be cut is told so.
            if (KernelRules.Check(spec).Any(violation => violation.Severity == RuleSeverity.Error || violation.Id == "TPP0107")) continue;
            valid++;
            Assert.True(spec.Depth.IsConstant || IsSliced(spec, tier), $"{spec} for {tier} is not cut");
            AssertMeetsReference(spec, tier, random, depth, rows, columns);
        }
    }

    /// <summary>Few tiles and a long depth are cut, by the planner, into slices of a function of the shape; what threads can share by rows and columns, what is soon done, and what stays on one thread is not.</summary>
    [Theory]
    [InlineData("gemm_dense_f32-f32-f32_r16_d65536_c16_tt", 16)]
    [InlineData("gemm_dense_f32-f32-f32_r16_d65536_c64", 16)]
    [InlineData("gemm_dense_s8-u8-s32_r64_d65536_c16_tt", 15)]
    [InlineData("gemm_dense_f32-f32-f32_r64_d262144_c1", 63)]
    [InlineData("gemm_dense_s8r-s8k-f32_r64_d65536_cN_tt__dequantise", 15)]
    [InlineData("gemm_dense_f32-f32-f32_r768_d65536_c16_tt", 1)]
    [InlineData("gemm_dense_f32-f32-f32_r4096_d16384_c1", 1)]
    [InlineData("gemm_dense_f32-f32-f32_r16_d4096_c16_tt", 1)]
    [InlineData("gemm_dense_f32-f32-f32_r1_d65536_c1", 1)]
    [InlineData("gemm_dense_f32-f32-f32_r16_d65536_cN", 1)]
    [InlineData("gemm_dense_f32-f32-f32_rN_d65536_c16", 1)]
    [InlineData("gemm_dense_s8g64-u8-f32_r16_d65536_c16_tt__dequantise", 1)]
    public void Planner_CutsFewTilesOfALongDepth(string name, int slices)
    {
        KernelSpec spec = KernelName.Parse(name);
        Assert.Equal(slices, Slices(spec, Tier.Avx512Native));
        Assert.Equal(1, Slices(spec with { Threads = 1 }, Tier.Avx512Native));
        // What the call holds for all threads: the result in whole panels, once for each slice.
        int columns = spec.Columns.IsConstant ? spec.Columns.Constant : 16;
        foreach (BufferDecl sums in TilePlanner.Plans(spec, Tier.Avx512Native)[0].Plan.Program.Buffers.Where(buffer => buffer.Role == BufferRole.Common))
            Assert.InRange(Sizes(sums, columns), slices * spec.Rows.Constant * columns, 64 * 16 * 8 * 64);
        Assert.Equal(1, Slices(Sliced(spec, Tier.Avx512Native, 1), Tier.Avx512Native));
    }

    /// <summary>What the planner cuts meets the reference: a shape of few tiles, with the slices that it has.</summary>
    [Theory]
    [InlineData("gemm_dense_f32-f32-f32_r3_d196608_c2_tt__bias", Tier.Avx512)]
    [InlineData("gemm_dense_s8r-s8k-f32_r5_d65536_cN_tt__dequantise", Tier.Avx512Native)]
    public void Plan_ThatThePlannerCuts_MeetsTheReference(string name, Tier tier)
    {
        KernelSpec spec = KernelName.Parse(name);
        // Chains of 32 bits do not hold every sum of so many bytes.
        if (spec.IsIntegerContraction) spec = spec with { Accumulator = Accumulator.Int32Wrap };
        AssertMeetsReference(spec, tier, new Random(5), spec.Depth.Constant, spec.Rows.Constant, columns: 2);
    }

    /// <summary>One mistake in what makes and adds slices: a slice that begins or ends elsewhere, one that the tree leaves out or adds twice, sums that do not begin at zero, lines of the neighbour.</summary>
    [Theory]
    [InlineData("gemm_dense_f32-f32-f32_r5_d70_c19", Tier.Avx512, 5)]
    [InlineData("gemm_dense_s8-s8-s32_r19_d70_c5_tt", Tier.Avx512Native, 3)]
    [InlineData("gemm_dense_s8r-u8k-f32_r5_dN_c24__dequantise-bias", Tier.Vector128, 4)]
    public void Program_WithOneMistakeInTheSlices_IsCaught(string name, Tier tier, int slices)
    {
        KernelSpec spec = Sliced(KernelName.Parse(name), tier, slices);
        ReferenceOperands operands = SpecDraw.Operands(new Random(3), spec, spec.Rows.Constant, 70, spec.Columns.Constant);
        KernelPlan plan = TilePlanner.Plan(spec, tier);
        string[] places = ["spread", "for slice", "let kFirst", "let kLast", "let u0", "let v0", "let un", "let c0", "for e ", "for j ", "fill", "sum_", "other_", "block zero", "block add", "for k0", "let kn"];
        (string Mistake, TileProgram Program)[] mutants = [.. Mutants.Of(plan.Program).Where(mutant => places.Any(place => mutant.Mistake.Contains(place, StringComparison.Ordinal)) && !IsNone(mutant.Mistake))];

        Assert.True(mutants.Length >= 40, $"only {mutants.Length} mutants");
        Assert.Null(Verdict(spec, plan, operands));
        Assert.Equal([], mutants.Where(mutant => Verdict(spec, plan with { Program = mutant.Program }, operands) is null).Select(mutant => mutant.Mistake));
    }

    /// <summary>No mistake: a loop whose last iteration is whole has no tail, and one whose step is no more than what is left stops where it did.</summary>
    private static bool IsNone(string mistake) => mistake.StartsWith("drop the tail", StringComparison.Ordinal);

    private static long Sizes(BufferDecl buffer, int columns) =>
        buffer.Shape.Aggregate(1L, (size, extent) => size * IndexEvaluator.Evaluate(extent, new Dictionary<string, long> { ["columns"] = columns }));

    private static KernelSpec Sliced(KernelSpec spec, Tier tier, int slices) => spec with { Tiles = EquatableArray.Of(new TileOverride(tier, 0, 0, 32, slices)) };

    private static bool IsSliced(KernelSpec spec, Tier tier) => Slices(spec, tier) > 1;

    /// <summary>The extent of the first of two spreads that follow each other; 1 where there is one.</summary>
    private static int Slices(KernelSpec spec, Tier tier) =>
        TilePlanner.Plans(spec, tier)[0].Plan is { Stages.Count: 2 } plan ? (int)((Compiler.Tiles.Index.Const)plan.Stages[0][0].Extent).Value : 1;

    private static void AssertMeetsReference(KernelSpec spec, Tier tier, Random random, int depth, int? rows = null, int? columns = null)
    {
        int height = spec.Rows.IsConstant ? spec.Rows.Constant : rows ?? random.Next(1, 28), width = spec.Columns.IsConstant ? spec.Columns.Constant : columns ?? random.Next(1, 28);
        ReferenceOperands operands = SpecDraw.Operands(random, spec, height, depth, width);

        string? mismatch = SpecReference.Execute(spec, operands).FirstMismatch<double>(PlanInterpreter.Run(spec, tier, operands));

        Assert.True(mismatch is null, $"{spec} for {tier}, {height}x{depth}x{width}: {mismatch}");
    }

    /// <summary>Why a run is not accepted; null when it is.</summary>
    private static string? Verdict(KernelSpec spec, KernelPlan plan, ReferenceOperands operands)
    {
        var laid = new PlanOperands(spec, plan, operands, gap: 0);
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
}
