using System.Globalization;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// Butterfly factors on a panel of columns: n rows of a few vectors of columns stay in working memory, the first- or second-level cache, through every stage, so that X is read once and Y written once. Lanes are columns, whatever
/// the layout, and a stage of any stride is whole vectors. Several stages at a time go through registers: with strides s, 2s and 4s the eight rows that are s apart mix among themselves alone. Stages of small strides are taken
/// for one piece of the rows after the other, as long as it is in the first-level cache.
/// </summary>
internal sealed class ButterflySchedule
{
    /// <summary>A panel is transposed and copied back, for every stack anew; in hundredths of its products with one grain of the other spread.</summary>
    private const int PanelOverhead = 50;

    private readonly PlanBuilder _plan;
    private readonly int _lanes;
    private readonly int _vectors;
    private readonly int _length;
    private readonly int _stages;
    private readonly ButterflyStages _groups;

    public ButterflySchedule(PlanBuilder plan)
    {
        _plan = plan;
        _lanes = TierTable.Bits(plan.Tier) / 32;
        // Two vectors share the numbers of a factor; a single lane shares them with three more. One vector is enough where there are no columns for two.
        _vectors = _lanes == 1 ? 4 : plan.Spec.Columns.IsConstant && plan.Spec.Columns.Constant <= _lanes ? 1 : 2;
        _length = plan.Spec.Butterfly!.Length(plan.Spec.Depth.Constant);
        _stages = plan.Spec.Butterfly!.Stages(plan.Spec.Depth.Constant);
        _groups = new ButterflyStages(plan, _length, _vectors * _lanes);
    }

    private KernelSpec Spec => _plan.Spec;

    private ButterflySpec Butterfly => Spec.Butterfly!;

    private int Width => _vectors * _lanes;

    private bool YIsTokenMajor => Spec.Y.Layout == MatrixLayout.TokenMajor;

    /// <summary>Where a chain would change nothing, tokens are turned into Y itself.</summary>
    private bool TurnsIntoY => YIsTokenMajor && Spec.Y.Format == NumberFormat.Float32 && Spec.Epilogue.Count == 0;

    public KernelPlan Build()
    {
        int stacks = Butterfly.Stacks(Spec.Rows.Constant, Spec.Depth.Constant);
        var shape = new TileShape(TierTable.Bits(_plan.Tier), 1, _vectors);
        DeclareOperands(stacks);
        var epilogue = TurnsIntoY ? null : new EpilogueBuilder(_plan, shape, YIsTokenMajor, inPlace: false, accumulators: YIsTokenMajor ? "d" : _groups.Rows);
        Explain(stacks);

        Index panels = Index.CeilDiv(_plan.Columns, Width);
        // The numbers of every factor are read once for a panel; products count for each column.
        Index work = Butterfly.Count(Spec.Rows.Constant, Spec.Depth.Constant) * Butterfly.Parts * _plan.Columns;
        // Vectors of rows that reach into the next stack are overwritten by it: such stacks go one after the other.
        bool spreads = !YIsTokenMajor || TurnsIntoY || _length % _lanes == 0;
        Statement[] panel = [.. WidenFactors(stacks), .. _plan.Panels(Width, columns => [new For("stack", spreads ? "sBegin" : 0, spreads ? "sEnd" : stacks, 1, Stack(columns, epilogue))])];
        return _plan.Build(
            [_plan.Spread("pBegin", "pEnd", panels, 1, work, PanelOverhead, spreads ? [new Spread("sBegin", "sEnd", stacks, 1, panel)] : panel)],
            FormattableString.Invariant($"{Butterfly.Parts << _groups.Most} rows of {shape}"));
    }

