using System.Globalization;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// Sparse weights times one column or two: the lanes are weights, and the activation that each meets is gathered (GS patterns, Sun et al., 2021). A group of lanes belongs to the rows of a bundle, of which each has as many neighbouring lanes, and
/// the groups of a bundle are added up before the lanes of each row are: one row for most patterns, for GS(B, k) the B/k rows that the pattern has made equally long.
/// </summary>
internal sealed class GroupSchedule
{
    /// <summary>Lanes of a group: few, so that few are left over behind the last entry of a row. Addresses come one by one, so that longer vectors would add nothing but a permutation.</summary>
    private const int GroupLanes = 8;

    private const int VectorBits = 256;

    private const string Bundles = "groups";

    /// <summary>Accumulators of a tier without vectors: sums that do not wait for each other.</summary>
    private const int ScalarLanes = 4;

    private readonly PlanBuilder _plan;
    private readonly bool _tokens;
    private readonly bool _inPlace;
    private readonly int _rows;
    private readonly int _lanes;
    private readonly int _bits;

    /// <summary>Places have 16 bits: known to be enough for the depth, and the place behind it.</summary>
    private readonly bool _isShort;

    public GroupSchedule(PlanBuilder plan)
    {
        _plan = plan;
        _tokens = Spec.Y.Layout == MatrixLayout.TokenMajor;
        _inPlace = PlanBuilder.ElementOf(Spec.Y.Format) == plan.Accumulator;
        PatternSpec pattern = Spec.Weights.Pattern;
        _rows = pattern.Kind == Pattern.GatherScatter ? pattern.Banks / pattern.PerRow : 1;
        _lanes = Math.Max(_rows, TierTable.Bits(plan.Tier) == 32 ? ScalarLanes : GroupLanes);
        _bits = Math.Min(TierTable.Bits(plan.Tier), VectorBits);
        _isShort = Spec.Depth.IsConstant && Spec.Depth.Constant <= ushort.MaxValue;
    }

    private KernelSpec Spec => _plan.Spec;

    /// <summary>Columns that there are, or may be.</summary>
    private int Columns => Spec.Columns.IsConstant ? Spec.Columns.Constant : MaxColumns(Spec);

    /// <summary>Neighbouring lanes of one row.</summary>
    private int PerRow => _lanes / _rows;

    private string Accumulators => _inPlace ? "c" : "d";

    /// <summary>
    /// Columns up to which a kernel takes this schedule; 0 for none. Each costs a gather of its own, where lanes along the columns read X once for all, and once for all rows of a vector: single entries gain up to two columns, short vectors with
    /// one, and vectors of eight rows never (<c>-- peers --filter "gs(16"</c>).
    /// </summary>
    public static int MaxColumns(KernelSpec spec) => spec.Weights.Pattern.VectorLength switch { 1 => 2, <= 4 => 1, _ => 0 };

    /// <summary>Whether a kernel has this schedule: float sums of any pattern whose places are not known before the call.</summary>
    public static bool Serves(KernelSpec spec, Tier tier) =>
        spec.Operation == Operation.Spmm && !spec.IsIntegerContraction && !PlanesSchedule.Fits(spec) && !TilePlanner.RunsDense(spec) && !KnownSchedule.Fits(spec)
        && MaxColumns(spec) > 0 && !(spec.Columns.IsConstant && spec.Columns.Constant > MaxColumns(spec)) && spec.Tiles.All(tile => tile.Tier != tier);

    public KernelPlan Build()
    {
        Declare();
        var shape = new TileShape(TierTable.Bits(_plan.Tier), 1, 1);
        var epilogue = new EpilogueBuilder(_plan, shape, lanesAreRows: _tokens, _inPlace, Accumulators);
        _plan.Reason($"{(Columns == 1 ? "one column" : $"up to {Columns} columns")}: lanes are weights, and the activation of each is gathered");
        _plan.Reason(_rows == 1 ? $"{_lanes} lanes to a row" : $"{_lanes} lanes to a bundle of {_rows} rows, {PerRow} to each");

        Statement[] body =
        [
            new Let("behind", _plan.Depth),
            .. Choice(),
            new Let("r0", At("cuts", "qBegin")),
            new Let("rn", At("cuts", "qEnd") - "r0"),
            new Let("c0", _tokens ? 0 : "r0"),
            new Let(_inPlace ? "cj" : "dj", _tokens ? "r0" : 0),
            .. _tokens ? epilogue.Build(0, _plan.Columns, "r0", "rn") : epilogue.Build("r0", "rn", 0, _plan.Columns),
        ];
        Spread spread = _plan.Spread("qBegin", "qEnd", KernelPlan.PartsSize, 1, (Index)KernelPlan.StoredSize * (_plan.Columns + PlanBuilder.PassOfWeights), overhead: 0, body);
        return _plan.Build([spread], string.Format(CultureInfo.InvariantCulture, "gathers of {0}, {1} to a row, vectors of {2} bits", _lanes, PerRow, _bits));
    }

