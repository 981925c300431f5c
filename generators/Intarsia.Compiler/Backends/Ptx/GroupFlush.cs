using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>Statements on accumulators between two steps of the depth, or behind the last: the sums of a scale group, scaled, added to all and cleared.</summary>
internal sealed class GroupFlush(BlockContext context)
{
    private WarpBuilder W => context.W;

    /// <summary>Statements on every accumulator, under a condition that all threads share.</summary>
    public void Write(Statement.If flush, IReadOnlyDictionary<string, Element[]> tiles)
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
            if (Holds(flush.Condition.Relation, left.Constant, right.Constant)) WriteOnElements(flush.Then, tiles);
            return;
        }
        W.If(W.Compare(relation, left, right), () => WriteOnElements(flush.Then, tiles));
    }

    private static bool Holds(Relation relation, long left, long right) => relation switch
    {
        Relation.Equal => left == right,
        Relation.NotEqual => left != right,
        Relation.Less => left < right,
        Relation.LessOrEqual => left <= right,
        Relation.Greater => left > right,
        _ => left >= right,
    };

    private void WriteOnElements(IEnumerable<Statement> statements, IReadOnlyDictionary<string, Element[]> tiles)
    {
        Statement.Load load = statements.OfType<Statement.Load>().Single();
        TileDecl vector = context.Tile(load.Tile);
        bool alongRows = vector.Shape[0] > 1;
        var loaded = new Dictionary<int, Register>();
        Statement[] others = statements.Where(s => s is not Statement.Load).ToArray();
        string[] names = [.. tiles.Keys];
        for (int i = 0; i < tiles[names[0]].Length; i++)
        {
            Element element = tiles[names[0]][i];
            int key = alongRows ? element.RowOffset : element.ColumnOffset;
            if (!loaded.TryGetValue(key, out Register value)) loaded[key] = value = LoadScale(load, alongRows ? element.RowBase : element.ColumnBase, key);
            var pointwise = new Pointwise(context);
            foreach (string name in names) pointwise.Fix(name, tiles[name][i].Register);
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
