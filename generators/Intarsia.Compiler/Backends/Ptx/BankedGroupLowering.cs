using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Lowers a block that copies columns into shared memory, and whose warps then take bundles of rows: lanes are elements of a group, and a lane gathers the activations that its element meets. What the rows of a bundle are in the program, one
/// iteration each, are neighbouring lanes here, whose sums exchanges add up. Columns lie behind each other, so that an element has the same bank in each of them.
/// </summary>
internal sealed class BankedGroupLowering
{
    private readonly BlockContext _context;
    private readonly Statement.For _places;
    private readonly Statement.For _bundles;
    private readonly Statement[] _row;
    private readonly BufferDecl _shared;
    private readonly int _words;
    private readonly int _columns;
    private readonly int _team;

    public BankedGroupLowering(BlockContext context, Statement.Block block)
    {
        _context = context;
        Statement.Phase[] phases = [.. block.Body.OfType<Statement.Phase>()];
        _places = (Statement.For)phases[0].Body.Single();
        _bundles = (Statement.For)phases[1].Body.Single();
        var slots = (Statement.For)_bundles.Body.Single();
        _row = [.. slots.Body];
        _team = 32 / (int)((Tiles.Index.Const)slots.End).Value;
        _shared = context.Program.Buffers.Single(buffer => buffer.Role == BufferRole.Scratch);
        (_words, _columns) = ((int)((Tiles.Index.Const)_shared.Shape[0]).Value, (int)((Tiles.Index.Const)_shared.Shape[1]).Value);
    }

    /// <summary>See <see cref="WarpProgram.LoadsAhead"/>: what a few groups gather is on its way at once, of many columns a part.</summary>
    public int LoadsAhead => Math.Min(32, Groups.Unroll * _columns);

    private WarpBuilder W => _context.W;

    private bool IsFloat => _shared.Element == ElementType.F32;

    /// <summary>Bytes from a column to the next.</summary>
    private int ColumnBytes => 4 * _words;

    private Statement.For Groups => _row.OfType<Statement.For>().Single();

    /// <summary>Whether a block is of this kind.</summary>
    public static bool Lowers(Statement.Block block) =>
        block.Body.OfType<Statement.Phase>().Any(phase => phase.Body.OfType<Statement.For>().Any(bundles => bundles.Body.OfType<Statement.For>().Any(slots => slots.Body.OfType<Statement.For>().Any(groups => groups.Body.OfType<Statement.Gather>().Any()))));

    public void Write()
    {
        _context.UseShared(ColumnBytes * _columns);
        W.Comment("columns of X to the banks of shared memory");
        Register place = W.Variable(_context.Thread);
        W.For("places", place, _context.Lower(_places.End), _context.Threads, () => CopyLine(place));
        _context.Barrier();
        W.Comment($"bundles of {32 / _team} rows, {_team} lanes to each");
        Register bundle = W.Variable(W.Add(_context.Lower(_bundles.Begin), _context.Warp));
        _context.Bind(_bundles.Variable, bundle);
        _context.Bind(((Statement.For)_bundles.Body.Single()).Variable, W.Divide(_context.Lane, _team));
        W.For("bundles", bundle, _context.Lower(_bundles.End), _context.Warps.Count, WriteBundle, asWritten: true);
    }

    /// <summary>One line of X, all columns of the block.</summary>
    private void CopyLine(Register place)
    {
        _context.Bind(_places.Variable, place);
        Statement.Load load = _places.Body.OfType<Statement.Load>().Single();
        BufferDecl x = _context.Buffer(load.Buffer);
        int bytes = Elements.Bytes(x.Element);
        Value line = _context.Lower(load.At[0]), first = _context.Lower(load.At[1]), stride = W.Multiply(_context.Lower(x.Strides[1]), bytes);
        Register exists = W.Compare("lt", line, _context.Lower(x.Shape[0])), start = W.Address(_context.Base(x.Name), line, W.Multiply(_context.Lower(x.Strides[0]), bytes));
        var values = new Register[_columns];
        for (int column = 0; column < _columns; column++)
        {
            Register word = W.Move(0), inside = W.Both(exists, W.Compare("lt", W.Add(first, column), _context.Lower(x.Shape[1])));
            Register address = W.Address(start, W.Add(first, column), stride);
            W.Guarded(inside, () => W.Emit($"ld.global.nc.u{8 * bytes}", word, WarpBuilder.At(address)));
            values[column] = Unpacked.Widen(W, x.Element, [word], 1)[0];
        }
        foreach (Statement.Store store in _places.Body.OfType<Statement.Store>())
        {
            Register at = W.InRegister(W.Add(_context.Shared, W.Multiply(_context.Lower(store.At[0]), 4)));
            for (int column = 0; column < _columns; column++) W.Emit(IsFloat ? "st.shared.f32" : "st.shared.u32", WarpBuilder.At(at, column * ColumnBytes), values[column]);
        }
    }

