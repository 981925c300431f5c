using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Lowers a block of phases whose parallel loops are dealt to its threads: an iteration is one thread's, with its tiles in registers, and what iterations leave for those of later phases stands in working memory, which is shared
/// memory here. A barrier stands between two phases.
/// </summary>
internal sealed class TaskLowering
{
    /// <summary>See <see cref="WarpProgram.LoadsAhead"/>: a task is one straight line, whose loads the assembler moves to its front. Those of three stages of real factors are so many.</summary>
    public const int LoadsAhead = 48;

    private readonly BlockContext _context;
    private readonly Statement.Block _block;
    private readonly TaskMemory _memory;
    private Pointwise _values;

    public TaskLowering(BlockContext context, Statement.Block block)
    {
        (_context, _block, _values) = (context, block, new Pointwise(context));
        _memory = new TaskMemory(context);
    }

    private WarpBuilder W => _context.W;

    /// <summary>Whether a block is of this kind.</summary>
    public static bool Lowers(Statement.Block block) => block.Body.OfType<Statement.Phase>().Any();

    public void Write()
    {
        _memory.Prepare();
        bool isFirst = true;
        foreach (Statement statement in _block.Body)
        {
            if (statement is Statement.Let let)
            {
                Bind(let);
                continue;
            }
            var phase = (Statement.Phase)statement;
            if (!isFirst) _context.Barrier();
            isFirst = false;
            W.Comment(phase.Name);
            WriteTasks((Statement.For)phase.Body.Single());
        }
    }

    /// <summary>The iterations of a loop, to the threads of the block in turn.</summary>
    private void WriteTasks(Statement.For loop)
    {
        if (loop is not { Parallel: true, Begin: Tiles.Index.Const { Value: 0 }, Step: Tiles.Index.Const { Value: 1 }, End: Tiles.Index.Const { Value: var tasks } })
            throw new NotSupportedException($"The tasks of the loop over '{loop.Variable}' are not numbered.");
        if (tasks > _context.Threads)
        {
            Register task = W.Variable(_context.Thread);
            W.For("tasks", task, tasks, _context.Threads, () => WriteTask(loop, task), asWritten: true);
        }
        else if (tasks == _context.Threads)
        {
            WriteTask(loop, _context.Thread);
        }
        else
        {
            W.If(W.Compare("lt", _context.Thread, tasks), () => WriteTask(loop, _context.Thread));
        }
    }

    private void WriteTask(Statement.For loop, Register task)
    {
        _memory.Forget();
        _values = new Pointwise(_context);
        _context.Bind(loop.Variable, task);
        Write(loop.Body);
    }

    private void Write(IEnumerable<Statement> statements)
    {
        foreach (Statement statement in statements) WriteOne(statement);
    }

    private void WriteOne(Statement statement)
    {
        switch (statement)
        {
            case Statement.Let let:
                Bind(let);
                break;
            case Statement.If { Else.Count: 0 } choice:
                Register holds = W.Compare(WarpBuilder.Name(choice.Condition.Relation), _context.Lower(choice.Condition.Left), _context.Lower(choice.Condition.Right));
                // What is computed on the way into a branch is not known behind it.
                TaskMemory.Known known = _memory.Remember();
                W.If(holds, () => Write(choice.Then));
                _memory.Recall(known);
                break;
            case Statement.Load load:
                _values.Set(load.Tile, _memory.Load(load));
                break;
            case Statement.Store store:
                _memory.Store(store, _values[store.Tile]);
                break;
            case Statement.Fill fill:
                Register constant = W.F32();
                W.Emit("mov.f32", constant, Elements.Constant((float)fill.Value));
                _values.Set(fill.Tile, constant);
                break;
            case Statement.Transpose turn when _context.Tile(turn.Source).Shape.Count(extent => extent > 1) <= 1:
                // A line is its own transpose.
                _values.Set(turn.Tile, _values[turn.Source]);
                break;
            case Statement.Contract { Via: ContractVia.Fma } contract when _context.Tile(contract.A).Size == 1:
                _values.Set(contract.Accumulator, MultiplyAdd(_values[contract.A][0], _values[contract.B], _values[contract.Accumulator]));
                break;
            default:
                _values.Run(statement);
                break;
        }
    }

    private void Bind(Statement.Let let)
    {
        _memory.Bind(let);
        _context.Bind(let.Variable, _context.Lower(let.Value));
    }

    private Register[] MultiplyAdd(Register factor, Register[] values, Register[] sums) =>
        [.. values.Select((value, i) =>
        {
            Register sum = W.F32();
            W.Emit("fma.rn.f32", sum, factor, value, sums[sums.Length == 1 ? 0 : i]);
            return sum;
        })];
}
