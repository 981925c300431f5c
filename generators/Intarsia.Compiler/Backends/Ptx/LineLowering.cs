using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Lowers a block without a contraction: lines that warps own, or the whole block. A tile is dealt to the threads of its line in pieces, which live in registers from statement to statement; a tile of one element is
/// in a register of every thread.
/// </summary>
internal sealed class LineLowering
{
    private readonly BlockContext _context;
    private readonly Statement.Block _block;
    private readonly LineMemory _memory;
    private readonly LineReduction _reduction;
    private readonly Pointwise[] _pieces;
    private readonly Pointwise _numbers;
    private readonly Value _position;
    private readonly int _threads;
    private readonly int _vector;

    public LineLowering(BlockContext context, Statement.Block block)
    {
        (_context, _block) = (context, block);
        if (context.Warps is { Rows: > 1, Columns: > 1 }) throw new NotSupportedException($"A block of {context.Warps} warps has lines of several warps, and several of them.");
        _threads = 32 * context.Warps.Columns;
        _position = context.Warps.Rows > 1 ? context.Lane : context.Thread;
        TileDecl[] tiles = [.. context.Program.Tiles.Where(tile => tile.Size > 1)];
        _vector = VectorOf(tiles);
        _memory = new LineMemory(context, _position, _threads, _vector);
        _reduction = new LineReduction(context);
        // Named before the first branch: every way through the block has it then.
        if (context.Warps.Columns > 1) context.UseShared(16);
        _numbers = new Pointwise(context);
        _pieces = [.. Enumerable.Range(0, tiles.Max(_memory.PiecesOf)).Select(_ => new Pointwise(context))];
    }

    private WarpBuilder W => _context.W;

    /// <summary>Whether a block is of this kind.</summary>
    public static bool Lowers(Statement.Block block) => !Contracts(block.Body);

    public void Write()
    {
        W.Comment($"{_context.Warps.Rows} line{(_context.Warps.Rows == 1 ? "" : "s")} of {_threads} threads, pieces of {_vector} element{(_vector == 1 ? "" : "s")}");
        Write(_block.Body);
    }

    private static bool Contracts(IEnumerable<Statement> statements) => statements.Any(statement => statement switch
    {
        Statement.Contract => true,
        Statement.For loop => Contracts(loop.Body),
        Statement.If choice => Contracts(choice.Then) || Contracts(choice.Else),
        _ => false,
    });

    /// <summary>Elements of a piece: 16 bytes of what the block loads first, where its lines are aligned and every tile is made up of such pieces.</summary>
    private int VectorOf(TileDecl[] tiles)
    {
        BufferDecl first = _context.Program.Buffers.First(buffer => buffer.Shape.Count > 1);
        int vector = first.LineAlignment >= 16 ? 16 / Elements.Bytes(first.Element) : 1;
        while (tiles.Any(tile => tile.Size % (_threads * vector) != 0)) vector /= 2;
        return vector > 0 ? vector : throw new NotSupportedException($"A tile of {tiles.Min(tile => tile.Size)} elements is not dealt to {_threads} threads.");
    }

    private void Write(IEnumerable<Statement> statements)
    {
        _memory.Forget();
        var run = new List<Statement>();
        foreach (Statement statement in statements)
        {
            if (statement is not (Statement.Let or Statement.For or Statement.If or Statement.Reduce))
            {
                run.Add(statement);
                continue;
            }
            WriteRun(run);
            run.Clear();
            WriteOne(statement);
        }
        WriteRun(run);
    }

    private void WriteOne(Statement statement)
    {
        switch (statement)
        {
            case Statement.Let let:
                _context.Bind(let.Variable, W.InRegister(_context.Lower(let.Value)));
                break;
            case Statement.For { Parallel: true } lines:
                Register line = W.InRegister(W.Add(_context.Lower(lines.Begin), _context.Warp));
                _context.Bind(lines.Variable, line);
                W.Comment("a line for each warp");
                W.If(W.Compare("lt", line, _context.Lower(lines.End)), () => Write(lines.Body));
                break;
            case Statement.For loop:
                WriteLoop(loop);
                break;
            case Statement.If choice:
                WriteChoice(choice);
                break;
            case Statement.Reduce reduce:
                SetNumber(reduce.Tile, _reduction.Reduce(reduce.Op, [.. PiecesOf(reduce.Source).SelectMany(piece => piece[reduce.Source])]));
                break;
        }
    }

    /// <summary>Both sides go to the end of the block, so that nothing in registers is needed behind it.</summary>
    private void WriteChoice(Statement.If choice)
    {
        string relation = WarpBuilder.Name(choice.Condition.Relation);
        string otherwise = W.NewLabel("else"), end = W.NewLabel("endif");
        W.Comment($"{choice.Condition.Left} {relation} {choice.Condition.Right}");
        W.Guarded(W.Compare(relation, _context.Lower(choice.Condition.Left), _context.Lower(choice.Condition.Right)), () => W.Emit("bra", otherwise), negated: true);
        Write(choice.Then);
        W.Emit("bra", end);
        W.Label(otherwise);
        Write(choice.Else);
        W.Label(end);
        _memory.Forget();
    }

