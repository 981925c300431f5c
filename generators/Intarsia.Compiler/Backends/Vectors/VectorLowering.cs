using Intarsia.Compiler.Backends.Simd;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Vectors;

/// <summary>
/// Lowers one block of a tile program to a vector program: tiles become vector registers, coordinates addresses, contractions rows of dot products. It takes the blocks of dense contractions; what
/// it cannot express it refuses, because a plan asks for it by name.
/// </summary>
internal sealed partial class VectorLowering
{
    private readonly Dictionary<string, BufferDecl> _buffers;
    private readonly Dictionary<string, TileDecl> _tiles;
    private readonly Dictionary<string, ScalarOperand> _variables = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Tile, int Row, int Column), Vector> _registers = [];
    private readonly List<(BlockParameter Parameter, Scalar Register)> _parameters = [];
    /// <summary>Columns of scalars that were loaded: each is spread over a vector when its row is computed, because a tile with its column would not fit the registers.</summary>
    private readonly Dictionary<string, Func<int, Address>> _columns = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Scalar> _multiples = new(StringComparer.Ordinal);
    private readonly List<LaneMask> _masks = [];
    private readonly VectorBuilder _code = new();
    private readonly Statement.Block _block;
    private Scalar? _valid;

    private VectorLowering(TileProgram program, Statement.Block block)
    {
        _block = block;
        _buffers = program.Buffers.ToDictionary(b => b.Name, StringComparer.Ordinal);
        _tiles = program.Tiles.ToDictionary(t => t.Name, StringComparer.Ordinal);
    }

    private int Lanes => _block.VectorBits / 32;

    private int VectorBytes => _block.VectorBits / 8;

    /// <summary>Lowers a block.</summary>
    /// <returns>The program, whose parameters are addresses first, and what a caller passes for each.</returns>
    public static (VectorProgram Program, EquatableArray<BlockParameter> Parameters) Lower(TileProgram program, Statement.Block block)
    {
        var lowering = new VectorLowering(program, block);
        lowering.LowerAll(block.Body);
        (BlockParameter Parameter, Scalar Register)[] parameters = [.. lowering._parameters.OrderBy(p => p.Parameter is BlockParameter.Buffer ? 0 : 1)];
        var lowered = new VectorProgram(block.Name, block.VectorBits, parameters.Select(p => new VectorParameter(BlockLowering.ParameterName(p.Parameter), p.Register)).ToArray(), lowering._code.Build());
        return (lowered, parameters.Select(p => p.Parameter).ToArray());
    }

    private void LowerAll(IEnumerable<Statement> statements)
    {
        Statement[] all = [.. statements];
        for (int i = 0; i < all.Length; i++)
        {
            // What is stored behind a contraction is fetched while it runs.
            if (all[i] is Statement.For loop && Contracts(loop) && all.Skip(i + 1).OfType<Statement.Store>().FirstOrDefault() is { } store)
            {
                Func<int, Address> rows = Rows(_buffers[store.Buffer], store.At, _tiles[store.Tile].Shape[0]);
                ForEachVector(store.Tile, (row, j) => _code.Add(new VectorOp.Prefetch(rows(row).Plus(j * VectorBytes)) { ForWriting = true }));
            }
            if (i + 1 < all.Length && LowerMultiplyAdd(all[i], all[i + 1])) i++;
            else if (i + 2 < all.Length && LowerSpread(all[i], all[i + 1], all[i + 2])) i += 2;
            else Lower(all[i]);
        }
    }

    /// <summary>A product whose sum is all that becomes of it: one instruction, which rounds once.</summary>
    private bool LowerMultiplyAdd(Statement first, Statement second)
    {
        if (first is not Statement.Zip { Op: ZipOp.Multiply } product || second is not Statement.Zip { Op: ZipOp.Add } sum || sum.Left != sum.Tile || sum.Right != product.Tile || _tiles[sum.Tile].Element != ElementType.F32) return false;
        ForEachVector(sum.Tile, (row, j) => Apply(VectorInstruction.MultiplyAddSingle, sum.Tile, row, j, product.Left, product.Right));
        return true;
    }

    /// <summary>Zeros that a column of scalars is added to: the scalars, spread.</summary>
    private bool LowerSpread(Statement first, Statement second, Statement third)
    {
        if (first is not Statement.Fill { Value: 0 } fill || second is not Statement.Load load || !IsBroadcast(_tiles[load.Tile]) || IsStored(_block.Body, load.Buffer)) return false;
        if (third is not Statement.Zip { Op: ZipOp.Add } sum || sum.Tile != fill.Tile || sum.Left != fill.Tile || sum.Right != load.Tile) return false;
        Func<int, Address> rows = Rows(_buffers[load.Buffer], load.At, _tiles[load.Tile].Shape[0]);
        ForEachVector(sum.Tile, (row, j) => _code.Add(new VectorOp.Broadcast(Register(sum.Tile, row, j), rows(row), 4)));
        return true;
    }

    private static bool IsStored(IEnumerable<Statement> statements, string buffer) => statements.Any(statement => statement switch
    {
        Statement.Store s => s.Buffer == buffer,
        Statement.For s => IsStored(s.Body, buffer),
        Statement.If s => IsStored(s.Then, buffer) || IsStored(s.Else, buffer),
        _ => false,
    });

    private static bool Contracts(Statement.For loop) => loop.Body.Any(s => s is Statement.Contract || (s is Statement.For inner && Contracts(inner)));

    private void Lower(Statement statement)
    {
        switch (statement)
        {
            case Statement.Let s:
                _variables[s.Variable] = Value(s.Value);
                break;
            case Statement.If s:
                _code.If(Value(s.Condition.Left), s.Condition.Relation, Value(s.Condition.Right), () => LowerAll(s.Then), s.Else.Count == 0 ? null : () => LowerAll(s.Else));
                break;
            case Statement.For s when s.Body.Any(b => b is Statement.Contract { Via: ContractVia.Table }):
                LowerTables(s);
                break;
            case Statement.For s when InterleavedRows.Of(s, _tiles, Lanes) is { } turn:
                LowerInterleaved(s, turn);
                break;
            case Statement.For s when s.Body.Any(b => b is Statement.Contract):
                LowerSteps(s);
                break;
            case Statement.For { Lanes: false } s:
                Scalar variable = _code.NewScalar();
                ScalarOperand begin = Value(s.Begin), end = Value(s.End), step = Value(s.Step);
                _variables[s.Variable] = variable;
                _code.Count(variable, begin, end, step, () => LowerAll(s.Body));
                break;
            case Statement.Fill { Value: 0 } s:
                ForEachVector(s.Tile, (row, j) => _code.Add(new VectorOp.Apply(VectorInstruction.Zero, Register(s.Tile, row, j), default)));
                break;
            case Statement.Load s:
                LowerLoad(s);
                break;
            case Statement.Store s:
                LowerStore(s);
                break;
            case Statement.Map { Op: MapOp.Copy } s when _tiles[s.Source].Element == ElementType.S32 && _tiles[s.Tile].Element == ElementType.F32:
                ForEachVector(s.Tile, (row, j) => Apply(VectorInstruction.SingleFromInt32, s.Tile, row, j, s.Source));
                break;
            case Statement.Transpose s when s.Axes.SequenceEqual(Enumerable.Range(0, s.Axes.Count)):
                // Another shape of the same elements.
                ForEachVector(s.Source, (row, j) => _registers[(s.Tile, row, j)] = Register(s.Source, row, j));
                break;
            case Statement.Transpose s:
                LowerTranspose(s);
                break;
            case Statement.Zip s:
                VectorInstruction instruction = (s.Op, _tiles[s.Tile].Element) switch
                {
                    (ZipOp.Add, ElementType.S32) => VectorInstruction.AddInt32,
                    (ZipOp.Subtract, ElementType.S32) => VectorInstruction.SubtractInt32,
                    (ZipOp.Add, ElementType.F32) => VectorInstruction.AddSingle,
                    (ZipOp.Multiply, ElementType.F32) => VectorInstruction.MultiplySingle,
                    (ZipOp op, ElementType element) => throw Refused($"{op} of {element}"),
                };
                ForEachVector(s.Tile, (row, j) => Apply(instruction, s.Tile, row, j, s.Left, s.Right));
                break;
            default:
                throw Refused(statement.GetType().Name);
        }
    }

    private void Apply(VectorInstruction instruction, string tile, int row, int j, params string[] sources) =>
        _code.Add(new VectorOp.Apply(instruction, Register(tile, row, j), sources.Select(source => Operand(source, row, j)).ToArray()));

    /// <summary>4×4 elements of 32 bits within each 128 bits of four vectors change rows and columns.</summary>
    private void LowerTranspose(Statement.Transpose transpose)
    {
        TileDecl source = _tiles[transpose.Source], tile = _tiles[transpose.Tile];
        if (!transpose.Axes.SequenceEqual([0, 3, 2, 1]) || !source.Shape.Skip(1).SequenceEqual([4, Lanes / 4, 4]) || ElementBits(source.Element) != 32 || Vectors(tile) != 4) throw Refused($"a transposition of {source}");
        Vector Unpack(VectorInstruction instruction, Vector left, Vector right)
        {
            Vector to = _code.NewVector();
            _code.Add(new VectorOp.Apply(instruction, to, new[] { left, right }));
            return to;
        }
        for (int row = 0; row < source.Shape[0]; row++)
        {
            Vector[] of = [.. Enumerable.Range(0, 4).Select(j => Register(transpose.Source, row, j))];
            Vector low01 = Unpack(VectorInstruction.UnpackLow32, of[0], of[1]), high01 = Unpack(VectorInstruction.UnpackHigh32, of[0], of[1]);
            Vector low23 = Unpack(VectorInstruction.UnpackLow32, of[2], of[3]), high23 = Unpack(VectorInstruction.UnpackHigh32, of[2], of[3]);
            _code.Add(new VectorOp.Apply(VectorInstruction.UnpackLow64, Register(transpose.Tile, row, 0), new[] { low01, low23 }));
            _code.Add(new VectorOp.Apply(VectorInstruction.UnpackHigh64, Register(transpose.Tile, row, 1), new[] { low01, low23 }));
            _code.Add(new VectorOp.Apply(VectorInstruction.UnpackLow64, Register(transpose.Tile, row, 2), new[] { high01, high23 }));
            _code.Add(new VectorOp.Apply(VectorInstruction.UnpackHigh64, Register(transpose.Tile, row, 3), new[] { high01, high23 }));
        }
    }

    private void LowerLoad(Statement.Load load)
    {
        TileDecl tile = _tiles[load.Tile];
        BufferDecl buffer = _buffers[load.Buffer];
        if (buffer.Element != tile.Element) throw Refused($"a load of {buffer.Element} as {tile.Element}");
        Func<int, Address> rows = Rows(buffer, load.At, tile.Shape[0]);
        if (IsBroadcast(tile)) _columns[load.Tile] = IsStored(_block.Body, load.Buffer) ? throw Refused($"a column of {load.Buffer}, which it writes") : rows;
        else ForEachVector(load.Tile, (row, j) => _code.Add(new VectorOp.Load(Register(load.Tile, row, j), rows(row).Plus(j * VectorBytes), MaskOf(buffer, load.At, load.Clip, j))));
    }

    private void LowerStore(Statement.Store store)
    {
        TileDecl tile = _tiles[store.Tile];
        BufferDecl buffer = _buffers[store.Buffer];
        if (buffer.Element != tile.Element || ElementBits(tile.Element) != 32) throw Refused($"a store of {tile.Element} as {buffer.Element}");
        Func<int, Address> rows = Rows(buffer, store.At, tile.Shape[0]);
        ForEachVector(store.Tile, (row, j) => _code.Add(new VectorOp.Store(rows(row).Plus(j * VectorBytes), Register(store.Tile, row, j), MaskOf(buffer, store.At, store.Clip, j))));
    }

    /// <summary>Masks that have registers of their own.</summary>
    private const int KeptMasks = 6;

    /// <summary>Every clipped tile of a block stands at the same lane of buffers with the same extent: the masks are made once, ahead of everything. Those of tiles wider than there are registers for are made where they are used.</summary>
    private LaneMask? MaskOf(BufferDecl buffer, EquatableArray<Index> at, Clip clip, int j)
    {
        if ((clip & Clip.Rows) != 0) throw Refused("a clip of rows");
        if ((clip & Clip.Columns) == 0) return null;
        int last = buffer.Shape.Count - 1;
        _valid ??= _code.Ahead(() => _code.Compute(ScalarOperation.Subtract, Parameter(new BlockParameter.Extent(buffer.Name, last)), Value(at[last])).Register!);
        if (j >= KeptMasks)
        {
            LaneMask made = _code.NewMask();
            _code.Add(new VectorOp.FirstLanes(made, _code.Compute(ScalarOperation.Subtract, _valid, j * Lanes).Register!));
            return made;
        }
        while (_masks.Count <= j)
        {
            _masks.Add(_code.Ahead(() =>
            {
                LaneMask mask = _code.NewMask();
                _code.Add(new VectorOp.FirstLanes(mask, _masks.Count == 0 ? _valid : _code.Compute(ScalarOperation.Subtract, _valid, _masks.Count * Lanes).Register!));
                return mask;
            }));
        }
        return _masks[j];
    }

    private void ForEachVector(string tile, Action<int, int> action)
    {
        TileDecl decl = _tiles[tile];
        for (int row = 0; row < decl.Shape[0]; row++)
            for (int j = 0; j < Vectors(decl); j++) action(row, j);
    }

    /// <summary>A column of scalars, each spread over a vector.</summary>
    private static bool IsBroadcast(TileDecl tile) => tile.Shape[tile.Shape.Count - 1] == 1;

    private int Vectors(TileDecl tile) => IsBroadcast(tile) ? 1 : tile.Shape[tile.Shape.Count - 1] / Lanes;

    private Vector Register(string tile, int row, int j)
    {
        if (!_registers.TryGetValue((tile, row, j), out Vector? register)) _registers.Add((tile, row, j), register = _code.NewVector());
        return register;
    }

    private Vector Operand(string tile, int row, int j)
    {
        if (_columns.TryGetValue(tile, out Func<int, Address>? rows))
        {
            if (j == 0) _code.Add(new VectorOp.Broadcast(_registers[(tile, row, 0)] = _code.NewVector(), rows(row), 4));
            return _registers[(tile, row, 0)];
        }
        return Register(tile, _tiles[tile].Shape[0] == 1 ? 0 : row, j);
    }

    private InvalidOperationException Refused(string what) => new($"Block '{_block.Name}' has {what}, which has no vector program.");
}
