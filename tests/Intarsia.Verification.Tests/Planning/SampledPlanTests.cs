using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.Verification.Interpreter;
using Xunit;

namespace Intarsia.Verification.Tests.Planning;

/// <summary>Plans of sampled products: into patterns whose values lie row by row, and into those whose values are found by a list of places.</summary>
public class SampledPlanTests
{
    [Theory]
    [InlineData("sddmm_csr_f32span-f32-f32_rN_dN_cN_tr_scale_masked")]
    [InlineData("sddmm_win16x8_f32span-f32-f32_rN_dN_cN_tr")]
    [InlineData("sddmm_win16x8_s8span-u8-s32_rN_dN_cN_tr__bias-relu")]
    [InlineData("sddmm_win16x8_f16span-bf16-f16_rN_dN_cN_trr_scale0.125_masked__bias-gelu")]
    [InlineData("sddmm_hyb3k2_f32span-f32-bf16_rN_dN_cN_ttr_masked__relu")]
    [InlineData("sddmm_hyb1k0_s8rspan-s8k-s8t_rN_dN_cN_tr__dequantise-requantise")]
    [InlineData("sddmm_nm2of4v4_f32span-f32-f32_rN_dN_cN_tr_masked__bias")]
    [InlineData("sddmm_nm3of8v16_u8span-s8k-f32_rN_dN_cN_tr_scale__dequantise-bias")]
    [InlineData("sddmm_rcsc4_f32span-f32-f32_rN_dN_cN_trr_masked")]
    [InlineData("sddmm_rcsc1_s8span-s8-s32_rN_dN_cN_tr")]
    [InlineData("sddmm_gs8k2q65536s_f32span-f32-f32_rN_dN_cN_tr__bias-silu")]
    [InlineData("sddmm_nm1of4+csr_f32span-f32-f32_rN_dN_cN_tr_masked")]
    [InlineData("sddmm_nm2of8v2+bsr4x3f30+hyb2k2_f16span-f16-f32_rN_dN_cN_ttr__bias")]
    [InlineData("sddmm_bsr4x2f50+srbcrs4_s8span-u8-s32_rN_dN_cN_tr__relu")]
    // Factors beyond bytes: pairs of 16 bits, 32-bit lanes, sums of 64 bits, and what lies two to a byte, in every order.
    [InlineData("sddmm_csr_s16span-s16-s32_rN_dN_cN_tr_wrap__relu")]
    [InlineData("sddmm_srbcrs4_s16span-s8-s32_rN_dN_cN_tr")]
    [InlineData("sddmm_win16x8_u16span-s16-f32_rN_dN_cN_tr_wide_scale__dequantise-bias")]
    [InlineData("sddmm_bsr4x6_u8rspan-u16k-f16_rN_dN_cN_ttr__dequantise")]
    [InlineData("sddmm_csr_s8span-s8t-f32_rN_dN_cN_tr_wide__dequantise")]
    [InlineData("sddmm_csr_s4span-u4-s32_rN_dN_cN_tr_ldwx")]
    [InlineData("sddmm_nm2of4v2_u4span-s8-s32_rN_dN_cN_ttr__bias")]
    [InlineData("sddmm_hyb1k3_u16span-s4-s32_rN_dN_cN")]
    [InlineData("sddmm_ell9_s4span-s4k-s8_rN_dN_cN_trr_wide__dequantise-requantise")]
    public void Plan_AnyPattern_MeetsTheReference(string name)
    {
        KernelSpec spec = KernelName.Parse(name);
        Assert.True(KernelRules.IsValid(spec));
        var random = new Random(name.Length);
        foreach ((int rows, int depth, int columns) in ((int, int, int)[])[(37, 45, 70), (0, 3, 5), (5, 0, 9), (6, 4, 0), (1, 1, 1), (random.Next(1, 40), random.Next(1, 60), random.Next(1, 90))])
            PlanRuns.AssertMeetReference(spec, Operands(random, spec, rows, depth, columns), random, $"{rows}x{depth}x{columns}");
    }

