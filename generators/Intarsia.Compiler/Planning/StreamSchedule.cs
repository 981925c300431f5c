using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// SpMM with any sparse pattern: the weights come as a stream of V×1 vectors, each with the depth it stands at, whatever the pattern was. Lanes are columns; a vector's values
/// are broadcast against a row of X. A new pattern needs a packer that can list its vectors, and nothing here.
/// </summary>
internal sealed class StreamSchedule
{
    private readonly PlanBuilder _plan;
    private readonly TileShape _shape;
    private readonly int _vector;
    private readonly int _depthTile;

    /// <summary>Vectors of columns that come together.</summary>
    private readonly int _step;

    /// <summary>Tiles that the depth is cut into because the pattern says so; 0 where <see cref="_depthTile"/> says how long one is.</summary>
    private readonly int _partitions;
    private readonly bool _transposed;
    private readonly bool _inPlace;
    private readonly bool _direct;

    /// <summary>How four entries are multiplied at a time; null where each is for itself.</summary>
    private readonly StreamDots? _dots;

    public StreamSchedule(PlanBuilder plan)
    {
        _plan = plan;
        KernelSpec spec = plan.Spec;
        _vector = spec.Weights.Pattern.VectorLength;
        TileShape shape = plan.UsesDotStream
            ? TierTable.DotStream(plan.Tier, _vector, spec.Tiles.FirstOrDefault(tile => tile.Tier == plan.Tier)?.Vectors ?? 0)
            : TierTable.Override(TierTable.Stream(plan.Tier, _vector, plan.Accumulator == ElementType.S64), spec, plan.Tier) with { Height = _vector };
        _step = plan.UsesDotStream ? TierTable.VectorsOfFours : 1;
        if (spec.Columns.IsConstant) shape = shape with { Vectors = Math.Max(_step, Math.Min(shape.Vectors, (spec.Columns.Constant + _step * shape.Lanes - 1) / (_step * shape.Lanes) * _step)) };
        _shape = shape;
        _dots = plan.UsesDotStream ? new StreamDots(plan, shape, _vector) : null;
        _partitions = spec.Weights.Pattern.Partitions > 1 && !plan.HasScaledGroups && !spec.Tiles.Any(tile => tile.Tier == plan.Tier && tile.Depth > 0) ? spec.Weights.Pattern.Partitions : 0;
        _depthTile = _partitions > 0 ? 0 : DepthTile();
        _transposed = spec.Y.Layout == MatrixLayout.TokenMajor;
        bool wholeVectors = _vector == 1 || (spec.Rows.IsConstant && spec.Rows.Constant % _vector == 0);
        _inPlace = !_transposed && wholeVectors && PlanBuilder.ElementOf(spec.Y.Format) == plan.Accumulator;
        _direct = spec.X.Format is NumberFormat.Float32 or NumberFormat.TensorFloat32 && spec.X.Layout == MatrixLayout.RowMajor;
    }

    private KernelSpec Spec => _plan.Spec;

    private ElementType PanelElement => _dots?.PanelElement ?? (Spec.IsIntegerContraction ? ElementType.S32 : ElementType.F32);

    private Index PaddedRows => Index.RoundUp(_plan.Rows, _vector);

    public KernelPlan Build()
    {
        DeclareStream();
        DeclareActivations();
        DeclareAccumulators();
        bool plainTranspose = _transposed && Spec.Epilogue.Count == 0 && PlanBuilder.ElementOf(Spec.Y.Format) == _plan.Accumulator;
        if (_transposed && !plainTranspose) _plan.Scratch("d", _plan.Accumulator, [_shape.Width, _plan.Rows]);
        var epilogue = new EpilogueBuilder(_plan, _shape, _transposed, _inPlace, _transposed ? "d" : "c");
        _plan.Reason($"{Spec.Weights.Pattern} weights as a stream of {_vector}x1 vectors; register tile {_shape}");
        if (_dots is not null) _plan.Reason($"dot products of four bytes: the rows of X that four entries name are interleaved in registers, once for {(_shape.Height == 1 ? "a row" : $"{_shape.Height} rows")} of weights");
        else if (Spec.IsIntegerContraction && PlanBuilder.DotStreamObstacle(Spec) is { } obstacle) _plan.Reason($"entries are multiplied one at a time on every tier: {obstacle}");
        _plan.Reason(_partitions > 0 ? $"depth in the {_partitions} partitions of the pattern, one after the other" : _depthTile > 0 ? $"depth in tiles of {_depthTile}: the rows of X that a tile gathers stay in cache" : "depth in one tile: the panel of X fits the second-level cache");

        Statement[] panels = _plan.Panels(_shape.Width, n =>
        [
            .. _direct ? Array.Empty<Statement>() : [_plan.PackColumns("x", n, _shape.Width) with { Offset = _plan.ShiftOfX, Regroup = _dots?.Regroup ?? 1 }],
            new Let("cj", _inPlace ? "n0" : 0),
            new Let("xj", _direct ? "n0" : 0),
            new For("part", "qBegin", "qEnd", 1, (Statement[])[
                new For("tile", 0, Tiles, 1, (Statement[])[new Let("s0", At("tiles", (Index)"part" * Tiles + "tile")), new Let("s1", At("tiles", (Index)"part" * Tiles + "tile" + 1)), Widths(n)])]),
            .. Finish(epilogue, plainTranspose, n),
        ]);
        Spread body = _plan.Spread("qBegin", "qEnd", KernelPlan.PartsSize, 1, (Index)KernelPlan.StoredSize * (_plan.Columns + PlanBuilder.PassOfWeights), overhead: 0,
            new Spread("pBegin", "pEnd", Index.CeilDiv(_plan.Columns, _shape.Width), 1, panels) { Overhead = _direct ? PlanBuilder.RowOverhead : PlanBuilder.PackOverhead });
        return _plan.Build([body], _shape.ToString());
    }

