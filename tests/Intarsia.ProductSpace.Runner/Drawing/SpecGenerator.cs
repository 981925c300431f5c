using System.Globalization;
using Intarsia.Compiler;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Operands;

namespace Intarsia.ProductSpace.Drawing;

/// <summary>
/// Draws random kernels over the whole product space. Draw <c>i</c> of a seed is a function of both and of nothing else; the cells are visited in turn, so that
/// <see cref="DefaultCount"/> draws visit each of them as often as it asks for.
/// </summary>
public sealed class SpecGenerator(ulong seed)
{
    /// <summary>Patterns may be known at compile time, which ties the extents of the weights: for callers that take sizes as they are drawn, and hand the files over.</summary>
    public bool KnowsPatterns { get; init; }

    /// <summary>Draws of a pass, which visits every cell as often as it asks for.</summary>
    public static int DefaultCount => Turns.Length;

    /// <summary>The cells of the first draws, each once.</summary>
    public static IReadOnlyList<Cell> Round => Turns.Round;

    /// <param name="first">The first draw.</param>
    /// <param name="count">How many.</param>
    /// <param name="only">Text that a kernel's name must begin with to be taken, or the numbers of draws: <c>#7,#12</c>.</param>
    /// <exception cref="FormatException">A number is none.</exception>
    public IEnumerable<DrawnKernel> Draw(int first, int count, string only = "") => only.StartsWith('#')
        ? Numbers(only).Where(index => index >= first && index < first + count).Select(Draw)
        : Enumerable.Range(first, count).Select(Draw).Where(kernel => KernelName.Of(kernel.Spec).StartsWith(only, StringComparison.Ordinal));

    /// <summary>The text that names draws by their numbers.</summary>
    public static string Only(IEnumerable<int> indices) => string.Join(',', indices.Select(index => FormattableString.Invariant($"#{index}")));

    private static int[] Numbers(string only) => [.. only.Split(',').Select(number => int.Parse(number.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture)).Order()];

    /// <summary>The cell of a draw.</summary>
    public Cell CellOf(int index) => Turns.At(seed, index);

    public DrawnKernel Draw(int index)
    {
        SeededRandom random = SeededRandom.For(seed, index);
        Cell cell = CellOf(index);
        KernelSpec spec = cell.Weights is null ? LineDraw.Draw(cell, random) : cell.Operation == Operation.Butterfly ? ButterflyDraw.Draw(cell, random) : cell.Operation == Operation.Rgms ? RelationalDraw.Draw(cell, random) : cell.Operation == Operation.Sddmm ? SampledDraw.Draw(cell, DrawPattern(cell.Pattern, random), random) : DrawWhat(cell, random);
        SignatureStyle style = StyleDraw.Draw(spec, random);
        spec = DrawStrides(spec, style, random);
        SizeClass sizeClass = SizeDraw.DrawClass(spec, random);
        CallSizes sizes = SizeDraw.Draw(spec, sizeClass, random);
        if (spec.Butterfly is not null) sizes = ButterflyDraw.Fit(spec, sizes, random);
        if (spec.Rgms is not null) sizes = RelationalDraw.Fit(sizes, random);
        spec = TileDraw.Slice(DrawPacking(FixExtents(KnowPattern(spec, index, sizes, random), sizes, random), SeededRandom.For(~seed, index)), SeededRandom.For(seed + 1, ~index));
        sizes = SizeDraw.WithStrides(spec, style, sizes, random);
        return new DrawnKernel(index, random.NextUInt64(), spec, style, sizes, sizeClass);
    }

