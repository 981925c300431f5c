using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// A relational gather, product and scatter on a GPU (RGMS; SparseTIR, ASPLOS'23, section 4.4): a thread block has a block of nodes and a strip of the features of Y, whose sums stay in its shared memory while relation after relation
/// adds to them. Of a relation it takes the rows with edges alone, some at a time: they are gathered into shared memory, a feature of a row (or a few) to a thread, multiplied there by the relation's weights, in the registers of threads
/// that have a few rows and features each, and added to their nodes. Every sum belongs to one thread at a time, edges come in the order in which they are stored, and relations in theirs: nothing is added atomically, and a result does not depend on
/// which blocks run when.
/// </summary>
internal sealed class RelationalBlockSchedule
{
    /// <summary>Edges whose lines of X, and features whose weights, are on their way at once.</summary>
    private const int Ahead = 4;

    private readonly PlanBuilder _plan;
    private readonly Device _device;
    private readonly RelationalBlockShape _shape;
    private readonly bool _aligned;

    public RelationalBlockSchedule(KernelSpec spec, Device device, bool aligned)
    {
        // All relations share the scales of a row, which need not come before the sum then.
        _plan = new PlanBuilder(spec, null, device.ToString()) { WeightsAreRaw = NumberFormats.IsInteger(spec.Weights.Format) };
        (_device, _aligned) = (device, aligned && device != Device.Portable);
        _shape = RelationalBlockShape.For(spec, device);
    }

    private KernelSpec Spec => _plan.Spec;

    private int Relations => Spec.Rgms!.Relations;

    private ElementType Compute => Spec.IsIntegerContraction ? ElementType.S32 : ElementType.F32;

    private ContractVia Via => Spec.IsIntegerContraction ? ContractVia.IntegerMultiplyAdd : ContractVia.Fma;

    /// <summary>The whole depth of a group stands in shared memory: its products need no place of their own there.</summary>
    private bool IsWhole => Spec.Depth.IsConstant && Spec.Depth.Constant <= _shape.Chunk;

    /// <summary>Features of X that a thread gathers, and features of Y that it finishes: where lines are aligned, four that lie beside each other.</summary>
    private int Together => _aligned ? 4 : 1;

    /// <summary>The first feature of X of what is gathered at a time.</summary>
    private Index First => IsWhole ? 0 : "x0";

    private Index Strips => Index.CeilDiv(_plan.Rows, _shape.Width);

    public KernelPlan Build()
    {
        DeclareOperands();
        var steps = new EpilogueSteps(_plan, Together, lanesAreRows: true);
        if (_aligned) _plan.AlignOperandsOfOutput(16);
        Explain();
        var block = new Block("relations", (Statement[])
        [
            new Let("block", Strips is Index.Const { Value: 1 } ? "part" : Index.FloorDiv("part", Strips)),
            new Let("strip", Strips is Index.Const { Value: 1 } ? 0 : Index.Mod("part", Strips)),
            new Let("t0", (Index)"block" * _shape.Nodes),
            new Let("tn", Index.Min(_shape.Nodes, _plan.Columns - "t0")),
            new Let("n0", (Index)"strip" * _shape.Width),
            Clear(),
            new For("relation", 0, Relations, 1, (Statement[])[
                new Let("segment", (Index)"block" * Relations + "relation"),
                new Let("lines", ((Index)"strip" * Relations + "relation") * _plan.Depth),
                new Let("last", At("segments", (Index)"segment" + 1)),
                new For("g0", At("segments", "segment"), "last", _shape.Rows, (Statement[])[new Let("m", Index.Min(_shape.Rows, (Index)"last" - "g0")), .. Group()]),
            ]),
            Finish(steps),
        ])
        { Warps = new WarpGrid(1, RelationalBlockShape.Threads / 32) };
        // Nodes and strips are one extent of the grid, because only the first may be long.
        return _plan.Build([new For("part", 0, Index.CeilDiv(_plan.Columns, _shape.Nodes) * Strips, 1, (Statement[])[block]) { Parallel = true }], _shape.ToString());
    }

    private static Index At(string buffer, Index index) => new Index.Read(buffer, new[] { index });

