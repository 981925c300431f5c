using System.Globalization;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>Indices as C# expressions of type <c>nint</c>, and their decomposition into a multiple of a loop variable and a rest.</summary>
internal static class IndexText
{
    public static string Print(Index index) => index switch
    {
        Index.Const c => c.Value.ToString(CultureInfo.InvariantCulture),
        Index.Var v => v.Name,
        Index.Read r when r.At.Count == 1 => $"(nint)Unsafe.Add(ref {r.Buffer}, {Print(r.At[0])})",
        Index.Binary { Op: IndexOp.Min } b => $"Math.Min({Print(b.Left)}, {Print(b.Right)})",
        Index.Binary { Op: IndexOp.Max } b => $"Math.Max({Print(b.Left)}, {Print(b.Right)})",
        Index.Binary b => $"{Operand(b.Left, b.Op, isRight: false)} {Symbol(b.Op)} {Operand(b.Right, b.Op, isRight: true)}",
        _ => throw new InvalidOperationException($"The SIMD backend cannot compute the index {index}."),
    };

    /// <summary>Splits an index that is linear in <paramref name="variable"/>; null when it is not.</summary>
    public static (Index Coefficient, Index Constant)? Split(Index index, string variable)
    {
        switch (index)
        {
            case Index.Var v when v.Name == variable:
                return (1, 0);
            case Index.Binary { Op: IndexOp.Add or IndexOp.Subtract } sum:
                if (Split(sum.Left, variable) is not { } left || Split(sum.Right, variable) is not { } right) return null;
                return sum.Op == IndexOp.Add
                    ? (left.Coefficient + right.Coefficient, left.Constant + right.Constant)
                    : (left.Coefficient - right.Coefficient, left.Constant - right.Constant);
            case Index.Binary { Op: IndexOp.Multiply } product:
                if (!Uses(product.Left, variable))
                    return Split(product.Right, variable) is { } r ? (product.Left * r.Coefficient, product.Left * r.Constant) : null;
                if (!Uses(product.Right, variable))
                    return Split(product.Left, variable) is { } l ? (l.Coefficient * product.Right, l.Constant * product.Right) : null;
                return null;
            default:
                return Uses(index, variable) ? null : (0, index);
        }
    }

    /// <summary>A relation as a C# operator.</summary>
    public static string Symbol(Relation relation) => relation switch
    {
        Relation.Less => "<",
        Relation.LessOrEqual => "<=",
        Relation.Equal => "==",
        Relation.NotEqual => "!=",
        Relation.GreaterOrEqual => ">=",
        _ => ">",
    };

    public static bool Uses(Index index, string variable) => Variables(index).Contains(variable);

    /// <summary>Every variable of an index, in order of appearance.</summary>
    public static IEnumerable<string> Variables(Index index) => index switch
    {
        Index.Var v => [v.Name],
        Index.Binary b => Variables(b.Left).Concat(Variables(b.Right)),
        Index.Read r => r.At.SelectMany(Variables),
        Index.FromTile t => t.At.SelectMany(Variables),
        _ => [],
    };

    /// <summary>Every buffer an index reads.</summary>
    public static IEnumerable<string> Buffers(Index index) => index switch
    {
        Index.Binary b => Buffers(b.Left).Concat(Buffers(b.Right)),
        Index.Read r => new[] { r.Buffer }.Concat(r.At.SelectMany(Buffers)),
        _ => [],
    };

    private static string Operand(Index index, IndexOp parent, bool isRight)
    {
        if (index is not Index.Binary { Op: not (IndexOp.Min or IndexOp.Max) } b) return Print(index);
        bool sum = b.Op is IndexOp.Add or IndexOp.Subtract;
        bool plain = parent == IndexOp.Add || (parent == IndexOp.Subtract && !isRight) || (parent == IndexOp.Multiply && b.Op == IndexOp.Multiply);
        return plain && (!sum || parent is IndexOp.Add or IndexOp.Subtract) ? Print(index) : "(" + Print(index) + ")";
    }

    private static string Symbol(IndexOp op) => op switch
    {
        IndexOp.Add => "+",
        IndexOp.Subtract => "-",
        IndexOp.Multiply => "*",
        IndexOp.FloorDivide => "/",
        IndexOp.Modulo => "%",
        _ => throw new InvalidOperationException($"{op} has no symbol."),
    };
}