    private void DeclareOperands(int stacks)
    {
        bool xTurned = Spec.X.Layout == MatrixLayout.TokenMajor;
        Index[] xShape = xTurned ? [_plan.Columns, _plan.Depth] : [_plan.Depth, _plan.Columns], yShape = YIsTokenMajor ? [_plan.Columns, _plan.Rows] : [_plan.Rows, _plan.Columns];
        Index[] factors = [stacks * Butterfly.Blocks * _stages, Butterfly.OfStage(Spec.Depth.Constant)];
        bool widens = Spec.Weights.Format != NumberFormat.Float32;
        _plan.Operand(widens ? "W" : "f", PlanBuilder.ElementOf(Spec.Weights.Format), Role.Weights, factors, rowStride: Butterfly.OfStage(Spec.Depth.Constant));
        if (widens) _plan.Scratch("f", ElementType.F32, factors);
        _plan.Operand("X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, xShape, Spec.X.HasStride ? "ldx" : xShape[1]);
        _plan.Operand("Y", PlanBuilder.ElementOf(Spec.Y.Format), Role.Y, yShape, Spec.Y.HasStride ? "ldy" : yShape[1], BufferRole.Output);
        _plan.Scratch(_groups.Rows, ElementType.F32, [_length, Width], fixedInner: 1);
        if (YIsTokenMajor && !TurnsIntoY) _plan.Scratch("d", ElementType.F32, [Width, _length]);
    }

    private void Explain(int stacks)
    {
        _plan.Reason(FormattableString.Invariant($"{_stages} stages on {_length} rows{(Butterfly.Complex ? ", two of each complex element" : "")}{(Butterfly.Blocks > 1 ? FormattableString.Invariant($", {Butterfly.Blocks} times with strides that rise and fall in turn") : "")}{(stacks > 1 ? FormattableString.Invariant($", in {stacks} stacks") : "")}"));
        _plan.Reason(FormattableString.Invariant($"lanes are columns: panels of {Width} stay in cache through every stage, {_groups.Most} stages at a time go through registers"));
        if (_groups.Piece < _length) _plan.Reason(FormattableString.Invariant($"stages of strides below {_groups.Piece} run on {_groups.Piece} rows at a time, in the first-level cache"));
    }

    /// <summary>Factors of 16 bits become binary32 once: every panel reads each number of them.</summary>
    private Statement[] WidenFactors(int stacks) => Spec.Weights.Format == NumberFormat.Float32 ? [] : [new Relayout("f", new Index[] { 0, 0 }, "W", new Index[] { 0, 0 }, stacks * Butterfly.Blocks * _stages, Butterfly.OfStage(Spec.Depth.Constant))];

    /// <summary>One stack of a panel of so many columns: X into working memory, the stages, and what comes out through the chain.</summary>
    private Statement[] Stack(Index columns, EpilogueBuilder? epilogue)
    {
        Index first = (Index)"stack" * _length, count = Spec.Rows.Constant % _length == 0 ? _length : Index.Min(_length, Spec.Rows.Constant - first);
        return
        [
            new Phase("X", (Statement[])[Load(columns), .. ClearRest()]),
            new Phase("stages", Stages(columns)),
            new Phase("Y", Result(columns, first, count, epilogue)),
        ];
    }

    /// <summary>The columns of X into working memory, and zeros beside them to the end of a vector.</summary>
    private Relayout Load(Index columns)
    {
        bool turned = Spec.X.Layout == MatrixLayout.TokenMajor;
        Index[] at = turned ? ["n0", 0] : [0, "n0"];
        return new Relayout(_groups.Rows, new Index[] { 0, 0 }, "X", at, turned ? columns : _plan.Depth, turned ? _plan.Depth : columns) { Transposed = turned, PaddedColumns = _lanes == 1 ? Width : Index.CeilDiv(columns, _lanes) * _lanes };
    }

    /// <summary>What lies behind the end of X counts as 0.</summary>
    private Statement[] ClearRest()
    {
        if (Spec.Depth.Constant == _length) return [];
        string zero = Name("zero", Width);
        _plan.Tile(zero, ElementType.F32, 1, Width);
        Statement[] body = [new Fill(zero, 0), new For("z", "zBegin", "zEnd", 1, (Statement[])[new Store(_groups.Rows, new Index[] { "z", 0 }, zero)])];
        return [new Let("zBegin", Spec.Depth.Constant), new Let("zEnd", _length), new Block(FormattableString.Invariant($"butterfly_clear_{Width}"), body) { VectorBits = _lanes * 32 }];
    }

    /// <summary>Half a panel is enough for columns that fill no more.</summary>
    private Statement[] Stages(Index columns)
    {
        Statement[] Of(int vectors) => _groups.Build((Index)"stack" * (Butterfly.Blocks * _stages), vectors * _lanes);
        if (_vectors == 1 || _lanes == 1 || columns is Index.Const { Value: var value } && value > _lanes) return Of(_vectors);
        return columns is Index.Const ? Of(1) : [new If(new Condition(columns, Relation.LessOrEqual, _lanes), Of(1), Of(_vectors))];
    }

    private Statement[] Result(Index columns, Index first, Index count, EpilogueBuilder? epilogue)
    {
        if (epilogue is null) return [new Relayout("Y", new Index[] { "n0", first }, _groups.Rows, new Index[] { 0, 0 }, count, columns) { Transposed = true }];
        Statement[] chain = [new Let("c0", 0), new Let("dj", 0)];
        return YIsTokenMajor
            ? [new Relayout("d", new Index[] { 0, 0 }, _groups.Rows, new Index[] { 0, 0 }, _length, columns) { Transposed = true }, .. chain, .. epilogue.Build("n0", columns, first, count)]
            : [.. chain, .. epilogue.Build(first, count, "n0", columns)];
    }

    private static string Name(string name, int width) => string.Format(CultureInfo.InvariantCulture, "{0}_1x{1}", name, width);
}
