using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// What follows a contraction: the accumulators go through shared memory, so that every thread gets neighbouring elements of one line whatever the fragments looked like, then
/// through the chain of TPPs, then to memory in whole lines.
/// </summary>
/// <param name="context">The block.</param>
/// <param name="statements">The chain, and the store; or the chain, and what packs its codes into planes of bits (<see cref="PlaneStore"/>).</param>
/// <param name="byWarp">Every warp has a tile of its own; else the block has one.</param>
internal sealed class Tail(BlockContext context, Statement[] statements, bool byWarp = false)
{
    private readonly PlaneStore? _planes = PlaneStore.Of(context, statements);
    private Register _shared;
    private int _vector = 1;

    private WarpBuilder W => context.W;

    private Statement.Store Store => (Statement.Store)statements[statements.Length - 1];

    private BufferDecl Output => context.Buffer(Store.Buffer);

    /// <summary>The most elements that a thread can take at a time.</summary>
    private int Widest => _planes is not null || Output.LineAlignment < 16 ? 1 : context.Tile(Store.Tile).Shape[1] % 4 == 0 ? 4 : context.Tile(Store.Tile).Shape[1] % 2 == 0 ? 2 : 1;

    /// <summary>
    /// The tile of accumulators in shared memory, from its beginning on. Eight words of padding: the rows that neighbouring lanes hold begin in different banks. Four where the fragments are turned, and
    /// neighbouring lanes are two rows apart.
    /// </summary>
    public static SharedTile Staging(TileDecl tile, int lines = 0, int length = 0, bool isTurned = false) =>
        new(Math.Max(tile.Shape[0], lines), Math.Max(tile.Shape[1], length) * 4, Swizzle.None, Padding: isTurned ? 16 : 32);

    /// <param name="tile">The tile that the registers hold.</param>
    /// <param name="elements">Its elements.</param>
    /// <param name="lines">Rows that the elements may stand in, where those are more than the tile has: what lies behind the tile is not stored.</param>
    /// <param name="length">The same for columns.</param>
    public void Write(string tile, Element[] elements, int lines = 0, int length = 0)
    {
        bool isTurned = elements.Length > 1 && elements[1].ColumnOffset == elements[0].ColumnOffset;
        Write(tile, 1, Staging(context.Tile(tile), lines, length, isTurned), staging => WriteStaging(staging, elements));
    }

    /// <param name="tile">The tile that is staged.</param>
    /// <param name="parts">Partial sums of each element, one staged tile behind the other.</param>
    /// <param name="stage">Writes them to the beginning of shared memory.</param>
    public void Write(string tile, int parts, Action<SharedTile> stage) => Write(tile, parts, Staging(context.Tile(tile)), stage);

    /// <summary>Takes the elements through the chain in the registers that hold them, one after the other: where neighbouring lanes store neighbouring elements anyway.</summary>
    /// <param name="tile">The tile that the registers hold.</param>
    /// <param name="elements">Its elements; some may stand in rows that it has not.</param>
    /// <param name="owner">Which of the lanes that hold the same element of a row goes on with it; null where each has its own.</param>
    public void WriteInPlace(string tile, Element[] elements, Func<int, Register>? owner)
    {
        W.Comment("chain and store");
        (Value first, Value end, Value rows) = statements[statements.Length - 1] is Statement.Scatter scatter ? EndsOf(scatter) : EndsOf(Store);
        foreach (Element element in elements)
        {
            Value row = W.Add(element.RowBase, element.RowOffset), column = W.Add(element.ColumnBase, element.ColumnOffset);
            Register inside = W.Compare("lt", W.Add(first, column), end);
            if (!row.IsConstant || !rows.IsConstant || row.Constant >= rows.Constant) inside = W.Both(inside, W.Compare("lt", row, rows));
            if (owner is not null) inside = W.Both(inside, owner(element.RowOffset));
            W.If(inside, () => Run(tile, [element.Register], row, column));
        }
    }

    /// <summary>Where a line of what is stored begins and ends, and how many rows there are.</summary>
    private (Value First, Value End, Value Rows) EndsOf(Statement.Store store) => (
        context.Lower(store.At[store.At.Count - 1]),
        store.Until is { } until ? context.Lower(until) : context.Lower(Output.Shape[Output.Shape.Count - 1]),
        store.RowsLeft is { } present ? context.Lower(present) : context.Tile(store.Tile).Shape[0]);

    private (Value First, Value End, Value Rows) EndsOf(Statement.Scatter scatter)
    {
        EquatableArray<int> shape = context.Tile(scatter.Tile).Shape;
        return (0, scatter.Count is { } count ? context.Lower(count) : shape[1], scatter.Lines is { } lines ? context.Lower(lines) : shape[0]);
    }

