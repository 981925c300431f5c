using Intarsia.Compiler;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.Verification.Interpreter;
using Xunit;

namespace Intarsia.Verification.Tests.Planning;

/// <summary>Plans for compressed columns: they meet the reference, and touch no weight whose activation is zero.</summary>
public class ColumnPlanTests
{
    private static readonly Tier[] s_tiers = [Tier.Scalar, Tier.Vector128, Tier.Avx2, Tier.Avx512, Tier.AdvSimd];

    [Theory]
    [InlineData("spmm_rcsc1_cb16-f32-f32_rN_dN_cN")]
    [InlineData("spmm_rcsc4_cb256-f32-f32_rN_dN_cN_tt__bias-relu")]
    [InlineData("spmm_rcsc64_cb16-f32-f16_rN_dN_cN__relu")]
    [InlineData("spmm_rcsc3_s8-u8-s32_rN_dN_cN_rt")]
    [InlineData("spmm_rcsc1_s8r-f32-f32_rN_dN_cN_tr")]
    public void Plan_SparseActivations_MeetsTheReference(string name)
    {
        KernelSpec spec = KernelName.Parse(name);
        var random = new Random(name.Length);
        int[] walks = new int[2];
        for (int run = 0; run < 24; run++)
        {
            // Rows beyond the gaps of a byte, and down to nothing.
            (int rows, int depth, int columns) = run < 2 ? (700, 3, 1) : (random.Next(40), random.Next(1, 20), random.Next(1, 3));
            ReferenceOperands operands = Operands(random, spec, rows, depth, columns);
            Tier tier = s_tiers[run % s_tiers.Length];
            KernelPlan taken = TilePlanner.Plans(spec, tier).First(plan => plan.Takes(columns, operands.X.Length, operands.X.Count(value => value != 0))).Plan;
            walks[taken.Program.Buffers.Any(buffer => buffer.Name == "active") ? 1 : 0]++;

            double[] y = PlanInterpreter.Run(spec, tier, operands);

            string? mismatch = SpecReference.Execute(spec, operands).FirstMismatch<double>(y);
            Assert.True(mismatch is null, $"{spec} for {tier}, {rows}x{depth}x{columns}: {mismatch}");
        }
        Assert.True(walks[1] >= 4, $"{walks[1]} walks along columns");
        Assert.Equal(spec.IsIntegerContraction, walks[0] == 0);
    }

