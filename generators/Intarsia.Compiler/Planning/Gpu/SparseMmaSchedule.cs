using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// SpMM on sparse tensor cores, for every pattern that keeps at most two of any four weights (2:4, 1:2, 1:4, 2:8 …): half the weights and half the multiplications of a dense product. The
/// instruction takes the sparse factor on its first side only, so that a thread block always computes rows by columns; where Y is token-major, the tile is turned before its epilogue.
/// </summary>
internal sealed class SparseMmaSchedule
{
    private const string Values = "W", Places = "M", GroupScales = "S";

    private readonly PlanBuilder _plan;
    private readonly Contraction _contraction;
    private readonly BlockShape _shape;
    private readonly bool _lanesAreRows;
    private readonly bool _aligned;

    public SparseMmaSchedule(KernelSpec spec, Device device, bool aligned)
    {
        _contraction = Contraction.Of(spec, device) with { Via = device == Device.Sm90A ? ContractVia.WarpGroupSparseMma : ContractVia.SparseMma };
        _plan = new PlanBuilder(spec, null, device.ToString()) { WeightsAreRaw = _contraction.WeightsAreRaw };
        _lanesAreRows = spec.Y.Layout == MatrixLayout.TokenMajor;
        _aligned = aligned;
        _shape = BlockShape.ForSparse(_contraction, device, spec.Rows, spec.Columns, HasGroups, Contraction.Group(spec));
    }

    private KernelSpec Spec => _plan.Spec;

    private Index Row => _lanesAreRows ? "l0" : "o0";

    private Index Column => _lanesAreRows ? "o0" : "l0";

    private bool XIsDepthLast => Spec.X.Layout == MatrixLayout.TokenMajor;

    /// <summary>Scales that depend on the depth multiply sums along the way.</summary>
    private bool HasGroups => Spec.Weights.Scale == Per.Group && (Spec.IsIntegerContraction || _contraction.WeightsAreRaw);

    private Binding.Prepared Prepared(string buffer, PreparedPart part) => new(buffer, PreparedKind.SparseMma, _shape.Height, _shape.Height / _shape.Warps.Rows, _shape.Depth, part);

    /// <summary>Whether tensor cores take the formats, the pattern is one of two in four, and a step of the depth lies in one scale group.</summary>
    public static bool Fits(KernelSpec spec, Device device)
    {
        if (device == Device.Portable || spec.Operation != Operation.Spmm || spec.Weights.Pattern.AsRead is not { Kind: Pattern.NM, N: var n, M: var m }) return false;
        // Two of a longer run are at most two of any four in it; one of two is two of four.
        if (!(m % 4 == 0 && n <= 2) && !(m == 2 && n == 1)) return false;
        Contraction contraction = Contraction.Of(spec, device);
        if (device == Device.Sm90A && WarpGroups.Obstacle(spec) is not null) return false;
        if (!contraction.IsMma || contraction.Weights is not (ElementType.S8 or ElementType.F16 or ElementType.BF16)) return false;
        int group = Contraction.Group(spec);
        return group % BlockShape.ForSparse(contraction, device, spec.Rows, spec.Columns, hasGroups: group > 0, group).Depth == 0;
    }

