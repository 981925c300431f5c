using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Xunit;

namespace Intarsia.Verification.Tests.Planning;

/// <summary>Plans of planes times planes, run by the interpreter, against the reference, which knows of no planes.</summary>
public class BitPlanesPlanTests
{
    public static TheoryData<NumberFormat> Formats => new(PlaneOperands.Formats);

    [Theory]
    [MemberData(nameof(Formats))]
    public void Plan_WeightsTimesEveryX_IsExact(NumberFormat weights)
    {
        var random = new Random((int)weights);
        foreach (NumberFormat x in PlaneOperands.Formats)
        {
            bool asymmetric = NumberFormats.HasZeroPoints(weights) && random.Next(2) == 0;
            var spec = new KernelSpec
            {
                Operation = Operation.Gemm,
                Weights = new WeightSpec { Format = weights, Scale = asymmetric ? Per.Row : Per.None, Asymmetric = asymmetric },
                X = new ActivationSpec { Format = x, Layout = (MatrixLayout)random.Next(2) },
                Y = new OutputSpec { Format = NumberFormat.Int32, Layout = (MatrixLayout)random.Next(2) },
            };
            Assert.True(KernelRules.IsValid(spec), string.Join('\n', KernelRules.Check(spec)));
            Tier tier = PlaneOperands.Tiers[random.Next(PlaneOperands.Tiers.Length)];
            (int rows, int depth, int columns) = (random.Next(1, 40), random.Next(8) == 0 ? 0 : random.Next(1, 80), random.Next(1, 4));

            Check(spec, tier, PlaneOperands.Draw(random, spec, rows, depth, columns));

            // A pair of planes is one product of words, and nothing else multiplies.
            Statement.Contract[] contracts = [.. Contractions(TilePlanner.Plan(spec, tier).Program.Body)];
            Assert.Equal(NumberFormats.Get(weights).BitPlanes * NumberFormats.Get(x).BitPlanes, contracts.Length);
            Assert.All(contracts, contract => Assert.Equal(ContractVia.BitPlanes, contract.Via));
        }
    }

    [Theory]
    [InlineData("gemm_dense_planes2r-planes3k-f32_rN_dN_cN__dequantise-bias-relu")]
    [InlineData("gemm_dense_signs1t-signs1t-f16_r33_d100_cN__dequantise")]
    [InlineData("gemm_dense_planes3tz-signs8k-u8_rN_d70_c1__dequantise-requantise")]
    [InlineData("gemm_dense_planes1-planes2-s32_rN_dN_c20__bias-relu")]
    [InlineData("gemm_dense_signs8-signs8-s32_rN_dN_cN_wrap")]
    public void Plan_AnyTierAndLayout_MeetsTheReference(string name)
    {
        KernelSpec parsed = KernelName.Parse(name);
        Assert.True(KernelRules.IsValid(parsed), string.Join('\n', KernelRules.Check(parsed)));
        var random = new Random(name.Length);
        for (int draw = 0; draw < PlaneOperands.Tiers.Length; draw++)
        {
            KernelSpec spec = parsed with
            {
                X = parsed.X with { Layout = draw % 2 == 0 ? MatrixLayout.TokenMajor : MatrixLayout.RowMajor },
                Y = parsed.Y with { Layout = draw % 3 == 0 ? MatrixLayout.RowMajor : MatrixLayout.TokenMajor },
            };
            Check(spec, PlaneOperands.Tiers[draw], PlaneOperands.Draw(random, spec, Size(spec.Rows, random.Next(1, 150)), Size(spec.Depth, draw == 1 ? 0 : random.Next(1, 100)), Size(spec.Columns, random.Next(1, 20))));
        }
    }

    [Theory]
    [InlineData("spmm_csr_planes2-planes3-s32_rN_dN_cN")]
    [InlineData("gemm_dense_planes2g32-planes3-f32_rN_dN_cN__dequantise")]
    [InlineData("gemm_dense_signs4-signs3-s64_rN_dN_cN_wide")]
    public void Plan_WhereBitsCannotBeCounted_MultipliesIntegers(string name)
    {
        KernelSpec spec = KernelName.Parse(name);
        Assert.DoesNotContain(Contractions(TilePlanner.Plan(spec, Tier.Avx2).Program.Body), contract => contract.Via == ContractVia.BitPlanes);
    }

    private static void Check(KernelSpec spec, Tier tier, ReferenceOperands operands)
    {
        double[] y = PlanInterpreter.Run(spec, tier, operands);
        string? mismatch = SpecReference.Execute(spec, operands).FirstMismatch<double>(y);
        Assert.True(mismatch is null, $"{spec} for {tier}, {operands.Rows}x{operands.Depth}x{operands.Columns}: {mismatch}");
    }

    private static IEnumerable<Statement.Contract> Contractions(IEnumerable<Statement> statements) => statements.SelectMany(statement => statement switch
    {
        Statement.Contract contract => [contract],
        Statement.Spread spread => Contractions(spread.Body),
        Statement.For loop => Contractions(loop.Body),
        Statement.ForNonZero loop => Contractions(loop.Body),
        Statement.If branch => Contractions(branch.Then).Concat(Contractions(branch.Else)),
        Statement.Block block => Contractions(block.Body),
        _ => Enumerable.Empty<Statement.Contract>(),
    });

    private static int Size(Extent extent, int drawn) => extent.IsConstant ? extent.Constant : drawn;
}
