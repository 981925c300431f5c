using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>A step of an operation on the lines of X: what it does to the elements, or a number that it makes of them all.</summary>
internal abstract record LineStep
{
    private LineStep() { }

    /// <summary>Changes the elements; where a line is gone over in passes, once more in each that follows.</summary>
    public sealed record Change(Func<LineTiles, Statement[]> Of) : LineStep;

    /// <summary>A reduction of the whole line.</summary>
    /// <param name="Name">The number that comes out.</param>
    /// <param name="Op">The reduction.</param>
    /// <param name="Combine">The same of two terms.</param>
    /// <param name="Neutral">The term that changes nothing.</param>
    /// <param name="Terms">Makes the terms of the elements, and names their tile; null takes the elements themselves.</param>
    /// <param name="Masks">What stands past the end of the line is not neutral of itself, where loads read 0.</param>
    /// <param name="Finish">What is then done to the number.</param>
    public sealed record Total(string Name, ReduceOp Op, ZipOp Combine, double Neutral, Func<LineTiles, (Statement[] Statements, string Tile)>? Terms, bool Masks, Func<LineTiles, Statement[]> Finish) : LineStep;
}

/// <summary>What each operation without weights does to a line, between its load and the chain.</summary>
internal sealed class LineRecipe
{
    private LineRecipe(string reason, Func<LineTiles, Statement[]> setup, params LineStep[] steps) => (Reason, Setup, Steps) = (reason, setup, steps);

    /// <summary>What is reduced, in words.</summary>
    public string Reason { get; }

    /// <summary>Once for each line, before it is read.</summary>
    public Func<LineTiles, Statement[]> Setup { get; }

    public IReadOnlyList<LineStep> Steps { get; }

    /// <summary>Nothing is reduced: one pass.</summary>
    public bool IsElementwise => Steps.Count == 0;

    /// <summary>Declares the operands that the operation has beside X and Y.</summary>
    public static LineRecipe Of(PlanBuilder plan, Index length)
    {
        switch (plan.Spec.Operation)
        {
            case Operation.Elementwise:
                return new LineRecipe("", _ => []);
            case Operation.Softmax:
                SoftmaxSpec softmax = plan.Spec.Softmax!;
                if (softmax.HasScaleArgument) plan.Operand("scale", ElementType.F32, Role.Scale, [1]);
                return Softmax(softmax);
            default:
                NormSpec norm = plan.Spec.Norm!;
                if (norm.HasGamma) plan.Operand("gamma", ElementType.F32, Role.Gamma, [length]);
                if (norm.HasBeta) plan.Operand("beta", ElementType.F32, Role.Beta, [length]);
                return Norm(norm, centres: plan.Spec.Operation == Operation.LayerNorm);
        }
    }

    /// <summary>exp(scale·(x − max)) / Σ: every exponent is at most 0 and the sum at least 1, so that nothing overflows and nothing is divided by 0.</summary>
    private static LineRecipe Softmax(SoftmaxSpec spec) => new(
        "the maximum, then the sum of the exponentials",
        t => spec.HasScaleArgument ? [new Load(t.Scalar("factor"), "scale", new Index[] { 0 })] : [],
        new LineStep.Total("max", ReduceOp.Max, ZipOp.Max, double.NegativeInfinity, null, Masks: true, _ => []),
        new LineStep.Change(t =>
        [
            new Zip(t.Value, ZipOp.Subtract, t.Value, t.Scalar("max")),
            .. spec.HasScaleArgument ? [new Zip(t.Value, ZipOp.Multiply, t.Value, t.Scalar("factor"))] : spec.Scale != 1 ? [new Map(t.Value, MapOp.Scale, t.Value, spec.Scale)] : Array.Empty<Statement>(),
            new Map(t.Value, MapOp.Exp, t.Value),
        ]),
        new LineStep.Total("sum", ReduceOp.Sum, ZipOp.Add, 0, null, Masks: true, t => [new Map(t.Scalar("inverse"), MapOp.Reciprocal, t.Scalar("sum"))]),
        new LineStep.Change(t => [new Zip(t.Value, ZipOp.Multiply, t.Value, t.Scalar("inverse"))]));

    /// <summary>
    /// The variance is summed from the distances to a mean that is known by then: the difference of two large sums, which one reduction would give, has no correct digit where the mean is far from 0.
    /// </summary>
    private static LineRecipe Norm(NormSpec spec, bool centres)
    {
        var square = new LineStep.Total("square", ReduceOp.Sum, ZipOp.Add, 0, t => ([new Zip(t.Tile("term"), ZipOp.Multiply, t.Value, t.Value)], t.Tile("term")), Masks: centres, t =>
        [
            new Zip(t.Scalar("square"), ZipOp.Divide, t.Scalar("square"), t.Scalar("length")),
            .. spec.Epsilon != 0 ? [new Map(t.Scalar("square"), MapOp.Offset, t.Scalar("square"), spec.Epsilon)] : Array.Empty<Statement>(),
            new Map(t.Scalar("factor"), MapOp.ReciprocalSqrt, t.Scalar("square")),
        ]);
        var mean = new LineStep.Total("mean", ReduceOp.Sum, ZipOp.Add, 0, null, Masks: false, t => [new Zip(t.Scalar("mean"), ZipOp.Divide, t.Scalar("mean"), t.Scalar("length"))]);
        var centre = new LineStep.Change(t => [new Zip(t.Value, ZipOp.Subtract, t.Value, t.Scalar("mean"))]);
        var result = new LineStep.Change(t =>
        [
            new Zip(t.Value, ZipOp.Multiply, t.Value, t.Scalar("factor")),
            .. spec.HasGamma ? t.PerElement(ZipOp.Multiply, "gamma") : [],
            .. spec.HasBeta ? t.PerElement(ZipOp.Add, "beta") : [],
        ]);
        return new LineRecipe(
            centres ? "the mean, then the variance around it" : "the mean square",
            t => [new Iota(t.Scalar("count", ElementType.S32), t.Length, 1), new Map(t.Scalar("length"), MapOp.Copy, t.Scalar("count", ElementType.S32))],
            centres ? [mean, centre, square, result] : [square, result]);
    }
}
