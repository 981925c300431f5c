using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>Lowers the block of a dense contraction: accumulators, the loop over the depth, what is done to sums along the way, the tail.</summary>
internal sealed class BlockLowering(BlockContext context, Statement.Block block)
{
    private readonly Dictionary<string, Element[]> _tiles = new(StringComparer.Ordinal);
    private ContractionLowering _contraction = null!;

    private WarpBuilder W => context.W;

    public void Write()
    {
        Statement.For loop = block.Body.OfType<Statement.For>().Single();
        Statement.Contract contract = loop.Body.OfType<Statement.Contract>().Single();
        _contraction = contract.Via == ContractVia.Mma ? new MmaContraction(context, contract) : new SimtContraction(context, contract);
        int after = block.Body.ToList().IndexOf(loop) + 1;

        WriteLoop(loop, contract, block.Body.OfType<Statement.Fill>().Select(fill => fill.Tile).ToArray());
        while (block.Body[after] is Statement.If flush) WriteFlush(flush, ++after);
        Statement[] tail = block.Body.Skip(after).ToArray();
        string result = block.Body.OfType<Statement.Fill>().First().Tile;
        new Tail(context, tail).Write(result, _tiles[result]);
    }

    private void WriteLoop(Statement.For loop, Statement.Contract contract, string[] accumulators)
    {
        Statement.Load a = Load(loop, contract.A), b = Load(loop, contract.B);
        OperandCopy first = Copy(a, loop.Variable, isFirst: true, depthLast: !contract.TransposedA), second = Copy(b, loop.Variable, isFirst: false, depthLast: contract.TransposedB);
        int stages = first is AsyncCopy && second is AsyncCopy ? loop.Stages : 1;
        var pipeline = new Pipeline(context, loop, [first, second], stages);
        pipeline.Write(
            () =>
            {
                _contraction.Prepare(first, pipeline.OffsetOf(first), second, pipeline.OffsetOf(second));
                foreach (string tile in accumulators) _tiles[tile] = _contraction.NewTile(context.Tile(tile).Element);
            },
            stage => _contraction.ContractStage(stage, _tiles[contract.Accumulator]),
            () =>
            {
                foreach (Statement.If flush in loop.Body.OfType<Statement.If>()) WriteFlush(flush, 0);
            });
    }

    private static Statement.Load Load(Statement.For loop, string tile) => loop.Body.OfType<Statement.Load>().Single(load => load.Tile == tile);

    private OperandCopy Copy(Statement.Load load, string loop, bool isFirst, bool depthLast)
    {
        bool isAsync = context.Buffer(load.Buffer).LineAlignment >= 16 && !_contraction.Widens;
        // An element copy turns the tile where it must.
        SharedTile tile = _contraction.TileOf(load, isFirst, depthLast || !isAsync);
        return isAsync ? new AsyncCopy(context, load, loop, tile, depthLast) : new ElementCopy(context, load, loop, tile, depthLast, _contraction.Widens);
    }

    /// <summary>Statements on every accumulator, under a condition that all threads share.</summary>
    private void WriteFlush(Statement.If flush, int _)
    {
        string relation = flush.Condition.Relation switch
        {
            Relation.Equal => "eq",
            Relation.NotEqual => "ne",
            Relation.Less => "lt",
            Relation.LessOrEqual => "le",
            Relation.Greater => "gt",
            _ => "ge",
        };
        Value left = context.Lower(flush.Condition.Left), right = context.Lower(flush.Condition.Right);
        if (left.IsConstant && right.IsConstant)
        {
            bool holds = flush.Condition.Relation == Relation.Equal ? left.Constant == right.Constant : left.Constant != right.Constant;
            if (holds) WriteOnElements(flush.Then);
            return;
        }
        W.If(W.Compare(relation, left, right), () => WriteOnElements(flush.Then));
    }

    private void WriteOnElements(IEnumerable<Statement> statements)
    {
        Statement.Load load = statements.OfType<Statement.Load>().Single();
        TileDecl vector = context.Tile(load.Tile);
        bool alongRows = vector.Shape[0] > 1;
        var loaded = new Dictionary<int, Register>();
        Statement[] others = statements.Where(s => s is not Statement.Load).ToArray();
        string[] names = [.. _tiles.Keys];
        for (int i = 0; i < _tiles[names[0]].Length; i++)
        {
            Element element = _tiles[names[0]][i];
            int key = alongRows ? element.RowOffset : element.ColumnOffset;
            if (!loaded.TryGetValue(key, out Register value)) loaded[key] = value = LoadScale(load, alongRows ? element.RowBase : element.ColumnBase, key);
            var pointwise = new Pointwise(context);
            foreach (string name in names) pointwise.Fix(name, _tiles[name][i].Register);
            pointwise.Set(load.Tile, value);
            foreach (Statement statement in others) pointwise.Run(statement);
        }
    }

    /// <summary>One scale; past the end of the extent the last, which no stored element sees.</summary>
    private Register LoadScale(Statement.Load load, Value @base, int offset)
    {
        BufferDecl buffer = context.Buffer(load.Buffer);
        Value at = W.Min(W.Add(context.Lower(load.At[1]), W.Add(@base, offset)), W.Subtract(context.Lower(buffer.Shape[1]), 1));
        Register line = W.Address(context.Base(buffer.Name), context.Lower(load.At[0]), W.Multiply(context.LineStride(buffer), 4));
        return Elements.Load(W, "global.nc", buffer.Element, WarpBuilder.At(W.Address(line, at, 4)));
    }
}
