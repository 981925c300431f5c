using Intarsia.Compiler;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Xunit;

namespace Intarsia.ProductSpace.Tests;

/// <summary>What is drawn, what the rules allow and what the checked-in list excludes are one and the same division of the product of formats.</summary>
public sealed class ExcludedPairTests
{
    private static readonly (Operation, Pattern)[] Shapes =
    [
        (Operation.Gemm, Pattern.Dense), (Operation.Spmm, Pattern.NM), (Operation.Spmm, Pattern.VectorRows), (Operation.Spmm, Pattern.Csr), (Operation.Spmm, Pattern.Bsr), (Operation.Spmm, Pattern.Ell), (Operation.Spmm, Pattern.Hyb), (Operation.Spmm, Pattern.RowWindows), (Operation.Spmm, Pattern.Composite), (Operation.Spmm, Pattern.RelativeCsc), (Operation.Spmm, Pattern.GatherScatter), (Operation.BatchReduceGemm, Pattern.Dense),
        (Operation.Sddmm, Pattern.NM), (Operation.Sddmm, Pattern.VectorRows), (Operation.Sddmm, Pattern.Csr), (Operation.Sddmm, Pattern.Ell), (Operation.Sddmm, Pattern.Bsr), (Operation.Sddmm, Pattern.Hyb), (Operation.Sddmm, Pattern.RowWindows), (Operation.Sddmm, Pattern.Composite), (Operation.Sddmm, Pattern.RelativeCsc), (Operation.Sddmm, Pattern.GatherScatter),
        (Operation.Butterfly, Pattern.Dense), (Operation.Rgms, Pattern.Dense),
    ];