    /// <summary>A loop over a line that all its threads make together. What an iteration reads before it writes it keeps its registers.</summary>
    private void WriteLoop(Statement.For loop)
    {
        var written = new HashSet<string>(StringComparer.Ordinal);
        foreach (Statement statement in loop.Body)
        {
            foreach (string tile in Read(statement).Where(tile => !written.Contains(tile) && IsDealt(tile)).Distinct())
                foreach (Pointwise piece in PiecesOf(tile)) piece.Fix(tile, [.. piece[tile].Select(Copy)]);
            if (Written(statement) is { } name) written.Add(name);
        }
        Register variable = W.Variable(_context.Lower(loop.Begin));
        W.For("pass", variable, _context.Lower(loop.End), _context.Lower(loop.Step), () =>
        {
            _context.Bind(loop.Variable, variable);
            Write(loop.Body);
        }, asWritten: true);
        _memory.Forget();
    }

    /// <summary>Statements without control among them: numbers of the line first. Then statement by statement, so that all loads are on their way at once; where a store ends them, piece by piece, so that few registers are in use.</summary>
    private void WriteRun(IReadOnlyList<Statement> run)
    {
        if (run.Count == 0) return;
        foreach (Statement statement in run.Where(statement => Written(statement) is { } tile && !IsDealt(tile))) WriteNumber(statement);
        Statement[] dealt = [.. run.Where(statement => Written(statement) is not { } tile || IsDealt(tile))];
        int pieces = dealt.Length == 0 ? 0 : dealt.Select(statement => Written(statement) ?? ((Statement.Store)statement).Tile).Max(tile => _memory.PiecesOf(_context.Tile(tile)));
        if (!dealt.OfType<Statement.Store>().Any())
        {
            foreach (Statement statement in dealt)
                for (int piece = 0; piece < pieces; piece++) WritePiece(statement, piece);
            return;
        }
        for (int piece = 0; piece < pieces; piece++)
        {
            W.Comment($"piece {piece} to {string.Join(", ", dealt.OfType<Statement.Store>().Select(store => store.Buffer))}");
            foreach (Statement statement in dealt) WritePiece(statement, piece);
        }
    }

    private void WriteNumber(Statement statement)
    {
        switch (statement)
        {
            case Statement.Load load:
                SetNumber(load.Tile, _memory.LoadScalar(load));
                return;
            case Statement.Iota iota:
                SetNumber(iota.Tile, W.InRegister(_context.Lower(iota.Start)));
                return;
            case Statement.Fill fill:
                SetNumber(fill.Tile, Constant(fill));
                return;
            default:
                _numbers.Run(statement);
                string tile = Written(statement)!;
                SetNumber(tile, _numbers[tile][0]);
                return;
        }
    }

    private void WritePiece(Statement statement, int piece)
    {
        Pointwise values = _pieces[piece];
        switch (statement)
        {
            case Statement.Load load:
                if (piece == 0) W.Comment($"{load.Buffer}: {load.Tile}");
                values.Set(load.Tile, _memory.Load(load, piece));
                break;
            case Statement.Store store:
                _memory.Store(store, piece, values[store.Tile]);
                break;
            case Statement.Iota iota:
                Value first = _memory.PlaceOf(iota.Start, piece);
                values.Set(iota.Tile, [.. Enumerable.Range(0, _vector).Select(i => W.InRegister(W.Add(first, i)))]);
                break;
            case Statement.Fill fill:
                values.Set(fill.Tile, [.. Enumerable.Range(0, _vector).Select(_ => Constant(fill))]);
                break;
            default:
                values.Run(statement);
                break;
        }
    }

    private void SetNumber(string tile, Register register)
    {
        _numbers.Set(tile, register);
        foreach (Pointwise piece in _pieces) piece.Set(tile, register);
    }

    private bool IsDealt(string tile) => _context.Tile(tile).Size > 1;

    private IEnumerable<Pointwise> PiecesOf(string tile) => _pieces.Take(_memory.PiecesOf(_context.Tile(tile)));

    private Register Constant(Statement.Fill fill)
    {
        bool isFloat = Elements.IsFloat(_context.Tile(fill.Tile).Element);
        Register register = W.New(isFloat ? RegisterKind.F32 : RegisterKind.B32);
        W.Emit(isFloat ? "mov.f32" : "mov.u32", register, isFloat ? Elements.Constant((float)fill.Value) : ((long)fill.Value).ToString(System.Globalization.CultureInfo.InvariantCulture));
        return register;
    }

    private Register Copy(Register register)
    {
        Register copy = W.New(register.Kind);
        W.Emit(register.Kind == RegisterKind.F32 ? "mov.f32" : "mov.u32", copy, register);
        return copy;
    }

    private static string? Written(Statement statement) => statement switch
    {
        Statement.Load s => s.Tile,
        Statement.Iota s => s.Tile,
        Statement.Fill s => s.Tile,
        Statement.Map s => s.Tile,
        Statement.Zip s => s.Tile,
        Statement.Select s => s.Tile,
        _ => null,
    };

    private static IEnumerable<string> Read(Statement statement) => statement switch
    {
        Statement.Map s => [s.Source],
        Statement.Zip s => [s.Left, s.Right],
        Statement.Select s => [s.Condition, s.Left, s.Right],
        Statement.Store s => [s.Tile],
        _ => [],
    };
}
