namespace Intarsia.Compiler.Tiles;

/// <summary>The value of an index where its sizes are known: launch grids, shapes.</summary>
public static class IndexEvaluator
{
    /// <exception cref="NotSupportedException">The index reads a buffer or a tile.</exception>
    /// <exception cref="KeyNotFoundException">It names a size that is not there.</exception>
    public static long Evaluate(Index index, IReadOnlyDictionary<string, long> sizes) => index switch
    {
        Index.Const c => c.Value,
        Index.Var v => sizes.TryGetValue(v.Name, out long size) ? size : throw new KeyNotFoundException($"Index {index} names '{v.Name}'; the sizes are {string.Join(", ", sizes.Keys)}."),
        Index.Binary b => Combine(b.Op, Evaluate(b.Left, sizes), Evaluate(b.Right, sizes)),
        _ => throw new NotSupportedException($"{index} is not over sizes."),
    };

    private static long Combine(IndexOp op, long left, long right) => op switch
    {
        IndexOp.Add => left + right,
        IndexOp.Subtract => left - right,
        IndexOp.Multiply => left * right,
        IndexOp.FloorDivide => left / right,
        IndexOp.Modulo => left % right,
        IndexOp.Min => Math.Min(left, right),
        _ => Math.Max(left, right),
    };
}
