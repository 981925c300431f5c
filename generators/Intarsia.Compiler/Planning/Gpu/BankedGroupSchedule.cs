using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// Sparse weights of single rows times a few columns on a GPU: the columns of X lie in the 32 banks of shared memory, the lanes of a warp are weights, and each gathers the activation that it meets. Those of a group of GS(B, k) (Sun et al.,
/// arXiv 2112.10898, 2021) lie in different banks, so that a gather takes one pass, wherever the elements are; of fewer than 32 banks, X lies in shared memory 32/B times, and as many groups of a bundle share the lanes. Neighbouring lanes
/// belong to a row, and exchanges add up their sums. 32 elements of a row of another pattern take three or four passes, where they lie at random.
/// </summary>
internal sealed class BankedGroupSchedule
{
    /// <summary>Lanes of a warp, and banks of shared memory.</summary>
    private const int Lanes = 32;

    /// <summary>The most columns: from there on lanes along them, of which as many idle as there are too few, read lines of X in fewer passes than each weight its own element. Passes are counted, and no time has been measured.</summary>
    private const int MaxColumns = DecodeShape.MaxColumns, MaxColumnsWithConflicts = 8;

    /// <summary>Words of shared memory that X may take in a block: three blocks to a multiprocessor, and places of 16 bits.</summary>
    private const int MaxWords = 16384;

    /// <summary>Warps of a block, and rows that it has at least: as few as are worth a copy of X in shared memory.</summary>
    private const int Warps = 4, LeastRows = 32;

    /// <summary>Groups whose places and values are on their way at once.</summary>
    private const int Ahead = 4;

    private readonly PlanBuilder _plan;
    private readonly Contraction _contraction;
    private readonly bool _lanesAreRows;
    private readonly int _banks;
    private readonly int _rows;
    private readonly int _columns;

    public BankedGroupSchedule(KernelSpec spec, Device device)
    {
        _plan = new PlanBuilder(spec, null, device.ToString());
        _contraction = ContractionOf(spec, device);
        _lanesAreRows = spec.Y.Layout == MatrixLayout.TokenMajor;
        PatternSpec pattern = spec.Weights.Pattern;
        (_banks, _rows) = pattern.Kind == Pattern.GatherScatter ? (pattern.Banks, pattern.Banks / pattern.PerRow) : (Lanes, 1);
        _columns = spec.Columns.Constant;
        // A part of the columns is a power of two, so that exchanges leave no lane a column of the next part.
        if (_columns > MaxWords / Words) _columns = 1 << (int)Math.Log(MaxWords / Words, 2);
    }

    private KernelSpec Spec => _plan.Spec;

    /// <summary>Lanes of a row.</summary>
    private int Team => Lanes / _rows;

    /// <summary>Times that X lies in shared memory.</summary>
    private int Copies => Lanes / _banks;

    /// <summary>Words of a column of X: lines of all banks, and one of zeros, which lanes without an element read.</summary>
    private int Words => WordsOf(Spec.Depth.Constant, _banks);

    private Index Bundles => Index.CeilDiv(_plan.Rows, _rows);

    /// <summary>Whether a kernel has this schedule, where its rows of X would be gathered on multiply-adds.</summary>
    public static bool Fits(KernelSpec spec, Device device) =>
        device == Device.Sm80 && spec.Operation == Operation.Spmm && spec.Weights.Pattern is { Transposed: false, VectorLength: 1 } && !Contraction.OfGathered(spec, device).IsMma && Obstacle(spec) is null;

    /// <summary>Why a kernel of single rows does not gather from shared memory, and what would make it; null where it does.</summary>
    public static (string Reason, string Remedy)? Obstacle(KernelSpec spec)
    {
        (int banks, int columns) = spec.Weights.Pattern.Kind == Pattern.GatherScatter ? (spec.Weights.Pattern.Banks, MaxColumns) : (Lanes, MaxColumnsWithConflicts);
        int most = (MaxWords / Lanes - 1) * banks;
        if (!spec.Depth.IsConstant || spec.Depth.Constant > most)
            return (spec.Depth.IsConstant ? FormattableString.Invariant($"a column of {spec.Depth.Constant} elements takes more than 64 KiB") : "the depth is known at the call only", FormattableString.Invariant($"declare a Depth of at most {most}"));
        if (!spec.Columns.IsConstant || spec.Columns.Constant > columns)
            return (spec.Columns.IsConstant ? FormattableString.Invariant($"{spec.Columns.Constant} columns are better read in lines") : "the number of columns is known at the call only", FormattableString.Invariant($"declare Columns of at most {columns}, if there are so few"));
        return spec.IsIntegerContraction && spec.Weights.Scale == Per.Group ? ("the elements of a group are of several scale groups", "use one scale for each row") : null;
    }

    public KernelPlan Build()
    {
        Declare();
        (int height, int lanes) = _lanesAreRows ? (_columns, 1) : (1, _columns);
        var steps = new EpilogueSteps(_plan, lanes, _lanesAreRows, height);
        Explain();
        int each = Math.Max(1, LeastRows / (Warps * _rows)) * Warps;
        Statement[] body = [Columns(), new Phase("groups", (Statement[])[new For("s", "s0", Index.Min((Index)"s0" + each, Bundles), 1, (Statement[])[new For("slot", 0, _rows, 1, Row(steps)) { Parallel = true }]) { Parallel = true }])];
        var block = new Block("bundles", body) { Warps = new WarpGrid(Warps, 1) };
        var bundles = new For("s0", 0, Bundles, each, (Statement[])[block]) { Parallel = true };
        return _plan.Build([new For("c0", 0, _plan.Columns, _columns, (Statement[])[bundles]) { Parallel = true }], Shape(each));
    }

