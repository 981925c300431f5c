using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.ProductSpace.Tests;

public sealed class SpecGeneratorTests
{
    private static readonly DrawnKernel[] Draws = [.. new SpecGenerator(2024).Draw(0, SpecGenerator.DefaultCount)];

    private static IEnumerable<DrawnKernel> Contractions => Draws.Where(draw => draw.Spec.IsContraction);

    [Fact]
    public void Draw_DefaultCount_IsAtLeast1500AndVisitsEveryCellAsOftenAsItAsks()
    {
        Assert.True(Draws.Length >= 1500, $"{Draws.Length} draws");
        var visits = Draws.CountBy(draw => Cell.Of(draw.Spec)).ToDictionary();
        Assert.All(Cell.All.Where(cell => !cell.IsThinned), cell => Assert.Equal((cell, cell.Visits), (cell, visits.GetValueOrDefault(cell))));
        Assert.All(visits.Where(visit => visit.Key.IsThinned), visit => Assert.Equal((visit.Key, 1), (visit.Key, visit.Value)));
    }

    private static bool IsThinnedInPairs(Cell cell) => cell.IsThinned && !cell.IsOfPlanes;

    [Fact]
    public void Draw_CellsThatAreThinned_MeetInPairsInAPassAndAllInFour()
    {
        Cell[] thinned = [.. Cell.All.Where(IsThinnedInPairs)], visited = [.. Draws.Select(draw => Cell.Of(draw.Spec)).Where(IsThinnedInPairs)];
        Assert.InRange(visited.Length, 1, thinned.Length * 2 / 5);
        Assert.Equal(thinned.Select(cell => (cell.Operation, cell.Pattern, cell.Weights)).ToHashSet(), visited.Select(cell => (cell.Operation, cell.Pattern, cell.Weights)).ToHashSet());
        Assert.Equal(thinned.Select(cell => (cell.Operation, cell.Pattern, cell.X)).ToHashSet(), visited.Select(cell => (cell.Operation, cell.Pattern, cell.X)).ToHashSet());
        Assert.Equal(thinned.Select(cell => (cell.Weights, cell.X)).ToHashSet(), visited.Select(cell => (cell.Weights, cell.X)).ToHashSet());
        var further = new SpecGenerator(2024);
        Cell[] later = [.. Enumerable.Range(SpecGenerator.DefaultCount, 3 * SpecGenerator.DefaultCount).Select(index => Cell.Of(further.Draw(index).Spec)).Where(IsThinnedInPairs)];
        Assert.Equal(thinned.ToHashSet(), visited.Concat(later).ToHashSet());
    }

    [Fact]
    public void Round_CellsOfPlanes_MeetInPairsOverPassesAndAllInSixteen()
    {
        Cell[] planes = [.. Cell.All.Where(cell => cell.IsOfPlanes)], dense = [.. planes.Where(cell => cell.Pattern == Pattern.Dense)];
        var generator = new SpecGenerator(7);
        HashSet<Cell> Passes(int count) => [.. Enumerable.Range(0, count * SpecGenerator.DefaultCount).Select(generator.CellOf).Where(cell => cell.IsOfPlanes)];
        HashSet<Cell> one = Passes(1), two = Passes(2);
        Assert.InRange(one.Count, 1, planes.Length / 6);
        Assert.Equal(planes.Select(cell => (cell.Pattern, cell.Weights)).ToHashSet(), one.Select(cell => (cell.Pattern, cell.Weights)).ToHashSet());
        Assert.Equal(planes.Select(cell => cell.X).ToHashSet(), one.Select(cell => cell.X).ToHashSet());
        Assert.Equal(dense.ToHashSet(), two.Where(cell => cell.Pattern == Pattern.Dense).ToHashSet());
        Assert.Equal(planes.ToHashSet(), Passes(16));
    }

    [Fact]
    public void Draw_DefaultCount_HalfExceedTwoTilesWithRaggedTails()
    {
        int large = Draws.Count(draw => SizeDraw.ExceedsTwoTilesRagged(draw.Spec, draw.Sizes));
        Assert.True(large * 2 >= Draws.Length, $"{large} of {Draws.Length}");
    }

    [Fact]
    public void Draw_AnySeed_NameReadsBack()
    {
        foreach (DrawnKernel draw in Draws)
            Assert.Equal(draw.Spec with { Tiles = default }, KernelName.Parse(KernelName.Of(draw.Spec)));
    }

    [Fact]
    public void Draw_AnySeed_BreaksNoRule()
    {
        foreach (DrawnKernel draw in Draws)
        {
            RuleViolation? broken = KernelRules.Check(draw.Spec).FirstOrDefault(violation => violation.Severity != RuleSeverity.Info);
            Assert.True(broken is null, $"{draw}: {broken}");
        }
    }

    [Fact]
    public void Draw_SameSeed_SameDraws()
    {
        var again = new SpecGenerator(2024);
        foreach (int index in new[] { 0, 1, 777, 1499 })
        {
            Assert.Equal(Draws[index].ToString(), again.Draw(index).ToString());
            Assert.Equal(Draws[index].OperandSeed, again.Draw(index).OperandSeed);
        }
        Assert.NotEqual(Draws[5].ToString(), new SpecGenerator(2025).Draw(5).ToString());
    }

