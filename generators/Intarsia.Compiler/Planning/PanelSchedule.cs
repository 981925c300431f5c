using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// Dense GEMM. The lanes run along the contiguous dimension of <c>Y</c>: over rows (output features) when it is token-major, with the weights as panels and the
/// activations broadcast; over columns when it is row-major, with the activations as panels and the weights broadcast.
/// </summary>
internal sealed partial class PanelSchedule
{
    /// <summary>Steps of one pass over the depth: a panel of this depth stays in the second-level cache, a tile's broadcast rows in the first.</summary>
    private const int PlannedSteps = 384;

    /// <summary>Depth of one pass where a step of it stores four values with their places: the same bytes of a panel, and broadcast rows that still fit the first-level cache.</summary>
    private const int PlannedPlaces = 3072;

    /// <summary>Rows of the broadcast side that are multiplied by a panel before the next one, at most.</summary>
    private const int MostOuter = 256;

    /// <summary>Elements of a row of X up to which it is read where it lies.</summary>
    private const int ShortRow = 512;

    private readonly PlanBuilder _plan;
    private readonly TileShape _shape;
    private readonly bool _lanesAreRows;
    private readonly bool _inPlace;
    private readonly bool _direct;
    private readonly bool _mayPack;
    private readonly int _depthBlock;
    private readonly bool _few;
    private readonly DepthSlices _slices;

    /// <param name="plan">The kernel.</param>
    /// <param name="few">It has few columns (<see cref="ServesFew"/>).</param>
    public PanelSchedule(PlanBuilder plan, bool few = false)
    {
        _plan = plan;
        _few = few;
        _lanesAreRows = plan.LanesAreRows;
        _shape = Shape(plan);
        _depthBlock = Math.Max(1, TierTable.DepthBlock(plan.UsesPlaces ? PlannedPlaces : PlannedSteps * plan.Step, plan.Spec, plan.Tier) / plan.Step);
        _slices = DepthSlices.Of(plan, _shape, _depthBlock, few ? FewColumnsSchedule.MaxColumns : 0);
        _inPlace = !IsSliced && !plan.TurnsSums && PlanBuilder.ElementOf(plan.Spec.Y.Format) == plan.Accumulator;
        (_direct, _mayPack) = ReadsVectorsInPlace(plan);
    }

    /// <summary>Whether a kernel gains from a plan of its own for few columns: packed weights that machine code multiplies as they are. It has the panels of the general plan, and shares them.</summary>
    internal static bool ServesFew(KernelSpec spec, Tier tier) =>
        new PlanBuilder(spec, tier) is { IsNative: true, UsesPlaces: false } && spec.Operation == Operation.Gemm && spec.Weights.Storage == WeightStorage.Packed && spec.Y.Layout == MatrixLayout.TokenMajor
        && !(spec.Columns.IsConstant && spec.Columns.Constant > FewColumnsSchedule.MaxColumns);

    /// <summary>The register tile of a kernel: the planner's, with what the user says of it.</summary>
    internal static TileShape Shape(PlanBuilder plan)
    {
        Extent lanes = LanesExtent(plan), outer = OuterExtent(plan);
        TileShape shape = plan.PlacesRows > 1 ? TierTable.PlacedShared : plan.UsesPlacedFloats ? TierTable.PlacedFloats(plan.Tier) : plan.UsesPlaces ? TierTable.Placed
            : plan.UsesDot4 ? TierTable.Dot4(plan.Tier, plan.HasScaledGroups, lanes, outer) : TierTable.Dense(plan.Tier, plan.HasScaledGroups || plan.Accumulator == ElementType.S64, lanes, outer);
        if (plan.PlacesRows == 1) shape = shape.Within(lanes);
        return TierTable.Override(shape.Evenly(outer), plan.Spec, plan.Tier);
    }