    /// <summary>The list of places is what the values go by: exchange two of them, and two values stand in each other's place.</summary>
    [Theory]
    [InlineData("sddmm_win16x8_f32span-f32-f32_rN_dN_cN_tr")]
    [InlineData("sddmm_hyb2k2_f32span-f32-f32_rN_dN_cN_tr")]
    [InlineData("sddmm_nm2of4v4_f32span-f32-f32_rN_dN_cN_tr")]
    [InlineData("sddmm_rcsc4_f32span-f32-f32_rN_dN_cN_tr")]
    [InlineData("sddmm_gs8k2q65536s_f32span-f32-f32_rN_dN_cN_tr")]
    [InlineData("sddmm_nm1of4+csr_f32span-f32-f32_rN_dN_cN_tr")]
    public void Run_TwoPlacesExchanged_ExchangesTwoValues(string name)
    {
        KernelSpec spec = KernelName.Parse(name);
        var random = new Random(7);
        ReferenceOperands operands = Operands(random, spec, 24, 9, 40);
        KernelPlan plan = TilePlanner.Plan(spec, Tier.Avx2);
        var changed = new PlanOperands(spec, plan, operands, gap: 0);
        var places = (int[])changed.Buffers["places"];
        (places[3], places[7]) = (places[7], places[3]);

        TileInterpreter.Run(plan.Program, changed.Sizes, changed.Buffers);

        double[] right = PlanInterpreter.Run(spec, Tier.Avx2, operands), wrong = changed.ReadY();
        int[] differ = [.. Enumerable.Range(0, right.Length).Where(i => right[i] != wrong[i])];
        Assert.Equal(2, differ.Length);
        Assert.Equal((right[differ[0]], right[differ[1]]), (wrong[differ[1]], wrong[differ[0]]));
        Assert.NotNull(SpecReference.Execute(spec, operands).FirstMismatch<double>(wrong));
    }

    /// <summary>Padding is nobody's place, and a value there would be seen.</summary>
    [Fact]
    public void Run_PlaceOfPadding_IsSeen()
    {
        KernelSpec spec = KernelName.Parse("sddmm_hyb1k3_f32span-f32-f32_rN_dN_cN_tr");
        ReferenceOperands operands = Operands(new Random(3), spec, 20, 9, 30);
        KernelPlan plan = TilePlanner.Plan(spec, Tier.Scalar);
        var changed = new PlanOperands(spec, plan, operands, gap: 0);
        var places = (int[])changed.Buffers["places"];
        int padding = Enumerable.Range(0, (int)changed.Sizes[KernelPlan.SlotsSize]).Except(places).First();
        places[0] = padding;

        TileInterpreter.Run(plan.Program, changed.Sizes, changed.Buffers);

        Assert.Throws<IntarsiaFormatException>(() => changed.ReadY());
    }

    private static ReferenceOperands Operands(Random random, KernelSpec spec, int rows, int depth, int columns)
    {
        double[] Values(NumberFormat format, int count) => NumberFormats.Get(format) is { IsInteger: true } integer
            ? [.. Enumerable.Range(0, count).Select(_ => (double)random.Next(integer.Min, integer.Max + 1))]
            : PlanRuns.Values(random, count);
        double[] Scales(int count) => [.. Enumerable.Range(0, count).Select(_ => (double)(0.01f + 0.02f * random.NextSingle()))];
        double density = random.NextDouble();
        bool[] drawn = [.. Enumerable.Range(0, rows * columns).Select(i => spec.Pattern.Kind switch
        {
            Pattern.NM => (i % columns + i / columns / spec.Pattern.VectorLength) % spec.Pattern.M < spec.Pattern.N,
            Pattern.Ell => (i % columns + i / columns) % 11 == 0,
            _ => random.NextDouble() < density,
        })];
        return new ReferenceOperands
        {
            Rows = rows,
            Depth = depth,
            Columns = columns,
            Weights = Values(spec.Weights.Format, rows * depth),
            X = Values(spec.X.Format, depth * columns),
            Sampled = SampledResult.Fill(spec.Y, drawn, rows, columns),
            InitialY = spec.Sddmm!.IsMasked ? PlanRuns.Values(random, rows * columns) : null,
            WeightScales = spec.Weights.Scale switch { Per.Row => Scales(rows), Per.Tensor => Scales(1), _ => null },
            XScales = spec.X.Scale switch { Per.Token => Scales(columns), Per.Tensor => Scales(1), _ => null },
            YScale = 0.4f,
            Scale = spec.Sddmm.HasScaleArgument ? 0.75 : 1,
            Biases = [.. spec.Epilogue.Where(step => step == Tpp.Bias).Select(_ => spec.Y.Format == NumberFormat.Int32 ? Enumerable.Range(0, rows).Select(_ => (double)random.Next(-1000, 1000)).ToArray() : PlanRuns.Values(random, rows))],
        };
    }
}
