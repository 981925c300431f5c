using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Xunit;

namespace Intarsia.Verification.Tests.Planning;

/// <summary>Plans of weights that are coefficients of a basis, run by the interpreter, against the reference.</summary>
public class BasisPlanTests
{
    [Theory]
    [InlineData("gemm_dense_pot4br-f32-f32_rN_dN_cN_tt")]
    [InlineData("gemm_dense_pot4bg24-f16-f32_rN_dN_cN_tt__relu")]
    [InlineData("gemm_dense_pot4bg72-f32-f16_rN_d100_cN_tt__bias")]
    [InlineData("gemm_dense_pot4bt-bf16-f32_r33_dN_c1_tt")]
    [InlineData("gemm_dense_pot4bg9-f32-f32_rN_dN_cN_tt")]
    [InlineData("spmm_bsr2x6_pot4bg15-f32-f32_rN_dN_cN")]
    public void Plan_AnyTier_MeetsTheReference(string name)
    {
        KernelSpec spec = KernelName.Parse(name);
        Assert.True(KernelRules.IsValid(spec), string.Join('\n', KernelRules.Check(spec)));
        var random = new Random(name.Sum(letter => letter));
        foreach (Tier tier in (Tier[])[Tier.Scalar, Tier.Vector128, Tier.Avx2, Tier.Avx512, Tier.Avx512Native, Tier.AdvSimdDp])
        {
            int rows = Size(spec.Rows, random.Next(1, 80)), depth = Size(spec.Depth, tier == Tier.Avx2 ? 0 : random.Next(1, 110)), columns = Size(spec.Columns, random.Next(1, 20));
            ReferenceOperands operands = Operands(random, spec, rows, depth, columns);

            double[] y = PlanInterpreter.Run(spec, tier, operands);

            string? mismatch = SpecReference.Execute(spec, operands).FirstMismatch<double>(y);
            Assert.True(mismatch is null, $"{spec} for {tier}, {rows}x{depth}x{columns}: {mismatch}");
        }
    }

    [Theory]
    [InlineData("gemm_dense_pot4bg24-f32-f32_rN_dN_cN_tt", Tier.Avx512, true)]
    [InlineData("gemm_dense_pot4br-f32-f32_rN_dN_c4_tt", Tier.Avx2, true)]
    [InlineData("gemm_dense_pot4bg9-f32-f32_rN_dN_cN_tt", Tier.Avx512, false)]
    [InlineData("gemm_dense_pot4br-f32-f32_rN_dN_cN_tt", Tier.Vector128, false)]
    public void Plans_FewColumns_RebuildWeightsInRegistersWhereGroupsAreWholeChunks(string name, Tier tier, bool rebuilds)
    {
        TileProgram program = TilePlanner.Plans(KernelName.Parse(name), tier)[0].Plan.Program;
        Assert.Equal(rebuilds, TilePrinter.Print(program).Contains(" in basis_", StringComparison.Ordinal));
    }

    /// <summary>The reference knows neither codes nor panels: three neighbours by hand.</summary>
    [Fact]
    public void Reference_HandWorkedThree_IsCoefficientsTimesTheBasis()
    {
        KernelSpec spec = KernelName.Parse("gemm_dense_pot4br-f32-f32_rN_dN_cN_tt");
        var operands = new ReferenceOperands { Rows = 1, Depth = 4, Columns = 1, Weights = [2, 0, -1, 4], WeightScales = [1, 2, 3, 100, 100, 100, 10, 20, 30], X = [1, 10, 100, 1000] };
        // (2·[1 2 3] − [10 20 30]) · [1 10 100], and 4·1 · 1000.
        Assert.Equal(-8 - 160 - 2400 + 4000, SpecReference.Execute(spec, operands).Y[0]);
    }

    private static int Size(Extent extent, int drawn) => extent.IsConstant ? extent.Constant : drawn;

    private static ReferenceOperands Operands(Random random, KernelSpec spec, int rows, int depth, int columns)
    {
        int groups = spec.Weights.Scale switch { Per.Tensor => 1, Per.Row => rows, _ => rows * ((depth + spec.Weights.ScaleGroup - 1) / spec.Weights.ScaleGroup) };
        double[] weights = [.. Enumerable.Range(0, rows * depth).Select(_ => (double)CodeTable.Of(NumberFormat.PowerOfTwo4)[random.Next(16)])];
        // Blocks of zeros, where the pattern has blocks.
        for (int i = 0; i < weights.Length && spec.Weights.Pattern.Kind == Pattern.Bsr; i++)
            if ((i / depth / spec.Weights.Pattern.BlockRows + i % depth / spec.Weights.Pattern.BlockColumns) % 3 != 0) weights[i] = 0;
        return new ReferenceOperands
        {
            Rows = rows,
            Depth = depth,
            Columns = columns,
            Weights = weights,
            WeightScales = [.. Enumerable.Range(0, groups * 9).Select(_ => (double)(random.NextSingle() - 0.5f))],
            X = [.. Enumerable.Range(0, depth * columns).Select(_ => (double)(BFloat16)(random.NextSingle() - 0.5f))],
            Biases = [.. spec.Epilogue.Where(step => step == Tpp.Bias).Select(_ => Enumerable.Range(0, rows).Select(row => row * 0.5).ToArray())],
        };
    }
}
