using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// SpMM with any sparse pattern on a GPU: the weights come as vector groups in strides of entries (see <c>VectorStreamWeights</c>), and each stride gathers its rows of X. Multiply-adds work
/// on a vector group to a warp, tensor cores on one to a block. Blocks that run at the same time share their columns, so that the rows of X they gather stay in the second-level cache.
/// </summary>
internal sealed class GatherSchedule
{
    private readonly PlanBuilder _plan;
    private readonly Contraction _contraction;
    private readonly GatherShape _shape;
    private readonly int _vector;
    private readonly int _window;
    private readonly bool _lanesAreRows;
    private readonly bool _aligned;

    public GatherSchedule(KernelSpec spec, Device device, bool aligned)
    {
        _contraction = Contraction.OfGathered(spec, device);
        _plan = new PlanBuilder(spec, null, device.ToString()) { WeightsAreRaw = _contraction.WeightsAreRaw };
        // A window is a vector group where tensor cores take it: its rows share its condensed columns. Multiply-adds would work on the zeros, too.
        _window = _contraction.IsMma ? spec.Weights.Pattern.WindowRows : 0;
        _vector = _window > 0 ? _window : spec.Weights.Pattern.VectorLength;
        _lanesAreRows = spec.Y.Layout == MatrixLayout.TokenMajor;
        _aligned = aligned;
        _shape = GatherShape.For(_contraction, spec);
    }

    private KernelSpec Spec => _plan.Spec;

    private bool GroupsAreScaled => Spec.Weights.Scale == Per.Group && (Spec.IsIntegerContraction || _contraction.WeightsAreRaw);

    /// <summary>Vector groups.</summary>
    private Index Segments => Index.CeilDiv(_plan.Rows, _vector);

    private Index Stride => Index.FloorDiv("p", _shape.Stride);

    public KernelPlan Build()
    {
        DeclareStream();
        DeclareX();
        Index[] shape = _lanesAreRows ? [_plan.Columns, _plan.Rows] : [_plan.Rows, _plan.Columns];
        _plan.Operand("Y", PlanBuilder.ElementOf(Spec.Y.Format), Role.Y, shape, Spec.Y.HasStride ? "ldy" : shape[1], BufferRole.Output);
        if (_aligned) _plan.Align("Y", 16);
        (int height, int lanes) = _lanesAreRows ? (_shape.Width, _vector) : (_vector, _shape.Width);
        var steps = new EpilogueSteps(_plan, lanes, _lanesAreRows, height);
        if (_aligned) _plan.AlignOperandsOfOutput(16);
        string acc = steps.Start, sum = GroupsAreScaled ? _plan.Tile("sum", _contraction.Sum, height, lanes) : acc;

        (Index outer, Index lane) = _lanesAreRows ? ((Index)"c0", (Index)"row") : ("row", "c0");
        (IReadOnlyList<Statement> chain, string value) = steps.Build(outer, lane);
        var segment = new List<Statement> { new Let("row", At("groups", "s") * _vector), new Let("begin", At("starts", "s")), new Let("end", At("starts", (Index)"s" + 1)), new Fill(acc, 0) };
        if (GroupsAreScaled) segment.Add(new Fill(sum, 0));
        segment.Add(new For("p", "begin", "end", _shape.Stride, Step(acc, sum, height, lanes).ToArray()) { Stages = _aligned ? _shape.Stages : 1 });
        segment.AddRange(chain);
        segment.Add(new Store("Y", new[] { outer, lane }, value, Clip.All));

        Explain();
        bool many = _shape.Segments > 1;
        Statement[] body = many ? [new For("s", "s0", Index.Min((Index)"s0" + _shape.Segments, Segments), 1, segment.ToArray()) { Parallel = true }] : segment.ToArray();
        var block = new Block("segments", body) { Warps = _shape.Warps };
        var rows = new For(many ? "s0" : "s", 0, Segments, _shape.Segments, new Statement[] { block }) { Parallel = true };
        return _plan.Build([new For("c0", 0, _plan.Columns, _shape.Width, new Statement[] { rows }) { Parallel = true }], _shape.ToString());
    }

    private static Index At(string buffer, Index index) => new Index.Read(buffer, new[] { index });

