using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// Layer norm and RMS norm of each line. The variance is summed from the distances to a mean that is known by then, in a pass of its own over a line that is in the first-level cache: the difference of two
/// large sums, which one pass would give, has no correct digit where the mean is far from 0.
/// </summary>
internal sealed class NormSchedule(PlanBuilder plan)
{
    private readonly LineBlock _line = new(plan);

    private NormSpec Norm => plan.Spec.Norm!;

    private bool Centres => plan.Spec.Operation == Operation.LayerNorm;

    /// <summary>gamma and beta together are as much as a line and its result; one of them alone is not worth the way back to lines that have left the first-level cache.</summary>
    private bool Shares => Norm.HasGamma && Norm.HasBeta;

    public KernelPlan Build()
    {
        if (Norm.HasGamma) plan.Operand("gamma", ElementType.F32, Role.Gamma, [_line.Length]);
        if (Norm.HasBeta) plan.Operand("beta", ElementType.F32, Role.Beta, [_line.Length]);
        plan.Reason(Centres ? "three passes over a line: mean, variance around it, result" : "two passes over a line: mean square, result");
        if (Shares) plan.Reason("the last goes over a few long lines in stripes, which share what they read of gamma and beta");

        string count = _line.Scalar("count", ElementType.S32), length = _line.Scalar("length"), mean = Centres ? _line.Scalar("mean") : "", square = _line.Scalar("square"), factor = _line.Scalar("factor");
        Statement[] takeMean = Centres ? [_line.TakeUp(mean)] : [];
        Statement[] setup = [.. Centres ? _line.PrepareTail(0) : [], new Iota(count, "jn", 1), new Map(length, MapOp.Copy, count)];
        Statement[] Mean() => [.. _line.Reduce(mean, Elements, ZipOp.Add, ReduceOp.Sum, 0), new Zip(mean, ZipOp.Divide, mean, length), _line.Leave(mean)];
        Statement[] Factor() =>
        [
            .. takeMean,
            .. _line.Reduce(square, place => Squares(place, mean), ZipOp.Add, ReduceOp.Sum, 0),
            new Zip(square, ZipOp.Divide, square, length),
            .. Norm.Epsilon != 0 ? [new Map(square, MapOp.Offset, square, Norm.Epsilon)] : Array.Empty<Statement>(),
            new Map(factor, MapOp.ReciprocalSqrt, square),
            _line.Leave(factor),
        ];
        string name = Operations.Get(plan.Spec.Operation).Name + (Norm.HasGamma ? "_gamma" : "") + (Norm.HasBeta ? "_beta" : "") + "_eps" + FloatText.Identifier(Norm.Epsilon);
        return _line.Build(name, setup, Centres ? [Mean(), Factor()] : [Factor()], [.. takeMean, _line.TakeUp(factor)], Result(mean, factor), shares: Shares);
    }

    private (Statement[], string) Elements(LineBlock.Place place)
    {
        string x = _line.Tile("x", place.Width);
        return ([_line.LoadX(x, place.IsTail)], x);
    }

    private (Statement[], string) Squares(LineBlock.Place place, string mean)
    {
        string x = _line.Tile("x", place.Width);
        Statement[] centre = Centres ? [new Zip(x, ZipOp.Subtract, x, mean), .. _line.MaskTail(x, place)] : [];
        return ([_line.LoadX(x, place.IsTail), .. centre, new Zip(x, ZipOp.Multiply, x, x)], x);
    }

    private Statement[] Result(string mean, string factor)
    {
        string v = _line.Value;
        return
        [
            new Load(v, "X", new Index[] { "e", "o" }, Clip.Columns),
            .. Centres ? [new Zip(v, ZipOp.Subtract, v, mean)] : Array.Empty<Statement>(),
            new Zip(v, ZipOp.Multiply, v, factor),
            .. Norm.HasGamma ? PerElement(v, ZipOp.Multiply, "gamma") : [],
            .. Norm.HasBeta ? PerElement(v, ZipOp.Add, "beta") : [],
        ];
    }

    private Statement[] PerElement(string value, ZipOp op, string buffer)
    {
        string tile = _line.Tile(buffer + "Value", _line.Lanes);
        return [new Load(tile, buffer, new Index[] { "o" }, Clip.Columns), new Zip(value, op, value, tile)];
    }
}
