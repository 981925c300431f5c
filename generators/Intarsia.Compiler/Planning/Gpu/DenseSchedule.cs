using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// Dense GEMM on a GPU: a thread block computes one tile of Y. The second dimension of the tile runs along the contiguous dimension of Y: over columns when Y is row-major (the weights
/// are the first factor), over rows when it is token-major (the activations are). Tensor cores contract what they have an instruction for, plain multiply-adds the rest. A batch-reduce GEMM has one
/// loop more, around the one over the depth.
/// </summary>
internal sealed class DenseSchedule
{
    private readonly PlanBuilder _plan;
    private readonly Contraction _contraction;
    private readonly BlockShape _shape;
    private readonly bool _lanesAreRows;
    private readonly bool _aligned;
    private readonly BatchTerms? _terms;
    private readonly DenseWeights _weights;

    public DenseSchedule(KernelSpec spec, Device device, bool aligned)
    {
        _contraction = Contraction.Of(spec, device);
        _plan = new PlanBuilder(spec, null, device.ToString()) { WeightsAreRaw = _contraction.WeightsAreRaw };
        _lanesAreRows = spec.Y.Layout == MatrixLayout.TokenMajor;
        _aligned = aligned;
        _terms = spec.Batch is null ? null : new BatchTerms(_plan);
        _shape = ShapeOf(spec, device);
        _weights = new DenseWeights(_plan, _contraction, _lanesAreRows ? _shape.Width : _shape.Height, _shape.Depth, aligned);
    }

    private KernelSpec Spec => _plan.Spec;

    private Index Outer => _lanesAreRows ? _plan.Columns : _plan.Rows;

    private Index Lanes => _lanesAreRows ? _plan.Rows : _plan.Columns;

    private bool GroupsAreScaled => HasScaledGroups(Spec, _contraction);

    /// <summary>Scales that depend on the depth multiply sums along the way.</summary>
    public static bool HasScaledGroups(KernelSpec spec, Contraction contraction) => spec.Weights.Scale == Per.Group && (spec.IsIntegerContraction || contraction.WeightsAreRaw);

    /// <summary>The tile of a thread block: the planner's, with what the user has said.</summary>
    public static BlockShape ShapeOf(KernelSpec spec, Device device)
    {
        Contraction contraction = Contraction.Of(spec, device);
        bool lanesAreRows = spec.Y.Layout == MatrixLayout.TokenMajor;
        (Extent outer, Extent lanes) = lanesAreRows ? (spec.Columns, spec.Rows) : (spec.Rows, spec.Columns);
        return BlockShape.For(contraction, device, outer, lanes, HasScaledGroups(spec, contraction), Contraction.Group(spec)).With(BlockOverrides.Of(spec, device), contraction, lanesAreRows);
    }

    public KernelPlan Build()
    {
        string first = _lanesAreRows ? "X" : "W", second = _lanesAreRows ? "W" : "X";
        if (_terms is not null)
        {
            _terms.DeclareFactors(_aligned);
        }
        else
        {
            _weights.Declare();
            DeclareX();
        }
        ElementType y = PlanBuilder.ElementOf(Spec.Y.Format);
        BufferDecl output = _plan.Operand("Y", y, Role.Y, [Outer, Lanes], Spec.Y.HasStride ? "ldy" : Lanes, Spec.Batch is { HasBeta: true } ? BufferRole.InOut : BufferRole.Output);
        if (_aligned) _plan.Align(output.Name, 16);
        if (GroupsAreScaled) _weights.DeclareGroupScales();
        // Rows are Y's contiguous dimension: as many as fill lines of 16 bytes are a multiple of four.
        if (GroupsAreScaled && _aligned && _lanesAreRows) _plan.Align("S", 16);
        var steps = new EpilogueSteps(_plan, _shape.Width, _lanesAreRows, _shape.Height);
        if (_aligned) _plan.AlignOperandsOfOutput(16);

        (bool firstDepthLast, bool secondDepthLast) = _lanesAreRows ? (DepthLast(isWeights: false), true) : (true, DepthLast(isWeights: false));
        string a = Factor("a", first, _shape.Height, firstDepthLast), b = Factor("b", second, _shape.Width, secondDepthLast);
        string acc = steps.Start, sum = GroupsAreScaled ? _plan.Tile("sum", _contraction.Sum, _shape.Height, _shape.Width) : acc;

        var body = new List<Statement> { new Fill(acc, 0) };
        if (GroupsAreScaled) body.Add(new Fill(sum, 0));
        List<Statement> step =
        [
            .. LoadSide(a, first, "o0", firstDepthLast),
            .. LoadSide(b, second, "l0", secondDepthLast),
            new Contract(sum, a, b, _contraction.Via) { TransposedA = !firstDepthLast, TransposedB = secondDepthLast },
        ];
        int group = Contraction.Group(Spec);
        if (GroupsAreScaled && group != 0)
        {
            step.Add(new If(new Condition(Index.Mod((Index)"k" + _shape.Depth, group), Relation.Equal, 0), Flush(acc, Index.FloorDiv("k", group)).ToArray()));
        }
        var depth = new For("k", 0, _plan.Depth, _shape.Depth, step.ToArray()) { Stages = _aligned ? _shape.Stages : 1 };
        body.Add(_terms is null ? depth : _terms.Around(depth));
        // What the last group has beyond whole steps; where one group spans the depth, all of it.
        if (GroupsAreScaled && group != 0)
            body.Add(new If(new Condition(Index.Mod(_plan.Depth, group), Relation.NotEqual, 0), Flush(acc, Index.FloorDiv(_plan.Depth, group)).ToArray()));
        else if (GroupsAreScaled)
            body.Add(new If(new Condition(0, Relation.Equal, 0), Flush(acc, 0).ToArray()));
        if (_terms is not null) body.AddRange(_terms.AddScaled(acc, _shape.Height, _shape.Width));
        (IReadOnlyList<Statement> chain, string value) = steps.Build("o0", "l0");
        body.AddRange(chain);
        body.Add(new Store("Y", new Index[] { "o0", "l0" }, value, Clip.All));

        Explain();
        var block = new Block("tile", body.ToArray()) { Warps = _shape.Warps };
        var lanes = new For("l0", 0, Lanes, _shape.Width, new Statement[] { block }) { Parallel = true };
        return _plan.Build([new For("o0", 0, Outer, _shape.Height, new Statement[] { lanes }) { Parallel = true }], _shape.ToString());
    }