    private static Index At(string buffer, Index index) => new Index.Read(buffer, new[] { index });

    private Index Tiles => _partitions > 0 ? _partitions : _depthTile > 0 ? Index.Max(Index.CeilDiv(_plan.Depth, _depthTile), 1) : 1;

    private int DepthTile()
    {
        if (_plan.HasScaledGroups) return Spec.Weights.ScaleGroup;

        // Single rows turn over X fast: keep what they gather in the first-level cache's reach. Vectors reuse each row of X, the second level feeds them.
        int bytes = (_vector == 1 ? 64 : 512) * 1024;
        int tile = TierTable.DepthBlock(Math.Max(64, bytes / ((_plan.UsesDotStream ? 1 : 4) * _shape.Width)), Spec, _plan.Tier);
        return Spec.Depth.IsConstant && Spec.Depth.Constant <= tile * 3 / 2 ? 0 : tile;
    }

    private void DeclareStream()
    {
        Binding.Prepared Part(string buffer, PreparedPart part) => new(buffer, PreparedKind.Stream, _partitions, _dots is null ? 1 : StreamDots.Entries, _depthTile, part);
        Index segments = At("tiles", (Index)KernelPlan.PartsSize * Tiles), entries = At("starts", segments);
        _plan.Prepared(ElementType.S32, Part("tiles", PreparedPart.TileStarts), 0, (Index)KernelPlan.PartsSize * Tiles + 1);
        _plan.Prepared(ElementType.S32, Part("cuts", PreparedPart.PartGroups), 0, (Index)KernelPlan.PartsSize + 1);
        _plan.Prepared(ElementType.S32, Part("groups", PreparedPart.SegmentGroups), 0, segments);
        _plan.Prepared(ElementType.S32, Part("starts", PreparedPart.SegmentStarts), 0, segments + 1);
        if (_dots is not null)
        {
            _dots.Declare(Part, entries, segments);
            return;
        }
        _plan.Prepared(ElementType.S32, Part("indices", PreparedPart.Indices), 0, entries);
        _plan.Prepared(_plan.Compute(isWeights: true), Part("values", PreparedPart.Values), 1, entries, _vector);
        if (_plan.HasScaledGroups) _plan.Prepared(ElementType.F32, Part("s", PreparedPart.Scales), 2, segments, _vector, 1);
    }