    /// <summary>Everything but extents, strides and tile: operation, pattern, formats, scales, layouts, chain.</summary>
    private static KernelSpec DrawWhat(Cell cell, SeededRandom random)
    {
        bool batch = cell.Operation == Operation.BatchReduceGemm;
        (Per scale, bool dequantise) = DrawScale(cell, random);
        bool integerResult = cell.IsInteger && !dequantise && scale != Per.Group;
        PatternSpec pattern = DrawPattern(cell.Pattern, random);
        int basis = cell.Weights is { } format ? NumberFormats.Get(format).Basis : 0;
        if (basis > 0 && pattern.BlockColumns % basis != 0) pattern = pattern with { BlockColumns = basis * pattern.BlockColumns };
        WeightStorage storage = DrawStorage(cell, scale, random);
        // A raw sum reads no scales; packed weights may still carry them, a span has none.
        if (integerResult && storage == WeightStorage.Span) scale = Per.None;
        Accumulator accumulator = DrawAccumulator(cell, scale, random);
        (Tpp[] chain, NumberFormat output) = integerResult && accumulator == Accumulator.Int64 ? ([], NumberFormat.Int64) : ChainDraw.Draw(integerResult, dequantise, batch, random);
        KernelSpec spec = new()
        {
            Operation = cell.Operation,
            Weights = new WeightSpec
            {
                Pattern = pattern,
                Format = cell.Weights!.Value,
                Storage = storage,
                Scale = scale,
                ScaleGroup = scale == Per.Group ? basis > 0 ? basis * random.Pick(1, 5, 8, 8, 16, 24) : DrawGroup(pattern, random) : 0,
                Asymmetric = scale != Per.None && (NumberFormats.HasZeroPoints(cell.Weights!.Value) || NumberFormats.IsBinaryCoded(cell.Weights!.Value)) && storage == WeightStorage.Packed && random.Chance(0.4),
            },
            X = new ActivationSpec
            {
                Format = cell.X,
                Layout = batch ? MatrixLayout.RowMajor : random.Pick(MatrixLayout.RowMajor, MatrixLayout.TokenMajor),
                Scale = dequantise ? random.Pick(Per.None, Per.Tensor, Per.Token, Per.Token) : Per.None,
            },
            Y = new OutputSpec
            {
                Format = output,
                Layout = batch ? MatrixLayout.RowMajor : random.Pick(MatrixLayout.RowMajor, MatrixLayout.TokenMajor),
            },
            Epilogue = chain,
            Accumulator = accumulator,
            Batch = batch
                ? new BatchSpec(random.Pick(BatchAddressing.Stride, BatchAddressing.Offsets, BatchAddressing.List, BatchAddressing.Addresses), HasBeta: !cell.IsInteger && random.Chance(0.5))
                : null,
        };
        return CountsBits(spec) ? DrawPlanes(spec, dequantise, random) : spec;
    }

    /// <summary>Whether a kernel counts the bits that planes have in common, so that X and Y may lie in planes.</summary>
    private static bool CountsBits(KernelSpec spec) =>
        spec is { Operation: Operation.Gemm, Accumulator: not Accumulator.Int64 } && NumberFormats.IsBitPlanes(spec.Weights.Format) && NumberFormats.IsBitPlanes(spec.X.Format) && spec.Weights.Scale != Per.Group;

    private static KernelSpec DrawPlanes(KernelSpec spec, bool dequantise, SeededRandom random)
    {
        if (random.Chance(0.5)) spec = spec with { X = spec.X with { Layout = MatrixLayout.BitPlanes } };
        if (!dequantise || random.Chance(0.4)) return spec;
        return spec with
        {
            Y = new OutputSpec { Format = NumberFormat.Planes1 + random.Next(0, NumberFormat.SignPlanes8 - NumberFormat.Planes1), Layout = MatrixLayout.BitPlanes },
            Epilogue = spec.Epilogue.Contains(Tpp.Requantise) ? spec.Epilogue : spec.Epilogue.Append(Tpp.Requantise).ToArray(),
        };
    }

    private static Accumulator DrawAccumulator(Cell cell, Per scale, SeededRandom random)
    {
        if (!cell.IsInteger) return Accumulator.Default;
        bool mayBeWide = cell.Operation != Operation.BatchReduceGemm && scale != Per.Group;
        if (mayBeWide && random.Chance(cell.NeedsWideSum ? 0.6 : 0.1)) return Accumulator.Int64;
        return cell.NeedsWideSum || random.Chance(0.15) ? Accumulator.Int32Wrap : Accumulator.Default;
    }

    private static PatternSpec DrawPattern(Pattern pattern, SeededRandom random)
    {
        switch (pattern)
        {
            case Pattern.NM:
                int m = random.Pick(2, 4, 4, 8, 16, 32);
                // Every N ≤ M is legal; the usual ones are sparse.
                return new PatternSpec(Pattern.NM, N: random.Chance(0.5) ? random.Next(1, Math.Max(1, m / 2)) : random.Next(1, m), M: m, V: random.Chance(0.4) ? random.Pick(2, 4, 4, 8, 16) : 0);
            case Pattern.VectorRows:
                return new PatternSpec(Pattern.VectorRows, V: random.Pick(1, 2, 4, 8, 16));
            case Pattern.Bsr:
                // Now and then blocks that warp groups of GPUs take as they are.
                if (random.Chance(0.2)) return new PatternSpec(Pattern.Bsr) { BlockRows = random.Pick(64, 128, 192), BlockColumns = random.Pick(64, 128) };
                return new PatternSpec(Pattern.Bsr) { BlockRows = random.Pick(1, 2, 3, 4, 6, 8, 16, 32, 48), BlockColumns = random.Pick(1, 2, 3, 4, 8, 16) };
            case Pattern.Ell:
                return new PatternSpec(Pattern.Ell) { Width = random.Pick(1, 2, 3, 7, 16, 33, 64) };
            case Pattern.Hyb:
                return new PatternSpec(Pattern.Hyb) { Partitions = random.Pick(1, 1, 2, 3, 8), BucketExponent = random.Pick(0, 1, 2, 3, 5) };
            case Pattern.RelativeCsc:
                return new PatternSpec(Pattern.RelativeCsc) { Lanes = random.Pick(1, 1, 2, 3, 16, 64) };
            case Pattern.GatherScatter:
                // Rows in the order of their elements make bundles that depend on which of them are zero: they get groups enough for any.
                bool scatter = random.Chance(0.4);
                int banks = random.Pick(4, 8, 16, 32);
                return new PatternSpec(Pattern.GatherScatter) { Banks = banks, PerRow = Math.Min(banks, random.Pick(1, 1, 2, 4, 32)), Groups = scatter ? 65536 : random.Pick(1, 3, 9, 65536), Scatter = scatter };
            case Pattern.Composite:
                return new PatternSpec(Pattern.Composite) { Parts = DrawSum(random) };
            default:
                return new PatternSpec(pattern);
        }
    }