    private static int WordsOf(int depth, int banks) => Lanes * ((depth + banks - 1) / banks + 1);

    /// <summary>Multiply-adds, on weights of 16 bits as they are stored: a lane widens its own.</summary>
    private static Contraction ContractionOf(KernelSpec spec, Device device)
    {
        Contraction plain = Contraction.OfSingle(spec, device);
        return plain with { Weights = spec.Weights.Format switch { NumberFormat.Float16 => ElementType.F16, NumberFormat.BFloat16 => ElementType.BF16, _ => plain.Weights } };
    }

    private static Index At(string buffer, Index index) => new Index.Read(buffer, new[] { index });

    private void Declare()
    {
        Binding.Prepared Part(string buffer, PreparedPart part) => new(buffer, PreparedKind.BankedGroup, _banks, _rows, 0, part);
        Index groups = At("starts", Bundles);
        _plan.Prepared(ElementType.S32, Part("places", PreparedPart.SegmentGroups), 0, Bundles * _rows);
        _plan.Prepared(ElementType.S32, Part("starts", PreparedPart.SegmentStarts), 0, Bundles + 1);
        _plan.Prepared(ElementType.U16, Part("indices", PreparedPart.ShortIndices), 1, groups, Lanes);
        _plan.Prepared(_contraction.Weights, Part("values", PreparedPart.Values), 1, groups, Lanes);
        bool token = Spec.X.Layout == MatrixLayout.TokenMajor;
        Index line = Spec.X.HasStride ? "ldx" : token ? _plan.Depth : _plan.Columns;
        _plan.Operand("X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, [_plan.Depth, _plan.Columns], token ? [1, line] : [line, 1]);
        Index[] y = _lanesAreRows ? [_plan.Columns, _plan.Rows] : [_plan.Rows, _plan.Columns];
        _plan.Operand("Y", PlanBuilder.ElementOf(Spec.Y.Format), Role.Y, y, Spec.Y.HasStride ? "ldy" : y[1], BufferRole.Output);
        _plan.Scratch("x", _contraction.Sum, [Words, _columns], fixedInner: 2);
    }

    /// <summary>
    /// Copies the columns into the banks, and zeros behind them. Where X lies there several times, neighbouring lines go to different copies at a time, so that the stores of a warp meet no bank twice either.
    /// </summary>
    private Phase Columns()
    {
        string line = _plan.Tile("line", _contraction.Sum, 1, _columns);
        Index word = Index.FloorDiv("u", _banks) * Lanes + Index.Mod("u", _banks);
        var body = new List<Statement> { new Load(line, "X", new Index[] { "u", "c0" }, Clip.All) };
        for (int copy = 0; copy < Copies; copy++)
            body.Add(new Store("x", new[] { word + (Copies == 1 ? 0 : Index.Mod(Index.FloorDiv("u", _banks) + copy, Copies) * _banks), 0 }, line));
        return new Phase("X", (Statement[])[new For("u", 0, Words / Copies, 1, body.ToArray()) { Parallel = true }]);
    }

    /// <summary>One row of a bundle: its lanes of every group, then the chain.</summary>
    private Statement[] Row(EpilogueSteps steps)
    {
        string at = _plan.Tile("at", ElementType.S32, Team), a = _plan.Tile("a", _contraction.Weights, 1, Team), b = _plan.Tile("b", _contraction.Sum, Team, _columns), acc = steps.Start;
        Index first = (Index)"slot" * Team;
        Statement[] group =
        [
            new Load(at, "indices", new[] { "g", first }),
            new Load(a, "values", new[] { "g", first }),
            new Gather(b, "x", at, new Index[] { 0 }) { IsPresent = true },
            _lanesAreRows ? new Contract(acc, b, a, _contraction.Via) { TransposedA = true, TransposedB = true } : new Contract(acc, a, b, _contraction.Via),
        ];
        (Index outer, Index lane) = _lanesAreRows ? ((Index)"c0", (Index)"row") : ("row", "c0");
        (IReadOnlyList<Statement> chain, string value) = steps.Build(outer, lane);
        var store = new Store("Y", new[] { outer, lane }, value, Clip.All);
        if (_lanesAreRows && _columns < Spec.Columns.Constant) store = store with { UntilRow = _plan.Columns };
        return
        [
            new Fill(acc, 0),
            new For("g", At("starts", "s"), At("starts", (Index)"s" + 1), 1, group) { Unroll = Ahead },
            new Let("row", At("places", (Index)"s" * _rows + "slot")),
            new If(new Condition("row", Relation.GreaterOrEqual, 0), (Statement[])[.. chain, store]),
        ];
    }

    private string Shape(int bundles) => FormattableString.Invariant($"{bundles} bundles of {_rows} rows by {_columns} columns, {Team} lanes to a row, {Warps} warps");

    private void Explain()
    {
        _plan.Reason(FormattableString.Invariant($"{Spec.Weights.Pattern} weights in groups of {Lanes} lanes, {Team} to each of {_rows} rows, longest bundles first"));
        _plan.Reason(_contraction.Reason);
        _plan.Reason($"X lies in the banks of shared memory{(Copies > 1 ? FormattableString.Invariant($", {Copies} times, of which {_banks} lanes read each") : "")}: a group's activations are in different ones");
    }
}