    private void Write(string tile, int parts, SharedTile staging, Action<SharedTile> stage)
    {
        TileDecl declaration = context.Tile(tile);
        int width = declaration.Shape[1], bytes = parts * staging.Bytes;
        _shared = context.UseShared(bytes * (byWarp ? context.Warps.Count : 1));
        if (byWarp) _shared = W.InRegister(W.Add(_shared, W.Multiply(context.Warp, bytes)));
        W.Comment("accumulators to shared memory");
        stage(staging);
        if (byWarp) W.Emit("bar.warp.sync", "0xFFFFFFFF");
        else context.Barrier();

        if (Store.Until is not { } until || Widest == 1)
        {
            WritePieces(tile, Widest, parts, staging);
            return;
        }
        // A line may end anywhere, in the midst of a piece, too; most tiles have whole ones.
        Value end = context.Lower(until), whole = W.Add(context.Lower(Store.At[Store.At.Count - 1]), width);
        W.If(W.Compare("ge", end, whole), () => WritePieces(tile, Widest, parts, staging));
        W.If(W.Compare("lt", end, whole), () => WritePieces(tile, 1, parts, staging));
    }

    private void WritePieces(string tile, int vector, int parts, SharedTile staging)
    {
        TileDecl declaration = context.Tile(tile);
        int height = declaration.Shape[0], width = declaration.Shape[1], pieces = height * width / vector, last = Store.At.Count - 1;
        _vector = vector;
        W.Comment($"epilogue and store: {vector} element{(vector == 1 ? "" : "s")} at a time");
        _planes?.Prepare();
        Register index = W.Variable(byWarp ? context.Lane : context.Thread);
        W.For("store", index, pieces, byWarp ? 32 : context.Threads, () =>
        {
            Value row = W.Divide(index, width / vector), column = W.Multiply(W.Modulo(index, width / vector), vector);
            if (_planes is not null)
            {
                _planes.Write(row, column, () => Run(tile, Staged(), row, column)[_planes.Codes][0]);
                return;
            }
            Value outer = W.Add(context.Lower(Store.At[last - 1]), row), lane = W.Add(context.Lower(Store.At[last]), column);
            Register inside = W.Both(W.Compare("lt", outer, context.Lower(Store.UntilRow ?? Output.Shape[last - 1])), W.Compare("lt", lane, context.Lower(Store.Until ?? Output.Shape[last])));
            W.If(inside, () => Run(tile, Staged(), row, column));

            Register[] Staged() => ReadStaging(declaration.Element, W.InRegister(W.Add(_shared, W.Add(W.Multiply(row, staging.Pitch), W.Multiply(column, 4)))), parts, staging.Bytes);
        });
    }

    private void WriteStaging(SharedTile staging, Element[] elements)
    {
        Element first = elements[0];
        Register start = W.InRegister(W.Add(_shared, W.Add(W.Multiply(first.RowBase, staging.Pitch), W.Multiply(first.ColumnBase, 4))));
        for (int i = 0; i < elements.Length; i++)
        {
            Element e = elements[i];
            bool pair = i + 1 < elements.Length && elements[i + 1].RowOffset == e.RowOffset && elements[i + 1].ColumnOffset == e.ColumnOffset + 1;
            string type = e.Register.Kind == RegisterKind.F32 ? "f32" : "u32", at = WarpBuilder.At(start, e.RowOffset * staging.Pitch + e.ColumnOffset * 4);
            if (pair) W.Emit($"st.shared.v2.{type}", at, WarpBuilder.Vector([e.Register, elements[++i].Register]));
            else W.Emit($"st.shared.{type}", at, e.Register);
        }
    }

    /// <summary>A piece of the staged tile; partial sums are added in order.</summary>
    private Register[] ReadStaging(ElementType element, Register address, int parts, int partBytes)
    {
        bool isFloat = element == ElementType.F32;
        string type = isFloat ? "f32" : "u32";
        Register[] sum = [];
        for (int part = 0; part < parts; part++)
        {
            Register[] values = Enumerable.Range(0, _vector).Select(_ => W.New(isFloat ? RegisterKind.F32 : RegisterKind.B32)).ToArray();
            if (_vector == 1) W.Emit($"ld.shared.{type}", values[0], WarpBuilder.At(address, part * partBytes));
            else W.Emit($"ld.shared.v{_vector}.{type}", WarpBuilder.Vector(values), WarpBuilder.At(address, part * partBytes));
            sum = part == 0 ? values : sum.Zip(values, (a, b) => TppMath.Zip(W, ZipOp.Add, a, b, isFloat)).ToArray();
        }
        return sum;
    }

    /// <summary>A piece of a tile through the chain and to memory; codes of planes, which a warp packs together, through the chain alone.</summary>
    private Pointwise Run(string tile, Register[] values, Value row, Value column)
    {
        var pointwise = new Pointwise(context);
        pointwise.Set(tile, values);
        foreach (Statement statement in _planes?.Chain ?? statements)
        {
            switch (statement)
            {
                case Statement.Load load:
                    pointwise.Set(load.Tile, LoadPiece(load, row, column));
                    break;
                case Statement.Gather gather:
                    pointwise.Set(gather.Tile, pointwise[gather.Coordinates].Select(index => Gathered(gather, index)).ToArray());
                    break;
                case Statement.If where:
                    WriteWhere(where, tile, pointwise, row, column);
                    break;
                case Statement.Scatter scatter:
                    Scatter(scatter, pointwise[scatter.Coordinates][0], pointwise[scatter.Tile][0]);
                    break;
                case Statement.Store store:
                    StorePiece(store, pointwise[store.Tile], row, column);
                    break;
                default:
                    pointwise.Run(statement);
                    break;
            }
        }
        return pointwise;
    }