    /// <summary>
    /// Rows of X that are short lie in few pages and can be read where they lie; long ones, and those a page apart (which fall into the same cache sets), are worth packing
    /// once there is reuse.
    /// </summary>
    /// <returns>Whether X is read in place where its rows are short, and whether it may turn out at the call that they are not.</returns>
    private static (bool Direct, bool MayPack) ReadsVectorsInPlace(PlanBuilder plan)
    {
        KernelSpec spec = plan.Spec;
        bool rowMajor = !plan.LanesAreRows && spec.X.Layout == MatrixLayout.RowMajor;
        if (!rowMajor || spec.X.Format is not (NumberFormat.Float32 or NumberFormat.TensorFloat32)) return (false, false);
        bool known = spec.Columns.IsConstant && !spec.X.HasStride;
        return (!known || spec.Columns.Constant <= ShortRow, !known);
    }

    /// <summary>Extent of the broadcast side: tokens, or rows.</summary>
    private static Extent OuterExtent(PlanBuilder plan) => plan.LanesAreRows ? plan.Spec.Columns : plan.Spec.Rows;

    /// <summary>Extent of the vector side: rows, or columns.</summary>
    private static Extent LanesExtent(PlanBuilder plan) => plan.LanesAreRows ? plan.Spec.Rows : plan.Spec.Columns;

    private Index RowStride => Spec.X.HasStride ? "ldx" : _plan.Columns;

    private KernelSpec Spec => _plan.Spec;

    /// <summary>Extent of the broadcast side: tokens, or rows.</summary>
    private Index Outer => _lanesAreRows ? _plan.Columns : _plan.Rows;

    /// <summary>Extent of the vector side: rows, or columns.</summary>
    private Index Lanes => _lanesAreRows ? _plan.Rows : _plan.Columns;

    public KernelPlan Build()
    {
        int outerBlock = OuterBlock();
        Side broadcast = new(_plan, isWeights: !_lanesAreRows), vectors = new(_plan, isWeights: _lanesAreRows);

        // Packed panels are at hand for every block of the broadcast side; panels packed at run time are made once and used up before the next.
        bool panelsReady = !_direct && vectors.DeclarePanels(_shape.Width);
        if (_direct) vectors.DeclareDirect(_mayPack, _shape.Width);
        bool broadcastReady = broadcast.DeclareBroadcast(panelsReady && !IsSliced ? outerBlock : Outer);
        DeclareAccumulators(outerBlock);
        if (_plan.HasScaledGroups) DeclareGroupScales();
        if (_plan.ShiftsX) DeclareCompensation();
        var epilogue = new EpilogueBuilder(_plan, _shape, lanesAreRows: _lanesAreRows && !_plan.TurnsSums, _inPlace, _plan.TurnsSums ? "d" : "c");
        Explain(outerBlock, panelsReady);

        Index panels = Index.CeilDiv(Lanes, _shape.Width);
        Index work = _plan.Rows * _plan.Depth * (_plan.Columns + PlanBuilder.PassOfWeights);
        if (IsSliced) return _plan.Build([.. Slices(epilogue, broadcast, vectors, broadcastReady, panelsReady, outerBlock, panels, work)], $"{_shape}, depth in {_slices.Count} slices");
        int rowOverhead = PlanBuilder.RowOverhead + (broadcastReady ? 0 : PlanBuilder.PackOverhead);
        Statement[] body = panelsReady
            ? [_plan.Spread("tBegin", "tEnd", Outer, Grain, work, rowOverhead, Blocks(outerBlock, [
                .. broadcastReady ? Array.Empty<Statement>() : [broadcast.RelayoutBroadcast("t0", "tn")],
                new Spread("pBegin", "pEnd", panels, 1, (Statement[])[Panels(Tiles(epilogue, a0: broadcastReady ? "t0" : 0, p: "panel"))]) { Overhead = PlanBuilder.StreamOverhead }]))]
            : [_plan.Spread("pBegin", "pEnd", panels, 1, work, PlanBuilder.StreamOverhead + (!_direct || _mayPack ? PlanBuilder.PackOverhead : 0),
                new Spread("tBegin", "tEnd", Outer, _shape.Height, (Statement[])[
                    .. broadcastReady ? Array.Empty<Statement>() : [broadcast.RelayoutBroadcast("tBegin", (Index)"tEnd" - "tBegin")],
                    Panels([.. PackPanel(vectors), Blocks(outerBlock, Tiles(epilogue, a0: broadcastReady ? "t0" : (Index)"t0" - "tBegin", p: 0))])]) { Overhead = rowOverhead })];
        return _plan.Build(body, _shape.ToString());
    }