    private void DeclareActivations()
    {
        bool token = Spec.X.Layout == MatrixLayout.TokenMajor;
        Index[] shape = token ? [_plan.Columns, _plan.Depth] : [_plan.Depth, _plan.Columns];
        _plan.Operand(_direct ? "x" : "X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, shape, Spec.X.HasStride ? "ldx" : shape[1]);
        if (!_direct) _plan.Scratch("x", PanelElement, [_plan.Depth, _shape.Width]);
    }

    private void DeclareAccumulators()
    {
        ElementType element = PlanBuilder.ElementOf(Spec.Y.Format);
        Index[] shape = _transposed ? [_plan.Columns, _plan.Rows] : [_plan.Rows, _plan.Columns];
        _plan.Operand(_inPlace ? "c" : "Y", element, Role.Y, shape, Spec.Y.HasStride ? "ldy" : shape[1], _inPlace ? BufferRole.InOut : BufferRole.Output);
        if (!_inPlace) _plan.Scratch("c", _plan.Accumulator, [PaddedRows, _shape.Width]);
    }

    /// <summary>The narrowest block that covers the panel.</summary>
    private Statement Widths(Index n)
    {
        int[] choices = [.. Halves(_shape.Vectors / _step).Select(steps => steps * _step)];
        if (n is Index.Const c)
            return Tile(choices.Last(vectors => vectors * _shape.Lanes >= c.Value), exact: choices.Any(vectors => vectors * _shape.Lanes == c.Value));
        Statement choice = Tile(choices[choices.Length - 1], exact: false);
        for (int i = choices.Length - 2; i >= 0; i--)
            choice = new If(new Condition(n, Relation.Greater, choices[i + 1] * _shape.Lanes), new[] { Tile(choices[i], exact: false) }, new[] { choice });
        return choice;
    }

    private static IEnumerable<int> Halves(int vectors)
    {
        for (; vectors > 1; vectors = (vectors + 1) / 2) yield return vectors;
        yield return 1;
    }

    private Block Tile(int vectors, bool exact)
    {
        int width = vectors * _shape.Lanes;
        Clip clipC = _inPlace && !exact ? Clip.Columns : Clip.None, clipX = _direct && !exact ? Clip.Columns : Clip.None;
        if (_dots is not null) return _dots.Tile(vectors, clipC);
        string suffix = (_plan.HasScaledGroups ? "_groups" : "") + (clipX != Clip.None ? "_clipx" : "") + (clipC != Clip.None ? "_clip" : "");
        string acc = _plan.Tile($"acc_{_vector}x{width}", _plan.Accumulator, _vector, width);
        Index[] c = ["row", "cj"];
        var initialise = new If(new Condition("tile", Relation.Equal, 0), new Statement[] { new Fill(acc, 0) }, new Statement[] { new Load(acc, "c", c, clipC) });
        Statement[] segment = _plan.HasScaledGroups ? [.. ScaledGroup(acc, width, clipX), initialise, .. AddPart(acc, width)] : [initialise, Entries(acc, width, clipX)];
        Statement[] body =
        [
            new For("t", "s0", "s1", 1, (Statement[])[new Let("row", At("groups", "t") * _vector), .. segment, new Store("c", c, acc, clipC)]),
        ];
        string kind = _plan.Accumulator == ElementType.S64 ? "s64" : _plan.IsWide ? "s32" : Spec.IsIntegerContraction ? "s16" : "f32";
        return new Block($"stream_{kind}_{_vector}x{vectors}{suffix}", body) { VectorBits = _shape.Bits };
    }

    private ForNonZero Entries(string acc, int width, Clip clip)
    {
        string a = _plan.Tile($"a_1x{_vector}", _plan.Compute(isWeights: true), 1, _vector), b = _plan.Tile($"b_1x{width}", PanelElement, 1, width);
        return new ForNonZero("at", "k", new NonZeros.Operand("indices", At("starts", "t"), At("starts", (Index)"t" + 1)), new Statement[]
        {
            new Load(b, "x", new Index[] { "k", "xj" }, clip),
            new Load(a, "values", new Index[] { "at", 0 }),
            new Contract(acc, a, b, Spec.IsIntegerContraction ? ContractVia.IntegerMultiplyAdd : ContractVia.Fma) { TransposedA = true },
        })
        { Unroll = 2 };
    }

    /// <summary>A tile of the depth is one scale group: integers within it, float across.</summary>
    private IEnumerable<Statement> ScaledGroup(string acc, int width, Clip clip)
    {
        string sums = _plan.Tile($"sum_{_vector}x{width}", ElementType.S32, _vector, width);
        yield return new Fill(sums, 0);
        yield return Entries(sums, width, clip);
    }

    private IEnumerable<Statement> AddPart(string acc, int width)
    {
        string sums = $"sum_{_vector}x{width}";
        string part = _plan.Tile($"part_{_vector}x{width}", ElementType.F32, _vector, width), scale = _plan.Tile($"scale_{_vector}x1", ElementType.F32, _vector, 1);
        yield return new Load(scale, "s", new Index[] { "t", 0, 0 });
        yield return new Map(part, MapOp.Copy, sums);
        yield return new Zip(part, ZipOp.Multiply, part, scale);
        yield return new Zip(acc, ZipOp.Add, acc, part);
    }

    private IEnumerable<Statement> Finish(EpilogueBuilder epilogue, bool plainTranspose, Index n)
    {
        // The rows of the parts that ran here: neighbours.
        Index Row(string part) => _vector == 1 ? At("cuts", part) : Index.Min(At("cuts", part) * _vector, _plan.Rows);
        yield return new Let("r0", Row("qBegin"));
        yield return new Let("rn", Row("qEnd") - "r0");
        if (plainTranspose)
        {
            yield return new Relayout("Y", new Index[] { "n0", "r0" }, "c", new Index[] { "r0", 0 }, "rn", n) { Transposed = true };
            yield break;
        }
        if (_transposed)
        {
            yield return new Relayout("d", new Index[] { 0, "r0" }, "c", new Index[] { "r0", 0 }, "rn", n) { Transposed = true };
            yield return new Let("dj", "r0");
        }

        // The accumulators of a panel begin at (0, cj): c is the output itself or scratch of one panel.
        yield return new Let("c0", _transposed ? 0 : "r0");
        foreach (Statement s in _transposed ? epilogue.Build("n0", n, "r0", "rn") : epilogue.Build("r0", "rn", "n0", n)) yield return s;
    }
}