    public KernelPlan Build()
    {
        (int height, int width, int depth) = (_shape.Height, _shape.Width, _shape.Depth);
        DeclareWeights();
        Index[] x = XIsDepthLast ? [_plan.Columns, _plan.Depth] : [_plan.Depth, _plan.Columns];
        _plan.Operand("X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, x, Spec.X.HasStride ? "ldx" : x[1]);
        Index outer = _lanesAreRows ? _plan.Columns : _plan.Rows, lanes = _lanesAreRows ? _plan.Rows : _plan.Columns;
        _plan.Operand("Y", PlanBuilder.ElementOf(Spec.Y.Format), Role.Y, [outer, lanes], Spec.Y.HasStride ? "ldy" : lanes, BufferRole.Output);
        (int outerStep, int laneStep) = _lanesAreRows ? (width, height) : (height, width);
        var steps = new EpilogueSteps(_plan, laneStep, _lanesAreRows, outerStep);
        if (_aligned)
        {
            _plan.Align("X", 16);
            _plan.Align("Y", 16);
            _plan.AlignOperandsOfOutput(16);
        }

        string acc = _lanesAreRows ? _plan.Tile("acc", _plan.Accumulator, height, width) : steps.Start;
        string sum = HasGroups ? _plan.Tile("sum", _contraction.Sum, height, width) : acc;
        var body = new List<Statement> { new Fill(acc, 0) };
        if (HasGroups) body.Add(new Fill(sum, 0));
        List<Statement> step = Weights();
        string b = XIsDepthLast ? _plan.SharedTile("b", _contraction.X, width, depth) : _plan.SharedTile("b", _contraction.X, depth, width);
        step.Add(new Load(b, "X", XIsDepthLast ? new[] { Column, "k" } : new[] { "k", Column }, Clip.All));
        step.Add(new Contract(sum, "a", b, _contraction.Via) { TransposedB = XIsDepthLast });
        if (HasGroups) step.Add(new If(new Condition(Index.Mod((Index)"k" + depth, Spec.Weights.ScaleGroup), Relation.Equal, 0), Flush(acc, Index.FloorDiv("k", Spec.Weights.ScaleGroup))));
        body.Add(new For("k", 0, _plan.Depth, depth, step.ToArray()) { Stages = _aligned ? _shape.Stages : 1 });
        // A last group that ended with a step was added there; any other is left.
        if (HasGroups) body.Add(new If(new Condition(Index.Mod(Index.RoundUp(_plan.Depth, depth), Spec.Weights.ScaleGroup), Relation.NotEqual, 0), Flush(acc, Index.CeilDiv(_plan.Depth, Spec.Weights.ScaleGroup) - 1)));
        if (_lanesAreRows) body.Add(new Transpose(steps.Start, acc, new[] { 1, 0 }));
        (IReadOnlyList<Statement> chain, string value) = steps.Build("o0", "l0");
        body.AddRange(chain);
        body.Add(new Store("Y", new Index[] { "o0", "l0" }, value, Clip.All));

        Explain();
        var block = new Block("tile", body.ToArray()) { Warps = _shape.Warps };
        var inner = new For("l0", 0, lanes, laneStep, new Statement[] { block }) { Parallel = true };
        return _plan.Build([new For("o0", 0, outer, outerStep, new Statement[] { inner }) { Parallel = true }], _shape.ToString());
    }

    private void DeclareWeights()
    {
        (int height, int depth) = (_shape.Height, _shape.Depth);
        Index panels = Index.CeilDiv(_plan.Rows, height), pieces = Index.CeilDiv(_plan.Depth, depth);
        _plan.Prepared(_contraction.Weights, Prepared(Values, PreparedPart.Values), 0, panels, pieces, height, depth / 2);
        _plan.Prepared(ElementType.U2, Prepared(Places, PreparedPart.Metadata), 0, [panels, pieces, .. PlacesShape.Select(extent => (Index)extent)]);
        _plan.Align(Values, 16);
        _plan.Align(Places, 16);
        if (HasGroups) _plan.Prepared(ElementType.F32, Prepared(GroupScales, PreparedPart.GroupScales), 0, Index.CeilDiv(_plan.Depth, Spec.Weights.ScaleGroup), _plan.Rows);
    }

    private int[] PlacesShape => SparseMmaPlaces.Shape(_contraction.Weights, _shape.Height, _shape.Depth, _shape.Warps.Rows);

    /// <summary>One step of the weights, and what it stands for.</summary>
    private List<Statement> Weights()
    {
        (int height, int depth) = (_shape.Height, _shape.Depth);
        string values = _plan.SharedTile("values", _contraction.Weights, height, depth / 2), metadata = _plan.SharedTile("metadata", ElementType.U2, PlacesShape);
        string places = _plan.Tile("places", ElementType.U2, height, depth / 2), a = _plan.Tile("a", _contraction.Weights, height, depth);
        Index panel = Index.FloorDiv(Row, height), piece = Index.FloorDiv("k", depth);
        return
        [
            new Load(values, Values, new[] { panel, piece, 0, 0 }),
            new Load(metadata, Places, new[] { panel, piece }.Concat(PlacesShape.Select(_ => (Index)0)).ToArray()),
            new Transpose(places, metadata, SparseMmaPlaces.Axes(_contraction.Weights)),
            new Expand(a, values, places, 4),
        ];
    }

    /// <summary>Adds the sums of a scale group, scaled, and clears them. Scales stand [group][row].</summary>
    private Statement[] Flush(string acc, Index group)
    {
        string scaled = _plan.Tile("scaled", ElementType.F32, _shape.Height, _shape.Width), scale = _plan.Tile("scale", ElementType.F32, _shape.Height, 1);
        return
        [
            new Load(scale, GroupScales, new[] { group, Row }, Clip.Rows) { Transposed = true },
            new Map(scaled, MapOp.Copy, "sum"),
            new Zip(scaled, ZipOp.Multiply, scaled, scale),
            new Zip(acc, ZipOp.Add, acc, scaled),
            new Fill("sum", 0),
        ];
    }

    private void Explain()
    {
        _plan.Reason($"{_contraction.Reason}; sparse ones: {Spec.Weights.Pattern.N}:{Spec.Weights.Pattern.M} keeps at most two of four");
        _plan.Reason(_lanesAreRows ? "rows by columns, the sparse factor first; turned for a token-major Y" : "rows by columns: Y is row-major");
        _plan.Reason($"thread block {_shape}");
        bool isWarpGroups = _contraction.Via == ContractVia.WarpGroupSparseMma;
        if (!isWarpGroups && WarpGroups.Obstacle(Spec) is { } obstacle) _plan.Reason(obstacle);
        _plan.Reason(isWarpGroups ? "one more warp group copies: bulk tensor copies, swizzled, zeros past every border, and the metadata in one piece" : _aligned ? "lines begin and end at multiples of 16 bytes: asynchronous copies of 16 bytes" : "nothing is known of the alignment: X comes element by element");
    }
}