    private void DeclareOperands()
    {
        Binding.Prepared Part(string buffer, PreparedPart part) => new(buffer, PreparedKind.Relation, Relations, 1, _shape.Nodes, part) { OfGraph = true };
        Index segments = Index.CeilDiv(_plan.Columns, _shape.Nodes) * Relations, rows = At("segments", segments), edges = At("starts", rows);
        _plan.Prepared(ElementType.S32, Part("segments", PreparedPart.TileStarts), 0, segments + 1);
        _plan.Prepared(ElementType.S32, Part("nodes", PreparedPart.SegmentGroups), 0, rows);
        _plan.Prepared(ElementType.S32, Part("starts", PreparedPart.SegmentStarts), 0, rows + 1);
        _plan.Prepared(ElementType.S32, Part("indices", PreparedPart.Indices), 0, edges);
        _plan.Prepared(Compute, Part("values", PreparedPart.Values), 0, edges);
        // A strip's panel: the weights of relation after relation, a line for each feature of X.
        _plan.Prepared(PlanBuilder.ElementOf(Spec.Weights.Format), new Binding.Prepared("b", PreparedKind.Panel, _shape.Width, 1, 0, PreparedPart.Values), 0, Strips * Relations * _plan.Depth, _shape.Width);
        _plan.Align("b", 16);
        _plan.Operand("X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, [KernelPlan.SourcesSize, _plan.Depth], Spec.X.HasStride ? "ldx" : _plan.Depth);
        _plan.Operand("Y", PlanBuilder.ElementOf(Spec.Y.Format), Role.Y, [_plan.Columns, _plan.Rows], Spec.Y.HasStride ? "ldy" : _plan.Rows, BufferRole.Output);
        if (_aligned)
        {
            _plan.Align("X", 16);
            _plan.Align("Y", 16);
        }
        _plan.Scratch("c", Compute, [_shape.Nodes, _shape.Width]);
        _plan.Scratch("a", Compute, [_shape.Rows, _shape.Pitch]);
        if (!IsWhole) _plan.Scratch("p", Compute, [_shape.Rows, _shape.Width]);
    }

    /// <summary>A phase whose tasks are pieces of rows: <c>i</c> is the row, <paramref name="along"/> the first element of the piece.</summary>
    private static Phase Tasks(string name, Index rows, string along, Index pieces, int length, params Statement[] body) => new(name, (Statement[])[
        new For("u", 0, rows * pieces, 1, (Statement[])[new Let("i", Index.FloorDiv("u", pieces)), new Let(along, Index.Mod("u", pieces) * length), .. body]) { Parallel = true },
    ]);

    /// <summary>The sums of a block begin at 0: a node without edges keeps that.</summary>
    private Phase Clear()
    {
        string zero = Line("zero");
        Statement[] clear = [new Fill(zero, 0), new Store("c", new Index[] { "i", "j" }, zero)];
        if (!IsWhole) clear = [.. clear, new If(new Condition("i", Relation.Less, _shape.Rows), new Statement[] { new Store("p", new Index[] { "i", "j" }, zero) })];
        return Tasks("sums begin at 0", _shape.Nodes, "j", _shape.Pieces, _shape.Vector, clear);
    }

    /// <summary>The phases of a group of rows.</summary>
    private IEnumerable<Statement> Group()
    {
        if (IsWhole) return [Gathers(), Products()];
        return [new For("x0", 0, _plan.Depth, _shape.Chunk, (Statement[])[Gathers(), new Let("kn", Index.Min(_shape.Chunk, _plan.Depth - "x0")), Products()]), Adds()];
    }

    /// <summary>Features of X of the rows: sums over their edges.</summary>
    private Phase Gathers()
    {
        string sum = _plan.Tile($"sum_1x{Together}", Compute, 1, Together), x = _plan.Tile($"x_1x{Together}", Compute, 1, Together), value = _plan.Tile("value_1x1", Compute, 1, 1);
        Statement[] gather =
        [
            new Fill(sum, 0),
            new ForNonZero("edge", "source", new NonZeros.Operand("indices", At("starts", "row"), At("starts", (Index)"row" + 1)), (Statement[])[
                new Load(x, "X", new Index[] { "source", "at" }, Together > 1 ? Clip.Columns : Clip.None),
                new Load(value, "values", new Index[] { "edge" }),
                new Contract(sum, value, x, Via),
            ]) { Unroll = Ahead },
            new Store("a", new Index[] { "i", "k" }, sum),
        ];
        return Tasks("gathers", "m", "k", Index.CeilDiv(IsWhole ? _plan.Depth : _shape.Chunk, Together), Together,
            [new Let("row", (Index)"g0" + "i"), new Let("at", First + "k"), .. Inside("at", _plan.Depth, IsWhole ? 1 : _shape.Chunk, gather)]);
    }

    /// <summary>Rows by features of Y, from zero or on top of what the features of X before these came to. Rows past the last repeat it, and go nowhere.</summary>
    private Phase Products()
    {
        int height = _shape.Height;
        string w = Line("w");
        string[] sums = [.. Each(h => Line($"product{h}"))], factors = [.. Each(h => _plan.Tile($"factor{h}_1x1", Compute, 1, 1))];
        Index RowOf(int h) => h == 0 ? "first" : $"row{h}";
        Statement[] body =
        [
            new Let("first", (Index)"i" * height),
            .. Each(h => h).Skip(1).Select(h => new Let($"row{h}", Index.Min((Index)"first" + h, (Index)"m" - 1))),
            .. Each(h => IsWhole ? (Statement)new Fill(sums[h], 0) : new Load(sums[h], "p", new[] { RowOf(h), "j" })),
            new For("k", 0, IsWhole ? _plan.Depth : "kn", 1, (Statement[])[
                new Let("line", (Index)"lines" + First + "k"),
                new Load(w, "b", new Index[] { "line", "j" }),
                .. Each(h => (Statement[])[new Load(factors[h], "a", new[] { RowOf(h), "k" }), new Contract(sums[h], factors[h], w, Via)]).SelectMany(pair => pair),
            ]) { Unroll = Ahead },
            .. Each(h =>
            {
                Statement[] stores = IsWhole ? [.. AddTo(sums[h], RowOf(h), h)] : [new Store("p", new[] { RowOf(h), "j" }, sums[h])];
                return h == 0 ? stores : [new If(new Condition((Index)"first" + h, Relation.Less, "m"), stores)];
            }).SelectMany(stores => stores),
        ];
        return Tasks("products", Index.CeilDiv("m", height), "j", _shape.Pieces, _shape.Vector, body);

        IEnumerable<T> Each<T>(Func<int, T> of) => Enumerable.Range(0, height).Select(of);
    }

    /// <summary>The products of a group, which were summed over parts of the depth, to their nodes.</summary>
    private Phase Adds()
    {
        string product = Line("product0"), zero = Line("zero");
        return Tasks("adds", "m", "j", _shape.Pieces, _shape.Vector,
            [new Load(product, "p", new Index[] { "i", "j" }), .. AddTo(product, "i", 0), new Fill(zero, 0), new Store("p", new Index[] { "i", "j" }, zero)]);
    }

    /// <summary>Adds the products of a row to the sums of its node.</summary>
    private IEnumerable<Statement> AddTo(string product, Index row, int number)
    {
        string total = Line($"total{number}"), node = $"node{number}";
        yield return new Let(node, At("nodes", (Index)"g0" + row));
        yield return new Load(total, "c", new Index[] { node, "j" });
        yield return new Zip(total, ZipOp.Add, total, product);
        yield return new Store("c", new Index[] { node, "j" }, total);
    }

    private Phase Finish(EpilogueSteps steps)
    {
        (IReadOnlyList<Statement> chain, string value) = steps.Build("node", "feature");
        return Tasks("Y", "tn", "j", _shape.Width / Together, Together,
            [new Let("node", (Index)"t0" + "i"), new Let("feature", (Index)"n0" + "j"), .. Inside("feature", _plan.Rows, _shape.Width, [new Load(steps.Start, "c", new Index[] { "i", "j" }), .. chain, new Store("Y", new Index[] { "node", "feature" }, value, Together > 1 ? Clip.Columns : Clip.None)])]);
    }

    /// <summary>The last part of an extent may be shorter than the others.</summary>
    private static IEnumerable<Statement> Inside(string at, Index end, int part, Statement[] body) =>
        end is Index.Const { Value: var length } && length % part == 0 ? body : [new If(new Condition(at, Relation.Less, end), body)];

    /// <summary>A thread's features of one row.</summary>
    private string Line(string name) => _plan.Tile($"{name}_1x{_shape.Vector}", Compute, 1, _shape.Vector);

    private void Explain()
    {
        _plan.Reason(FormattableString.Invariant($"{Relations} relation{(Relations == 1 ? "" : "s, one after the other")}: sums of {_shape.Nodes} nodes by {_shape.Width} features stay in shared memory"));
        _plan.Reason(FormattableString.Invariant($"groups of {_shape.Rows} rows with edges: gathered into shared memory, {(IsWhole ? "all" : FormattableString.Invariant($"{_shape.Chunk}"))} features of X at a time, multiplied from there, {_shape.Height}x{_shape.Vector} sums to a thread"));
        (string unit, string because) = MultiplyAdds(Spec);
        _plan.Reason($"{unit}: {because}");
        if (_device != Device.Portable) _plan.Reason(_aligned ? "lines begin and end at multiples of 16 bytes" : "nothing is known of the alignment: element by element");
    }

    /// <summary>What multiplies, and why that is no tensor core.</summary>
    public static (string Unit, string Reason) MultiplyAdds(KernelSpec spec) => spec.IsIntegerContraction
        ? ("integer multiply-adds", "sums over edges have 32 bits, which tensor cores do not take")
        : ("fused multiply-adds in binary32", "tensor cores would round the sums over edges");
}
