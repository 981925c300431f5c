using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Lowers a block that looks planes of signs up in tables (<see cref="ContractVia.Table"/>): a chunk of tables in shared memory, then pieces of the depth, each a warp's, whose lanes are rows. A word of signs is 32 bits of a row, and
/// stands beside that of the next row; words of the next plane are on their way while those of one are looked up.
/// </summary>
internal sealed class PlaneTableLowering
{
    private const int WordBytes = 4, Codes = 8;

    private readonly BlockContext _context;
    private readonly Statement.Block _block;
    private readonly Statement.For _chunks;
    private readonly Statement.For _pieces;
    private readonly Statement.For _planes;
    private readonly Statement.Load _signs;
    private readonly Statement.Load _scales;
    private readonly PlaneTables _tables;
    private readonly int _words;

    public PlaneTableLowering(BlockContext context, Statement.Block block)
    {
        (_context, _block) = (context, block);
        _chunks = block.Body.OfType<Statement.For>().Single();
        _pieces = _chunks.Body.OfType<Statement.For>().Single();
        _planes = _pieces.Body.OfType<Statement.For>().Single();
        Statement.Table table = _pieces.Body.OfType<Statement.Table>().Single();
        Statement.Contract contract = _planes.Body.OfType<Statement.Contract>().Single();
        _signs = _planes.Body.OfType<Statement.Load>().Single(load => load.Tile == _planes.Body.OfType<Statement.Transpose>().Single(order => order.Tile == contract.A).Source);
        _scales = _planes.Body.OfType<Statement.Load>().Single(load => load != _signs);
        _words = context.Tile(_signs.Tile).Shape[0];
        _tables = new PlaneTables(context, _pieces, _pieces.Body.OfType<Statement.Load>().Single(load => load.Tile == table.Source), _words * Codes, (int)((Tiles.Index.Const)_chunks.Step).Value);
        if (table.Bits != 4) throw new NotSupportedException($"Tables over {table.Bits} signs have no PTX; expected 4.");
    }

    /// <summary>Words and a scale of the next plane, beside what the text holds.</summary>
    public const int LoadsAhead = 32;

    /// <summary>Whether a block is of this kind.</summary>
    public static bool Lowers(Statement.Block block) => block.Body.OfType<Statement.For>().Any(chunks => chunks.Body.OfType<Statement.For>().Any(pieces => pieces.Body.OfType<Statement.Table>().Any()));

    private WarpBuilder W => _context.W;

    private int Columns => _tables.Columns;

    /// <summary>Sums are added up in binary64.</summary>
    private bool IsExact => _context.Tile(Accumulator).Element == ElementType.F64;

    private string Accumulator => _block.Body.OfType<Statement.Fill>().Single().Tile;

    /// <summary>Planes of signs, and behind them one of offsets, whose signs are all +, where it is filled beside the loop.</summary>
    private int Terms => (int)((Tiles.Index.Const)_planes.End).Value + (_pieces.Body.OfType<Statement.Contract>().Any() ? 1 : 0);

    public void Write()
    {
        _context.BindLets(_block.Body);
        _context.UseShared(_tables.Bytes);
        Value warpRow = W.Divide(_context.Warp, _context.Warps.Columns), slot = W.Modulo(_context.Warp, _context.Warps.Columns), row = W.InRegister(W.Add(W.Multiply(warpRow, 32), _context.Lane));
        Register signs = W.Address(_context.Base(_signs.Buffer), row, WordBytes), scales = W.Address(_context.Base(_scales.Buffer), row, 4);
        Register[] sums = Zeros(IsExact ? RegisterKind.B64 : RegisterKind.F32);
        Value pieces = _context.Lower(_chunks.End);
        Register chunk = W.Variable(_context.Lower(_chunks.Begin));
        W.For("chunk", chunk, pieces, _chunks.Step is Tiles.Index.Const step ? step.Value : 1, () =>
        {
            _tables.Make(chunk);
            W.Barrier();
            Register piece = W.Variable(W.Add(chunk, slot));
            _context.Bind(_chunks.Variable, chunk);
            Value end = _context.Lower(_pieces.End);
            W.For("pieces", piece, end, _pieces.Split, () => WritePiece(W.Subtract(piece, chunk), piece, signs, scales, sums), asWritten: true);
            W.Barrier();
        }, asWritten: true);
        WriteTail(row, slot, sums);
    }

