using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>What the backend makes of the spreads of a program: bounds of the driver's loops, which the caller passes, where more than one thread may come to run it.</summary>
internal static class Spreading
{
    /// <summary>Work that is not worth a second thread; the runtime's <c>KernelThreads.MinimumWork</c> as it is by default.</summary>
    private const long LeastWork = 1 << 20;

    /// <summary>The parameters of a rectangle, in the order of <see cref="Bounds"/>.</summary>
    public static readonly string[] RectangleNames = ["outerFirst", "outerLast", "innerFirst", "innerLast"];

    /// <summary>Whether a call may be spread: not where its declaration says one thread, nor where its extents, all of them constants, leave too little to do.</summary>
    public static bool IsThreaded(KernelPlan plan) => plan.Spreads.Count > 0 && plan.Spreads[0].Most != 1 && plan.Spreads[0].Work is not Index.Const { Value: < LeastWork };

    /// <summary>What the driver is given for its bounds where one stage runs a rectangle: the others have nothing to do.</summary>
    public static Dictionary<string, string> RectangleOf(KernelPlan plan, int stage)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int at = 0; at < plan.Stages.Count; at++)
        {
            string[] bounds = [.. plan.Stages[at].SelectMany(spread => new[] { spread.First, spread.Last })];
            for (int i = 0; i < bounds.Length; i++) values.Add(bounds[i], at == stage ? RectangleNames[i] : "0");
        }
        return values;
    }

    /// <summary>The variables of the driver that are its bounds: two for each spread.</summary>
    public static IEnumerable<string> Bounds(KernelPlan plan) => IsThreaded(plan) ? plan.Spreads.SelectMany(spread => new[] { spread.First, spread.Last }) : [];

    /// <summary>A spread of a stage as the runtime takes it.</summary>
    public static string Division(IReadOnlyList<Statement.Spread> stage, int index, Func<Index, string> print)
    {
        if (index >= stage.Count) return "Division.None";
        Statement.Spread spread = stage[index];
        return $"new({print(spread.Extent)}, {spread.Grain}{(spread.Overhead > 0 ? $", {spread.Overhead}" : "")})";
    }

    /// <summary>An index with other names for its variables.</summary>
    public static Index Rename(Index index, Func<string, string> name) => index switch
    {
        Index.Var v => name(v.Name),
        Index.Binary b => new Index.Binary(b.Op, Rename(b.Left, name), Rename(b.Right, name)),
        Index.Const c => c,
        _ => throw new InvalidOperationException($"The extent {index} of a spread is not known at the call."),
    };
}
