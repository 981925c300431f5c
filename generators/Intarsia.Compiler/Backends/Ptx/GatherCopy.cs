using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// The gathered rows of a step on their way into shared memory: each thread takes 16 bytes of four consecutive rows, whose indices are one load. The indices of the first steps are loaded
/// together, those of a later one while the step before it is under way.
/// </summary>
internal abstract class GatherCopy(BlockContext context, Statement.For loop, Statement.Gather gather, Statement.Load indices, SharedTile tile, int stages) : StageCopy(context, tile)
{
    private const int Rows = 4;
    private Register[][] _indices = [];
    private Register[] _destinations = [];
    private Register _firstIndex;
    private int _copies;

    /// <summary>Elements of the thread's first column.</summary>
    protected Value Column { get; private set; }

    protected BufferDecl Buffer => Context.Buffer(gather.Buffer);

    /// <summary>Elements of 16 bytes.</summary>
    protected int ChunkElements => 128 / Elements.Bits(Buffer.Element);

    /// <summary>Where the gathered lines begin, for this thread's columns.</summary>
    protected abstract Register PrepareSource(Register @base);

    /// <summary>Bytes of so many elements; a multiple of two of them, where two are a byte.</summary>
    protected Value BytesOf(Value elements) => Elements.IsNibble(Buffer.Element) ? W.Divide(elements, 2) : W.Multiply(elements, Elements.Bytes(Buffer.Element));

    /// <summary>Copies 16 bytes of a row; a negative index gives zeros.</summary>
    protected abstract void CopyChunk(Register row, Register index, Register destination, Register? predicate);

    protected Register Source { get; private set; }

    public override void Prepare(int tileOffset)
    {
        int chunks = Tile.ChunksPerLine;
        if (Tile.Lines * chunks != Rows * Context.Threads) throw new InvalidOperationException($"{Tile.Lines} lines of {Tile.LineBytes} bytes do not divide among {Context.Threads} threads.");
        W.Comment($"tile {gather.Tile}: {Tile.Lines} gathered lines of {Tile.LineBytes} bytes, a chunk of {Rows} for each thread");
        Value chunk = W.Modulo(Context.Thread, chunks), line = W.Multiply(W.Divide(Context.Thread, chunks), Rows);
        _destinations = Enumerable.Range(0, Rows).Select(i => W.InRegister(W.Add(W.Add(Context.Shared, tileOffset), Tile.Offset(W, W.Add(line, i), chunk)))).ToArray();
        Column = W.Add(Context.Lower(gather.At[0]), W.Multiply(chunk, ChunkElements));
        Source = PrepareSource(Context.Base(gather.Buffer));
        _firstIndex = W.Address(Context.Base(indices.Buffer), line, 4);
        // A step that does not exist names no row.
        _indices = Enumerable.Range(0, stages).Select(_ => Enumerable.Range(0, Rows).Select(_ => W.Variable(-1)).ToArray()).ToArray();
        Value begin = Context.Lower(loop.Begin);
        for (int stage = 0; stage < stages; stage++) LoadIndices(W.Add(begin, stage * Tile.Lines), _indices[stage]);
    }

    public override void Copy(Value stage, Value position, Register? predicate)
    {
        // The steps that fill the stages have their indices; the one in the loop is the last of the stages, time and again.
        Register[] rows = _indices[Math.Min(_copies++, stages - 1)];
        for (int i = 0; i < Rows; i++)
        {
            Register row = W.B32();
            W.Emit("max.s32", row, rows[i], 0);
            CopyChunk(row, rows[i], W.InRegister(W.Add(_destinations[i], stage)), predicate);
        }
        if (_copies >= stages) LoadIndices(W.Add(position, Tile.Lines), rows);
    }

    private void LoadIndices(Value position, Register[] target)
    {
        Context.Bind(loop.Variable, position);
        Register exists = W.Compare("lt", position, Context.Lower(loop.End)), address = W.Address(_firstIndex, Context.Lower(indices.At[0]), 4);
        W.Guarded(exists, () => W.Emit("ld.global.nc.v4.u32", WarpBuilder.Vector(target), WarpBuilder.At(address)));
    }
}

/// <summary>Gathers by asynchronous copies of 16 bytes: lines begin and end at multiples of that.</summary>
internal sealed class AsyncGather(BlockContext context, Statement.For loop, Statement.Gather gather, Statement.Load indices, SharedTile tile, int stages) : GatherCopy(context, loop, gather, indices, tile, stages)
{
    public override bool IsAsync => true;

    /// <summary>Columns past the end repeat the last: what they give is not stored.</summary>
    protected override Register PrepareSource(Register @base) => W.Address(@base, BytesOf(W.Min(Column, W.Subtract(Context.Lower(Buffer.Shape[1]), ChunkElements))));

    protected override void CopyChunk(Register row, Register index, Register destination, Register? predicate)
    {
        Register source = W.Address(Source, row, BytesOf(Context.LineStride(Buffer)));
        Register size = W.B32();
        W.Emit("selp.u32", size, 16, 0, W.Compare("ge", index, 0, "s32"));
        W.Guarded(predicate, () => W.Emit("cp.async.cg.shared.global", WarpBuilder.At(destination), WarpBuilder.At(source), $"16, {size}"));
    }
}

/// <summary>Gathers element by element, for lines of any alignment.</summary>
internal sealed class ElementGather(BlockContext context, Statement.For loop, Statement.Gather gather, Statement.Load indices, SharedTile tile) : GatherCopy(context, loop, gather, indices, tile, stages: 1)
{
    /// <summary>Registers that elements on their way take beside those that the text holds: the assembler asks for some rows before it stores others.</summary>
    public const int LoadsAhead = 32;

    private Value _columns;

    private int Bytes => Elements.Bytes(Buffer.Element);

    protected override Register PrepareSource(Register @base)
    {
        Value end = Context.Lower(Buffer.Shape[1]), first = W.Min(Column, end);
        _columns = W.Subtract(end, first);
        return W.Address(@base, first, Bytes);
    }

    protected override void CopyChunk(Register row, Register index, Register destination, Register? predicate)
    {
        Register source = W.Address(Source, row, BytesOf(Context.LineStride(Buffer)));
        // Elements of this row: those before the end of the line, none where there is no row.
        Register columns = W.B32();
        W.Emit("selp.u32", columns, W.InRegister(_columns), 0, W.Compare("ge", index, 0, "s32"));
        Register[] elements = Enumerable.Range(0, 16 / Bytes).Select(i =>
        {
            Register element = W.Variable(0);
            W.Guarded(W.Compare("gt", columns, i), () => W.Emit($"ld.global.nc.u{8 * Bytes}", element, WarpBuilder.At(source, i * Bytes)));
            return element;
        }).ToArray();
        Register[] words = Enumerable.Range(0, 4).Select(i => Unpacked.Join(W, elements.Skip(i * 4 / Bytes).Take(4 / Bytes).ToArray())).ToArray();
        W.Guarded(predicate, () => W.Emit("st.shared.v4.u32", WarpBuilder.At(destination), WarpBuilder.Vector(words)));
    }
}
