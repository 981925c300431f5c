using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>Lowers the block of a dense contraction: accumulators, the loop over the depth, what is done to sums along the way, the tail.</summary>
internal sealed class BlockLowering(BlockContext context, Statement.Block block)
{
    private readonly Dictionary<string, Element[]> _tiles = new(StringComparer.Ordinal);
    private GroupFlush _flush = null!;
    private ContractionLowering _contraction = null!;
    private Statement.For? _terms;
    private TermWalk? _walk;

    private WarpBuilder W => context.W;

    public void Write()
    {
        context.BindLets(block.Body);
        Statement.For outer = block.Body.OfType<Statement.For>().Single(), loop = outer;
        if (outer.Body.Count == 1 && outer.Body[0] is Statement.For inner)
        {
            _terms = outer;
            loop = inner;
        }
        Statement.Contract contract = loop.Body.OfType<Statement.Contract>().Single();
        _contraction = contract.Via switch
        {
            ContractVia.Mma => new MmaContraction(context, contract) { Nibbles = Nibbles(loop, contract) },
            ContractVia.SparseMma => new SparseMmaContraction(context, contract),
            _ => new SimtContraction(context, contract),
        };
        int after = block.Body.ToList().IndexOf(outer) + 1;

        WriteLoop(loop, contract, block.Body.OfType<Statement.Fill>().Select(fill => fill.Tile).ToArray());
        if (Excess > 1 && !block.Body.OfType<Statement.If>().Any(GroupFlush.Is)) Shift(_tiles[contract.Accumulator]);
        while (block.Body[after] is Statement.If flush && GroupFlush.Is(flush))
        {
            _flush.Write(flush);
            after++;
        }
        Statement[] tail = block.Body.Skip(after).ToArray();
        string result = block.Body.OfType<Statement.Fill>().First().Tile;
        if (tail[0] is Statement.Transpose turn && turn.Source == result) new Tail(context, tail.Skip(1).ToArray()).Write(turn.Tile, Element.Turned(_tiles[result]));
        else new Tail(context, tail).Write(result, _tiles[result]);
    }

    /// <summary>What the sums of the contraction count too large by.</summary>
    private int Excess => _contraction is MmaContraction { Nibbles: { TimesSixteen: true } } ? 1 << Unpacking.NibbleShift : 1;

    /// <summary>The factor that comes as nibbles, if one does. Sums of a scale group are as long as the group, others as the depth.</summary>
    private NibbleOperand? Nibbles(Statement.For loop, Statement.Contract contract)
    {
        foreach (string factor in (string[])[contract.A, contract.B])
        {
            if (NibbleFactor.Find(context, loop, factor) is not { } load) continue;
            long? products = loop.Body.OfType<Statement.If>().FirstOrDefault() is { Condition.Left: Tiles.Index.Binary { Op: IndexOp.Modulo, Right: Tiles.Index.Const group } } ? group.Value
                : loop.End is Tiles.Index.Const depth ? depth.Value : null;
            Statement.Gather? lookup = TableDecoder.Find(loop, factor);
            return new NibbleOperand(factor, load, lookup is null && context.Tile(factor).Element == ElementType.S8 && NibbleFactor.FitsTimesSixteen(products), lookup);
        }
        return null;
    }

    /// <summary>Sums of which every weight counted sixteen times: the shift is exact.</summary>
    private void Shift(Element[] sums)
    {
        W.Comment("weights counted sixteen times");
        foreach (Element sum in sums) W.Emit("shr.s32", sum.Register, sum.Register, Unpacking.NibbleShift);
    }

    private void WriteLoop(Statement.For loop, Statement.Contract contract, string[] accumulators)
    {
        if (_terms is not null && loop.Stages > 1) _walk = new TermWalk(context, _terms, loop);
        var sparse = _contraction as SparseMmaContraction;
        OperandCopy[] copies = sparse is null ? [FactorCopy(loop, contract.A, isFirst: true, depthLast: !contract.TransposedA)] : SparseCopies(loop, contract.A);
        OperandCopy first = copies[0], second = FactorCopy(loop, contract.B, isFirst: false, depthLast: contract.TransposedB);
        copies = [.. copies, second];
        int stages = copies.All(copy => copy.IsAsync) ? loop.Stages : 1;
        var pipeline = new Pipeline(context, loop, copies, stages, terms: _terms, walk: stages > 1 ? _walk : null);
        pipeline.Write(
            () =>
            {
                _contraction.Prepare(first, pipeline.OffsetOf(first), second, pipeline.OffsetOf(second));
                sparse?.PreparePlaces(pipeline.OffsetOf(copies[1]));
                foreach (string tile in accumulators) _tiles[tile] = _contraction.NewTile(context.Tile(tile).Element);
                _flush = new GroupFlush(context, _tiles) { Excess = Excess };
                if (block.Body.OfType<Statement.If>().FirstOrDefault(GroupFlush.Is) is { } last) _flush.Prepare(last);
            },
            stage => _contraction.ContractStage(stage, _tiles[contract.Accumulator]),
            () =>
            {
                foreach (Statement.If flush in loop.Body.OfType<Statement.If>()) _flush.Write(flush);
            });
    }

    /// <summary>The values of a sparse factor, and their places.</summary>
    private OperandCopy[] SparseCopies(Statement.For loop, string tile)
    {
        SparseFactor factor = SparseFactor.Of(loop, tile);
        factor.Check(context);
        var places = new SharedTile(1, context.Tile(factor.Places.Tile).Size / 4, Swizzle.None);
        return [new PanelCopy(context, factor.Values, loop.Variable, _contraction.TileOf(factor.Values, isFirst: true, depthLast: true)), new PanelCopy(context, factor.Places, loop.Variable, places)];
    }

    /// <summary>Nibbles come in pieces, in the order of fragments; anything else in lines.</summary>
    private OperandCopy FactorCopy(Statement.For loop, string tile, bool isFirst, bool depthLast) => _contraction is MmaContraction { Nibbles: { } nibbles } && nibbles.Factor == tile
        ? new PanelCopy(context, nibbles.Load, loop.Variable, new SharedTile(1, context.Tile(nibbles.Load.Tile).Size / 2, Swizzle.None))
        : Copy(Load(loop, tile), loop.Variable, isFirst, depthLast);

    private static Statement.Load Load(Statement.For loop, string tile) => loop.Body.OfType<Statement.Load>().Single(load => load.Tile == tile);

    private OperandCopy Copy(Statement.Load load, string loop, bool isFirst, bool depthLast)
    {
        bool isAsync = context.Buffer(load.Buffer).LineAlignment >= 16 && !_contraction.Widens;
        // An element copy turns the tile where it must.
        SharedTile tile = _contraction.TileOf(load, isFirst, depthLast || !isAsync);
        return isAsync ? new AsyncCopy(context, load, loop, tile, depthLast, _walk?.Pointer(load)) : new ElementCopy(context, load, loop, tile, depthLast, _contraction.Widens);
    }
}
