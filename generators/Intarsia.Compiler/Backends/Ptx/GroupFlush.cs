using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Statements on accumulators between two steps of the depth, or behind the last: the sums of a scale group, scaled, added to all and cleared. Where the scales of a thread stand in a line of them does not
/// change from group to group, and so is computed once.
/// </summary>
internal sealed class GroupFlush(BlockContext context, IReadOnlyDictionary<string, Element[]> tiles)
{
    private readonly SortedDictionary<int, Register> _offsets = [];
    private int _vector = 1;

    /// <summary>What sums count too large by: scales are divided by it.</summary>
    public int Excess { get; init; } = 1;

    private WarpBuilder W => context.W;

    /// <summary>Whether a condition behind a contraction is about the sums of a scale group, which end there; else it is a part of the chain.</summary>
    public static bool Is(Statement.If statement) => statement.Then.Any(inner => inner is Statement.Fill);

    /// <summary>Computes where the scales of this thread stand; past the end of the extent the last, which no stored element sees.</summary>
    public void Prepare(Statement.If flush)
    {
        Statement.Load load = ScaleOf(flush);
        BufferDecl buffer = context.Buffer(load.Buffer);
        bool alongRows = IsAlongRows(load);
        Element[] elements = tiles.Values.First();
        Value start = W.Add(context.Lower(load.At[1]), alongRows ? elements[0].RowBase : elements[0].ColumnBase);
        int[] keys = elements.Select(element => Key(element, alongRows)).Distinct().OrderBy(key => key).ToArray();
        // Threads hold pairs of neighbouring columns that begin at even ones.
        _vector = !alongRows && buffer.LineAlignment >= 8 && keys.All(key => keys.Contains(key ^ 1)) ? 2 : 1;
        foreach (int key in keys.Where(key => key % _vector == 0))
            _offsets[key] = W.InRegister(W.Multiply(W.Min(W.Add(start, key), W.Subtract(context.Lower(buffer.Shape[1]), _vector)), 4));
    }

    /// <summary>Loads the scales, multiplies and adds where the condition holds, which all threads share.</summary>
    public void Write(Statement.If flush) => Where(Condition(flush), () => Apply(flush, Load(flush)));

    /// <summary>Whether the condition holds: a constant, or a predicate.</summary>
    public (bool Always, Register? When) Condition(Statement.If flush) => Condition(context, flush);

    /// <summary>The same for any condition.</summary>
    public static (bool Always, Register? When) Condition(BlockContext context, Statement.If flush)
    {
        Condition condition = flush.Condition;
        Value left = context.Lower(condition.Left), right = context.Lower(condition.Right);
        if (left.IsConstant && right.IsConstant) return (Holds(condition.Relation, left.Constant, right.Constant), null);
        return (false, context.W.Compare(WarpBuilder.Name(condition.Relation), left, right));
    }

    /// <summary>Writes what depends on a condition.</summary>
    public void Where((bool Always, Register? When) condition, Action body)
    {
        if (condition.When is { } predicate) W.If(predicate, body);
        else if (condition.Always) body();
    }

    /// <summary>The scales of this thread, by the offsets of its elements.</summary>
    public IReadOnlyDictionary<int, Register> Load(Statement.If flush)
    {
        Statement.Load load = ScaleOf(flush);
        BufferDecl buffer = context.Buffer(load.Buffer);
        Register line = W.Address(context.Base(buffer.Name), context.Lower(load.At[0]), W.Multiply(context.LineStride(buffer), 4));
        var loaded = new Dictionary<int, Register>();
        foreach (KeyValuePair<int, Register> at in _offsets)
        {
            Register address = W.Address(line, at.Value);
            Register[] values = Enumerable.Range(0, _vector).Select(_ => W.F32()).ToArray();
            if (_vector == 1) W.Emit("ld.global.nc.f32", values[0], WarpBuilder.At(address));
            else W.Emit("ld.global.nc.v2.f32", WarpBuilder.Vector(values), WarpBuilder.At(address));
            for (int i = 0; i < _vector; i++) loaded[at.Key + i] = Reduced(values[i]);
        }
        return loaded;
    }

    /// <summary>A power of two less: the product of a sum and its scale stays the same.</summary>
    private Register Reduced(Register scale)
    {
        if (Excess == 1) return scale;
        Register reduced = W.F32();
        W.Emit("mul.rn.f32", reduced, scale, Elements.Constant(1f / Excess));
        return reduced;
    }

    /// <summary>Runs the statements behind the load on every element.</summary>
    /// <param name="flush">The statements.</param>
    /// <param name="scales">What <see cref="Load"/> gave.</param>
    /// <param name="uncleared">A tile that is left as it is, since the next sum into it begins anew.</param>
    public void Apply(Statement.If flush, IReadOnlyDictionary<int, Register> scales, string? uncleared = null)
    {
        Statement.Load load = ScaleOf(flush);
        bool alongRows = IsAlongRows(load);
        Statement[] statements = flush.Then.Where(s => s is not Statement.Load && !(s is Statement.Fill fill && fill.Tile == uncleared)).ToArray();
        string[] names = [.. tiles.Keys];
        for (int i = 0; i < tiles[names[0]].Length; i++)
        {
            var pointwise = new Pointwise(context);
            foreach (string name in names) pointwise.Fix(name, tiles[name][i].Register);
            pointwise.Set(load.Tile, scales[Key(tiles[names[0]][i], alongRows)]);
            foreach (Statement statement in statements) pointwise.Run(statement);
        }
    }

    private static Statement.Load ScaleOf(Statement.If flush) => flush.Then.OfType<Statement.Load>().Single();

    private bool IsAlongRows(Statement.Load load) => context.Tile(load.Tile).Shape[0] > 1;

    private static int Key(Element element, bool alongRows) => alongRows ? element.RowOffset : element.ColumnOffset;

    private static bool Holds(Relation relation, long left, long right) => relation switch
    {
        Relation.Equal => left == right,
        Relation.NotEqual => left != right,
        Relation.Less => left < right,
        Relation.LessOrEqual => left <= right,
        Relation.Greater => left > right,
        _ => left >= right,
    };
}