    private Statement[] PackPanel(Side vectors, DepthSlice? slice = null)
    {
        if (!_direct) return [vectors.RelayoutPanel("n0", "n", _shape.Width, slice)];
        return _mayPack ? [new If(new Condition(RowStride, Relation.Greater, ShortRow), new[] { vectors.RelayoutRows("n0", "n", _shape.Width, slice) })] : [];
    }

    /// <summary>The block of a panel; where X may have been packed, on what it was packed into.</summary>
    private Statement[] Panel(ContractionBlocks blocks)
    {
        Block panel = blocks.Panel();
        if (!_direct) return [panel];
        if (!_mayPack) return [new Let("bj", "n0"), panel];
        return
        [
            new If(
                new Condition(RowStride, Relation.Greater, ShortRow),
                (Statement[])[new Let("bj", 0), panel],
                (Statement[])[new Let("bj", "n0"), panel with { Arguments = new[] { new BufferArgument("b", "X") } }]),
        ];
    }

    /// <summary>Rows of the broadcast side of which half of a 1 MB second-level cache holds the whole depth; the rest is for the panel that passes by.</summary>
    private int RowsInCache => 512 * 1024 / BytesOf(_plan.Compute(isWeights: !_lanesAreRows)) / (Spec.Depth.IsConstant ? Spec.Depth.Constant : 2048);

    private static int BytesOf(ElementType element) => element switch { ElementType.S8 or ElementType.U8 => 1, ElementType.S16 or ElementType.BF16 => 2, _ => 4 };

    /// <summary>Whether fewer long rows than a panel is wide would stay in the cache: taking so few at a time would read the panels again more often than it saves reading rows again.</summary>
    private bool StreamsRows => RowsInCache < _shape.Width;

    /// <summary>Rows of the broadcast side that are divided no further: whole tiles, and whole vectors of Y where sums are turned on their way to it.</summary>
    private int Grain
    {
        get
        {
            int grain = _shape.Height;
            while (_plan.TurnsSums && grain % _shape.Lanes != 0) grain += _shape.Height;
            return grain;
        }
    }

    private int OuterBlock() => Math.Max(Grain, (StreamsRows ? MostOuter : Math.Max(4 * _shape.Height, Math.Min(MostOuter, RowsInCache))) / Grain * Grain);

