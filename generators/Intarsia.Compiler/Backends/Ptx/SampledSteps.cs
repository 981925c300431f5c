using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>The loop over the depth of a sampled product: steps whose loads are all on their way before the first product, then what is left.</summary>
/// <param name="context">The block.</param>
/// <param name="loop">The loop.</param>
/// <param name="quad">Which of the chunks of a step this lane reads.</param>
/// <param name="operands">The gathered rows, and those of the group.</param>
internal sealed class SampledSteps(BlockContext context, Statement.For loop, Register quad, SampledRows[] operands)
{
    /// <summary>Steps that are loaded together.</summary>
    private const int Together = 2;

    private WarpBuilder W => context.W;

    /// <param name="multiply">Multiplies a step: words of the gathered rows, and of a row of the group.</param>
    public void Write(Action<Register[][], Func<int, Register[]>> multiply)
    {
        int length = (int)((Tiles.Index.Const)loop.Step).Value, together = operands.All(operand => operand.IsAligned) && operands.Sum(operand => operand.Count) <= 6 ? Together : 1;
        Value depth = context.Lower(loop.End);
        foreach (SampledRows operand in operands) operand.Start();
        Register k = W.Variable(0);
        bool isWhole = depth.IsConstant && depth.Constant % (together * length) == 0;
        Value whole = depth.IsConstant ? depth.Constant / (together * length) * (together * length) : W.InRegister(W.Multiply(W.Divide(depth, together * length), together * length));
        if (!whole.Is(0))
        {
            W.For("depth", k, whole, together * length, () =>
            {
                Step[] steps = Enumerable.Range(0, together).Select(i => Load(i, null, inTurn: together == 1)).ToArray();
                foreach (Step words in steps) multiply(words.Gathered, words.Row);
                Advance(together);
            }, asWritten: true);
        }
        if (isWhole) return;
        W.For("depth_tail", k, depth, length, () =>
        {
            // Elements from this lane's first on.
            Value first = W.Add(k, W.Multiply(quad, operands[0].Chunk)), left = W.Subtract(W.Max(depth, first), first);
            Step words = Load(0, W.InRegister(left), inTurn: true);
            multiply(words.Gathered, words.Row);
            Advance(1);
        }, asWritten: true);
    }

    /// <summary>The loads of a step; the rows of the group one by one as they are multiplied, where they are many for the registers.</summary>
    private Step Load(int step, Register? left, bool inTurn)
    {
        Register[][] gathered = Enumerable.Range(0, operands[0].Count).Select(row => operands[0].Load(row, step, left)).ToArray();
        if (inTurn) return new Step(gathered, row => operands[1].Load(row, step, left));
        Register[][] rows = Enumerable.Range(0, operands[1].Count).Select(row => operands[1].Load(row, step, left)).ToArray();
        return new Step(gathered, row => rows[row]);
    }

    private void Advance(int steps)
    {
        foreach (SampledRows operand in operands) operand.Advance(steps);
    }

    private sealed record Step(Register[][] Gathered, Func<int, Register[]> Row);
}