    private void WriteBundle()
    {
        Statement.Contract contract = Groups.Body.OfType<Statement.Contract>().Single();
        Register[] sums = [.. Enumerable.Range(0, _columns).Select(_ => Zero())];
        WriteGroups(contract, sums);
        (Register[] totals, Value first, int copies) = LaneSums.Scatter(W, _context.Lane, sums, _team);
        Register? alone = copies == 0 ? null : W.Compare("eq", W.And(_context.Lane, copies), 0);
        Statement.Let row = _row.OfType<Statement.Let>().Single();
        Register number = W.InRegister(_context.Lower(row.Value));
        _context.Bind(row.Variable, number);
        bool rowsFirst = contract.B == Groups.Body.OfType<Statement.Gather>().Single().Tile;
        Element[] elements = [.. totals.Select((total, i) => rowsFirst ? new Element(total, 0, 0, first, i) : new Element(total, first, i, 0, 0))];
        Statement.If present = _row.OfType<Statement.If>().Single();
        W.If(W.Compare("ge", number, 0, "s32"), () => new Tail(_context, [.. present.Then]).WriteInPlace(contract.Accumulator, elements, alone is { } one ? _ => one : null));
    }

    /// <summary>A few groups at a time: places and values come first, then what they gather.</summary>
    private void WriteGroups(Statement.Contract contract, Register[] sums)
    {
        Statement.Gather gather = Groups.Body.OfType<Statement.Gather>().Single();
        BufferDecl indices = BufferOf(gather.Coordinates), values = BufferOf(contract.B == gather.Tile ? contract.A : contract.B);
        Register group = W.Variable(_context.Lower(Groups.Begin));
        Value end = _context.Lower(Groups.End);
        W.For("groups", group, end, Groups.Unroll, () =>
        {
            Value number = W.Add(W.Multiply(group, 32), _context.Lane);
            Register places = W.Address(_context.Base(indices.Name), number, 2), weights = W.Address(_context.Base(values.Name), number, Elements.Bytes(values.Element));
            Register?[] exists = [.. Enumerable.Range(0, Groups.Unroll).Select(i => i == 0 ? (Register?)null : W.Compare("lt", W.Add(group, i), end))];
            Register[] at = W.B32(Groups.Unroll), words = W.B32(Groups.Unroll);
            for (int i = 0; i < Groups.Unroll; i++)
                W.Guarded(exists[i], () =>
                {
                    W.Emit("ld.global.nc.u16", at[i], WarpBuilder.At(places, 64 * i));
                    W.Emit($"ld.global.nc.u{Elements.Bits(values.Element)}", words[i], WarpBuilder.At(weights, 32 * Elements.Bytes(values.Element) * i));
                });
            for (int i = 0; i < Groups.Unroll; i++) W.Guarded(exists[i], () => Multiply(at[i], Unpacked.Widen(W, values.Element, [words[i]], 1)[0], sums));
        }, asWritten: true);
    }

    /// <summary>One element of each lane with what it meets in each column.</summary>
    private void Multiply(Register place, Register weight, Register[] sums)
    {
        Register bytes = W.B32(), address = W.B32();
        W.Emit("shl.b32", bytes, place, 2);
        W.Emit("add.u32", address, _context.Shared, bytes);
        for (int column = 0; column < _columns; column++)
        {
            Register x = IsFloat ? W.F32() : W.B32();
            W.Emit(IsFloat ? "ld.shared.f32" : "ld.shared.u32", x, WarpBuilder.At(address, column * ColumnBytes));
            W.Emit(IsFloat ? "fma.rn.f32" : "mad.lo.s32", sums[column], weight, x, sums[column]);
        }
    }

    private BufferDecl BufferOf(string tile) => _context.Buffer(Groups.Body.OfType<Statement.Load>().Single(load => load.Tile == tile).Buffer);

    private Register Zero()
    {
        Register zero = IsFloat ? W.F32() : W.B32();
        W.Emit(IsFloat ? "mov.f32" : "mov.u32", zero, IsFloat ? Elements.Constant(0) : "0");
        return zero;
    }
}
