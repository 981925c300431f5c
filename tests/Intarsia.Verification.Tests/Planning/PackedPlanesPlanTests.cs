using Intarsia.Compiler;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Xunit;

namespace Intarsia.Verification.Tests.Planning;

/// <summary>Plans that read X as planes of bits and write Y so, against the reference, which knows of neither.</summary>
public class PackedPlanesPlanTests
{
    public static TheoryData<NumberFormat> Formats => new(PlaneOperands.Formats);

    [Theory]
    [MemberData(nameof(Formats))]
    public void Plan_EveryXAndYInPlanes_MeetsTheReference(NumberFormat weights)
    {
        var random = new Random((int)weights);
        foreach (NumberFormat other in PlaneOperands.Formats)
        {
            bool asymmetric = NumberFormats.HasZeroPoints(weights) && random.Next(2) == 0;
            (bool reads, bool writes) = random.Next(3) switch { 0 => (true, false), 1 => (false, true), _ => (true, true) };
            var spec = new KernelSpec
            {
                Operation = Operation.Gemm,
                Weights = new WeightSpec { Format = weights, Scale = Per.Row, Asymmetric = asymmetric },
                X = new ActivationSpec { Format = other, Layout = reads ? MatrixLayout.BitPlanes : (MatrixLayout)random.Next(2), Scale = Per.Token, HasStride = random.Next(2) == 0 },
                Y = writes ? new OutputSpec { Format = PlaneOperands.Formats[random.Next(PlaneOperands.Formats.Length)], Layout = MatrixLayout.BitPlanes, HasStride = random.Next(2) == 0 } : new OutputSpec { Format = NumberFormat.Float32, Layout = (MatrixLayout)random.Next(2) },
                Epilogue = writes ? EquatableArray.Of(Tpp.Dequantise, Tpp.Bias, Tpp.Requantise) : EquatableArray.Of(Tpp.Dequantise),
                Columns = random.Next(4) == 0 ? new Extent(1) : default,
            };
            Assert.True(KernelRules.IsValid(spec), string.Join('\n', KernelRules.Check(spec)));
            Assert.Equal(spec, KernelName.Parse(KernelName.Of(spec)));
            Tier tier = PlaneOperands.Tiers[random.Next(PlaneOperands.Tiers.Length)];
            ReferenceOperands operands = PlaneOperands.Draw(random, spec, random.Next(1, 150), random.Next(8) == 0 ? 0 : random.Next(1, 80), spec.Columns.IsConstant ? 1 : random.Next(1, 20));

            double[] y = PlanInterpreter.Run(spec, tier, operands);

            string? mismatch = SpecReference.Execute(spec, operands).FirstMismatch<double>(y);
            Assert.True(mismatch is null, $"{spec} for {tier}, {operands.Rows}x{operands.Depth}x{operands.Columns}: {mismatch}");
            // An X in planes is not cut into planes again, and a Y of them has one pass over a region in working memory.
            Statement.SplitPlanes[] splits = [.. Statements(TilePlanner.Plan(spec, tier).Program.Body).OfType<Statement.SplitPlanes>()];
            Assert.Equal(reads ? 0 : 1, splits.Count(split => split.Source == "a"));
            Assert.Equal(writes ? 1 : 0, splits.Count(split => split.Destination == "Y"));
        }
    }

    [Theory]
    [InlineData(Tier.Scalar, 0, 32)]
    [InlineData(Tier.Vector128, 0, 8)]
    [InlineData(Tier.Avx2, 0, 4)]
    [InlineData(Tier.Avx512, 0, 1)]
    [InlineData(Tier.Avx512, 1, 2)]
    [InlineData(Tier.Avx512, 3, 2)]
    public void Plan_OfAPackedY_DividesRowsWhereWordsEnd(Tier tier, int vectors, int panels)
    {
        KernelSpec spec = KernelName.Parse("gemm_dense_planes2r-planes1-planes2_rN_dN_cN_pp__dequantise-requantise") with { Tiles = vectors == 0 ? default : EquatableArray.Of(new TileOverride(tier, 1, vectors, 0)) };

        KernelPlan plan = TilePlanner.Plan(spec, tier);

        Assert.Equal(panels, plan.Spreads[0].Grain);
        Assert.All(Statements(plan.Program.Body).OfType<Statement.For>().Where(loop => loop.Variable == "p0"), loop => Assert.Equal(0, ((Intarsia.Compiler.Tiles.Index.Const)loop.Step).Value % panels));
    }

    private static IEnumerable<Statement> Statements(IEnumerable<Statement> statements) => statements.SelectMany(statement => statement switch
    {
        Statement.Spread spread => Statements(spread.Body),
        Statement.For loop => Statements(loop.Body).Prepend(loop),
        Statement.If branch => Statements(branch.Then).Concat(Statements(branch.Else)),
        Statement.Block block => Statements(block.Body),
        _ => [statement],
    });
}