    /// <summary>One stride of entries.</summary>
    private IEnumerable<Statement> Step(string acc, string sum, int height, int lanes)
    {
        string at = _plan.Tile("at", ElementType.S32, _shape.Stride), a = _plan.Tile("a", _contraction.Weights, _vector, _shape.Stride), b = "b";
        if (_contraction.IsMma) _plan.SharedTile(b, _contraction.X, _shape.Stride, _shape.Width);
        else _plan.Tile(b, _contraction.X, _shape.Stride, _shape.Width);
        yield return new Load(at, "indices", new Index[] { "p" });
        yield return new Gather(b, "X", at, new Index[] { "c0" }) { Clip = Clip.Columns };
        yield return new Load(a, "values", new[] { Stride, 0, 0 });
        yield return _lanesAreRows ? new Contract(sum, b, a, _contraction.Via) { TransposedA = true, TransposedB = true } : new Contract(sum, a, b, _contraction.Via);
        if (GroupsAreScaled) yield return new If(new Condition(At("ends", Stride), Relation.NotEqual, 0), Flush(acc, height, lanes).ToArray());
    }

    /// <summary>Adds the sums of a scale group, scaled, and clears them.</summary>
    private IEnumerable<Statement> Flush(string acc, int height, int lanes)
    {
        string scaled = _plan.Tile("scaled", ElementType.F32, height, lanes);
        string scale = _lanesAreRows ? _plan.Tile("scale", ElementType.F32, 1, _vector) : _plan.Tile("scale", ElementType.F32, _vector, 1);
        yield return new Load(scale, "S", new[] { At("ends", Stride) - 1, 0 }) { Transposed = !_lanesAreRows };
        yield return new Map(scaled, MapOp.Copy, "sum");
        yield return new Zip(scaled, ZipOp.Multiply, scaled, scale);
        yield return new Zip(acc, ZipOp.Add, acc, scaled);
        yield return new Fill("sum", 0);
    }

    private void DeclareStream()
    {
        Binding.Prepared Part(string buffer, PreparedPart part) => new(buffer, PreparedKind.VectorStream, _window, _shape.Stride, GroupsAreScaled ? Spec.Weights.ScaleGroup : 0, part);
        Index entries = At("starts", Segments), strides = Index.FloorDiv(entries, _shape.Stride);
        _plan.Prepared(ElementType.S32, Part("groups", PreparedPart.SegmentGroups), 0, Segments);
        _plan.Prepared(ElementType.S32, Part("starts", PreparedPart.SegmentStarts), 0, Segments + 1);
        _plan.Prepared(ElementType.S32, Part("indices", PreparedPart.Indices), 0, entries);
        _plan.Prepared(_contraction.Weights, Part("values", PreparedPart.Values), 2, strides, _vector, _shape.Stride);
        _plan.Align("values", 16);
        if (!GroupsAreScaled) return;
        _plan.Prepared(ElementType.S32, Part("ends", PreparedPart.GroupEnds), 0, strides + 1);
        _plan.Prepared(ElementType.F32, Part("S", PreparedPart.Scales), 1, At("ends", strides), _vector);
    }

    /// <summary>X as depth×columns, whatever its layout: the rows that a stride names are gathered.</summary>
    private void DeclareX()
    {
        bool token = Spec.X.Layout == MatrixLayout.TokenMajor;
        Index line = Spec.X.HasStride ? "ldx" : token ? _plan.Depth : _plan.Columns;
        _plan.Operand("X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, [_plan.Depth, _plan.Columns], token ? [1, line] : [line, 1]);
        if (_aligned && !token) _plan.Align("X", 16);
    }

    private void Explain()
    {
        _plan.Reason($"{Spec.Weights.Pattern} weights as a stream of {_vector}x1 vectors{(_window > 0 ? " of condensed columns" : "")}, longest segments first");
        _plan.Reason(_contraction.Reason);
        _plan.Reason($"thread block {_shape}");
        if (Spec.X.Layout == MatrixLayout.TokenMajor) _plan.Reason("X is token-major: each element of a gathered row is a load of its own, of which the first-level cache keeps the neighbours");
        if (_lanesAreRows) _plan.Reason($"Y is token-major: a segment stores {_vector} neighbouring element{(_vector == 1 ? "" : "s")} of each token");
        _plan.Reason(_aligned ? "lines begin and end at multiples of 16 bytes" : "nothing is known of the alignment: element by element");
    }
}
