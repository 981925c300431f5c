using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// Dense weights of less than eight bits times a few columns (decoding): memory is the limit, so the weights are read as they are stored, several to a byte, once for up to <see cref="FewColumnsShape.Height"/>
/// columns, and unpacked in registers. Lanes are rows; each lane holds four bytes, and field f of them the depths that stand f·4 behind those of the first.
/// </summary>
internal sealed class FewColumnsSchedule
{
    /// <summary>Columns up to which a kernel of run-time columns takes this schedule.</summary>
    public const int MaxColumns = 16;

    /// <summary>
    /// Dot products on a vector of bytes from which on they are asked for ahead: with fewer, loads run ahead by themselves, which asking would only hold up; with more, none is on its way while the products of another
    /// are computed. Weights of less than eight bits are always asked for, since what unpacks them stands between two loads, too.
    /// </summary>
    public const int ProductsWorthReadingAhead = 4;

    /// <summary>Vectors of rows between two runs of the epilogue: its call is paid once for all of them, and what it reads is in the first-level cache.</summary>
    private const int VectorsAtOnce = 16;

    private readonly PlanBuilder _plan;
    private readonly FewColumnsShape _shape;
    private readonly bool _inPlace;
    private readonly bool _direct;

    public FewColumnsSchedule(PlanBuilder plan, FewColumnsShape shape)
    {
        _plan = plan;
        _shape = shape;
        _inPlace = PlanBuilder.ElementOf(Spec.Y.Format) == plan.Accumulator;
        _direct = Spec.X.Layout == MatrixLayout.TokenMajor && Spec.Depth.IsConstant && Spec.Depth.Constant % _shape.ChunkDepth == 0 && PlanBuilder.ElementOf(Spec.X.Format) == Activation;
    }

    private KernelSpec Spec => _plan.Spec;

    /// <summary>Rows of a panel.</summary>
    private int Width => _shape.Tile.Width;

    private int PanelsAtOnce => VectorsAtOnce / _shape.Tile.Vectors;

    /// <summary>Chunks that cover the depth; what is past its end is zero on both sides.</summary>
    private Index Chunks => Index.CeilDiv(_plan.Depth, _shape.ChunkDepth);

    private Index PaddedDepth => Chunks * _shape.ChunkDepth;

    /// <summary>Sums are scaled: integers of a group, and floats over whatever shares a scale.</summary>
    private bool IsScaled => _shape.Basis == 0 && (_shape.IsFloat ? Spec.Weights.Scale != Per.None : _plan.HasScaledGroups);

    private bool HasGroups => IsScaled || _shape.Basis > 0;

    private Index Groups => Spec.Weights.Scale == Per.Group && HasGroups ? Index.CeilDiv(_plan.Depth, Spec.Weights.ScaleGroup) : 1;

    /// <summary>Depth over which sums are scaled at once.</summary>
    private Index GroupDepth => _plan.HasScaledGroups ? Spec.Weights.ScaleGroup : Index.Max(PaddedDepth, 1);

    private ElementType Activation => _shape.IsFloat ? ElementType.F32 : PlanBuilder.ByteOf(Spec.X.Format);