    /// <summary>Statements on the accumulators that a condition decides about; all threads share it. What it leaves is in the registers of the accumulators either way.</summary>
    private void WriteWhere(Statement.If where, string tile, Pointwise pointwise, Value row, Value column)
    {
        pointwise.Fix(tile, pointwise[tile]);
        (bool always, Register? when) = GroupFlush.Condition(context, where);
        if (when is { } predicate) W.If(predicate, Write);
        else if (always) Write();

        void Write()
        {
            foreach (Statement statement in where.Then)
            {
                if (statement is Statement.Load load) pointwise.Set(load.Tile, LoadPiece(load, row, column));
                else pointwise.Run(statement);
            }
        }
    }

    /// <summary>Where a line of a tile begins; a dimension before the last two says in which matrix of the buffer.</summary>
    private Register Line(BufferDecl buffer, EquatableArray<Tiles.Index> at, Value down)
    {
        Register line = context.Base(buffer.Name);
        int bytes = Elements.Bytes(buffer.Element), last = buffer.Shape.Count - 1;
        if (last > 1) line = W.Address(line, context.Lower(at[0]), context.Lower(buffer.Shape[1] * buffer.Shape[2] * bytes));
        return last > 0 ? W.Address(line, W.Add(context.Lower(at[last - 1]), down), W.Multiply(context.LineStride(buffer), bytes)) : line;
    }

    /// <summary>One number from the place that an integer names.</summary>
    private Register Gathered(Statement.Gather gather, Register index)
    {
        BufferDecl buffer = context.Buffer(gather.Buffer);
        return Elements.Load(W, SpaceOf(buffer), buffer.Element, WarpBuilder.At(W.Address(context.Base(buffer.Name), index, Elements.Bytes(buffer.Element))));
    }

    /// <summary>One number to it.</summary>
    private void Scatter(Statement.Scatter scatter, Register index, Register value)
    {
        BufferDecl buffer = context.Buffer(scatter.Buffer);
        Register address = W.Address(context.Base(buffer.Name), index, Elements.Bytes(buffer.Element));
        Elements.Store(W, "global", buffer.Element, WarpBuilder.At(address), Elements.IsFloat(buffer.Element) ? Elements.ToSingle(W, value) : value);
    }

    /// <summary>What the kernel writes itself must not come from the cache of constant data.</summary>
    private static string SpaceOf(BufferDecl buffer) => buffer.Role == BufferRole.InOut ? "global" : "global.nc";

    private Register[] LoadPiece(Statement.Load load, Value row, Value column)
    {
        BufferDecl buffer = context.Buffer(load.Buffer);
        if (context.Scalars.Contains(buffer.Name)) return [context.Base(buffer.Name)];
        EquatableArray<int> shape = context.Tile(load.Tile).Shape;
        int bytes = Elements.Bytes(buffer.Element), count = shape[1] == 1 ? 1 : _vector;
        Value down = shape[0] > 1 ? row : 0, along = shape[1] > 1 ? column : 0;
        if (load.Transposed) (down, along) = (along, down);
        Value across = W.Add(context.Lower(load.At[load.At.Count - 1]), along);
        Register line = Line(buffer, load.At, down);
        Register address = W.Address(line, across, bytes);
        string space = SpaceOf(buffer);
        if (count > 1 && buffer.LineAlignment >= 16 && buffer.Element == ElementType.F32)
        {
            Register[] values = Enumerable.Range(0, count).Select(_ => W.F32()).ToArray();
            W.Emit($"ld.{space}.v{count}.f32", WarpBuilder.Vector(values), WarpBuilder.At(address));
            return values;
        }
        return Enumerable.Range(0, count).Select(i => Elements.Load(W, space, buffer.Element, WarpBuilder.At(address, i * bytes))).ToArray();
    }

    private void StorePiece(Statement.Store store, Register[] values, Value row, Value column)
    {
        int bytes = Elements.Bytes(Output.Element);
        Register address = W.Address(Line(Output, store.At, row), W.Add(context.Lower(store.At[store.At.Count - 1]), column), bytes);
        if (Elements.IsFloat(Output.Element)) values = values.Select(value => Elements.ToSingle(W, value)).ToArray();
        if (values.Length > 1 && bytes == 4)
        {
            W.Emit($"st.global.v{values.Length}.{(Output.Element == ElementType.F32 ? "f32" : "u32")}", WarpBuilder.At(address), WarpBuilder.Vector(values));
            return;
        }
        for (int i = 0; i < values.Length; i++) Elements.Store(W, "global", Output.Element, WarpBuilder.At(address, i * bytes), values[i]);
    }
}