    /// <summary>All planes of one piece.</summary>
    private void WritePiece(Value local, Register piece, Register signs, Register scales, Register[] sums)
    {
        _context.Bind(_pieces.Variable, piece);
        _context.BindLets(_pieces.Body);
        Register tables = W.InRegister(W.Add(_context.Shared, W.Multiply(local, _words * Codes * _tables.RunBytes)));
        Value[] swizzles = Enumerable.Range(0, _words).Select(word => Swizzle(local, word)).ToArray();
        Register[] ahead = W.B32(_words), words = W.B32(_words);
        Register plane = W.Variable(0);
        LoadWords(signs, plane, ahead);
        W.For("plane", plane, Terms, 1, () =>
        {
            for (int i = 0; i < _words; i++) W.Emit("xor.b32", words[i], ahead[i], swizzles[i]);
            _context.Bind(_planes.Variable, plane);
            Register scale = W.F32();
            W.Emit("ld.global.nc.f32", scale, WarpBuilder.At(At(scales, _scales, 4)));
            LoadWords(signs, W.Add(plane, 1), ahead);
            Register[] found = Zeros(_tables.IsFloat ? RegisterKind.F32 : RegisterKind.B32);
            for (int word = 0; word < _words; word++)
                for (int run = 0; run < Codes; run++) LookUp(words[word], run, tables, (word * Codes + run) * _tables.RunBytes, found);
            AddScaled(sums, found, scale);
        }, asWritten: true);
    }

    private void AddScaled(Register[] sums, Register[] found, Register scale)
    {
        Register wide = IsExact ? Wide("cvt.f64.f32", scale) : scale;
        for (int column = 0; column < Columns; column++)
        {
            if (IsExact) W.Emit("fma.rn.f64", sums[column], Wide("cvt.rn.f64.s32", found[column]), wide, sums[column]);
            else W.Emit("fma.rn.f32", sums[column], found[column], scale, sums[column]);
        }

        Register Wide(string opcode, Register from)
        {
            Register result = W.B64();
            W.Emit(opcode, result, from);
            return result;
        }
    }

    /// <summary>The words of a plane; all + where there are none, as in the plane of offsets.</summary>
    private void LoadWords(Register signs, Value plane, Register[] words)
    {
        _context.Bind(_planes.Variable, plane);
        BufferDecl buffer = _context.Buffer(_signs.Buffer);
        Value first = _context.Lower(_signs.At[1]), end = _context.Lower(buffer.Shape[1]), width = _context.Lower(buffer.Shape[2]);
        Register address = At(signs, _signs, WordBytes), exists = W.Compare("lt", plane, _context.Lower(_planes.End));
        for (int word = 0; word < _words; word++)
        {
            W.Emit("mov.u32", words[word], "0xffffffff");
            Register inside = W.Both(exists, W.Compare("lt", W.Add(first, word), end));
            W.Guarded(inside, () => W.Emit("ld.global.nc.L1::no_allocate.u32", words[word], WarpBuilder.At(address, word * width.Constant * WordBytes)));
        }
    }

    /// <summary>The address of a line of a panel, from that of this lane's first.</summary>
    private Register At(Register lane, Statement.Load load, int bytes)
    {
        BufferDecl buffer = _context.Buffer(load.Buffer);
        Value line = W.Add(W.Multiply(_context.Lower(load.At[0]), _context.Lower(buffer.Shape[1])), _context.Lower(load.At[1]));
        return W.Address(lane, line, W.Multiply(_context.Lower(buffer.Shape[2]), bytes));
    }

    /// <summary>What the codes of a word are combined with: constant where a piece begins the same way as every other.</summary>
    private Value Swizzle(Value local, int word)
    {
        if (_words % _tables.WordPeriod == 0) return _tables.Swizzle(word);
        Value place = W.And(W.Add(W.Multiply(local, _words), word), _tables.WordPeriod - 1);
        return W.Add(W.Multiply(place, _tables.SwizzleStep), _tables.Swizzle(0));
    }