    public KernelPlan Build()
    {
        DeclareOperands();
        var epilogue = new EpilogueBuilder(_plan, _shape.Tile, lanesAreRows: true, _inPlace);
        _plan.Reason($"up to {MaxColumns} columns: weights are read once, {_shape.Fields} to a byte, and unpacked in registers; at most {_shape.Height} columns to a pass");
        if (_shape.Basis > 0)
            _plan.Reason($"codes become coefficients by a table of {(1 << _shape.Bits)}, and {_shape.Basis} of them times a basis {_shape.Basis} weights, in registers");
        else if (_shape.Lookup is { } lookup)
            _plan.Reason($"codes become {(_shape.IsFloat ? "binary32 numbers" : "bytes")} by a table of {(1 << _shape.Bits)}{(_shape.Via == ContractVia.Dot4Narrow ? $"; {(lookup.PairsTogether > 0 ? lookup.PairsTogether : _shape.Turns * _shape.Fields)} of their pairs of products with X fit 16 bits" : "")}");
        else if (_shape.Via == ContractVia.Dot4Narrow)
            _plan.Reason($"sums of {_shape.ChunkDepth} products fit 16 bits: {_shape.Turns * _shape.Fields} pairs of at most {(_shape.Offset > 0 ? $"{2 * _shape.Offset - 1}·128" : $"255·{1 << (_shape.Bits - 1)}")}·2");
        if (_shape.Offset > 0) _plan.Reason($"the weights are codes from 0, {_shape.Offset} more than their values: sums of X take that away again, and no sums of weights are read");

        Statement[] panels =
        [
            new Let("pn", Index.Min((Index)"p0" + PanelsAtOnce, "pEnd")),
            new Let("n0", (Index)"p0" * Width),
            new Let("n", Index.Min((Index)"pn" * Width, _plan.Rows) - "n0"),
            new Let("c0", 0),
            new Let("cj", _inPlace ? "n0" : 0),
            .. HasGroups ? [new Let("groups", Groups), new Let("gc", Spec.Weights.Scale == Per.Group ? Spec.Weights.ScaleGroup / _shape.ChunkDepth : Chunks)] : Array.Empty<Statement>(),
            new Let("chunks", Chunks),
            new For("p", "p0", "pn", 1, (Statement[])[new Let("cp", (Index)"cj" + ((Index)"p" - "p0") * Width), .. Passes()]),
            .. epilogue.Build(outerBegin: 0, outerCount: _plan.Columns, lanesBegin: "n0", lanesCount: "n"),
        ];
        Index work = _plan.Rows * _plan.Depth * (_plan.Columns + PlanBuilder.PassOfWeights);
        Spread spread = _plan.Spread("pBegin", "pEnd", Index.CeilDiv(_plan.Rows, Width), 1, work, PlanBuilder.StreamOverhead, [.. Activations(), new For("p0", "pBegin", "pEnd", PanelsAtOnce, panels)]);
        return _plan.Build([spread], $"{_shape.Tile}, {_shape.Fields} weights to a byte");
    }