    private void Explain(int outerBlock, bool panelsReady)
    {
        if (_plan.UsesPlacedFloats) _plan.Reason($"{Spec.Weights.Pattern} weights with their places in each {_plan.PlacesGroup} of depth: a vector of activations is permuted to where the {_plan.StoredInStep * _plan.PlacesGroup / _plan.Step} weights of each row are, and multiply-adds skip what is zero");
        else if (_plan.UsesPlaces) _plan.Reason($"{Spec.Weights.Pattern} integers with their places in each {_plan.Step} of depth: activations are permuted to where the weights are{(_plan.PlacesRows > 1 ? $", once for {_plan.PlacesRows} rows" : "")}, and dot products skip what is zero");
        else if (Spec.Weights.Pattern.Kind != Pattern.Dense) _plan.Reason($"{Spec.Weights.Pattern} integers run dense: whole-register dot products outrun the gathering of what is not zero");
        _plan.Reason(_plan.TurnsSums ? "lanes are rows, along which weights have their places: Y is row-major, and sums are turned on their way to it" : _lanesAreRows
            ? "lanes are rows: Y is token-major, neighbouring rows lie beside each other"
            : "lanes are columns: Y is row-major, neighbouring columns lie beside each other");
        _plan.Reason($"register tile {_shape}: {_shape.Height * _shape.Vectors * (_plan.HasScaledGroups || _plan.Accumulator == ElementType.S64 ? 2 : 1)} accumulators of {TierTable.Registers(_plan.Tier)} registers");
        _plan.Reason($"blocks of {outerBlock} {(_lanesAreRows ? "tokens" : "rows")} and {_depthBlock} steps of depth: {(StreamsRows ? "few rows of the broadcast side fit the second-level cache, so that panels stay there" : "the broadcast side stays in the second-level cache")}");
        if (_few) _plan.Reason($"up to {FewColumnsSchedule.MaxColumns} columns: tiles of every power of two of them read the weights once for as many as there are; from {FewColumnsSchedule.ProductsWorthReadingAhead} on they are asked for ahead");
        if (_direct) _plan.Reason(_mayPack ? $"X is read where it lies when its rows are at most {ShortRow} apart, else packed into panels of {_shape.Width} lanes" : "X is read where it lies: its rows are short");
        else if (!panelsReady) _plan.Reason($"{(_lanesAreRows ? "the weights are" : "X is")} packed into panels of {_shape.Width} lanes at every call");
    }

    private void DeclareAccumulators(int outerBlock)
    {
        ElementType element = PlanBuilder.ElementOf(Spec.Y.Format);
        Index[] shape = _plan.TurnsSums ? [Lanes, Outer] : [Outer, Lanes];
        _plan.Operand(_inPlace ? "c" : "Y", element, Role.Y, shape, Spec.Y.HasStride ? "ldy" : shape[1], _inPlace ? BufferRole.InOut : BufferRole.Output);
        if (IsSliced) _plan.Common("c", _plan.Accumulator, [_slices.Count * Outer, PaddedLanes]);
        else if (!_inPlace) _plan.Scratch("c", _plan.Accumulator, [outerBlock, _shape.Width]);
        if (_plan.TurnsSums && !StoresSums) _plan.Scratch("d", _plan.Accumulator, [_shape.Width, outerBlock]);
    }

    /// <summary>Sums are results as they are.</summary>
    private bool StoresSums => Spec.Epilogue.Count == 0 && PlanBuilder.ElementOf(Spec.Y.Format) == _plan.Accumulator;

    private void DeclareGroupScales()
    {
        Index groups = Index.CeilDiv(_plan.Depth, Spec.Weights.ScaleGroup);
        PreparedKind kind = _lanesAreRows ? PreparedKind.Panel : PreparedKind.Row;
        var binding = new Binding.Prepared("s", kind, _lanesAreRows ? _shape.Width : 0, _plan.Step, 0, PreparedPart.Scales);
        if (_lanesAreRows) _plan.Prepared(ElementType.F32, binding, 1, Index.CeilDiv(_plan.Rows, _shape.Width), groups, _shape.Width);
        else _plan.Prepared(ElementType.F32, binding, 0, _plan.Rows, groups);
    }

    /// <summary>What accumulators start at where the activations were shifted: ∓128·Σw, over the depth or over each scale group.</summary>
    private void DeclareCompensation()
    {
        Index groups = _plan.HasScaledGroups ? Index.CeilDiv(_plan.Depth, Spec.Weights.ScaleGroup) : 1;
        if (_lanesAreRows)
            _plan.Prepared(ElementType.S32, new Binding.Prepared("z", _plan.UsesPlaces ? PreparedKind.PlacedPanel : PreparedKind.Panel, _shape.Width, _plan.Step, _plan.UsesPlaces ? _plan.PlacesRows : 0, PreparedPart.Compensation), 1, Index.CeilDiv(_plan.Rows, _shape.Width), groups, _shape.Width);
        else
            _plan.Prepared(ElementType.S32, new Binding.Prepared("z", PreparedKind.Row, 0, _plan.Step, 0, PreparedPart.Compensation), 0, _plan.Rows, groups);
    }