    private static readonly Exclusion[] Exclusions = [.. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "excluded-pairs.txt"))
        .Where(line => line.Length > 0 && line[0] != '#').Select(Exclusion.Parse)];

    [Fact]
    public void Pair_AnyOfTheProduct_IsDrawnOrExcludedAsTheRulesSay()
    {
        foreach (Cell cell in Product().Concat(WithoutWeights()))
        {
            string[]? reasons = RuledOut(cell);
            Assert.True((reasons is null) == Cell.All.Contains(cell), $"{cell} is {(reasons is null ? "allowed" : "excluded")} by the rules, but not so by the generator");
            Exclusion[] matching = [.. Exclusions.Where(exclusion => exclusion.Matches(cell))];
            if (reasons is null) Assert.True(matching.Length == 0, $"{cell} is legal, but excluded: {matching.FirstOrDefault()}");
            else Assert.True(matching.Any(exclusion => reasons.Contains(exclusion.Rule)), $"{cell} is excluded by {string.Join(", ", reasons)}, but the list says {string.Join("; ", matching.AsEnumerable())}");
        }
    }

    [Fact]
    public void Exclusion_EveryLine_HasAPairAndAReason() => Assert.All(Exclusions, exclusion =>
    {
        Assert.Contains(Product().Concat(WithoutWeights()), exclusion.Matches);
        Assert.True(exclusion.Reason.Length > 20, exclusion.ToString());
        Assert.Equal(exclusion.Rule, DiagnosticTable.Get(exclusion.Rule).Id);
    });

    private static IEnumerable<Cell> Product() =>
        from shape in Shapes
        from weights in NumberFormats.All
        from x in NumberFormats.All
        select new Cell(shape.Item1, shape.Item2, weights.Format, x.Format);

    private static IEnumerable<Cell> WithoutWeights() =>
        from operation in Operations.All
        where !operation.IsContraction
        from x in NumberFormats.All
        select new Cell(operation.Operation, Pattern.Dense, null, x.Format);

    /// <summary>Null where some declaration with these formats is valid; else the rules that every declaration breaks.</summary>
    private static string[]? RuledOut(Cell cell)
    {
        HashSet<string>? common = null;
        foreach (KernelSpec spec in Declarations(cell))
        {
            string[] broken = [.. KernelRules.Check(spec).Where(violation => violation.Severity == RuleSeverity.Error).Select(violation => violation.Id)];
            if (broken.Length == 0) return null;
            if (common is null) common = [.. broken];
            else common.IntersectWith(broken);
        }
        return [.. common!];
    }

    // Whatever scales, storage, chain and output might make the pair valid.
    private static IEnumerable<KernelSpec> Declarations(Cell cell) =>
        from scale in new[] { Per.None, Per.Tensor, Per.Row }
        from storage in new[] { WeightStorage.Packed, WeightStorage.Span }
        from dequantise in new[] { false, true }
        from output in new[] { NumberFormat.Float32, NumberFormat.Int32 }
        from accumulator in new[] { Accumulator.Default, Accumulator.Int32Wrap }
        select WithWeights(cell, storage, scale, new KernelSpec
        {
            Operation = cell.Operation,
            Accumulator = accumulator,
            X = new ActivationSpec { Format = cell.X },
            Y = new OutputSpec { Format = output },
            Epilogue = dequantise ? EquatableArray.Of(Tpp.Dequantise) : default,
            Batch = cell.Operation == Operation.BatchReduceGemm ? new BatchSpec(BatchAddressing.Stride, HasBeta: false) : null,
        });

    private static KernelSpec WithWeights(Cell cell, WeightStorage storage, Per scale, KernelSpec spec) =>
        cell.Weights is not { } format ? spec : cell.Operation == Operation.Rgms ? spec with { Rgms = new RgmsSpec(3, spec.X.Format is NumberFormat.Int8 or NumberFormat.UInt8 ? NumberFormat.Int8 : NumberFormat.Float32), Weights = new WeightSpec { Format = format, Storage = storage, Scale = scale }, X = spec.X with { Layout = MatrixLayout.TokenMajor }, Y = spec.Y with { Layout = MatrixLayout.TokenMajor } } : cell.Operation == Operation.Butterfly ? spec with { Rows = new Extent(24), Depth = new Extent(24), Butterfly = new ButterflySpec(), Weights = new WeightSpec { Format = format, Storage = storage, Scale = scale } } : cell.Operation != Operation.Sddmm ? spec with { Weights = new WeightSpec { Pattern = PatternOf(cell.Pattern), Format = format, Storage = storage, Scale = scale } } : spec with
        {
            Weights = new WeightSpec { Format = format, Storage = storage, Scale = scale },
            X = spec.X with { Layout = MatrixLayout.TokenMajor },
            Y = spec.Y with { Pattern = PatternOf(cell.Pattern) },
            Sddmm = new SddmmSpec(),
        };

    private static PatternSpec PatternOf(Pattern kind) => kind switch
    {
        Pattern.NM => new PatternSpec(kind, N: 2, M: 4),
        Pattern.VectorRows => new PatternSpec(kind, V: 4),
        Pattern.Bsr => new PatternSpec(kind) { BlockRows = 4, BlockColumns = 6 },
        Pattern.Ell => new PatternSpec(kind) { Width = 8 },
        Pattern.Hyb => new PatternSpec(kind) { Partitions = 2, BucketExponent = 3 },
        Pattern.RelativeCsc => new PatternSpec(kind) { Lanes = 4 },
        Pattern.GatherScatter => new PatternSpec(kind) { Banks = 8, PerRow = 2 },
        Pattern.Composite => new PatternSpec(kind) { Parts = EquatableArray.Of(new PatternSpec(Pattern.NM, N: 2, M: 4), new PatternSpec(Pattern.Csr)) },
        _ => new PatternSpec(kind),
    };

    private sealed record Exclusion(string Weights, string X, string Where, string Rule, string Reason)
    {
        public static Exclusion Parse(string line)
        {
            string[] parts = line.Split(' ', 5, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return new Exclusion(parts[0], parts[1], parts[2], parts[3], parts[4]);
        }

        public bool Matches(Cell cell) => (cell.Weights is { } weights ? Is(Weights, weights) : Weights == "none") && Is(X, cell.X) && Where switch
        {
            "any" => true,
            "single" => cell.Operation is Operation.Gemm or Operation.Spmm,
            "batch" => cell.Operation == Operation.BatchReduceGemm,
            _ when Where.Split('!') is [var operation, var pattern] => Operations.Parse(operation).Operation == cell.Operation && Enum.Parse<Pattern>(pattern, ignoreCase: true) != cell.Pattern,
            _ => Operations.Parse(Where).Operation == cell.Operation,
        };

        private static bool Is(string text, NumberFormat format) => text switch
        {
            "any" => true,
            "none" => false,
            "planes" => NumberFormats.IsBitPlanes(format),
            "signs" => NumberFormats.Get(format).HasSignPlanes,
            "others" => !NumberFormats.IsBitPlanes(format),
            "float" => format is NumberFormat.Float32 or NumberFormat.TensorFloat32 or NumberFormat.Float16 or NumberFormat.BFloat16,
            _ => NumberFormats.Parse(text) == format,
        };
    }
}