    /// <summary>Ones for weights and for activations that are not zero: the sum of the result is the number of products. The codes of all other columns become one for NaN, and would show.</summary>
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.15)]
    [InlineData(0.35)]
    [InlineData(1.0)]
    public void Plan_OneColumn_MultipliesOnlyWhatMeetsAnActivation(double density)
    {
        const int Rows = 300, Depth = 40;
        KernelSpec spec = KernelName.Parse("spmm_rcsc4_cb256-f32-f32_rN_dN_cN");
        var random = new Random(5);
        double[] weights = [.. Enumerable.Range(0, Rows * Depth).Select(_ => random.NextDouble() < 0.09 ? 1.0 : 0)];
        double[] x = [.. Enumerable.Range(0, Depth).Select(_ => random.NextDouble() < density ? 1.0 : 0)];
        var plan = new PlanOperands(spec, Plan(spec, Tier.Avx512), new ReferenceOperands { Rows = Rows, Depth = Depth, Columns = 1, Weights = weights, X = x }, gap: 0);
        var codes = (byte[])plan.Buffers["values"];
        var starts = (int[])plan.Buffers["starts"];
        ((float[])plan.Buffers["table"])[200] = float.NaN;
        for (int column = 0; column < starts.Length - 1; column++)
            if (x[column % Depth] == 0) codes.AsSpan(starts[column]..starts[column + 1]).Fill(200);

        TileInterpreter.Run(Plan(spec, Tier.Avx512).Program, plan.Sizes, plan.Buffers);

        Assert.Equal(Enumerable.Range(0, Rows * Depth).Count(i => weights[i] != 0 && x[i % Depth] != 0), plan.ReadY().Sum());
        Assert.True(density < 1 || plan.ReadY().Sum() > 900);
    }

    /// <summary>A weight that is not finite makes a zero activation count, so that floats are walked along rows; so are many columns, and scales of groups.</summary>
    [Theory]
    [InlineData("spmm_rcsc1_f32-f32-f32_rN_dN_cN")]
    [InlineData("spmm_rcsc1_cb16-f32-f32_rN_dN_c3")]
    [InlineData("spmm_rcsc1_s8g8-s8-f32_rN_dN_cN__dequantise")]
    [InlineData("spmm_csr_cb16-f32-f32_rN_dN_cN")]
    public void Plan_OtherKernels_WalkAlongRows(string name) =>
        Assert.All(TilePlanner.Plans(KernelName.Parse(name), Tier.Avx512), choice => Assert.DoesNotContain("active", choice.Plan.Program.Buffers.Select(buffer => buffer.Name)));

    /// <summary>Kernels of floats gather along rows where more than a quarter of X is not zero, whether the columns are known or not.</summary>
    [Theory]
    [InlineData("spmm_rcsc1_cb16-f32-f32_rN_dN_cN", 1, "2 25 active, 2 0 gathers, 0 0 rows")]
    [InlineData("spmm_rcsc1_cb16-f32-f32_rN_dN_c1", 1, "0 25 active, 0 0 gathers")]
    [InlineData("spmm_rcsc1_s8r-f16-f32_rN_dN_cN_tt", 2, "2 25 active, 2 0 gathers, 0 0 rows")]
    [InlineData("spmm_rcsc1_s8-u8-s32_rN_dN_cN", 1, "2 0 active, 0 0 rows")]
    public void Plans_SayWhatTheyAreFor(string name, int columns, string expected)
    {
        IReadOnlyList<ColumnsPlan> plans = TilePlanner.Plans(KernelName.Parse(name), Tier.Avx2);
        string What(ColumnsPlan choice) => choice.Plan.Program.Buffers.Any(buffer => buffer.Name == "active") ? "active" : choice.Plan.Tile.StartsWith("gathers", StringComparison.Ordinal) ? "gathers" : "rows";

        Assert.Equal(expected, string.Join(", ", plans.Select(choice => $"{choice.MaxColumns} {choice.MaxDensity} {What(choice)}")));
        Assert.True(plans[0].Takes(columns, 400, 100));
        Assert.Equal(plans[0].MaxDensity == 0, plans[0].Takes(columns, 400, 101));
    }

    private static KernelPlan Plan(KernelSpec spec, Tier tier) => TilePlanner.Plans(spec, tier)[0].Plan;

    private static ReferenceOperands Operands(Random random, KernelSpec spec, int rows, int depth, int columns)
    {
        bool isInteger = NumberFormats.IsInteger(spec.Weights.Format);
        double Weight() => isInteger ? random.Next(-128, 128) : random.Next(1, 9) / 4.0;
        double density = random.Next(2) == 0 ? 0.15 : 0.6;
        return new ReferenceOperands
        {
            Rows = rows,
            Depth = depth,
            Columns = columns,
            Weights = [.. Enumerable.Range(0, rows * depth).Select(_ => random.NextDouble() < (rows > 100 ? 0.004 : 0.2) ? Weight() : 0)],
            X = [.. Enumerable.Range(0, depth * columns).Select(_ => random.NextDouble() < density ? NumberFormats.IsInteger(spec.X.Format) ? random.Next(256) : random.NextSingle() * 2 - 1 : 0)],
            WeightScales = spec.Weights.Scale == Per.Row ? [.. Enumerable.Range(0, rows).Select(_ => (double)(0.5f + random.NextSingle()))] : null,
            Biases = [.. spec.Epilogue.Where(step => step == Tpp.Bias).Select(_ => Enumerable.Range(0, rows).Select(_ => (double)random.NextSingle()).ToArray())],
        };
    }
}