    /// <summary>How the factors of a tile come to shared memory, for the head of the generated file.</summary>
    public static string CopiesOf(Contraction contraction, bool aligned) => contraction.Via == ContractVia.WarpGroupMma ? "one more warp group copies: bulk tensor copies, swizzled by 128 bytes, zeros past every border"
        : aligned ? "lines begin and end at multiples of 16 bytes: asynchronous copies of 16 bytes" : "nothing is known of the alignment: element by element";

    private bool DepthLast(bool isWeights) => isWeights || Spec.X.Layout == MatrixLayout.TokenMajor;

    private string Factor(string name, string buffer, int extent, bool depthLast) => buffer == "W" ? _weights.Tile(name) : _plan.FactorTile(name, _contraction.X, extent, _shape.Depth, depthLast);

    private IEnumerable<Statement> LoadSide(string tile, string buffer, Index at, bool depthLast)
    {
        if (buffer == "W" && _weights.AreNibbles) return _weights.LoadNibbles(tile, at);
        Index[] inMatrix = depthLast ? [at, "k"] : ["k", at];
        return [new Load(tile, buffer, _terms is null ? inMatrix : [_terms.Begin(buffer), .. inMatrix], Clip.All)];
    }

    /// <summary>Adds the sums of a scale group, scaled, and clears them.</summary>
    private IEnumerable<Statement> Flush(string acc, Index group)
    {
        string scaled = _plan.Tile("scaled", ElementType.F32, _shape.Height, _shape.Width);
        // Scales stand [group][row]: neighbouring rows lie beside each other.
        string scale = _lanesAreRows ? _plan.Tile("scale", ElementType.F32, 1, _shape.Width) : _plan.Tile("scale", ElementType.F32, _shape.Height, 1);
        yield return new Load(scale, "S", new[] { group, _lanesAreRows ? "l0" : "o0" }, _lanesAreRows ? Clip.Columns : Clip.Rows) { Transposed = !_lanesAreRows };
        yield return new Map(scaled, MapOp.Copy, "sum");
        yield return new Zip(scaled, ZipOp.Multiply, scaled, scale);
        yield return new Zip(acc, ZipOp.Add, acc, scaled);
        yield return new Fill("sum", 0);
    }

    private void DeclareX()
    {
        Index[] shape = DepthLast(isWeights: false) ? [_plan.Columns, _plan.Depth] : [_plan.Depth, _plan.Columns];
        _plan.Operand("X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, shape, Spec.X.HasStride ? "ldx" : shape[1]);
        if (_aligned) _plan.Align("X", 16);
    }

    private void Explain()
    {
        _plan.Reason(_contraction.Reason);
        _plan.Reason(_lanesAreRows ? "tokens by rows: Y is token-major" : "rows by columns: Y is row-major");
        _plan.Reason($"thread block {_shape}");
        if (_weights.Reason is { } reason) _plan.Reason(reason);
        if (_terms is not null) _plan.Reason("the terms of the batch follow each other without a pause: the next one's first stage is copied while the last is contracted");
        if (_contraction.Via == ContractVia.Mma && WarpGroups.Obstacle(Spec) is { } obstacle) _plan.Reason(obstacle);
        _plan.Reason(CopiesOf(_contraction, _aligned));
    }
}
