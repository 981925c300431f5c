using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Lowers a block whose loop over the depth is split over its threads (<see cref="Statement.For.Split"/>): one factor is streamed from memory into the registers of the threads that use it, the other
/// stands in shared memory, a chunk of the depth at a time; every thread has accumulators of its own, which are added up at the end.
/// </summary>
internal sealed class SplitLowering
{
    private readonly BlockContext _context;
    private readonly Statement.Block _block;
    private readonly Statement.For _chunks;
    private readonly Statement.For _outer;
    private readonly Statement.For _inner;
    private readonly Statement.Contract _contract;
    private readonly StreamedRows _rows;
    private readonly ChunkCopy _chunk;
    private readonly SplitProducts _products;
    private readonly TableDecoder? _table;
    private readonly bool _streamedIsFirst;
    private readonly int _warpRows;

    public SplitLowering(BlockContext context, Statement.Block block)
    {
        (_context, _block) = (context, block);
        _chunks = block.Body.OfType<Statement.For>().Single();
        _outer = _chunks.Body.OfType<Statement.For>().Single();
        _inner = _outer.Body.OfType<Statement.For>().SingleOrDefault() ?? _outer;
        _contract = _inner.Body.OfType<Statement.Contract>().Single();
        _streamedIsFirst = context.Tile(_contract.A).Level != TileLevel.Shared;
        string factor = _streamedIsFirst ? _contract.A : _contract.B;
        Statement.Rebuild? rebuild = _inner.Body.OfType<Statement.Rebuild>().SingleOrDefault();
        Statement.Gather? lookup = TableDecoder.Find(_inner, rebuild?.Coefficients ?? factor);
        Statement.Load streamed = LoadOf(lookup?.Coordinates ?? factor), shared = LoadOf(_streamedIsFirst ? _contract.B : _contract.A);
        _warpRows = context.Tile(streamed.Tile).Shape[0] / context.Warps.Rows;
        Value depth = context.Lower(_chunks.End);
        bool depthLast = _streamedIsFirst ? _contract.TransposedB : !_contract.TransposedA;
        _chunk = new ChunkCopy(context, shared, depthLast, Chunk, nibbleOrder: context.Buffer(streamed.Buffer).Element == ElementType.S4 && _contract.Via != ContractVia.Fma);
        Statement.Load? basis = rebuild is null ? null : block.Body.Concat(_inner.Body).OfType<Statement.Load>().Single(load => load.Tile == rebuild.Basis);
        bool isOfStep = _inner.Body.Contains(basis);
        _rows = new StreamedRows(context, streamed, _outer.Body.OfType<Statement.Load>().SingleOrDefault(load => load != streamed && load != shared && load != basis), depth, _warpRows, Threads, _outer.Unroll)
        {
            Bases = basis is null ? null : new StreamedBases(context, basis, _warpRows, isOfStep ? _outer.Unroll : 1),
            BasesPerStep = isOfStep,
            GroupVariable = _outer == _inner ? null : _outer.Variable,
        };
        _table = lookup is null ? null : new TableDecoder(context, lookup);
        _products = new SplitProducts(context, _contract.Via, _rows, _chunk, _table, _warpRows, _inner.Body.OfType<Statement.Zip>().Any(zip => zip.Tile == factor), MostTerms(depth));
    }

    /// <summary>Whether a block is of this kind.</summary>
    public static bool Lowers(Statement.Block block) => block.Body.OfType<Statement.For>().Any(loop => loop.Body.OfType<Statement.For>().Any(inner => inner.Split > 1));

    /// <summary>Registers that the next steps of the weights take beside those that the text holds.</summary>
    public const int LoadsAhead = 32;

    private WarpBuilder W => _context.W;

    /// <summary>Threads along the depth.</summary>
    private int Threads => _outer.Split * Team;

    /// <summary>Neighbouring threads that sum a group together.</summary>
    private int Team => _outer == _inner ? 1 : _inner.Split;

    private int Chunk => (int)((Tiles.Index.Const)_chunks.Step).Value;

    private int Columns => _chunk.Columns;

    private int Elements => _warpRows * Columns;

    /// <summary>The body adds a group's sum to the accumulators, in statements of its own.</summary>
    private bool HasGroups => _outer.Body.OfType<Statement.Zip>().Any(zip => zip.Tile == Accumulator);

    private string Accumulator => _block.Body.OfType<Statement.Fill>().Single().Tile;