    private void DeclareOperands()
    {
        Index panels = Index.CeilDiv(_plan.Rows, Width);
        PreparedKind kind = _shape.Basis > 0 ? PreparedKind.BasisPanel : PreparedKind.FieldPanel;
        Binding.Prepared Part(string buffer, PreparedPart part) => new(buffer, kind, Width, _shape.Fields, _shape.ChunkDepth, part);
        _plan.Prepared(_shape.Weights, Part("w", PreparedPart.Values), 3, panels, Chunks * _shape.Turns, Width, 4, _shape.Fields);
        if (_shape.Lookup is { } lookup) _plan.Prepared(lookup.Element, Part("t", lookup.Part), 1, 16);
        if (_shape.Basis > 0) _plan.Prepared(ElementType.F32, Part("s", PreparedPart.Basis), 2, panels, Groups, _shape.Basis * _shape.Basis, Width);
        if (IsScaled) _plan.Prepared(ElementType.F32, Part("s", PreparedPart.Scales), 1, panels, Groups, Width);

        bool token = Spec.X.Layout == MatrixLayout.TokenMajor;
        Index[] x = token ? [_plan.Columns, _plan.Depth] : [_plan.Depth, _plan.Columns];
        _plan.Operand(_direct ? "a" : "X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, x, Spec.X.HasStride ? "ldx" : x[1]);
        if (!_direct) _plan.Scratch("a", Activation, [_plan.Columns, PaddedDepth]);
        if (_shape.Offset > 0) _plan.Scratch("z", ElementType.S32, [_plan.Columns, Groups]);

        _plan.Operand(_inPlace ? "c" : "Y", PlanBuilder.ElementOf(Spec.Y.Format), Role.Y, [_plan.Columns, _plan.Rows], Spec.Y.HasStride ? "ldy" : _plan.Rows, _inPlace ? BufferRole.InOut : BufferRole.Output);
        if (!_inPlace) _plan.Scratch("c", _plan.Accumulator, [_plan.Columns, PanelsAtOnce * Width]);
    }

    private IEnumerable<Statement> Activations()
    {
        if (!_direct)
            yield return Spec.X.Layout == MatrixLayout.TokenMajor
                ? new Relayout("a", new Index[] { 0, 0 }, "X", new Index[] { 0, 0 }, _plan.Columns, _plan.Depth) { PaddedColumns = PaddedDepth }
                : new Relayout("a", new Index[] { 0, 0 }, "X", new Index[] { 0, 0 }, _plan.Depth, _plan.Columns) { Transposed = true, PaddedColumns = PaddedDepth };
        if (_shape.Offset > 0) yield return new SumRuns("z", "a", _plan.Columns, PaddedDepth, GroupDepth, -_shape.Offset);
    }

    /// <summary>The columns in passes of the tallest tile, then of halves of it.</summary>
    private IEnumerable<Statement> Passes()
    {
        Index begin = 0;
        for (int height = _shape.Height; height >= 1; height /= 2)
        {
            string last = "i" + height.ToString(System.Globalization.CultureInfo.InvariantCulture);
            yield return new Let(last, begin + Index.FloorDiv(_plan.Columns - begin, height) * height);
            yield return new If(new Condition(last, Relation.Greater, begin), new Statement[] { new Let("begin", begin), new Let("end", last), Pass(height) });
            begin = last;
        }
    }

    private Block Pass(int height)
    {
        string suffix = (IsScaled ? "_rowgroups" : "") + (_shape.Offset > 0 ? "_codes" : "") + (_inPlace ? "_clip" : "");
        string via = _shape.Basis > 0 ? "basis" : _shape.IsFloat ? "codes" : _shape.Via == ContractVia.Dot4Narrow ? "pairs" : "dots", vectors = _shape.Tile.Vectors == 1 ? "" : $"x{_shape.Tile.Vectors}{(_shape.FieldsInPlace(height) ? "i" : "")}";
        string name = $"few_{(_shape.IsNative ? Activation.ToString().ToLowerInvariant() : "")}{_shape.Lookup?.Name ?? NumberFormats.Name(Spec.Weights.Format)}_{via}{_shape.ChunkDepth}_{height}{vectors}{suffix}";
        return new Block(name, new Statement[] { new For("i", "begin", "end", height, Tile(height)) }) { VectorBits = _shape.Tile.Bits, IsNative = _shape.IsNative };
    }

    private Statement[] Tile(int height)
    {
        var store = new Store("c", new[] { (Index)"c0" + "i", "cp" }, $"acc_{height}x{Width}", _inPlace ? Clip.Columns : Clip.None);
        string acc = _plan.Tile($"acc_{height}x{Width}", _plan.Accumulator, height, Width);
        if (_shape.Basis > 0)
        {
            string basis = _plan.Tile($"basis_{_shape.Basis * _shape.Basis}x{Width}", ElementType.F32, _shape.Basis * _shape.Basis, Width);
            return
            [
                new Fill(acc, 0),
                new For("g", 0, "groups", 1, (Statement[])[
                    new Load(basis, "s", new Index[] { "p", "g", 0, 0 }),
                    new Let("kb", (Index)"g" * "gc"),
                    new Let("ke", Index.Min((Index)"kb" + "gc", "chunks")),
                    new For("kc", "kb", "ke", 1, new Statement[] { new For("k", 0, 1, 1, Rebuilt(acc, basis, height)) }),
                ]),
                store,
            ];
        }
        if (!IsScaled)
            return [new Fill(acc, 0), .. Compensate(acc, height, 0), Steps(acc, height, 0, "chunks"), store];

        string sums = _plan.Tile($"sum_{height}x{Width}", _shape.IsFloat ? ElementType.F32 : ElementType.S32, height, Width), part = _plan.Tile($"part_{height}x{Width}", ElementType.F32, height, Width);
        string scale = _plan.Tile($"scale_1x{Width}", ElementType.F32, 1, Width);
        return
        [
            new Fill(acc, 0),
            new For("g", 0, "groups", 1, (Statement[])[
                new Fill(sums, 0),
                .. Compensate(sums, height, "g"),
                new Let("kb", (Index)"g" * "gc"),
                new Let("ke", Index.Min((Index)"kb" + "gc", "chunks")),
                Steps(sums, height, "kb", "ke"),
                new Load(scale, "s", new Index[] { "p", "g", 0 }),
                .. _shape.IsFloat ? [new Zip(part, ZipOp.Multiply, sums, scale)] : (Statement[])[new Map(part, MapOp.Copy, sums), new Zip(part, ZipOp.Multiply, part, scale)],
                new Zip(acc, ZipOp.Add, acc, part),
            ]),
            store,
        ];
    }

    /// <summary>What the offset of the codes adds, taken away; nothing was summed where there is no depth.</summary>
    private Statement[] Compensate(string acc, int height, Index group)
    {
        if (_shape.Offset == 0) return [];
        string z = _plan.Tile($"start_{height}x1", ElementType.S32, height, 1);
        Statement[] add = [new Load(z, "z", new[] { "i", group }), new Zip(acc, ZipOp.Add, acc, z)];
        return _plan.HasScaledGroups ? add : [new If(new Condition("chunks", Relation.Greater, 0), add)];
    }

    /// <summary>Chunks of the depth; machine code, whose chunks are one step, has one loop over them.</summary>
    private For Steps(string acc, int height, Index begin, Index end) => _shape.IsNative
        ? new For("kc", begin, end, 1, Turn(acc, height, "kc")) { Unroll = 2 }
        : new For("kc", begin, end, 1, new Statement[] { new For("k", 0, _shape.Turns, 1, Turn(acc, height, (Index)"kc" * _shape.Turns + "k")) { Unroll = _shape.Turns } });

    /// <summary>A chunk of weights that are made of coefficients and a basis: vector i of codes has coefficient i of each group of neighbours.</summary>
    private Statement[] Rebuilt(string acc, string basis, int height)
    {
        int depth = _shape.ChunkDepth, order = _shape.Basis;
        string packed = _plan.Tile($"q_{order}x{Width}x4x{_shape.Fields}", _shape.Weights, order, Width, 4, _shape.Fields), codes = _plan.Tile($"codes_{Width}x{depth}", _shape.Weights, Width, depth);
        string coefficients = _plan.Tile($"ce_{Width}x{depth}", ElementType.F32, Width, depth), weights = _plan.Tile($"b_{Width}x{depth}", ElementType.F32, Width, depth);
        string activations = _plan.Tile($"a_{height}x{depth}", Activation, height, depth);
        return
        [
            new Load(packed, "w", new Index[] { "p", (Index)"kc" * order, 0, 0, 0 }),
            new Transpose(codes, packed, new[] { 1, 3, 2, 0 }),
            new Gather(coefficients, "t", codes, Array.Empty<Index>()),
            new Rebuild(weights, coefficients, basis),
            new Load(activations, "a", new Index[] { "i", (Index)"kc" * depth }),
            new Contract(acc, activations, weights, _shape.Via) { TransposedB = true },
        ];
    }

    /// <summary>A step of the depth: bytes of the weights, the fields of each in the order of the depth, against as many activations.</summary>
    private Statement[] Turn(string acc, int height, Index turn)
    {
        int depth = 4 * _shape.Fields;
        string packed = _plan.Tile($"q_{Width}x4x{_shape.Fields}", _shape.Weights, Width, 4, _shape.Fields);
        string weights = _plan.Tile($"b_{Width}x{depth}", _shape.Lookup is { } bytes ? bytes.Element : _shape.Offset > 0 && Spec.X.Format != NumberFormat.UInt8 ? ElementType.U8 : ElementType.S8, Width, depth), activations = _plan.Tile($"a_{height}x{depth}", Activation, height, depth);
        string unpacked = _shape.Lookup is null ? weights : _plan.Tile($"codes_{Width}x{depth}", _shape.Weights, Width, depth);
        return
        [
            new Load(packed, "w", new Index[] { "p", turn, 0, 0, 0 }) { ReadAhead = _shape.IsNative },
            new Transpose(unpacked, packed, new[] { 0, 2, 1 }),
            .. _shape.Lookup is null ? Array.Empty<Statement>() : [new Gather(weights, "t", unpacked, Array.Empty<Index>())],
            new Load(activations, "a", new Index[] { "i", turn * depth }),
            new Contract(acc, activations, weights, _shape.Via) { TransposedB = true, Pairs = _shape.Lookup?.PairsTogether ?? 0, FieldsInPlace = _shape.FieldsInPlace(height) },
        ];
    }
}