    /// <summary>Adds what one code of a word names, column by column.</summary>
    private void LookUp(Register word, int run, Register tables, int offset, Register[] found)
    {
        int shift = PlaneTables.Place(run) - _tables.Shift;
        Register at = W.B32();
        Value moved = shift >= 0 ? W.ShiftRight(word, shift) : W.ShiftLeft(word, -shift);
        W.Emit("lop3.b32", at, W.InRegister(moved), 15 << _tables.Shift, tables, "0xea");
        string type = _tables.IsFloat ? "f32" : "u32", add = _tables.IsFloat ? "add.rn.f32" : "add.u32";
        for (int column = 0; column < Columns; column += _tables.Together)
        {
            Register[] entries = Enumerable.Range(0, _tables.Together).Select(_ => W.New(found[0].Kind)).ToArray();
            string from = WarpBuilder.At(at, offset + column / _tables.Together * _tables.TableBytes);
            if (entries.Length == 1) W.Emit($"ld.shared.{type}", entries[0], from);
            else W.Emit($"ld.shared.v2.{type}", WarpBuilder.Vector(entries), from);
            for (int i = 0; i < entries.Length; i++) W.Emit(add, found[column + i], found[column + i], entries[i]);
        }
    }

    private void WriteTail(Value row, Value slot, Register[] sums)
    {
        Statement[] tail = _block.Body.Skip(_block.Body.ToList().IndexOf(_chunks) + 1).ToArray();
        string tile = Accumulator;
        bool isTurned = false;
        int rest = 0;
        for (; tail[rest] is Statement.Map { Op: MapOp.Copy } copy && copy.Source == tile || tail[rest] is Statement.Transpose turn && turn.Source == tile; rest++)
        {
            isTurned |= tail[rest] is Statement.Transpose;
            tile = tail[rest] is Statement.Transpose order ? order.Tile : ((Statement.Map)tail[rest]).Tile;
        }
        int parts = _context.Warps.Columns;
        new Tail(_context, tail.Skip(rest).ToArray()).Write(tile, IsExact ? 1 : parts, staging =>
        {
            if (IsExact) AddParts(row, slot, sums, staging, isTurned);
            else for (int column = 0; column < Columns; column++) W.Emit("st.shared.f32", WarpBuilder.At(Staged(staging, W.Multiply(slot, staging.Bytes), row, column, isTurned)), sums[column]);
        });
    }

    /// <summary>The sums of warps in binary64, one behind the other, added up in their order and rounded.</summary>
    private void AddParts(Value row, Value slot, Register[] sums, SharedTile staging, bool isTurned)
    {
        int rows = 32 * _context.Warps.Rows, parts = _context.Warps.Columns, part = rows * Columns * 8;
        Value wide = W.Add(_context.UseShared(staging.Bytes + parts * part), staging.Bytes);
        Register mine = W.InRegister(W.Add(wide, W.Add(W.Multiply(slot, part), W.Multiply(row, 8))));
        for (int column = 0; column < Columns; column++) W.Emit("st.shared.b64", WarpBuilder.At(mine, column * rows * 8), sums[column]);
        _context.Barrier();
        Register index = W.Variable(_context.Thread);
        W.For("parts", index, rows * Columns, _context.Threads, () =>
        {
            Register from = W.InRegister(W.Add(wide, W.Multiply(index, 8))), total = W.B64(), rounded = W.F32();
            W.Emit("ld.shared.b64", total, WarpBuilder.At(from));
            for (int other = 1; other < parts; other++)
            {
                Register next = W.B64();
                W.Emit("ld.shared.b64", next, WarpBuilder.At(from, other * part));
                W.Emit("add.rn.f64", total, total, next);
            }
            W.Emit("cvt.rn.f32.f64", rounded, total);
            W.Emit("st.shared.f32", WarpBuilder.At(Staged(staging, 0, W.Modulo(index, rows), W.Divide(index, rows), isTurned)), rounded);
        });
    }

    /// <summary>Where a sum stands in a tile of lines, so many bytes behind the first.</summary>
    private Register Staged(SharedTile staging, Value offset, Value row, Value column, bool isTurned) =>
        W.InRegister(W.Add(W.Add(_context.Shared, offset), W.Add(W.Multiply(row, isTurned ? 4 : staging.Pitch), W.Multiply(column, isTurned ? staging.Pitch : 4))));

    private Register[] Zeros(RegisterKind kind) => Enumerable.Range(0, Columns).Select(_ =>
    {
        Register zero = W.New(kind);
        W.Emit(kind == RegisterKind.F32 ? "mov.f32" : kind == RegisterKind.B64 ? "mov.b64" : "mov.u32", zero, kind == RegisterKind.F32 ? Elements.Constant(0) : "0");
        return zero;
    }).ToArray();
}
