using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// Softmax of each line in three passes: its maximum; the exponentials of what lies below it, kept and summed; their quotients, through the chain. Every exponent is at most 0 and the sum at least 1, so that
/// nothing overflows and nothing is divided by 0. Where Y is binary32 and there is no chain the exponentials are kept there, else in working memory.
/// </summary>
internal sealed class SoftmaxSchedule(PlanBuilder plan)
{
    public KernelPlan Build()
    {
        var line = new LineBlock(plan);
        if (!KeepsInY) plan.Scratch("line", ElementType.F32, [LineBlock.GroupOf(line.Length), line.Length]);
        bool argument = Scale.HasScaleArgument;
        if (argument) plan.Operand("scale", ElementType.F32, Role.Scale, [1]);
        plan.Reason($"three passes over a line: maximum, exponentials and their sum, quotients; the exponentials stay in {(KeepsInY ? "Y" : "working memory")}");

        string max = line.Scalar("max"), sum = line.Scalar("sum"), inverse = line.Scalar("inverse"), factor = line.Scalar("factor");
        Statement[] setup = [.. line.PrepareTail(double.NegativeInfinity), .. argument ? [new Load(factor, "scale", new Index[] { 0 })] : Array.Empty<Statement>()];
        IEnumerable<Statement[]> passes =
        [
            [.. line.Reduce(max, place => (Elements(line, place), line.Tile("x", place.Width)), ZipOp.Max, ReduceOp.Max, double.NegativeInfinity), line.Leave(max)],
            [line.TakeUp(max), .. line.Reduce(sum, place => Exponentials(line, place, max, factor), ZipOp.Add, ReduceOp.Sum, 0, vectors: 1), new Map(inverse, MapOp.Reciprocal, sum), line.Leave(inverse)],
        ];
        string name = "softmax" + (argument ? "_scaled" : Scale.Scale != 1 ? "_scale" + FloatText.Identifier(Scale.Scale) : "");
        return line.Build(name, setup, passes, [line.TakeUp(inverse)], [new Load(line.Value, Kept, KeptAt("o"), Clip.Columns), new Zip(line.Value, ZipOp.Multiply, line.Value, inverse)]);
    }

    /// <summary>Nothing but the last pass is left to write to Y, in the format of the exponentials.</summary>
    private bool KeepsInY => plan.Spec.Y.Format == NumberFormat.Float32 && plan.Spec.Epilogue.Count == 0;

    private string Kept => KeepsInY ? "Y" : "line";

    private Index[] KeptAt(Index lane) => [KeepsInY ? "e" : (Index)"e" - "g", lane];

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
                new Store(Kept, KeptAt("j"), x, place.IsTail ? Clip.Columns : Clip.None),
            ],
            x);
    }
}
