using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// Turns the chain of TPPs into one block over a region of accumulators: load from the accumulators at (<c>c0</c>, <c>cj</c>), map and zip in registers, store to the output. It runs
/// while the region is still in the first-level cache, so that contraction blocks stay the same for every chain.
/// Another output than <c>Y</c> is working memory, in which the region begins at (0, 0).
/// </summary>
internal sealed class EpilogueBuilder(PlanBuilder plan, TileShape shape, bool lanesAreRows, bool inPlace, string accumulators = "c", string output = "Y")
{
    private readonly EpilogueSteps _steps = new(plan, shape.Lanes, lanesAreRows);

    /// <summary>The block over outer rows <paramref name="outerBegin"/>… and lanes <paramref name="lanesBegin"/>…; nothing when the accumulators already are the output.</summary>
    public IEnumerable<Statement> Build(Index outerBegin, Index outerCount, Index lanesBegin, Index lanesCount)
    {
        if (inPlace && plan.Spec.Epilogue.Count == 0 && !_steps.ScalesAccumulator) yield break;
        yield return new Let("e0", outerBegin);
        yield return new Let("j0", lanesBegin);
        yield return new Let("en", outerCount);
        yield return new Let("jn", lanesCount);
        yield return new Block(Name(), (Statement[])[new For("e", 0, "en", 1, (Statement[])[new For("j", 0, "jn", shape.Lanes, Chain()) { Lanes = true }])]) { VectorBits = shape.Bits };
    }

    private string Name()
    {
        string from = plan.Accumulator switch { ElementType.S64 => "s64", ElementType.S32 => "s32", _ => "f32" };
        return $"epilogue_{(lanesAreRows ? "rows" : "columns")}_{from}_{_steps.Name}{(inPlace ? "_inplace" : accumulators == "c" ? "" : "_" + accumulators)}";
    }

    private Statement[] Chain()
    {
        Index outer = (Index)"e0" + "e", lane = (Index)"j0" + "j";
        (IReadOnlyList<Statement> steps, string result) = _steps.Build(outer, lane);
        return
        [
            new Load(_steps.Start, accumulators, new[] { (Index)"c0" + "e", (Index)(accumulators == "c" ? "cj" : "dj") + "j" }, inPlace || accumulators != "c" ? Clip.Columns : Clip.None),
            .. steps,
            output == "Y" ? new Store(inPlace ? "c" : "Y", new[] { outer, lane }, result, Clip.Columns) : new Store(output, new Index[] { "e", "j" }, result, Clip.Columns),
        ];
    }
}