    /// <summary>One or two formats that leave something, and one that takes the rest.</summary>
    private static PatternSpec[] DrawSum(SeededRandom random)
    {
        PatternSpec Leaving() => random.Next(0, 3) switch
        {
            0 => new PatternSpec(Pattern.NM, N: random.Pick(1, 2), M: random.Pick(4, 8), V: random.Pick(0, 0, 2, 4)),
            1 => new PatternSpec(Pattern.Ell) { Width = random.Pick(1, 3, 8) },
            2 => new PatternSpec(Pattern.VectorRows, V: random.Pick(2, 4, 16)) { Fill = random.Pick(30, 60, 100) },
            _ => new PatternSpec(Pattern.Bsr) { BlockRows = random.Pick(2, 4, 8, 16), BlockColumns = random.Pick(1, 4, 8), Fill = random.Pick(20, 50, 100) },
        };
        PatternSpec last = random.Next(0, 4) switch
        {
            0 => new PatternSpec(Pattern.Hyb) { Partitions = random.Pick(1, 3), BucketExponent = random.Pick(0, 2, 5) },
            1 => new PatternSpec(Pattern.VectorRows, V: random.Pick(1, 4)),
            2 => new PatternSpec(Pattern.Bsr) { BlockRows = random.Pick(2, 16), BlockColumns = random.Pick(1, 3) },
            3 => new PatternSpec(Pattern.RowWindows),
            _ => new PatternSpec(Pattern.Csr),
        };
        return random.Chance(0.3) ? [Leaving(), Leaving(), last] : [Leaving(), last];
    }

    // Whole groups of eight, and whole groups of an N:M pattern.
    private static int DrawGroup(PatternSpec pattern, SeededRandom random) => Math.Max(8, pattern.M) * random.Pick(1, 1, 2, 2, 3, 4, 8);

    private static (Per Scale, bool Dequantise) DrawScale(Cell cell, SeededRandom random)
    {
        if (cell.IsWeightOnly || cell.Weights is { } weights && NumberFormats.HasBasis(weights)) return (random.Pick(Per.Tensor, Per.Row, Per.Group, Per.Group), false);
        // Planes have scales, which make every sum a float.
        if (cell.IsInteger && NumberFormats.IsBinaryCoded(cell.Weights!.Value)) return (random.Pick(Per.Tensor, Per.Row, Per.Group, Per.Group), true);
        if (!cell.IsInteger || cell.Operation == Operation.BatchReduceGemm) return (Per.None, false);
        if (random.Chance(0.65)) return (random.Pick(Per.None, Per.Tensor, Per.Row, Per.Row, Per.Group, Per.Group), true);
        return (random.Pick(Per.None, Per.None, Per.Tensor, Per.Row), false);
    }

    private static WeightStorage DrawStorage(Cell cell, Per scale, SeededRandom random)
    {
        if (cell.Operation == Operation.BatchReduceGemm) return WeightStorage.Span;
        bool spanExists = cell.Pattern == Pattern.Dense && NumberFormats.Get(cell.Weights!.Value) is { HasTable: false, Planes: 0, BitPlanes: 0, Bits: >= 8 and not 12 } && scale != Per.Group;
        return spanExists && random.Chance(0.4) ? WeightStorage.Span : WeightStorage.Packed;
    }

    // A tensor brings its strides along.
    private static KernelSpec DrawStrides(KernelSpec spec, SignatureStyle style, SeededRandom random)
    {
        bool Stride(TensorOperands operand) => random.Chance(0.3) && !style.Tensors.HasFlag(operand);
        if (spec.IsContraction) spec = spec with { Weights = spec.Weights with { HasStride = Stride(TensorOperands.Weights) && spec.Weights.Storage == WeightStorage.Span && spec.Butterfly is null } };
        return spec with
        {
            X = spec.X with { HasStride = Stride(TensorOperands.X) },
            Y = spec.Y with { HasStride = Stride(TensorOperands.Y) && !spec.Y.IsPacked },
        };
    }

