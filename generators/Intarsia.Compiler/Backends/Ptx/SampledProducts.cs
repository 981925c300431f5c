using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// The dot products of 16 gathered rows with the V rows of a vector group, by one warp. On tensor cores the gathered rows are the first factor, and a lane reads row g of the group; on multiply-adds a lane
/// reads every row of the group, and the sums of four lanes are added up at the end.
/// </summary>
internal sealed class SampledProducts
{
    private readonly BlockContext _context;
    private readonly Statement.For _entries;
    private readonly Statement.For _depth;
    private readonly Statement.Contract _contract;
    private readonly SampledRows _gathered;
    private readonly SampledRows _rows;
    private readonly MmaRow? _mma;
    private readonly int _vector;

    public SampledProducts(BlockContext context, Statement.For entries, Statement.For depth)
    {
        (_context, _entries, _depth) = (context, entries, depth);
        _contract = depth.Body.OfType<Statement.Contract>().Single();
        TileDecl a = context.Tile(_contract.A), b = context.Tile(_contract.B);
        _vector = b.Shape[0];
        _mma = _contract.Via == ContractVia.Mma ? MmaTable.Find(a.Element, b.Element, context.Tile(_contract.Accumulator).Element, isSparse: false) : null;
        int chunk = a.Shape[1] / 4;
        _gathered = new SampledRows(context, context.Buffer(depth.Body.OfType<Statement.Gather>().Single().Buffer), chunk);
        _rows = new SampledRows(context, context.Buffer(Load.Buffer), chunk);
        Value group = W.ShiftRight(context.Lane, 2), quad = W.And(context.Lane, 3);
        (Group, Quad) = (W.InRegister(group), W.InRegister(quad));
    }

    /// <summary>The sums, rows of the group by entries.</summary>
    public Element[] Elements { get; private set; } = [];

    /// <summary>Which of four lanes that hold the same sums goes on with a row; null where each lane has its own.</summary>
    public Func<int, Register>? Owner => _mma is not null ? null : row => W.Compare("eq", Quad, row & 3);

    private WarpBuilder W => _context.W;

    private Register Group { get; }

    private Register Quad { get; }

    private Statement.Load Load => _depth.Body.OfType<Statement.Load>().Single(load => load.Tile == _contract.B);

    private Statement.Load Indices => _entries.Body.OfType<Statement.Load>().First(load => load.Tile == _depth.Body.OfType<Statement.Gather>().Single().Coordinates);

    /// <summary>Rows of the group that a lane reads.</summary>
    private int RowsOfLane => _mma is null ? _vector : (_vector + 7) / 8;

    /// <summary>On multiply-adds the text loads a row of the group before it multiplies it; the assembler loads them all first, a register for each element once they are widened. Integers stay words until then.</summary>
    public int LoadsAhead => _contract.Via == ContractVia.Fma ? (_vector - 1) * _rows.Chunk : 0;

    /// <summary>Computes where the rows of the group begin, which are the same for all of its entries.</summary>
    public void Prepare()
    {
        W.Comment($"rows of {Load.Buffer}");
        Value first = _context.Lower(Load.At[0]), extent = _context.Lower(_context.Buffer(Load.Buffer).Shape[0]);
        for (int i = 0; i < RowsOfLane; i++)
        {
            // Rows that the group or the matrix has not repeat the last one: their sums are not stored.
            Value row = W.Add(first, _mma is null ? i : _vector == 1 ? 0 : W.Min(W.Add(Group, 8 * i), _vector - 1));
            _rows.Begin(W.Min(row, W.Subtract(extent, 1)), Quad);
        }
    }

    /// <summary>Writes the products of the entries at the loop's position.</summary>
    public void Write()
    {
        W.Comment($"16 rows of {_depth.Body.OfType<Statement.Gather>().Single().Buffer}");
        _gathered.Clear();
        for (int half = 0; half < 2; half++)
        {
            // What lies past the end takes the first row: its sums are not stored.
            Value place = W.Add(_context.Lower(Indices.At[0]), W.Add(Group, 8 * half));
            Register index = W.Variable(0), address = W.Address(_context.Base(Indices.Buffer), place, 4);
            W.Guarded(W.Compare("lt", place, _context.Lower(Indices.Until!)), () => W.Emit("ld.global.nc.u32", index, WarpBuilder.At(address)));
            _gathered.Begin(index, Quad);
        }
        NewElements();
        new SampledSteps(_context, _depth, Quad, [_gathered, _rows]).Write(Multiply);
        if (_mma is null) Elements = Elements.Select(e => e with { Register = LaneSums.OverTeam(W, e.Register, 4) }).ToArray();
    }

    private void NewElements()
    {
        bool single = _context.Tile(_contract.Accumulator).Element == ElementType.F32;
        Element New(Value rowBase, int row, int entry)
        {
            Register register = single ? W.F32() : W.B32();
            W.Emit(single ? "mov.f32" : "mov.u32", register, single ? "0f00000000" : "0");
            return new Element(register, rowBase, row, Group, entry);
        }
        // Tensor cores leave entries g and g + 8 of rows 2t and 2t + 1 (PTX ISA, fragments of m16n8k16).
        Elements = _mma is null
            ? Enumerable.Range(0, 2 * _vector).Select(i => New(0, i / 2, 8 * (i % 2))).ToArray()
            : Enumerable.Range(0, 4 * RowsOfLane).Select(i => New(W.ShiftLeft(Quad, 1), 8 * (i / 4) + i % 2, 8 * (i / 2 % 2))).ToArray();
    }

    /// <summary>One step: words of rows g and g + 8 of the gathered ones, and of each row of the group that the lane reads.</summary>
    private void Multiply(Register[][] gathered, Func<int, Register[]> rowOf)
    {
        if (_mma is { } mma)
        {
            Register[][] rows = Enumerable.Range(0, RowsOfLane).Select(rowOf).ToArray();
            for (int word = 0; word < 4; word += 2)
            {
                string first = WarpBuilder.Vector([gathered[0][word], gathered[1][word], gathered[0][word + 1], gathered[1][word + 1]]);
                for (int i = 0; i < rows.Length; i++)
                {
                    string sum = WarpBuilder.Vector(Elements.Skip(4 * i).Take(4).Select(e => e.Register));
                    W.Emit(mma.Opcode, sum, first, WarpBuilder.Vector([rows[i][word], rows[i][word + 1]]), sum);
                }
            }
            return;
        }
        string multiplyAdd = _contract.Via == ContractVia.Fma ? "fma.rn.f32" : "mad.lo.s32";
        Register[][] wide = gathered.Select(_gathered.Widen).ToArray();
        for (int row = 0; row < _vector; row++)
        {
            Register[] factors = _rows.Widen(rowOf(row));
            for (int half = 0; half < 2; half++)
            {
                Register sum = Elements[2 * row + half].Register;
                for (int i = 0; i < factors.Length; i++) W.Emit(multiplyAdd, sum, wide[half][i], factors[i], sum);
            }
        }
    }
}
