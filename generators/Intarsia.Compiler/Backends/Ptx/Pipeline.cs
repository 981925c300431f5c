using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>The loop over the depth: copies run ahead of the contraction by as many stages as the program asks for.</summary>
/// <param name="context">The block.</param>
/// <param name="loop">The loop.</param>
/// <param name="copies">What fills the tiles of a stage.</param>
/// <param name="stages">Stages.</param>
/// <param name="alignment">Bytes that stages begin at multiples of.</param>
/// <param name="terms">A loop over terms of a batch, around the one over the depth; null where there is none.</param>
/// <param name="walk">The way of the copies over those terms, where they run ahead.</param>
internal sealed class Pipeline(BlockContext context, Statement.For loop, StageCopy[] copies, int stages, int alignment = 1, Statement.For? terms = null, TermWalk? walk = null)
{
    private readonly int _stageBytes = (copies.Sum(copy => copy.Tile.Bytes) + alignment - 1) / alignment * alignment;
    private WarpBuilder W => context.W;

    /// <summary>A few steps of a constant depth the assembler would write out one after the other; with a group's sums added in each, loads of all of them would be on their way at once, and registers would be short.</summary>
    private bool StaysALoop(Value end) => end.IsConstant && loop.Body.OfType<Statement.If>().Any();

    private int Step => (int)((Tiles.Index.Const)loop.Step).Value;

    /// <summary>Byte offset of a copy's tile in a stage.</summary>
    public int OffsetOf(StageCopy copy) => copies.TakeWhile(c => c != copy).Sum(c => c.Tile.Bytes);

    /// <summary>Writes the loop.</summary>
    /// <param name="prepare">Computes what the contraction needs before the loop.</param>
    /// <param name="contract">Contracts the stage at a byte offset.</param>
    /// <param name="after">What follows the contraction in the body; the loop variable is bound.</param>
    public void Write(Action prepare, Action<Value> contract, Action after)
    {
        context.UseShared(_stageBytes * stages);
        context.Bind(loop.Variable, context.Lower(loop.Begin));
        walk?.Prepare();
        foreach (StageCopy copy in copies) copy.Prepare(OffsetOf(copy));
        prepare();
        Value begin = context.Lower(loop.Begin), end = context.Lower(loop.End);
        if (walk is not null) WriteTermsAhead(walk, contract);
        else if (stages == 1 && terms is not null) WriteTermsInTurn(terms, () => WriteInTurn(begin, end, contract, after));
        else if (stages == 1) WriteInTurn(begin, end, contract, after);
        else WriteAhead(begin, end, contract, after);
        // What follows may use the memory of the stages.
        W.Barrier();
    }

    private void WriteInTurn(Value begin, Value end, Action<Value> contract, Action after)
    {
        Register k = W.Variable(begin);
        W.For("depth", k, end, Step, () =>
        {
            foreach (StageCopy copy in copies) copy.Copy(0, k, null);
            if (copies.Any(copy => copy.IsAsync)) W.Emit("cp.async.wait_all");
            W.Barrier();
            contract(0);
            context.Bind(loop.Variable, k);
            after();
            W.Barrier();
        }, asWritten: StaysALoop(end));
    }

    private void WriteTermsInTurn(Statement.For around, Action body)
    {
        Register term = W.Variable(context.Lower(around.Begin));
        context.Bind(around.Variable, term);
        W.For("terms", term, context.Lower(around.End), context.Lower(around.Step), body);
    }

    /// <summary>The steps of all terms as one sequence.</summary>
    private void WriteTermsAhead(TermWalk steps, Action<Value> contract)
    {
        string head = W.NewLabel("steps"), exit = W.NewLabel("steps_end");
        W.Guarded(W.Compare("eq", steps.Steps, 0), () => W.Emit("bra", exit));
        for (int stage = 0; stage < stages - 1; stage++)
        {
            W.Comment($"fill stage {stage}");
            CopyTermStage(steps, stage * _stageBytes, W.Compare("lt", stage, steps.Steps));
        }
        Register ahead = W.Variable(stages - 1), read = W.Variable(0), write = W.Variable((stages - 1) * _stageBytes);
        Value last = W.Add(steps.Steps, stages - 1);
        W.Label(head);
        W.Comment("the stage to read has arrived; the one to write was read by every warp");
        W.Emit("cp.async.wait_group", stages - 2);
        W.Barrier();
        CopyTermStage(steps, write, W.Compare("lt", ahead, steps.Steps));
        contract(read);
        W.Comment("next stage");
        NextStage(read);
        NextStage(write);
        W.Emit("add.u32", ahead, ahead, 1);
        W.Guarded(W.Compare("lt", ahead, last), () => W.Emit("bra", head));
        W.Label(exit);
        W.Emit("cp.async.wait_all");
    }

    private void CopyTermStage(TermWalk steps, Value stage, Register exists)
    {
        steps.BeginStep();
        foreach (StageCopy copy in copies) copy.Copy(stage, steps.Place, exists);
        steps.EndStep();
        W.Emit("cp.async.commit_group");
    }

    private void WriteAhead(Value begin, Value end, Action<Value> contract, Action after)
    {
        for (int stage = 0; stage < stages - 1; stage++)
        {
            W.Comment($"fill stage {stage}");
            Value depth = W.Add(begin, stage * Step);
            CopyStage(stage * _stageBytes, depth, end);
        }
        // One counter: the depth that is copied, which runs ahead of the one that is contracted.
        int lead = (stages - 1) * Step;
        Register ahead = W.Variable(W.Add(begin, lead)), read = W.Variable(0), write = W.Variable((stages - 1) * _stageBytes);
        Value last = W.Add(end, lead);
        string head = W.NewLabel("depth"), exit = W.NewLabel("depth_end");
        if (!end.IsConstant || end.Constant == 0) W.Guarded(W.Compare("ge", ahead, last), () => W.Emit("bra", exit));
        W.Label(head);
        if (StaysALoop(end)) W.Emit(WarpBuilder.NoUnroll);
        W.Comment($"the stage to read has arrived; the one to write was read by every warp");
        W.Emit("cp.async.wait_group", stages - 2);
        W.Barrier();
        CopyStage(write, ahead, end);
        contract(read);
        if (loop.Body.OfType<Statement.If>().Any())
        {
            context.Bind(loop.Variable, W.Subtract(ahead, lead));
            after();
        }
        W.Comment("next stage");
        NextStage(read);
        NextStage(write);
        W.Emit("add.u32", ahead, ahead, Step);
        W.Guarded(W.Compare("lt", ahead, last), () => W.Emit("bra", head));
        W.Label(exit);
        W.Emit("cp.async.wait_all");
    }

    private void CopyStage(Value stage, Value depth, Value end)
    {
        bool always = depth.IsConstant && end.IsConstant && depth.Constant < end.Constant, never = depth.IsConstant && end.IsConstant && !always;
        Register? exists = always || never ? null : W.Compare("lt", depth, end);
        if (!never)
            foreach (StageCopy copy in copies) copy.Copy(stage, depth, exists);
        W.Emit("cp.async.commit_group");
    }

    private void NextStage(Register offset)
    {
        W.Emit("add.u32", offset, offset, _stageBytes);
        W.Emit("selp.u32", offset, 0, offset, W.Compare("eq", offset, _stageBytes * stages));
    }
}
