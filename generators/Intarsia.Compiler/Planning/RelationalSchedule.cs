using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// A relational gather, product and scatter (RGMS; SparseTIR, ASPLOS'23, section 4.4), Σ_r A_r·X·W_r. The nodes of Y are cut into blocks, whose sums stay in the second-level cache while relation after relation adds to them. Of a relation a block has the
/// rows with edges, and no others. A group of those is gathered – sums over the edges of lines of X, lanes along the features – into working memory that stays in the first-level cache, multiplied there by the panels of the relation's
/// dense weights, and added from the registers to the sums of its nodes. Nothing of the size of A_r·X is ever written. Each block belongs to one thread, and relations come in their order: results do not depend on the number of threads.
/// </summary>
internal sealed class RelationalSchedule
{
    /// <summary>Bytes of the gathered rows of a group: half of a first-level cache, which the panel of weights and the lines of X go through.</summary>
    private const int GroupBytes = 16 * 1024;

    /// <summary>Rows of a group in tiles: as long as the panel's way to them is worth it.</summary>
    private const int MostTiles = 8;

    /// <summary>Nodes of a block, at least and at most: threads share whole blocks.</summary>
    private const int LeastNodes = 64, MostNodes = 1024;

    /// <summary>Nodes for each relation, so that those with edges of it fill tiles.</summary>
    private const int RowsOfRelation = 16;

    /// <summary>Bytes of the sums of a block: a quarter of a second-level cache.</summary>
    private const int SumBytes = 256 * 1024;

    /// <summary>An extent that is known at the call alone.</summary>
    private const int Typical = 128;

    private readonly PlanBuilder _plan;
    private readonly RgmsSpec _relational;
    private readonly TileShape _shape;
    private readonly TileShape _gather;
    private readonly int _nodes;
    private readonly int _group;

    public RelationalSchedule(PlanBuilder plan)
    {
        _plan = plan;
        _relational = plan.Spec.Rgms!;
        _shape = TierTable.Dense(plan.Tier, scaledGroups: false, plan.Spec.Rows);
        TileShape gather = TierTable.Stream(plan.Tier, vectorLength: 1);
        if (Spec.Depth.IsConstant) gather = gather with { Vectors = Math.Max(1, Math.Min(gather.Vectors, (Spec.Depth.Constant + gather.Lanes - 1) / gather.Lanes)) };
        _gather = gather;
        int depth = Known(Spec.Depth);
        _nodes = NodesOfBlock(_relational.Relations, depth, Known(Spec.Rows));
        _group = Math.Max(1, Math.Min(MostTiles, GroupBytes / (4 * depth * _shape.Height))) * _shape.Height;
    }

    private KernelSpec Spec => _plan.Spec;

    private ElementType Compute => _plan.Compute(isWeights: false);

    private ContractVia Via => _plan.Via;

    /// <summary>
    /// Nodes of a block: more where relations are many, of each of which a node has edges of few, so that there are rows for a tile; and where the weights of a relation, which every block reads again, are large; no more than the second-level cache
    /// holds the sums of. The same for every tier, so that they share the packed edges.
    /// </summary>
    private static int NodesOfBlock(int relations, int depth, int rows)
    {
        int nodes = LeastNodes;
        while (nodes < MostNodes && 2L * 4 * rows * nodes <= SumBytes && (nodes < RowsOfRelation * (long)relations || (long)nodes * nodes < 4L * depth * rows)) nodes *= 2;
        return nodes;
    }

    private static int Known(Extent extent) => extent.IsConstant ? extent.Constant : Typical;

