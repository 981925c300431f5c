using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Xunit;

namespace Intarsia.Verification.Tests.Planning;

/// <summary>Plans of binary-coded weights, run by the interpreter, against the reference: they look sums up and make no weight a number.</summary>
public class BinaryCodedPlanTests
{
    public static TheoryData<string> Names =>
    [
        "gemm_dense_bcq1r-f32-f32_rN_dN_cN", "gemm_dense_bcq2g32-f16-f32_rN_dN_cN__relu", "gemm_dense_bcq3g24z-f32-f16_rN_d70_cN", "gemm_dense_bcq4tz-bf16-f32_r33_dN_c1__bias", "gemm_dense_bcq8g8z-f32-f32_rN_dN_cN",
        "gemm_dense_bcq1t-s8-f32_rN_dN_cN__dequantise", "gemm_dense_bcq3g64-s8k-f32_rN_dN_c1__dequantise-relu", "gemm_dense_bcq5g40z-u8t-s8_rN_d90_cN__dequantise-requantise", "gemm_dense_bcq2rz-s16-f32_rN_dN_cN__dequantise",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void Plan_AnyTierAndLayout_MeetsTheReference(string name)
    {
        KernelSpec parsed = KernelName.Parse(name);
        Assert.True(KernelRules.IsValid(parsed), string.Join('\n', KernelRules.Check(parsed)));
        var random = new Random(name.Sum(letter => letter));
        foreach ((Tier tier, int draw) in ((Tier[])[Tier.Scalar, Tier.Vector128, Tier.Avx2, Tier.Avx512, Tier.Avx512Native, Tier.AdvSimdDp]).Select((tier, draw) => (tier, draw)))
        {
            KernelSpec spec = parsed with
            {
                X = parsed.X with { Layout = draw % 2 == 0 ? MatrixLayout.TokenMajor : MatrixLayout.RowMajor },
                Y = parsed.Y with { Layout = draw % 3 == 0 ? MatrixLayout.RowMajor : MatrixLayout.TokenMajor },
            };
            int rows = Size(spec.Rows, random.Next(1, 150)), depth = Size(spec.Depth, draw == 1 ? 0 : random.Next(1, 100)), columns = Size(spec.Columns, random.Next(1, 20));
            ReferenceOperands operands = Operands(random, spec, rows, depth, columns);

            double[] y = PlanInterpreter.Run(spec, tier, operands);

            string? mismatch = SpecReference.Execute(spec, operands).FirstMismatch<double>(y);
            Assert.True(mismatch is null, $"{spec} for {tier}, {rows}x{depth}x{columns}: {mismatch}");
        }
    }

    [Theory]
    [InlineData("gemm_dense_binary-s8-s32_rN_dN_c3_tt", Tier.Avx512Native)]
    [InlineData("gemm_dense_binaryr-u8k-f32_rN_dN_cN_tt__dequantise", Tier.Avx512Native)]
    [InlineData("gemm_dense_binaryg32-s8-f16_rN_dN_c16_tt__dequantise", Tier.Avx512Native)]
    [InlineData("gemm_dense_binaryg64-f32-f32_rN_dN_cN_tt__relu", Tier.Avx2)]
    [InlineData("gemm_dense_binaryt-f16-f32_rN_dN_c1_tt", Tier.Avx512)]
    public void Plans_FewColumnsOfBinaryWeights_LookSumsUp(string name, Tier tier)
    {
        KernelSpec spec = KernelName.Parse(name);
        Compiler.Planning.KernelPlan few = Compiler.Planning.TilePlanner.Plans(spec, tier)[0].Plan;
        Assert.Contains("planes", few.Tile, StringComparison.Ordinal);
        var random = new Random(5);
        (int rows, int depth, int columns) = (70, 150, Size(spec.Columns, 5));
        ReferenceOperands drawn = Operands(random, spec, rows, depth, columns);
        int scales = spec.Weights.Scale switch { Per.None => 0, Per.Tensor => 1, Per.Row => rows, _ => rows * ((depth + spec.Weights.ScaleGroup - 1) / spec.Weights.ScaleGroup) };
        var operands = new ReferenceOperands
        {
            Rows = rows,
            Depth = depth,
            Columns = columns,
            X = drawn.X,
            XScales = drawn.XScales,
            Weights = [.. Enumerable.Range(0, rows * depth).Select(_ => random.Next(2) * 2.0 - 1)],
            WeightScales = scales == 0 ? null : [.. Enumerable.Range(0, scales).Select(_ => (double)random.NextSingle() + 0.125)],
        };

        double[] y = PlanInterpreter.Run(spec, tier, operands);

        string? mismatch = SpecReference.Execute(spec, operands).FirstMismatch<double>(y);
        Assert.True(mismatch is null, $"{spec} for {tier}: {mismatch}");
    }

    private static int Size(Extent extent, int drawn) => extent.IsConstant ? extent.Constant : drawn;

    private static ReferenceOperands Operands(Random random, KernelSpec spec, int rows, int depth, int columns)
    {
        int planes = NumberFormats.Get(spec.Weights.Format).Planes, groups = spec.Weights.Scale switch { Per.None => 0, Per.Tensor => 1, Per.Row => rows, _ => rows * ((depth + spec.Weights.ScaleGroup - 1) / spec.Weights.ScaleGroup) };
        double X() => NumberFormats.IsInteger(spec.X.Format) ? random.Next(spec.X.Format == NumberFormat.UInt8 ? 0 : -128, 128) : (double)(BFloat16)(random.NextSingle() - 0.5f);
        return new ReferenceOperands
        {
            Rows = rows,
            Depth = depth,
            Columns = columns,
            Weights = [.. Enumerable.Range(0, rows * depth).Select(_ => (double)random.Next(1 << planes))],
            WeightScales = [.. Enumerable.Range(0, groups * (planes + (spec.Weights.Asymmetric ? 1 : 0))).Select(_ => (double)random.NextSingle())],
            X = [.. Enumerable.Range(0, depth * columns).Select(_ => X())],
            XScales = spec.X.Scale switch { Per.Tensor => [0.25], Per.Token => [.. Enumerable.Repeat(0.125, columns)], _ => null },
            YScale = 3,
            Biases = [.. spec.Epilogue.Where(step => step == Tpp.Bias).Select(_ => Enumerable.Range(0, rows).Select(row => row * 0.5).ToArray())],
        };
    }
}
