using Intarsia.Compiler;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Verification.Interpreter;

/// <summary>The state of one run, and the control flow. Memory statements stand in Machine.Memory.cs, arithmetic in Machine.Compute.cs and Contraction.cs.</summary>
internal sealed partial class Machine(Machine? parent)
{
    private readonly Dictionary<string, BufferData> _buffers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TileData> _tiles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _variables = new(StringComparer.Ordinal);
    private Statement? _current;
    private long _step;
    private int _loops;

    /// <summary>Number of this part within a <see cref="Statement.Parts"/>, from 1; 0 outside one.</summary>
    private int _part;

    public void Bind(string variable, long value)
    {
        if (!_variables.TryAdd(variable, value)) throw Fail($"'{variable}' is bound twice.");
    }

    public long[] ShapeOf(BufferDecl declaration)
    {
        long[] shape = [.. declaration.Shape.Select(Evaluate)];
        return shape.Any(extent => extent < 0) ? throw Fail($"Buffer '{declaration.Name}' has shape {BufferData.Text(shape)}.") : shape;
    }

    public void Declare(BufferDecl declaration, Array? array)
    {
        long[] shape = ShapeOf(declaration);
        if (declaration.Strides.Count > 0 && declaration.Strides.Count != shape.Length)
            throw Fail($"Buffer '{declaration.Name}' has {shape.Length} dimensions and {declaration.Strides.Count} strides.");
        long[]? strides = declaration.Strides.Count == 0 ? null : [.. declaration.Strides.Select(Evaluate)];
        if (!_buffers.TryAdd(declaration.Name, new BufferData(declaration, shape, strides, array))) throw Fail($"Buffer '{declaration.Name}' is declared twice.");
    }

    public void Declare(EquatableArray<TileDecl> tiles)
    {
        foreach (TileDecl tile in tiles)
        {
            if (tile.Shape.Any(extent => extent < 1)) throw Fail($"Tile '{tile.Name}' has shape {tile.Shape}; every extent is at least 1.");
            if (!_tiles.TryAdd(tile.Name, new TileData(tile))) throw Fail($"Tile '{tile.Name}' is declared twice.");
        }
    }

    /// <summary>An output that the program leaves partly unwritten is an error: a kernel must not depend on what lay there before.</summary>
    public void CheckOutputs()
    {
        foreach (BufferData buffer in _buffers.Values)
        {
            if (buffer.Declaration.Role == BufferRole.Output && buffer.FirstUnwritten() is { } at)
                throw Fail($"Output '{buffer.Name}' of shape {BufferData.Text(buffer.Shape)} was not written at {BufferData.Text(at)}.");
        }
    }

    public void Execute(EquatableArray<Statement> statements)
    {
        List<string>? names = null;
        foreach (Statement statement in statements)
        {
            _current = statement;
            if (statement is Statement.Let let)
            {
                Bind(let.Variable, Evaluate(let.Value));
                (names ??= []).Add(let.Variable);
            }
            else
            {
                ExecuteOne(statement);
            }
        }
        if (names is not null)
            foreach (string name in names) _variables.Remove(name);
    }

    private void ExecuteOne(Statement statement)
    {
        _step++;
        switch (statement)
        {
            case Statement.For s: For(s); break;
            case Statement.ForNonZero s: ForNonZero(s); break;
            case Statement.If s: Execute(Holds(s.Condition) ? s.Then : s.Else); break;
            case Statement.Block s: Block(s); break;
            case Statement.Phase s: Execute(s.Body); break;
            case Statement.Parts s: Parts(s); break;
            case Statement.Spread s: Spread(s); break;
            case Statement.Fill s: Fill(s); break;
            case Statement.Load s: Load(s); break;
            case Statement.Gather s: Gather(s); break;
            case Statement.Iota s: Iota(s); break;
            case Statement.Select s: Select(s); break;
            case Statement.Table s: Table(s); break;
            case Statement.Scan s: Scan(s); break;
            case Statement.Permute s: Permute(s); break;
            case Statement.Transpose s: Transpose(s); break;
            case Statement.Expand s: Expand(s); break;
            case Statement.Pack s: Pack(s); break;
            case Statement.Relayout s: Relayout(s); break;
            case Statement.SumRuns s: SumRuns(s); break;
            case Statement.ListNonZeros s: ListNonZeros(s); break;
            case Statement.SignedSums s: SignedSums(s); break;
            case Statement.Rebuild s: Rebuild(s); break;
            case Statement.SplitPlanes s: SplitPlanes(s); break;
            case Statement.SumPlanes s: SumPlanes(s); break;
            case Statement.Linear s: Linear(s); break;
            case Statement.Contract s: Contract(s); break;
            case Statement.Map s: Map(s); break;
            case Statement.Zip s: Zip(s); break;
            case Statement.Reduce s: Reduce(s); break;
            case Statement.Carry s: Carry(s); break;
            case Statement.Random s: Random(s); break;
            case Statement.Store s: Store(s); break;
            case Statement.Scatter s: Scatter(s); break;
            case Statement.ScatterAdd s: ScatterAdd(s); break;
            default: throw Fail($"Statement {statement.GetType().Name} has no meaning to the interpreter.");
        }
    }