    // With a zero point, eight bits make up to 255.
    private static long Magnitude(NumberFormat format) => Math.Max(255L, Math.Max(-(long)NumberFormats.Get(format).Min, NumberFormats.Get(format).Max));

    /// <summary>Now and then a pattern of single elements is known at compile time.</summary>
    private KernelSpec KnowPattern(KernelSpec spec, int index, CallSizes sizes, SeededRandom random)
    {
        if (!KnowsPatterns || spec.Operation != Operation.Spmm || spec.Weights.Pattern.Kind != Pattern.Csr || !random.Chance(0.2)) return spec;
        string file = FormattableString.Invariant($"K{index:D6}.smtx");
        return spec with { Weights = spec.Weights with { Pattern = new PatternSpec(Pattern.Csr) { File = file, Known = PatternDraw.Known(file, sizes.Rows, sizes.Depth, random) } } };
    }

    /// <summary>How a pattern is stored and read: a third of the blocks doubly compressed, some weights transposed.</summary>
    private static KernelSpec DrawPacking(KernelSpec spec, SeededRandom random)
    {
        if (spec.IsContraction && spec.Pattern.Kind == Pattern.Bsr && random.Chance(0.3))
            spec = spec.Y.IsPacked ? spec with { Y = spec.Y with { Pattern = spec.Y.Pattern with { DoublyCompressed = true } } } : spec with { Weights = spec.Weights with { Pattern = spec.Weights.Pattern with { DoublyCompressed = true } } };
        return Transpose(spec, random);
    }

    /// <summary>A fifth of the sparse weights are packed transposed: with one scale, where they have some, and the planner's tiles, because rows that stood together do so no more.</summary>
    private static KernelSpec Transpose(KernelSpec spec, SeededRandom random)
    {
        if (spec.Operation != Operation.Spmm || spec.Weights.Pattern.Known is not null || NumberFormats.HasBasis(spec.Weights.Format) || !random.Chance(0.2)) return spec;
        Per scale = spec.Weights.Scale == Per.None ? Per.None : Per.Tensor;
        return spec with { Weights = spec.Weights with { Pattern = spec.Weights.Pattern with { Transposed = true }, Scale = scale, ScaleGroup = 0 }, Tiles = default };
    }

    /// <summary>Turns extents into constants, where the sizes allow it, and adds tile overrides.</summary>
    private static KernelSpec FixExtents(KernelSpec spec, CallSizes sizes, SeededRandom random)
    {
        Extent Fix(int size) => size > 0 && random.Chance(0.5) ? new Extent(size) : default;
        if (!spec.IsContraction) return spec with { Rows = Fix(sizes.Rows), Columns = Fix(sizes.Columns) };
        if (spec.Rgms is not null) return spec with { Rows = Fix(sizes.Rows), Depth = Fix(sizes.Depth), Columns = Fix(sizes.Columns) };
        if (spec.Butterfly is not null) return spec with { Rows = new Extent(sizes.Rows), Depth = new Extent(sizes.Depth), Columns = Fix(sizes.Columns) };
        bool known = spec.Weights.Pattern.Known is not null;
        spec = spec with { Rows = known ? new Extent(sizes.Rows) : Fix(sizes.Rows), Depth = known ? new Extent(sizes.Depth) : Fix(sizes.Depth), Columns = Fix(sizes.Columns) };
        if (spec is { IsIntegerContraction: true, Accumulator: Accumulator.Default, Depth.IsConstant: true } && spec.Depth.Constant * Magnitude(spec.Weights.Format) * Magnitude(spec.X.Format) > int.MaxValue)
            spec = spec with { Accumulator = Accumulator.Int32Wrap };
        // One group over the whole depth may have any length, but for bases, which belong to whole threes.
        if (spec.Weights.Scale == Per.Group && !NumberFormats.HasBasis(spec.Weights.Format) && spec.Depth.IsConstant && random.Chance(0.2))
            spec = spec with { Weights = spec.Weights with { ScaleGroup = spec.Depth.Constant + random.Next(0, 5) } };
        if (spec.Operation == Operation.Sddmm) return spec;
        // Long vectors fix the height of the tile and leave no room to choose.
        return random.Chance(0.15) && spec.Weights.Pattern.VectorLength <= (TileDraw.IsDoubled(spec) ? 2 : 4) ? spec with { Tiles = TileDraw.Draw(spec, random) } : spec;
    }
}
