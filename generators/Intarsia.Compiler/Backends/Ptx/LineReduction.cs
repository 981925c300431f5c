using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Reductions over the threads of a line: what a thread holds, then the lanes of its warp by shuffles, then the warps of the line through shared memory, where every reduction has words of its own so that one
/// barrier is enough. The order never varies, and every thread has the result.
/// </summary>
internal sealed class LineReduction(BlockContext context)
{
    private int _sharedBytes;

    private WarpBuilder W => context.W;

    /// <summary>Warps of a line.</summary>
    private int Warps => context.Warps.Columns;

    public Register Reduce(ReduceOp op, Register[] values)
    {
        (ZipOp combine, string name) = op switch
        {
            ReduceOp.Sum => (ZipOp.Add, "sum"),
            ReduceOp.Max => (ZipOp.Max, "maximum"),
            ReduceOp.Min => (ZipOp.Min, "minimum"),
            _ => throw new NotSupportedException($"A reduction by {op} has no PTX."),
        };
        W.Comment($"{name} of the {values.Length} that a thread holds, of the lanes of a warp{(Warps > 1 ? $", of {Warps} warps" : "")}");
        Register total = LaneSums.OverTeam(W, OfThread(combine, values), 32, combine);
        return Warps == 1 ? total : OverWarps(combine, total);
    }

    /// <summary>Pairs, pairs of pairs: no long chain of additions that wait for each other.</summary>
    private Register OfThread(ZipOp combine, Register[] values)
    {
        while (values.Length > 1)
            values = [.. Enumerable.Range(0, (values.Length + 1) / 2).Select(i => 2 * i + 1 < values.Length ? Combine(combine, values[2 * i], values[2 * i + 1]) : values[2 * i])];
        return values[0];
    }

    private Register OverWarps(ZipOp combine, Register total)
    {
        int at = _sharedBytes, bytes = (4 * Warps + 15) / 16 * 16;
        _sharedBytes += bytes;
        Register shared = context.UseShared(_sharedBytes);
        string type = total.Kind == RegisterKind.F32 ? "f32" : "u32";
        Register mine = W.InRegister(W.Add(shared, W.Multiply(context.Warp, 4)));
        W.Guarded(W.Compare("eq", context.Lane, 0), () => W.Emit($"st.shared.{type}", WarpBuilder.At(mine, at), total));
        context.Barrier();
        var totals = new List<Register>();
        while (totals.Count < Warps)
        {
            int count = Math.Min(4, Warps - totals.Count) switch { 3 => 2, var most => most };
            Register[] some = [.. Enumerable.Range(0, count).Select(_ => W.New(total.Kind))];
            string from = WarpBuilder.At(shared, at + 4 * totals.Count);
            if (count == 1) W.Emit($"ld.shared.{type}", some[0], from);
            else W.Emit($"ld.shared.v{count}.{type}", WarpBuilder.Vector(some), from);
            totals.AddRange(some);
        }
        return totals.Aggregate((a, b) => Combine(combine, a, b));
    }

    private Register Combine(ZipOp combine, Register a, Register b) => TppMath.Zip(W, combine, a, b, a.Kind == RegisterKind.F32);
}
