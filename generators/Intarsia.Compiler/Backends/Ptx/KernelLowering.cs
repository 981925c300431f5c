using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>A kernel as PTX, and how it is launched.</summary>
/// <param name="Entry">The name of the entry.</param>
/// <param name="Target">The target.</param>
/// <param name="Text">The module.</param>
/// <param name="Parameters">Parameters of the entry: the program's buffers, some as tensor maps, then its sizes.</param>
/// <param name="Threads">Threads of a block.</param>
/// <param name="SharedBytes">Dynamic shared memory of a block.</param>
/// <param name="Block">What a block is expected to take.</param>
/// <param name="GridX">Thread blocks along the innermost parallel loop.</param>
/// <param name="GridY">Thread blocks along the next.</param>
/// <param name="GridZ">Thread blocks along the outermost of three.</param>
public sealed record PtxKernel(string Entry, PtxTarget Target, string Text, EquatableArray<PtxParameter> Parameters, int Threads, int SharedBytes, PlannedBlock Block, Index GridX, Index GridY, Index GridZ);

/// <summary>Lowers a tile program to PTX: parallel loops become the grid, the block a thread block. A backend: it looks at nothing but the program.</summary>
public static class KernelLowering
{
    private static readonly Dictionary<string, TensorMapPlan> NoMaps = [];
    private static readonly string[] Axes = ["%ctaid.x", "%ctaid.y", "%ctaid.z"];

    /// <param name="plan">The plan.</param>
    /// <param name="target">The target.</param>
    /// <param name="entry">The name of the entry.</param>
    /// <param name="scalars">Buffers of one element that reach the kernel as a value.</param>
    public static PtxKernel Lower(KernelPlan plan, PtxTarget target, string entry, ISet<string> scalars)
    {
        (WarpProgram program, Index[] grid) = LowerToWarps(plan, target, entry, scalars);
        return new PtxKernel(entry, target, PtxPrinter.Print(program, plan.Program.Reasons), program.Parameters, program.Threads, program.SharedBytes, PlannedBlock.Of(plan.Program, program), grid[0], grid[1], grid[2]);
    }

    /// <summary>The warp program of a plan, and its thread blocks along each axis.</summary>
    internal static (WarpProgram Program, Index[] Grid) LowerToWarps(KernelPlan plan, PtxTarget target, string entry, ISet<string> scalars)
    {
        var loops = new List<Statement.For>();
        Statement statement = plan.Program.Body.Single();
        while (statement is Statement.For { Parallel: true } loop)
        {
            loops.Add(loop);
            statement = loop.Body.Single();
        }
        var block = (Statement.Block)statement;
        WarpGrid warps = block.Warps ?? throw new InvalidOperationException("The block does not say how many warps it has.");
        var groups = WarpGroupLowering.Serves(block) ? new WarpGroupLowering(plan.Program, block) : null;
        var context = new BlockContext(plan.Program, warps, target, scalars, groups?.Maps ?? NoMaps) { CopyThreads = groups is null ? 0 : WarpGroupLowering.GroupThreads };

        loops.Reverse();
        Index[] grid = [1, 1, 1];
        for (int axis = 0; axis < loops.Count; axis++)
        {
            Statement.For loop = loops[axis];
            grid[axis] = Index.CeilDiv(loop.End - loop.Begin, loop.Step is Index.Const step ? step.Value : throw new InvalidOperationException($"Loop '{loop.Variable}' is parallel with a step that is not constant."));
            Value position = context.W.Special(Axes[axis]);
            context.Bind(loop.Variable, context.W.Add(context.Lower(loop.Begin), context.W.Multiply(position, context.Lower(loop.Step))));
        }
        int loadsAhead = 0;
        if (groups is not null)
        {
            groups.Write(context);
        }
        else if (BankedGroupLowering.Lowers(block))
        {
            var banked = new BankedGroupLowering(context, block);
            banked.Write();
            loadsAhead = banked.LoadsAhead;
        }
        else if (TaskLowering.Lowers(block))
        {
            var tasks = new TaskLowering(context, block);
            tasks.Write();
            loadsAhead = tasks.LoadsAhead;
        }
        else if (LineLowering.Lowers(block))
        {
            new LineLowering(context, block).Write();
        }
        else if (PlaneTableLowering.Lowers(block))
        {
            new PlaneTableLowering(context, block).Write();
            loadsAhead = PlaneTableLowering.LoadsAhead;
        }
        else if (SplitLowering.Lowers(block))
        {
            new SplitLowering(context, block).Write();
            loadsAhead = SplitLowering.LoadsAhead;
        }
        else if (SampledLowering.Lowers(block))
        {
            var sampled = new SampledLowering(context, block);
            sampled.Write();
            loadsAhead = sampled.LoadsAhead;
        }
        else if (GatherLowering.Lowers(block))
        {
            var gather = new GatherLowering(context, block);
            gather.Write();
            loadsAhead = gather.LoadsAhead;
        }
        else if (BitLowering.Lowers(block))
        {
            var bits = new BitLowering(context, block);
            bits.Write();
            loadsAhead = bits.LoadsAhead;
        }
        else if (DigitLowering.Lowers(block))
        {
            var digits = new DigitLowering(context, block);
            digits.Write();
            loadsAhead = digits.LoadsAhead;
        }
        else if (VectorLowering.Lowers(block))
        {
            var vectors = new VectorLowering(context, block);
            vectors.Write();
            loadsAhead = vectors.LoadsAhead;
        }
        else
        {
            new BlockLowering(context, block).Write();
        }
        context.W.Emit("ret");
        WarpProgram program = context.W.Build(entry, target, context.LaunchThreads, context.SharedBytes);
        int live = RegisterPressure.Of(program);
        return (program with { Live = live, LoadsAhead = loadsAhead, MinBlocks = Occupancy.Blocks(live, program.Threads, program.SharedBytes, target) }, grid);
    }
}