    public KernelPlan Build()
    {
        DeclareGraph();
        _plan.Prepared(Compute, new Binding.Prepared("b", PreparedKind.Panel, _shape.Width, 1, 0, PreparedPart.Values), 2, Index.CeilDiv(_plan.Rows, _shape.Width), Relations * _plan.Depth, _shape.Width, 1);
        _plan.Operand("X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, [KernelPlan.SourcesSize, _plan.Depth], Spec.X.HasStride ? "ldx" : _plan.Depth);
        _plan.Operand("Y", PlanBuilder.ElementOf(Spec.Y.Format), Role.Y, [_plan.Columns, _plan.Rows], Spec.Y.HasStride ? "ldy" : _plan.Rows, BufferRole.Output);
        _plan.Scratch("a", Compute, [_group, Index.RoundUp(_plan.Depth, _gather.Width)]);
        _plan.Scratch("c", _plan.Accumulator, [_nodes, Index.RoundUp(_plan.Rows, _shape.Width)]);
        var epilogue = new EpilogueBuilder(_plan, _shape, lanesAreRows: true, inPlace: false);
        _plan.Reason($"{_relational.Relations.ToString(System.Globalization.CultureInfo.InvariantCulture)} relations, one after the other in blocks of {_nodes} nodes, whose sums stay in the second-level cache");
        _plan.Reason($"groups of {_group} rows with edges: gathered with {_gather.Vectors} vectors of {_gather.Bits} bits along the features, multiplied while they are in the first-level cache, added to their nodes from registers");
        _plan.Reason($"register tile {_shape}: {_shape.Height * _shape.Vectors} accumulators of {TierTable.Registers(_plan.Tier)} registers");

        Index stored = KernelPlan.StoredSize, work = stored * _plan.Depth + Index.Min(stored, _plan.Columns * Relations) * _plan.Depth * _plan.Rows;
        Spread body = _plan.Spread("bBegin", "bEnd", Index.CeilDiv(_plan.Columns, _nodes), 1, work, overhead: 0,
            new For("block", "bBegin", "bEnd", 1, (Statement[])[
                new Let("t0", (Index)"block" * _nodes),
                new Let("tn", Index.Min(_nodes, _plan.Columns - "t0")),
                new Let("jn", _plan.Rows),
                // Gathered rows and the sums of a block begin at (0, 0) of their working memory.
                new Let("a0", 0),
                new Let("c0", 0),
                new Let("cj", 0),
                Clear(),
                new For("relation", 0, Relations, 1, (Statement[])[
                    new Let("segment", (Index)"block" * Relations + "relation"),
                    new Let("kb", (Index)"relation" * _plan.Depth),
                    new Let("kn", _plan.Depth),
                    new Let("last", At("segments", (Index)"segment" + 1)),
                    new For("g0", At("segments", "segment"), "last", _group, (Statement[])[new Let("m", Index.Min(_group, (Index)"last" - "g0")), Gathers(), Products()]),
                ]),
                .. Finish(epilogue),
            ]));
        return _plan.Build([body], _shape.ToString());
    }

    private Index Relations => _relational.Relations;

    private static Index At(string buffer, Index index) => new Index.Read(buffer, new[] { index });

    private void DeclareGraph()
    {
        Binding.Prepared Part(string buffer, PreparedPart part) => new(buffer, PreparedKind.Relation, _relational.Relations, 1, _nodes, part) { OfGraph = true };
        Index segments = Index.CeilDiv(_plan.Columns, _nodes) * Relations, rows = At("segments", segments), entries = At("starts", rows);
        _plan.Prepared(ElementType.S32, Part("segments", PreparedPart.TileStarts), 0, segments + 1);
        _plan.Prepared(ElementType.S32, Part("nodes", PreparedPart.SegmentGroups), 0, rows);
        _plan.Prepared(ElementType.S32, Part("starts", PreparedPart.SegmentStarts), 0, rows + 1);
        _plan.Prepared(ElementType.S32, Part("indices", PreparedPart.Indices), 0, entries);
        _plan.Prepared(Compute, Part("values", PreparedPart.Values), 1, entries, 1);
    }

    /// <summary>The sums of a block begin at 0: a node without edges keeps that.</summary>
    private Block Clear()
    {
        string zero = _plan.Tile($"zero_1x{_shape.Width}", _plan.Accumulator, 1, _shape.Width);
        return new Block($"clear_{Kind}_{_shape.Vectors}", (Statement[])
        [
            new Fill(zero, 0),
            new For("i", 0, "tn", 1, (Statement[])[new For("j", 0, "jn", _shape.Width, (Statement[])[new Store("c", new Index[] { "i", "j" }, zero)])]),
        ])
        { VectorBits = _shape.Bits };
    }

    private string Kind => Spec.IsIntegerContraction ? "s32" : "f32";

    /// <summary>The rows of a group, so many features at a time: a multiply-add for each edge and vector of them.</summary>
    private For Gathers()
    {
        Index n = Spec.Depth.IsConstant && Spec.Depth.Constant <= _gather.Width ? Spec.Depth.Constant : Index.Min(_gather.Width, _plan.Depth - "x0");
        return new("x0", 0, _plan.Depth, _gather.Width, (Statement[])[.. n is Index.Const ? Array.Empty<Statement>() : [new Let("xn", n)], Widths(n is Index.Const ? n : "xn")]);
    }

    /// <summary>The narrowest block that covers the features that are left.</summary>
    private Statement Widths(Index n)
    {
        if (n is Index.Const c) return Gather(_gather.Vectors, isWhole: c.Value % _gather.Lanes == 0);
        int[] choices = [.. Halves(_gather.Vectors)];
        Statement choice = Gather(choices[choices.Length - 1], isWhole: false);
        for (int i = choices.Length - 2; i >= 0; i--)
            choice = new If(new Condition(n, Relation.Greater, choices[i + 1] * _gather.Lanes), new[] { Gather(choices[i], isWhole: false) }, new[] { choice });
        return choice;
    }

    private static IEnumerable<int> Halves(int vectors)
    {
        for (; vectors > 1; vectors = (vectors + 1) / 2) yield return vectors;
        yield return 1;
    }

    private Block Gather(int vectors, bool isWhole)
    {
        int width = vectors * _gather.Lanes;
        Clip clip = isWhole || _gather.Lanes == 1 && vectors == 1 ? Clip.None : Clip.Columns;
        string sum = _plan.Tile($"sum_1x{width}", Compute, 1, width), line = _plan.Tile($"x_1x{width}", Compute, 1, width), value = _plan.Tile("value_1x1", Compute, 1, 1);
        return new Block($"gather_{NumberFormats.Name(Spec.X.Format)}_{vectors}{(clip == Clip.None ? "" : "_clip")}", (Statement[])
        [
            new For("i", 0, "m", 1, (Statement[])[
                new Let("row", (Index)"g0" + "i"),
                new Fill(sum, 0),
                new ForNonZero("edge", "source", new NonZeros.Operand("indices", At("starts", "row"), At("starts", (Index)"row" + 1)), (Statement[])[
                    new Load(line, "X", new Index[] { "source", "x0" }, clip),
                    new Load(value, "values", new Index[] { "edge", 0 }),
                    new Contract(sum, value, line, Via) { TransposedA = true },
                ]) { Unroll = 2 },
                new Store("a", new Index[] { "i", "x0" }, sum),
            ]),
        ])
        { VectorBits = _gather.Bits };
    }

    /// <summary>The gathered rows of a group against every panel of the relation's weights.</summary>
    private For Products()
    {
        // Few rows of a block have edges of one relation, as often as not: tiles of every power of two.
        var blocks = new ContractionBlocks(_plan, _shape, clip: false, fewRows: true);
        return new("p", 0, Index.CeilDiv(_plan.Rows, _shape.Width), 1, (Statement[])
        [
            new Let("n0", (Index)"p" * _shape.Width),
            new Let("n", Index.Min(_shape.Width, _plan.Rows - "n0")),
            blocks.Panel($"relations_{Kind}", Tile),
        ]);
    }

    /// <summary>One tile: products from zero, added to the sums of the nodes that the rows belong to.</summary>
    private Block Tile(int height, int vectors)
    {
        int width = vectors * _shape.Lanes;
        string acc = _plan.Tile($"acc_{height}x{width}", _plan.Accumulator, height, width), a = _plan.Tile($"a_{height}x1", Compute, height, 1), b = _plan.Tile($"b_{width}x1", Compute, width, 1);
        string nodes = _plan.Tile($"node_{height}", ElementType.S32, height);
        return new Block($"relate_{Kind}_{height}x{vectors}{(vectors == _shape.Vectors ? "" : $"of{_shape.Vectors}")}", (Statement[])
        [
            new Fill(acc, 0),
            new For("k", 0, "kn", 1, (Statement[])[
                new Load(b, "b", new Index[] { "p", (Index)"kb" + "k", 0, 0 }),
                new Load(a, "a", new Index[] { "ai", "k" }),
                new Contract(acc, a, b, Via) { TransposedB = true },
            ]),
            new Load(nodes, "nodes", new[] { (Index)"g0" + "ci" }),
            new ScatterAdd("c", nodes, new Index[] { "n0" }, acc),
        ])
        { VectorBits = _shape.Bits };
    }

    private IEnumerable<Statement> Finish(EpilogueBuilder epilogue)
    {
        foreach (Statement statement in epilogue.Build("t0", "tn", 0, _plan.Rows))
            if (statement is not Let { Variable: "jn" }) yield return statement;
    }
}