    private static Index At(string buffer, Index index) => new Index.Read(buffer, new[] { index });

    private static string Numbered(string name, int number) => name + number.ToString(CultureInfo.InvariantCulture);

    private void Declare()
    {
        Binding.Prepared Part(string buffer, PreparedPart part) => new(buffer, PreparedKind.Group, _lanes, _rows, _isShort ? sizeof(ushort) : sizeof(int), part);
        Index bundles = At("tiles", KernelPlan.PartsSize), groups = At("starts", bundles);
        _plan.Prepared(ElementType.S32, Part("cuts", PreparedPart.PartGroups), 0, (Index)KernelPlan.PartsSize + 1);
        _plan.Prepared(ElementType.S32, Part("tiles", PreparedPart.TileStarts), 0, (Index)KernelPlan.PartsSize + 1);
        _plan.Prepared(ElementType.S32, Part("places", PreparedPart.SegmentGroups), 0, bundles * _rows);
        _plan.Prepared(ElementType.S32, Part("starts", PreparedPart.SegmentStarts), 0, bundles + 1);
        _plan.Prepared(_isShort ? ElementType.U16 : ElementType.S32, Part("indices", _isShort ? PreparedPart.ShortIndices : PreparedPart.Indices), 1, groups, _lanes);
        _plan.Prepared(_plan.Compute(isWeights: true), Part("values", PreparedPart.Values), 1, groups, _lanes);

        Index[] x = Spec.X.Layout == MatrixLayout.TokenMajor ? [_plan.Columns, _plan.Depth] : [_plan.Depth, _plan.Columns];
        _plan.Operand("X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, x, Spec.X.HasStride ? "ldx" : x[1]);
        Index[] y = _tokens ? [_plan.Columns, _plan.Rows] : [_plan.Rows, _plan.Columns];
        _plan.Operand(_inPlace ? "c" : "Y", PlanBuilder.ElementOf(Spec.Y.Format), Role.Y, y, Spec.Y.HasStride ? "ldy" : y[1], _inPlace ? BufferRole.InOut : BufferRole.Output);
        for (int column = 0; column < Columns; column++)
            _plan.Scratch(Numbered("x", column), ElementType.F32, [_plan.Depth + 1, 1], fixedInner: 1);
        if (_rows > 1)
            _plan.Scratch("lanes", ElementType.F32, [Columns, _lanes], fixedInner: 1);
        if (!_inPlace)
            _plan.Scratch("d", _plan.Accumulator, y);
    }

    /// <summary>The columns that there are: known, or found at the call.</summary>
    private Statement[] Choice()
    {
        Statement[] Gathers(int columns) => [.. Enumerable.Range(0, columns).Select(PackColumn), Groups(columns)];
        if (Spec.Columns.IsConstant)
            return Gathers(Spec.Columns.Constant);
        var one = new If(new Condition(_plan.Columns, Relation.Greater, 0), Gathers(1));
        return Columns == 1 ? [one] : [new If(new Condition(_plan.Columns, Relation.Greater, 1), Gathers(2), new Statement[] { one })];
    }

    /// <summary>A gather reads a column that lies dense, as binary32 numbers, at an address that stays.</summary>
    private Relayout PackColumn(int column) => Spec.X.Layout == MatrixLayout.TokenMajor
        ? new Relayout(Numbered("x", column), new Index[] { 0, 0 }, "X", new Index[] { column, 0 }, 1, _plan.Depth) { Transposed = true }
        : new Relayout(Numbered("x", column), new Index[] { 0, 0 }, "X", new Index[] { 0, column }, _plan.Depth, 1);

    private Statement Store(int column, string tile) => new Store(Accumulators, _tokens ? [(Index)column, "row"] : new Index[] { "row", column }, tile);

    /// <summary>All bundles of a rectangle, for one column or two.</summary>
    private Block Groups(int columns)
    {
        string Tile(string name) => _plan.Tile(string.Format(CultureInfo.InvariantCulture, "{0}_1x{1}", name, _lanes), ElementType.F32, 1, _lanes);
        string indices = _plan.Tile(string.Format(CultureInfo.InvariantCulture, "i_1x{0}", _lanes), ElementType.S32, 1, _lanes), weights = Tile("w");
        string[] sums = [.. Enumerable.Range(0, columns).Select(column => Tile(Numbered("acc", column)))];
        var group = new List<Statement> { new Load(indices, "indices", new Index[] { "g", 0 }), new Load(weights, "values", new Index[] { "g", 0 }) };
        for (int column = 0; column < columns; column++)
        {
            string x = Tile(Numbered("product", column));
            group.Add(new Gather(x, Numbered("x", column), indices, new Index[] { 0 }) { IsPresent = true });
            group.Add(new Zip(x, ZipOp.Multiply, weights, x));
            group.Add(new Zip(sums[column], ZipOp.Add, sums[column], x));
        }

        Statement[] bundle =
        [
            .. sums.Select(sum => new Fill(sum, 0)),
            new Let("last", At("starts", (Index)"bundle" + 1)),
            new For("g", At("starts", "bundle"), "last", 1, group.ToArray()),
            .. _rows == 1 ? Row(sums) : [.. sums.Select((sum, column) => new Store("lanes", new Index[] { column, 0 }, sum)), Rows(columns)],
        ];
        // What lanes without an entry read.
        string zero = _plan.Tile("zero_1x1", ElementType.F32, 1, 1);
        return new Block(Name(Bundles, columns), (Statement[])[
            new Fill(zero, 0),
            .. Enumerable.Range(0, columns).Select(column => new Store(Numbered("x", column), new Index[] { "behind", 0 }, zero)),
            new For("part", "qBegin", "qEnd", 1, (Statement[])[new For("bundle", At("tiles", "part"), At("tiles", (Index)"part" + 1), 1, bundle)]),
        ])
        { VectorBits = _bits };
    }

    /// <summary>A bundle of one row.</summary>
    private Statement[] Row(string[] sums)
    {
        string sum = _plan.Tile("sum_1x1", ElementType.F32, 1, 1);
        return [new Let("row", At("places", "bundle")), .. sums.SelectMany((lanes, column) => new[] { new Reduce(sum, ReduceOp.Sum, lanes, 1), Store(column, sum) })];
    }

    /// <summary>Takes the lanes of a bundle apart: neighbours belong to a row, which may lie anywhere in the part.</summary>
    private Block Rows(int columns)
    {
        string lanes = _plan.Tile(string.Format(CultureInfo.InvariantCulture, "run_1x{0}", PerRow), ElementType.F32, 1, PerRow), sum = PerRow == 1 ? lanes : _plan.Tile("sum_1x1", ElementType.F32, 1, 1);
        Statement[] row =
        [
            .. Enumerable.Range(0, columns).SelectMany(column => (Statement[])[
                new Load(lanes, "lanes", new Index[] { column, (Index)"slot" * PerRow }),
                .. PerRow == 1 ? Array.Empty<Statement>() : [new Reduce(sum, ReduceOp.Sum, lanes, 1)],
                Store(column, sum),
            ]),
        ];
        return new Block(Name("rows", columns), (Statement[])[
            new For("slot", 0, _rows, 1, (Statement[])[
                new Let("row", At("places", (Index)"bundle" * _rows + "slot")),
                new If(new Condition("row", Relation.GreaterOrEqual, 0), row),
            ]),
        ])
        { VectorBits = PerRow < 4 ? 32 : Math.Min(_bits, 32 * PerRow) };
    }

    private string Name(string what, int columns) =>
        string.Format(CultureInfo.InvariantCulture, "{0}_{1}x{2}_{3}{4}{5}{6}", what, _rows, PerRow, columns, _isShort && what == Bundles ? "_u16" : "", _tokens ? "_tokens" : "", _inPlace ? "" : "_d");
}
