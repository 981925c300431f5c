using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Xunit;

namespace Intarsia.Verification.Tests.Planning;

/// <summary>Plans that permute vectors of activations to where N:M weights of floats stand: who has them, and that they meet the reference whatever stands where nothing is stored.</summary>
public class PlacedVectorPlanTests
{
    [Theory]
    [InlineData("spmm_nm2of4_f32-f32-f32_rN_dN_cN_tt", Tier.Avx512, 16, 8)]
    [InlineData("spmm_nm2of4_f32-f32-f32_rN_dN_cN_tt", Tier.Avx2, 8, 4)]
    [InlineData("spmm_nm2of4_f32-f32-f32_rN_dN_cN", Tier.Avx512, 16, 8)]
    [InlineData("spmm_nm3of4_f32-f32-f32_rN_dN_cN_tt", Tier.Avx512, 16, 12)]
    [InlineData("spmm_nm1of4_bf16-f16-f32_rN_dN_cN_tr", Tier.Avx512, 16, 4)]
    [InlineData("spmm_nm1of4_f32-f32-f32_rN_dN_cN_rt", Tier.Avx2, 16, 4)]
    [InlineData("spmm_nm2of16_s8r-f32-f32_rN_dN_cN_tt", Tier.Avx512, 32, 4)]
    [InlineData("spmm_nm1of8_f32-f32-f32_rN_dN_cN_tr", Tier.Avx512, 32, 4)]
    [InlineData("spmm_nm1of16_f32-f32-f32_rN_dN_cN_tt", Tier.Avx512, 64, 4)]
    [InlineData("spmm_nm1of8_f32-f32-f32_rN_dN_cN_tt", Tier.Avx2, 32, 4)]
    public void Plan_OfFloats_HasStepsOfWholeVectorsAndFours(string kernel, Tier tier, int depth, int stored)
    {
        TileProgram program = TilePlanner.Plan(KernelName.Parse(kernel), tier).Program;
        Assert.Contains($"block panel_f32of{depth}x{stored}_", TilePrinter.Print(program), StringComparison.Ordinal);
        Assert.Contains(program.Buffers, buffer => buffer.Name == "q" && buffer.Element == ElementType.U8);
    }

    /// <summary>Rows that share their places share what is loaded; groups longer than a vector, or of numbers of values that fill no fours, have no lane for their places; short vectors gain nothing; few products do not pay for turning row-major operands; a user's tile is one of streams.</summary>
    [Theory]
    [InlineData("spmm_nm2of4v2_f32-f32-f32_rN_dN_cN_tt", Tier.Avx512)]
    [InlineData("spmm_nm2of32_f32-f32-f32_rN_dN_cN_tt", Tier.Avx512)]
    [InlineData("spmm_nm3of8_f32-f32-f32_rN_dN_cN_tt", Tier.Avx512)]
    [InlineData("spmm_nm4of4_f32-f32-f32_rN_dN_cN_tt", Tier.Avx512)]
    [InlineData("spmm_nm1of16_f32-f32-f32_rN_dN_cN_tt", Tier.Avx2)]
    [InlineData("spmm_nm1of8_f32-f32-f32_rN_dN_cN", Tier.Avx512)]
    [InlineData("spmm_nm2of16_f32-f32-f32_rN_dN_cN", Tier.Avx512)]
    [InlineData("spmm_nm1of16_f32-f32-f32_rN_dN_cN", Tier.Avx512)]
    [InlineData("spmm_nm2of4_f32-f32-f32_rN_dN_cN_tt", Tier.Vector128)]
    [InlineData("spmm_nm2of4_f32-f32-f32_rN_dN_cN_tt", Tier.AdvSimd)]
    [InlineData("spmm_nm2of4_f32-f32-f32_rN_dN_cN_tt", Tier.Scalar)]
    [InlineData("spmm_nm2of4_s16-s16-s32_rN_dN_cN_tt", Tier.Avx512)]
    public void Plan_OfOthers_HasNone(string kernel, Tier tier) =>
        Assert.DoesNotContain(TilePlanner.Plan(KernelName.Parse(kernel), tier).Program.Buffers, buffer => buffer.Name == "q");

    [Fact]
    public void Plan_WithAUsersTile_IsAStream()
    {
        KernelSpec spec = KernelName.Parse("spmm_nm2of4_f32-f32-f32_rN_dN_cN_tt") with { Tiles = new[] { new TileOverride(Tier.Avx512, 0, 4, 0) } };
        Assert.DoesNotContain(TilePlanner.Plan(spec, Tier.Avx512).Program.Buffers, buffer => buffer.Name == "q");
        Assert.Contains(TilePlanner.Plan(spec, Tier.Avx2).Program.Buffers, buffer => buffer.Name == "q");
    }