    [Fact]
    public void Draw_DefaultCount_ReachesEveryMemberOfEveryAxis()
    {
        Assert.All(Enum.GetValues<Tpp>(), step => Assert.Contains(Draws, draw => draw.Spec.Epilogue.Contains(step)));
        Assert.All(Enum.GetValues<BatchAddressing>(), kind => Assert.Contains(Draws, draw => draw.Spec.Batch?.Addressing == kind));
        Assert.All(new[] { Per.None, Per.Tensor, Per.Row, Per.Group }, per => Assert.Contains(Contractions, draw => draw.Spec.Weights.Scale == per));
        Assert.All(new[] { Per.None, Per.Tensor, Per.Token }, per => Assert.Contains(Draws, draw => draw.Spec.X.Scale == per));
        Assert.All(new[] { 1, 2, 4, 8, 16 }, v => Assert.Contains(Contractions, draw => draw.Spec.Weights.Pattern.V == v));
        Assert.All(new[] { 0, 2, 4, 8, 16 }, v => Assert.Contains(Contractions, draw => draw.Spec.Weights.Pattern is { Kind: Pattern.NM, V: var rows } && rows == v));
        Assert.All(new[] { 2, 4, 8, 16, 32 }, m => Assert.Contains(Contractions, draw => draw.Spec.Weights.Pattern.M == m));
        Assert.All(Enum.GetValues<SizeClass>(), size => Assert.Contains(Draws, draw => draw.SizeClass == size));
        foreach (MatrixLayout x in Enum.GetValues<MatrixLayout>())
            foreach (MatrixLayout y in Enum.GetValues<MatrixLayout>())
                Assert.Contains(Draws, draw => draw.Spec.X.Layout == x && draw.Spec.Y.Layout == y);
        Assert.All(NumberFormats.All.Where(row => row.AllowedAsOutput), row => Assert.Contains(Draws, draw => draw.Spec.Y.Format == row.Format));
        Assert.Contains(Draws, draw => draw.Spec.Rows.IsConstant && draw.Spec.Depth.IsConstant && draw.Spec.Columns.IsConstant);
        Assert.Contains(Draws, draw => !draw.Spec.Rows.IsConstant && !draw.Spec.Depth.IsConstant && !draw.Spec.Columns.IsConstant);
        Assert.Contains(Contractions, draw => draw.Spec.Weights.Asymmetric && draw.Spec.Weights.Pattern.Kind == Pattern.Csr);
        Assert.Contains(Draws, draw => draw.Style.Tensors.HasFlag(TensorOperands.Weights | TensorOperands.X | TensorOperands.Y));
        Assert.Contains(Draws, draw => draw.Spec.Tiles.Count > 0);
    }

    [Fact]
    public void Operands_OfIntegers_HoldTheExtremes()
    {
        foreach (DrawnKernel draw in Draws.Where(d => d.Spec.IsIntegerContraction && d.Spec.Batch is null).Take(200))
        {
            ReferenceOperands operands = OperandFactory.Draw(draw);
            (int min, int max) = (NumberFormats.Get(draw.Spec.X.Format).Min, NumberFormats.Get(draw.Spec.X.Format).Max);
            if (operands.X.Length > 50) Assert.True(operands.X.Contains(min) && operands.X.Contains(max), draw.ToString());
            (min, max) = (NumberFormats.Get(draw.Spec.Weights.Format).Min, NumberFormats.Get(draw.Spec.Weights.Format).Max);
            if (operands.Weights.Length > 200 && draw.Spec.Weights.Pattern.Kind == Pattern.Dense) Assert.True(operands.Weights.Contains(min) && operands.Weights.Contains(max), draw.ToString());
        }
    }

    [Fact]
    public void Operands_OfAnyDraw_PackUnpackAndExecute()
    {
        foreach (DrawnKernel draw in Draws.Where(d => d.SizeClass != SizeClass.Deep).Where((_, i) => i % 4 == 0))
        {
            ReferenceOperands operands = OperandFactory.Draw(draw);
            using OperandBag bag = BagBuilder.Build(draw, operands);
            Assert.Null(bag.FirstBrokenBand());
            ReferenceResult result = SpecReference.Execute(draw.Spec, operands);
            Assert.Equal(draw.Sizes.Rows * draw.Sizes.Columns, result.Y.Length);
            if (bag.PackedOrNull is not { } packed || draw.Spec.Y.IsPacked || !draw.Spec.IsContraction || !NumberFormats.IsInteger(draw.Spec.Weights.Format)) continue;
            var integers = new int[operands.Weights.Length];
            packed.UnpackIntegers(integers);
            Assert.Equal(PackedLayouts.AsPacked(draw.Spec.Weights, operands.Weights, operands.Rows, operands.Depth).Values, integers.Select(value => (double)value));
        }
    }
}