    /// <summary>Loops over blocks of the broadcast side, binding <c>t0</c> and <c>tn</c>.</summary>
    private static For Blocks(int block, Statement[] inner) => Blocks("tBegin", "tEnd", block, inner);

    private static For Blocks(Index begin, Index end, int block, Statement[] inner) =>
        new("t0", begin, end, block, new Statement[] { new Let("tn", Index.Min(block, end - "t0")) }.Concat(inner).ToArray());

    /// <summary>Loops over panels of the vector side, binding <c>panel</c>, <c>n0</c> and <c>n</c>.</summary>
    private For Panels(Statement[] inner) => Panels("pBegin", "pEnd", inner);

    private For Panels(Index begin, Index end, Statement[] inner)
    {
        int width = _shape.Width;
        return new("panel", begin, end, 1, (Statement[])[new Let("n0", (Index)"panel" * width), new Let("n", Index.Min(width, Lanes - "n0")), .. inner]);
    }

    private ContractionBlocks TileBlocks() => new(_plan, _shape, clip: _inPlace, OuterExtent(_plan), LanesExtent(_plan), directVectors: _direct, fewRows: _few);

    /// <summary>One block of the broadcast side against one panel, and the epilogue on what came out.</summary>
    private Statement[] Tiles(EpilogueBuilder epilogue, Index a0, Index p)
    {
        ContractionBlocks blocks = TileBlocks();
        var body = new List<Statement>
        {
            new Let("p", p),
            new Let("a0", a0),
            new Let("c0", _inPlace ? "t0" : 0),
            new Let("cj", _inPlace ? "n0" : 0),
            new Let("m", "tn"),
        };
        if (_plan.HasScaledGroups)
        {
            body.Add(new Let("k0", 0));
            body.Add(new Let("kn", _plan.Steps));
            body.Add(new Let("groups", Index.CeilDiv(_plan.Depth, Spec.Weights.ScaleGroup)));
            // Only a group over the whole depth can be odd.
            body.Add(new Let("gk", Index.CeilDiv(Spec.Weights.ScaleGroup, _plan.Step)));
            body.AddRange(Panel(blocks));
        }
        else
        {
            // At least one pass: a depth of 0 still initialises the accumulators.
            Index passes = Index.Max(_plan.Steps, 1);
            body.Add(new For("k0", 0, passes, _depthBlock, (Statement[])[new Let("kn", Index.Min(_depthBlock, _plan.Steps - "k0")), .. Panel(blocks)]));
        }
        body.AddRange(_plan.TurnsSums ? Turned(epilogue) : epilogue.Build(outerBegin: "t0", outerCount: "tn", lanesBegin: "n0", lanesCount: "n"));
        return [.. body];
    }

    /// <summary>Sums of tokens by rows become rows of Y, by way of the epilogue where there is one, which reads whole vectors.</summary>
    private IEnumerable<Statement> Turned(EpilogueBuilder epilogue)
    {
        Relayout turn = new("d", new Index[] { 0, 0 }, "c", new Index[] { 0, 0 }, "tn", "n") { Transposed = true };
        return StoresSums ? [turn with { Destination = "Y", DestinationAt = new Index[] { "n0", "t0" } }]
            : [turn with { PaddedColumns = Index.RoundUp("tn", _shape.Lanes) }, new Let("dj", 0), .. epilogue.Build(outerBegin: "n0", outerCount: "n", lanesBegin: "t0", lanesCount: "tn")];
    }
}