    /// <summary>Few rows and columns and a long depth are cut along it, where lanes are those of Y; turned sums are not.</summary>
    [Fact]
    public void Plan_OfALongDepth_IsCutIntoSlices()
    {
        KernelSpec spec = KernelName.Parse("spmm_nm2of4_f32-f32-f32_r16_d16390_c16_tt__bias");
        Assert.Contains("slices", TilePlanner.Plan(spec, Tier.Avx512).Tile, StringComparison.Ordinal);
        Assert.DoesNotContain("slices", TilePlanner.Plan(spec with { Y = spec.Y with { Layout = MatrixLayout.RowMajor } }, Tier.Avx512).Tile, StringComparison.Ordinal);
        var random = new Random(16);
        double[] weights = [.. PlanRuns.Values(random, 16 * 16390).Select((value, i) => (i % 16390 + i / 16390) % 4 < 2 ? value : 0)];
        var operands = new ReferenceOperands { Rows = 16, Depth = 16390, Columns = 16, Weights = weights, X = PlanRuns.Values(random, 16390 * 16), Biases = [PlanRuns.Values(random, 16)] };
        string? mismatch = SpecReference.Execute(spec, operands).FirstMismatch<double>(PlanInterpreter.Run(spec, Tier.Avx512, operands));
        Assert.True(mismatch is null, mismatch);
    }

    /// <summary>Every fourth activation, or eighth, is infinite or not a number, and no row stores anything there; the depth ends within vectors and within groups, where slots are left over.</summary>
    [Theory]
    [InlineData("spmm_nm2of4_f32-f32-f32_rN_dN_cN_tt")]
    [InlineData("spmm_nm2of4_f32-f32-f32_rN_d21_cN__bias-gelu")]
    [InlineData("spmm_nm3of4_f32-f32-bf16_rN_dN_c5_rt__bias")]
    [InlineData("spmm_nm1of4_f32-f32-f32_r40_d70_cN_tr__bias-residual")]
    [InlineData("spmm_nm2of8_f32-f16-f32_rN_dN_cN_tt")]
    [InlineData("spmm_nm1of16_f32-f32-f32_rN_dN_cN_tt__relu")]
    public void Plan_ActivationsThatNoWeightMeets_ReachNoResult(string name)
    {
        KernelSpec spec = KernelName.Parse(name);
        PatternSpec pattern = spec.Weights.Pattern;
        var random = new Random(name.Length);
        for (int run = 0; run < 12; run++)
        {
            Tier tier = run % 2 == 0 ? Tier.Avx512 : Tier.Avx2;
            int rows = spec.Rows.IsConstant ? spec.Rows.Constant : random.Next(1, 70), depth = spec.Depth.IsConstant ? spec.Depth.Constant : random.Next(1, 100);
            int columns = spec.Columns.IsConstant ? spec.Columns.Constant : random.Next(3, 20);
            var weights = new double[rows * depth];
            for (int row = 0; row < rows; row++)
            {
                for (int group = 0; group < depth; group += pattern.M)
                {
                    // Full groups, but never at their last place; of a last one that is short, all that there is.
                    int places = Math.Min(pattern.M - 1, depth - group);
                    foreach (int place in Enumerable.Range(0, places).OrderBy(_ => random.Next()).Take(pattern.N)) weights[row * depth + group + place] = random.Next(1, 9) / 4.0;
                }
            }
            double[] Vector(int length) => [.. Enumerable.Range(0, length).Select(_ => random.Next(-8, 9) / 4.0)];
            double[] x = [.. Enumerable.Range(0, depth * columns).Select(i => i / columns % pattern.M != pattern.M - 1 ? random.Next(-8, 9) / 4.0 : i % 2 == 0 ? double.PositiveInfinity : double.NaN)];
            var operands = new ReferenceOperands
            {
                Rows = rows,
                Depth = depth,
                Columns = columns,
                Weights = weights,
                X = x,
                Biases = spec.Epilogue.Contains(Tpp.Bias) ? [Vector(rows)] : [],
                Residuals = spec.Epilogue.Contains(Tpp.Residual) ? [Vector(rows * columns)] : [],
            };

            double[] y = PlanInterpreter.Run(spec, tier, operands);

            Assert.All(y, value => Assert.True(double.IsFinite(value)));
            string? mismatch = SpecReference.Execute(spec, operands).FirstMismatch<double>(y);
            Assert.True(mismatch is null, $"{spec} for {tier}, {rows}x{depth}x{columns}: {mismatch}");
        }
    }
}