    public void Write()
    {
        Value position = W.Modulo(_context.Thread, Threads), warpRow = W.Divide(_context.Thread, Threads);
        _context.UseShared(_chunk.Bytes);
        Register? leads = Team > 1 ? W.Compare("eq", W.And(position, Team - 1), 0) : null;
        _table?.Load();
        _rows.Start(position, warpRow, leads);
        bool isFloat = _context.Tile(Accumulator).Element == ElementType.F32;
        Register[] sums = Enumerable.Range(0, Elements).Select(_ => Zero(isFloat)).ToArray();
        Value depth = _context.Lower(_chunks.End);
        if (depth.IsConstant && depth.Constant <= Chunk)
        {
            WriteChunk(0, depth, position, sums, isLast: true);
        }
        else
        {
            Register begin = W.Variable(0);
            W.For("chunk_of_depth", begin, depth, Chunk, () => WriteChunk(begin, depth, position, sums, isLast: false));
        }
        W.Barrier();
        if (!HasGroups) sums = sums.Select(_products.Finish).ToArray();
        WriteTail(warpRow, sums);
    }

    private Statement.Load LoadOf(string tile) => _inner.Body.OfType<Statement.Load>().Single(load => load.Tile == tile);

    /// <summary>Products that one integer sum has at most; none known: as many as there are.</summary>
    private long MostTerms(Value depth) => HasGroups ? _outer == _inner ? _rows.Step : ((Tiles.Index.Const)_outer.Step).Value : depth.IsConstant ? depth.Constant : long.MaxValue;

    private void WriteChunk(Value begin, Value depth, Value position, Register[] sums, bool isLast)
    {
        _chunk.Copy(begin);
        W.Barrier();
        _products.StartChunk(position);
        int step = Threads * _rows.Step * _outer.Unroll;
        Register done = W.Variable(begin);
        Value end = isLast ? depth : W.Min(W.Add(begin, Chunk), depth);
        W.For("steps", done, end, step, () =>
        {
            for (int set = 0; set < _outer.Unroll; set++)
            {
                W.Comment($"step {set}");
                if (HasGroups) WriteGroup(set, sums);
                else _products.Add(set, set * Threads, sums);
                _rows.Reload(set);
            }
            _rows.Advance();
            _products.Advance(_outer.Unroll * Threads);
        }, asWritten: true);
        if (!isLast) W.Barrier();
    }

    /// <summary>The products of one step, summed over the team, through the statements that add them to the accumulators.</summary>
    private void WriteGroup(int set, Register[] sums)
    {
        bool isFloat = _contract.Via == ContractVia.Fma;
        Register[] group = Enumerable.Range(0, Elements).Select(_ => Zero(isFloat)).ToArray();
        _products.Add(set, set * Threads, group);
        Statement[] statements = _outer.Body.Where(s => s is Statement.Map or Statement.Zip).ToArray();
        string scale = _outer.Body.OfType<Statement.Load>().Last().Tile;
        for (int i = 0; i < Elements; i++)
        {
            var pointwise = new Pointwise(_context);
            pointwise.Fix(Accumulator, sums[i]);
            pointwise.Set(_contract.Accumulator, _products.Finish(LaneSums.OverTeam(W, group[i], Team)));
            pointwise.Set(scale, _rows.ScaleOf(set, i / Columns));
            foreach (Statement statement in statements) pointwise.Run(statement);
        }
    }

    private void WriteTail(Value warpRow, Register[] sums)
    {
        (Register[] totals, Value first, int copies) = LaneSums.Scatter(W, _context.Lane, sums);
        int after = _block.Body.ToList().IndexOf(_chunks) + 1;
        var tail = new Tail(_context, _block.Body.Skip(after).ToArray());
        tail.Write(Accumulator, _context.Warps.Columns, staging =>
        {
            Value slot = W.Modulo(_context.Warp, _context.Warps.Columns);
            Register start = W.InRegister(W.Add(_context.Shared, W.Multiply(slot, staging.Bytes)));
            Register? alone = copies == 0 ? null : W.Compare("eq", W.And(_context.Lane, copies), 0);
            for (int i = 0; i < totals.Length; i++)
            {
                Value number = W.Add(first, i), row = W.Add(W.Multiply(warpRow, _warpRows), W.Divide(number, Columns)), column = W.Modulo(number, Columns);
                (Value line, Value place) = _streamedIsFirst ? (row, column) : (column, row);
                Register holds = W.Compare("lt", number, Elements), writes = alone is { } one ? W.Both(holds, one) : holds;
                Register at = W.InRegister(W.Add(start, W.Add(W.Multiply(line, staging.Pitch), W.Multiply(place, 4))));
                W.Guarded(writes, () => W.Emit("st.shared.b32", WarpBuilder.At(at), totals[i]));
            }
        });
    }

    private Register Zero(bool isFloat)
    {
        Register zero = W.New(isFloat ? RegisterKind.F32 : RegisterKind.B32);
        W.Emit(isFloat ? "mov.f32" : "mov.u32", zero, isFloat ? Ptx.Elements.Constant(0) : "0");
        return zero;
    }
}