    private void For(Statement.For s)
    {
        long begin = Evaluate(s.Begin), end = Evaluate(s.End), step = Evaluate(s.Step);
        if (step <= 0) throw Fail($"The loop over '{s.Variable}' has step {step}.");
        _loops++;
        for (long value = begin; value < end; value += step)
        {
            Bind(s.Variable, value);
            Iterate(s.Body);
            _variables.Remove(s.Variable);
        }
        _loops--;
    }

    private void ForNonZero(Statement.ForNonZero s)
    {
        _loops++;
        foreach ((long position, long coordinate) in NonZerosOf(s.Source))
        {
            Bind(s.Position, position);
            Bind(s.Coordinate, coordinate);
            Iterate(s.Body);
            _variables.Remove(s.Position);
            _variables.Remove(s.Coordinate);
        }
        _loops--;
    }

    /// <summary>One iteration. In a body that declares what it carries, every other tile that the iteration wrote is lost at its end.</summary>
    private void Iterate(EquatableArray<Statement> body)
    {
        long start = _step;
        Execute(body);
        var carries = body.OfType<Statement.Carry>().ToList();
        if (carries.Count == 0) return;
        foreach (TileData tile in _tiles.Values)
            if (tile.WrittenAt > start && !carries.Any(carry => carry.Tiles.Contains(tile.Name))) tile.IsWritten = false;
    }

    private IEnumerable<(long Position, long Coordinate)> NonZerosOf(NonZeros source)
    {
        switch (source)
        {
            case NonZeros.Static s:
                for (int i = 0; i < s.Coordinates.Count; i++) yield return (i, s.Coordinates[i]);
                break;
            case NonZeros.Operand s:
                long end = Evaluate(s.End);
                for (long position = Evaluate(s.Begin); position < end; position++)
                {
                    long coordinate = ReadInteger(s.Indices, [position]);
                    // Padding of a strided format (SR-BCRS) stands as −1.
                    if (coordinate >= 0) yield return (position, coordinate);
                }
                break;
            case NonZeros.RelativeOperand s:
                long last = Evaluate(s.End), running = -1;
                for (long position = Evaluate(s.Begin); position < last; position++)
                {
                    long gap = ReadInteger(s.Gaps, [position]);
                    if (gap < 0) throw Fail($"Gap {gap} at position {position} of '{s.Gaps}' is negative.");
                    running += gap + 1;
                    if (s.Skip > 0 && gap == s.Skip)
                    {
                        running--;
                        continue;
                    }
                    yield return (position, running);
                }
                break;
            case NonZeros.Made s:
                TileData tile = ReadTile(s.Tile).Snapshot();
                int ordinal = 0;
                for (int i = 0; i < tile.Size; i++)
                    if (tile.Real(i) != 0) yield return (ordinal++, i);
                break;
        }
    }

    /// <summary>A backend outlines a block, so nothing passes its border in registers.</summary>
    private void Block(Statement.Block s)
    {
        ForgetRegisters();
        var hidden = new Dictionary<string, BufferData>(StringComparer.Ordinal);
        foreach (BufferArgument argument in s.Arguments)
        {
            BufferData formal = Buffer(argument.Formal), actual = Buffer(argument.Actual);
            if (formal.Declaration.Element != actual.Declaration.Element || formal.Declaration.Shape.Count != actual.Declaration.Shape.Count)
                throw Fail($"Buffer '{argument.Actual}' cannot stand for '{argument.Formal}': expected the same rank and element.");
            hidden.Add(argument.Formal, formal);
            _buffers[argument.Formal] = actual;
        }
        Execute(s.Body);
        foreach ((string name, BufferData buffer) in hidden) _buffers[name] = buffer;
        ForgetRegisters();
    }

    private void ForgetRegisters()
    {
        foreach (TileData tile in _tiles.Values)
            if (tile.Declaration.Level != TileLevel.Scratch) tile.IsWritten = false;
    }

    private void Parts(Statement.Parts s)
    {
        if (_part != 0) throw Fail("Parts do not nest.");
        int part = 0;
        foreach (TileProgram program in s.Programs)
        {
            var machine = new Machine(this) { _part = ++part };
            foreach (string size in program.Sizes) machine.Bind(size, Evaluate(size));
            foreach (BufferDecl buffer in program.Buffers) machine.DeclareInPart(buffer, program.Name);
            machine.Declare(program.Tiles);
            machine.Execute(program.Body);
        }
        foreach (BufferData buffer in _buffers.Values) buffer.ClearOwners();
    }

