using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Xunit;

namespace Intarsia.Verification.Tests.Planning;

/// <summary>Plans that gather an activation for each weight: who has them, and that they meet the reference whatever stands where nothing is stored.</summary>
public class GroupPlanTests
{
    private static readonly Tier[] s_tiers = [Tier.Scalar, Tier.Vector128, Tier.Avx2, Tier.Avx512, Tier.AdvSimd];

    [Theory]
    [InlineData("spmm_gs16k16_f32-f32-f32_rN_dN_cN_tt")]
    [InlineData("spmm_gs16k4_f32-f32-f32_rN_d60_cN__bias-gelu")]
    [InlineData("spmm_gs8k1s_f32-f16-f32_rN_dN_c2")]
    [InlineData("spmm_gs32k2_bf16-f32-f16_rN_d60_c1__relu")]
    [InlineData("spmm_csr_f32-f32-f32_rN_d60_cN")]
    [InlineData("spmm_csr_s8r-f32-f32_rN_dN_c1__bias-residual")]
    [InlineData("spmm_ell16_f16-f32-f32_rN_dN_cN_tr")]
    [InlineData("spmm_srbcrs4_f32-f32-f32_rN_dN_cN_rt")]
    public void Plan_ActivationsThatNoWeightMeets_ReachNoResult(string name)
    {
        KernelSpec spec = KernelName.Parse(name);
        var random = new Random(name.Length);
        for (int run = 0; run < 12; run++)
        {
            Tier tier = s_tiers[run % s_tiers.Length];
            ColumnsPlan plan = TilePlanner.Plans(spec, tier)[0];
            Assert.Contains(plan.Program().Buffers, buffer => buffer.Name == "x0");
            int columns = spec.Columns.IsConstant ? spec.Columns.Constant : random.Next(1, plan.MaxColumns + 1), rows = random.Next(1, 70), depth = 60;
            ReferenceOperands operands = Operands(random, spec, rows, depth, columns);

            double[] y = PlanInterpreter.Run(spec, tier, operands);

            Assert.All(y, value => Assert.True(double.IsFinite(value)));
            string? mismatch = SpecReference.Execute(spec, operands).FirstMismatch<double>(y);
            Assert.True(mismatch is null, $"{spec} for {tier}, {rows}x{depth}x{columns}: {mismatch}");
        }
    }

    /// <summary>Integers have dot products along the columns, long vectors of rows read X once for all of them, and with many columns the lanes are theirs; a tile is one of such lanes.</summary>
    [Theory]
    [InlineData("spmm_gs16k4_s8-u8-s32_rN_dN_cN")]
    [InlineData("spmm_srbcrs8_f32-f32-f32_rN_dN_cN")]
    [InlineData("spmm_srbcrs4_f32-f32-f32_rN_dN_c2")]
    [InlineData("spmm_csr_f32-f32-f32_rN_dN_c3")]
    public void Plans_OtherKernels_DoNotGather(string name) =>
        Assert.All(TilePlanner.Plans(KernelName.Parse(name), Tier.Avx512), choice => Assert.DoesNotContain(choice.Program().Buffers, buffer => buffer.Name == "x0"));

    [Fact]
    public void Plans_RunTimeColumns_GatherForTwoAtMost()
    {
        IReadOnlyList<ColumnsPlan> plans = TilePlanner.Plans(KernelName.Parse("spmm_csr_f32-f32-f32_rN_dN_cN"), Tier.Avx2);

        Assert.Equal([2, 0], plans.Select(plan => plan.MaxColumns));
        Assert.DoesNotContain(plans[1].Program().Buffers, buffer => buffer.Name == "x0");
    }

    /// <summary>Weights of which some are stored, in columns that are not among the last ten; activations there are infinite, or not a number.</summary>
    private static ReferenceOperands Operands(Random random, KernelSpec spec, int rows, int depth, int columns)
    {
        var weights = new double[rows * depth];
        PatternSpec pattern = spec.Weights.Pattern;
        bool isInteger = NumberFormats.IsInteger(spec.Weights.Format);
        // Bundles of GS(B, k) are pruned to groups; a fourth of each row, at the same columns for V rows, fits the other patterns. (N:M would store zeros where it has nothing.)
        if (pattern.Kind == Pattern.GatherScatter)
        {
            var dense = new float[rows * (depth - 12)];
            foreach (ref float value in dense.AsSpan()) value = random.Next(1, 9) / 4f;
            Pruner.GatherScatter(dense, rows, depth - 12, pattern.Banks, pattern.PerRow, 16 / pattern.PerRow);
            for (int i = 0; i < dense.Length; i++) weights[i / (depth - 12) * depth + i % (depth - 12)] = dense[i];
        }
        else
        {
            int v = pattern.VectorLength;
            for (int row = 0; row < rows; row++)
                for (int k = 0; k < depth - 10; k++)
                    if ((k + row / v) % 4 == 0) weights[row * depth + k] = isInteger ? random.Next(1, 128) : random.Next(1, 9) / 4.0;
        }

        double[] x = [.. Enumerable.Range(0, depth * columns).Select(i => i / columns < depth - 10 ? random.Next(-8, 9) / 4.0 : i % 2 == 0 ? double.PositiveInfinity : double.NaN)];
        double[] Vector(int length) => [.. Enumerable.Range(0, length).Select(_ => random.Next(-8, 9) / 4.0)];
        return new ReferenceOperands
        {
            Rows = rows,
            Depth = depth,
            Columns = columns,
            Weights = weights,
            X = x,
            WeightScales = spec.Weights.Scale == Per.Row ? [.. Enumerable.Repeat(0.5, rows)] : null,
            Biases = spec.Epilogue.Contains(Tpp.Bias) ? [Vector(rows)] : [],
            Residuals = spec.Epilogue.Contains(Tpp.Residual) ? [Vector(rows * columns)] : [],
        };
    }
}

file static class Plans
{
    public static TileProgram Program(this ColumnsPlan choice) => choice.Plan.Program;
}
