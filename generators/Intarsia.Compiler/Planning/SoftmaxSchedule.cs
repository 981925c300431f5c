using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// Softmax of each line in three passes: its maximum; the exponentials of what lies below it, kept in working memory and summed; their quotients, through the chain. Every exponent is at most 0 and the sum
/// at least 1, so that nothing overflows and nothing is divided by 0.
/// </summary>
internal sealed class SoftmaxSchedule(PlanBuilder plan)
{
    public KernelPlan Build()
    {
        var line = new LineBlock(plan);
        plan.Scratch("line", ElementType.F32, [line.Length]);
        bool argument = Scale.HasScaleArgument;
        if (argument) plan.Operand("scale", ElementType.F32, Role.Scale, [1]);
        plan.Reason("three passes over a line: maximum, exponentials and their sum, quotients; the exponentials stay in working memory of one line");

        string max = line.Scalar("max"), sum = line.Scalar("sum"), inverse = line.Scalar("inverse"), factor = line.Scalar("factor");
        Statement[] setup = [.. line.PrepareTail(double.NegativeInfinity), .. argument ? [new Load(factor, "scale", new Index[] { 0 })] : Array.Empty<Statement>()];
        IEnumerable<Statement> passes =
        [
            .. line.Reduce(max, place => (Elements(line, place), line.Tile("x", place.Width)), ZipOp.Max, ReduceOp.Max, double.NegativeInfinity),
            .. line.Reduce(sum, place => Exponentials(line, place, max, factor), ZipOp.Add, ReduceOp.Sum, 0, vectors: 1),
            new Map(inverse, MapOp.Reciprocal, sum),
        ];
        string name = "softmax" + (argument ? "_scaled" : Scale.Scale != 1 ? "_scale" + FloatText.Identifier(Scale.Scale) : "");
        return line.Build(name, setup, passes, [new Load(line.Value, "line", new Index[] { "o" }, Clip.Columns), new Zip(line.Value, ZipOp.Multiply, line.Value, inverse)]);
    }

    private SoftmaxSpec Scale => plan.Spec.Softmax!;

    /// <summary>X, and −∞ past the end of the line: it is never the maximum, and its exponential is 0.</summary>
    private static Statement[] Elements(LineBlock line, LineBlock.Place place)
    {
        string x = line.Tile("x", place.Width);
        return [line.LoadX(x, place.IsTail), .. line.MaskTail(x, place)];
    }

    /// <summary>exp(scale·(x − max)).</summary>
    private (Statement[], string) Exponentials(LineBlock line, LineBlock.Place place, string max, string factor)
    {
        string x = line.Tile("x", place.Width);
        return (
            [
                .. Elements(line, place),
                new Zip(x, ZipOp.Subtract, x, max),
                .. Scale.HasScaleArgument ? [new Zip(x, ZipOp.Multiply, x, factor)] : Scale.Scale != 1 ? [new Map(x, MapOp.Scale, x, Scale.Scale)] : Array.Empty<Statement>(),
                new Map(x, MapOp.Exp, x),
                new Store("line", new Index[] { "j" }, x, place.IsTail ? Clip.Columns : Clip.None),
            ],
            x);
    }
}
