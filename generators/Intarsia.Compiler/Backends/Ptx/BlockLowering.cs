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
        Statement.For outer = block.Body.OfType<Statement.For>().Single(), loop = outer;
        if (outer.Body.Count == 1 && outer.Body[0] is Statement.For inner)
        {
            _terms = outer;
            loop = inner;
        }
        Statement.Contract contract = loop.Body.OfType<Statement.Contract>().Single();
        _contraction = contract.Via switch
        {
            ContractVia.Mma => new MmaContraction(context, contract),
            ContractVia.SparseMma => new SparseMmaContraction(context, contract),
            _ => new SimtContraction(context, contract),
        };
        int after = block.Body.ToList().IndexOf(outer) + 1;

        WriteLoop(loop, contract, block.Body.OfType<Statement.Fill>().Select(fill => fill.Tile).ToArray());
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

    private void WriteLoop(Statement.For loop, Statement.Contract contract, string[] accumulators)
    {
        if (_terms is not null && loop.Stages > 1) _walk = new TermWalk(context, _terms, loop);
        var sparse = _contraction as SparseMmaContraction;
        OperandCopy[] copies = sparse is null ? [Copy(Load(loop, contract.A), loop.Variable, isFirst: true, depthLast: !contract.TransposedA)] : SparseCopies(loop, contract.A);
        OperandCopy first = copies[0], second = Copy(Load(loop, contract.B), loop.Variable, isFirst: false, depthLast: contract.TransposedB);
        copies = [.. copies, second];
        int stages = copies.All(copy => copy.IsAsync) ? loop.Stages : 1;
        var pipeline = new Pipeline(context, loop, copies, stages, terms: _terms, walk: stages > 1 ? _walk : null);
        pipeline.Write(
            () =>
            {
                _contraction.Prepare(first, pipeline.OffsetOf(first), second, pipeline.OffsetOf(second));
                sparse?.PreparePlaces(pipeline.OffsetOf(copies[1]));
                foreach (string tile in accumulators) _tiles[tile] = _contraction.NewTile(context.Tile(tile).Element);
                _flush = new GroupFlush(context, _tiles);
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

    private static Statement.Load Load(Statement.For loop, string tile) => loop.Body.OfType<Statement.Load>().Single(load => load.Tile == tile);

    private OperandCopy Copy(Statement.Load load, string loop, bool isFirst, bool depthLast)
    {
        bool isAsync = context.Buffer(load.Buffer).LineAlignment >= 16 && !_contraction.Widens;
        // An element copy turns the tile where it must.
        SharedTile tile = _contraction.TileOf(load, isFirst, depthLast || !isAsync);
        return isAsync ? new AsyncCopy(context, load, loop, tile, depthLast, _walk?.Pointer(load)) : new ElementCopy(context, load, loop, tile, depthLast, _contraction.Widens);
    }
}