    /// <summary>A part works on the buffers of the launch; only scratch may be its own.</summary>
    private void DeclareInPart(BufferDecl declaration, string part)
    {
        if (!parent!._buffers.TryGetValue(declaration.Name, out BufferData? shared))
        {
            if (declaration.Role != BufferRole.Scratch) throw Fail($"Part '{part}' declares '{declaration.Name}', which the launch does not have.");
            Declare(declaration, null);
            return;
        }
        long[] shape = [.. declaration.Shape.Select(Evaluate)];
        if (shared.Element != declaration.Element || !shape.SequenceEqual(shared.Shape))
            throw Fail($"Part '{part}' declares '{declaration.Name}' as {declaration.Element}{BufferData.Text(shape)}; the launch has {shared.Element}{BufferData.Text(shared.Shape)}.");
        _buffers.Add(declaration.Name, shared);
    }

    private void Carry(Statement.Carry s)
    {
        if (_loops == 0) throw Fail("Nothing is carried outside a loop.");
        foreach (string tile in s.Tiles) ReadTile(tile);
    }

    private bool Holds(Condition condition)
    {
        long left = Evaluate(condition.Left), right = Evaluate(condition.Right);
        return condition.Relation switch
        {
            Relation.Less => left < right,
            Relation.LessOrEqual => left <= right,
            Relation.Equal => left == right,
            Relation.NotEqual => left != right,
            Relation.GreaterOrEqual => left >= right,
            _ => left > right,
        };
    }

    private long Evaluate(Index index)
    {
        switch (index)
        {
            case Index.Const c: return c.Value;
            case Index.Var v: return _variables.TryGetValue(v.Name, out long value) ? value : throw Fail($"'{v.Name}' is neither a size nor a variable in scope.");
            case Index.Read r: return ReadInteger(r.Buffer, [.. r.At.Select(Evaluate)]);
            case Index.FromTile t: return ElementOf(ReadTile(t.Tile), [.. t.At.Select(Evaluate)]);
            case Index.Binary b: return Apply(b.Op, Evaluate(b.Left), Evaluate(b.Right));
            default: throw Fail($"Index {index.GetType().Name} has no meaning to the interpreter.");
        }
    }

    private long Apply(IndexOp op, long left, long right)
    {
        if (op is IndexOp.FloorDivide or IndexOp.Modulo && (left < 0 || right <= 0)) throw Fail($"{op} of {left} by {right}: indices divide non-negative numbers by positive ones.");
        return op switch
        {
            IndexOp.Add => left + right,
            IndexOp.Subtract => left - right,
            IndexOp.Multiply => left * right,
            IndexOp.FloorDivide => left / right,
            IndexOp.Modulo => left % right,
            IndexOp.Min => Math.Min(left, right),
            _ => Math.Max(left, right),
        };
    }

    private long ElementOf(TileData tile, long[] at)
    {
        if (!tile.IsInteger) throw Fail($"Tile '{tile.Name}' is {tile.Element}; an index comes from an integer tile.");
        if (at.Length != tile.Shape.Length) throw Fail($"Tile '{tile.Name}' has shape {tile.ShapeText}; {at.Length} indices were given.");
        long flat = 0;
        for (int d = 0; d < at.Length; d++)
        {
            if (at[d] < 0 || at[d] >= tile.Shape[d]) throw Fail($"Element {BufferData.Text(at)} of tile '{tile.Name}' lies outside its shape {tile.ShapeText}.");
            flat = flat * tile.Shape[d] + at[d];
        }
        return tile.Integers![flat];
    }

    private TileData ReadTile(string name)
    {
        TileData tile = Tile(name);
        return tile.IsWritten ? tile : throw Fail($"Tile '{name}' is read before it holds anything.");
    }

    /// <summary>A tile about to be filled as a whole.</summary>
    private TileData WriteTile(string name)
    {
        TileData tile = Tile(name);
        tile.IsWritten = true;
        tile.IsPresent = null;
        tile.WrittenAt = _step;
        return tile;
    }

    private TileData Tile(string name) => _tiles.TryGetValue(name, out TileData? tile) ? tile : throw Fail($"Tile '{name}' is not declared.");

    private BufferData Buffer(string name) => _buffers.TryGetValue(name, out BufferData? buffer) ? buffer : throw Fail($"Buffer '{name}' is not declared.");

    private TileProgramException Fail(string message)
    {
        string where = _current is null ? "" : $"\n  in     {TilePrinter.Print(_current).Split('\n')[0]}";
        string state = _variables.Count == 0 ? "" : "\n  where  " + string.Join(", ", _variables.Select(pair => $"{pair.Key} = {pair.Value}"));
        return new TileProgramException(message + where + state);
    }
}
