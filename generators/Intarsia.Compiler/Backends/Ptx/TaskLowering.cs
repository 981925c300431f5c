using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Lowers a block of phases whose parallel loops are dealt to its threads: an iteration is one thread's, with its tiles in registers, and what iterations leave for those of later phases stands in working memory, which is shared
/// memory here. A barrier stands between two phases; loops around phases are the same for all threads.
/// </summary>
internal sealed class TaskLowering
{
    /// <summary>What the assembler moves to the front of a straight line: the loads of three stages of real factors are so many.</summary>
    private const int StraightLoads = 48;

    private readonly BlockContext _context;
    private readonly Statement.Block _block;
    private readonly TaskMemory _memory;

    /// <summary>Tiles whose registers a loop of the task adds to.</summary>
    private readonly HashSet<string> _carried = new(StringComparer.Ordinal);
    private Pointwise _values;
    private bool _isFirst = true;

    public TaskLowering(BlockContext context, Statement.Block block)
    {
        (_context, _block, _values) = (context, block, new Pointwise(context));
        _memory = new TaskMemory(context);
    }

    private WarpBuilder W => _context.W;

    /// <summary>See <see cref="WarpProgram.LoadsAhead"/>: a task without loops is one straight line; loops are as they are written.</summary>
    public int LoadsAhead => HasLoops ? 0 : StraightLoads;

    private bool HasLoops { get; set; }

    /// <summary>Whether a block is of this kind.</summary>
    public static bool Lowers(Statement.Block block) => block.Body.OfType<Statement.Phase>().Any();

    public void Write()
    {
        _memory.Prepare();
        WritePhases(_block.Body);
    }

    private void WritePhases(IEnumerable<Statement> statements)
    {
        foreach (Statement statement in statements)
        {
            switch (statement)
            {
                case Statement.Let let:
                    Bind(let);
                    break;
                case Statement.For loop:
                    Register variable = W.Variable(_context.Lower(loop.Begin));
                    W.For(loop.Variable, variable, _context.Lower(loop.End), _context.Lower(loop.Step), () =>
                    {
                        _context.Bind(loop.Variable, variable);
                        WritePhases(loop.Body);
                    }, asWritten: true);
                    break;
                default:
                    var phase = (Statement.Phase)statement;
                    // The first phase is in no loop: no way leads back to it.
                    if (!_isFirst) _context.Barrier();
                    _isFirst = false;
                    W.Comment(phase.Name);
                    WriteTasks((Statement.For)phase.Body.Single());
                    break;
            }
        }
    }

    /// <summary>The iterations of a loop, to the threads of the block in turn.</summary>
    private void WriteTasks(Statement.For loop)
    {
        if (loop is not { Parallel: true, Begin: Tiles.Index.Const { Value: 0 }, Step: Tiles.Index.Const { Value: 1 } })
            throw new NotSupportedException($"The tasks of the loop over '{loop.Variable}' are not numbered.");
        Value tasks = _context.Lower(loop.End);
        if (!tasks.IsConstant || tasks.Constant > _context.Threads)
        {
            Register task = W.Variable(_context.Thread);
            W.For("tasks", task, tasks, _context.Threads, () => WriteTask(loop, task), asWritten: true);
        }
        else if (tasks.Is(_context.Threads))
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
        _carried.Clear();
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
            case Statement.For { Step: Tiles.Index.Const { Value: 1 } } loop:
                WriteLoop(loop.Variable, loop.Begin, loop.End, loop.Unroll, loop.Body, () => { });
                break;
            case Statement.ForNonZero { Source: NonZeros.Operand source } entries:
                WriteLoop(entries.Position, source.Begin, source.End, entries.Unroll, entries.Body, () => _context.Bind(entries.Coordinate, _context.Lower(new Tiles.Index.Read(source.Indices, new Tiles.Index[] { entries.Position }))));
                break;
            case Statement.Load load:
                _values.Set(load.Tile, _memory.Load(load));
                break;
            case Statement.Store store:
                _memory.Store(store, _values[store.Tile]);
                break;
            case Statement.Fill fill:
                _values.Set(fill.Tile, Constant(fill));
                break;
            case Statement.Transpose turn when _context.Tile(turn.Source).Shape.Count(extent => extent > 1) <= 1:
                // A line is its own transpose.
                _values.Set(turn.Tile, _values[turn.Source]);
                break;
            case Statement.Contract { Via: ContractVia.Fma or ContractVia.IntegerMultiplyAdd } contract when _context.Tile(contract.A).Size == 1:
                _values.Set(contract.Accumulator, MultiplyAdd(contract, _values[contract.A][0], _values[contract.B], _values[contract.Accumulator]));
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

    private Register Constant(Statement.Fill fill)
    {
        bool isFloat = Elements.IsFloat(_context.Tile(fill.Tile).Element);
        Register constant = isFloat ? W.F32() : W.B32();
        if (isFloat) W.Emit("mov.f32", constant, Elements.Constant((float)fill.Value));
        else W.Emit("mov.u32", constant, (long)fill.Value);
        return constant;
    }

    /// <summary>
    /// A loop of a task, some turns at a time as far as there are so many. What it adds to keeps its registers from one turn to the next; addresses that a turn finds out are not known behind it.
    /// </summary>
    private void WriteLoop(string name, Tiles.Index first, Tiles.Index last, int unroll, IEnumerable<Statement> body, Action begin)
    {
        HasLoops = true;
        foreach (string tile in body.OfType<Statement.Contract>().Select(contract => contract.Accumulator).Distinct().Where(_carried.Add)) Carry(tile);
        TaskMemory.Known known = _memory.Remember();
        Value start = _context.Lower(first), end = _context.Lower(last), whole = W.Add(start, W.Multiply(W.Divide(W.Subtract(end, start), unroll), unroll));
        Register variable = W.Variable(start);
        if (unroll > 1 && !(start.IsConstant && whole.Is(start.Constant))) Turns(whole, unroll);
        if (unroll == 1 || !(end.IsConstant && whole.Is(end.Constant))) Turns(end, 1);

        void Turns(Value until, int together) => W.For(name, variable, until, together, () =>
        {
            for (int turn = 0; turn < together; turn++)
            {
                _context.Bind(name, W.Add(variable, turn));
                begin();
                Write(body);
                _memory.Recall(known);
            }
        }, asWritten: true);
    }

    /// <summary>Gives every element of a tile a register of its own.</summary>
    private void Carry(string tile)
    {
        Register[] values = _values[tile];
        _values.Set(tile, [.. Enumerable.Range(0, _context.Tile(tile).Size).Select(i =>
        {
            Register value = values[values.Length == 1 ? 0 : i], own = W.New(value.Kind);
            W.Emit(value.Kind == RegisterKind.F32 ? "mov.f32" : "mov.u32", own, value);
            return own;
        })]);
    }

    private Register[] MultiplyAdd(Statement.Contract contract, Register factor, Register[] values, Register[] sums) =>
        [.. values.Select((value, i) =>
        {
            bool isFloat = contract.Via == ContractVia.Fma;
            Register from = sums[sums.Length == 1 ? 0 : i], sum = _carried.Contains(contract.Accumulator) ? from : isFloat ? W.F32() : W.B32();
            W.Emit(isFloat ? "fma.rn.f32" : "mad.lo.s32", sum, factor, value, from);
            return sum;
        })];
}
