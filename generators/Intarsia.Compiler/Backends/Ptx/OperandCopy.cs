using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>The way of one operand of a contraction from global into shared memory, one step of the depth at a time.</summary>
internal abstract class OperandCopy : StageCopy
{
    protected OperandCopy(BlockContext context, Statement.Load load, string loop, SharedTile tile, bool depthLast)
        : base(context, tile)
    {
        (Load, Loop, DepthLast) = (load, loop, depthLast);
        Buffer = context.Buffer(load.Buffer);
    }

    protected Statement.Load Load { get; }

    protected string Loop { get; }

    protected BufferDecl Buffer { get; }

    /// <summary>The depth is the contiguous dimension of the operand in memory.</summary>
    protected bool DepthLast { get; }

    /// <summary>Lines and elements of a line of the tile as it lies in memory.</summary>
    protected int Lines => Context.Tile(Load.Tile).Shape[0];

    protected int Length => Context.Tile(Load.Tile).Shape[1];

    /// <summary>Depth of one step.</summary>
    protected int DepthStep => DepthLast ? Length : Lines;

    /// <summary>The copy leaves the tile with the depth contiguous, whatever the operand has.</summary>
    public abstract bool LeavesDepthLast { get; }

    /// <summary>Where the tile begins in its matrix, the last two dimensions of the buffer; a dimension before them says where the matrix begins.</summary>
    protected Index LineAt => Load.At[Load.At.Count - 2];

    protected Index ColumnAt => Load.At[Load.At.Count - 1];

    protected Index LineExtent => Buffer.Shape[Buffer.Shape.Count - 2];

    protected Index ColumnExtent => Buffer.Shape[Buffer.Shape.Count - 1];

    /// <summary>The extent of the operand along the depth.</summary>
    protected Value Depth => Context.Lower(DepthLast ? ColumnExtent : LineExtent);
}

/// <summary>Copies of 16 bytes that run beside the computation (cp.async, PTX ISA section 9.7.8.22): lines begin and end at multiples of 16 bytes.</summary>
/// <param name="context">The block.</param>
/// <param name="load">The load.</param>
/// <param name="loop">The variable of the loop over the depth.</param>
/// <param name="tile">The tile in shared memory.</param>
/// <param name="depthLast">The depth is the contiguous dimension of the operand in memory.</param>
/// <param name="terms">The operand's addresses where the copies pass from term to term of a batch; null where there is one.</param>
internal sealed class AsyncCopy(BlockContext context, Statement.Load load, string loop, SharedTile tile, bool depthLast, TermPointer? terms = null) : OperandCopy(context, load, loop, tile, depthLast)
{
    private Register[] _sources = [];
    private Register[] _destinations = [];
    private Value _chunk;
    private Value _line;
    private int _lineStep;
    private Value _lineBytes;
    private Register _start;

    public override bool LeavesDepthLast => DepthLast;

    public override bool IsAsync => true;

    private int Bytes => Elements.Bytes(Buffer.Element);

    /// <summary>Depth past the end reads as zero, unless there is none.</summary>
    private bool HasTail => !Depth.IsConstant || Depth.Constant % DepthStep != 0;

    public override void Prepare(int tileOffset)
    {
        int chunks = Tile.ChunksPerLine, threads = Context.Threads;
        _lineStep = threads / chunks;
        int count = Tile.Lines / _lineStep;
        if (threads % chunks != 0 || count == 0 || Tile.Lines % _lineStep != 0)
            throw new InvalidOperationException($"A tile of {Tile.Lines} lines of {Tile.LineBytes} bytes does not divide among {threads} threads.");
        W.Comment($"tile {Load.Tile}: {Tile.Lines} lines of {Tile.LineBytes} bytes, {count} chunks of 16 bytes for each thread");
        _chunk = W.Modulo(Context.Thread, chunks);
        _line = W.Divide(Context.Thread, chunks);
        // Chunks whose lines are a period of the swizzle apart stand at a constant distance.
        int kinds = Math.Min(count, Math.Max(1, Tile.Period / _lineStep));
        _destinations = Enumerable.Range(0, kinds).Select(i => W.InRegister(W.Add(W.Add(Context.Shared, tileOffset), Tile.Offset(W, W.Add(_line, i * _lineStep), _chunk)))).ToArray();
        _lineBytes = W.Multiply(Context.LineStride(Buffer), Bytes);
        _start = terms?.Prepare(DepthLast ? (Length, Bytes) : (_lineBytes, Lines)) ?? Context.Base(Load.Buffer);
        _sources = Enumerable.Range(0, count).Select(Source).ToArray();
    }

    public override void Copy(Value stage, Value depth, Register? predicate)
    {
        Register[] destinations = _destinations.Select(d => W.InRegister(W.Add(d, stage))).ToArray();
        // Elements that are left from this thread's first on; below zero past the end.
        Value first = DepthLast ? W.Multiply(_chunk, 16 / Bytes) : _line, left = HasTail ? W.Subtract(Depth, W.Add(first, depth)) : 0;
        Value size = DepthLast && HasTail ? ChunkSize(left, 0) : 16;
        W.Guarded(predicate, () =>
        {
            for (int i = 0; i < _sources.Length; i++)
            {
                Value bytes = !DepthLast && HasTail ? W.WithoutGuard(() => (Value)ChunkSize(left, i * _lineStep)) : size;
                W.Emit("cp.async.cg.shared.global", WarpBuilder.At(destinations[i % destinations.Length], i / destinations.Length * destinations.Length * _lineStep * Tile.Pitch), WarpBuilder.At(_sources[i]), bytes.IsConstant ? "16" : $"16, {bytes}");
            }
        });
        Advance();
    }

    /// <summary>Lines and chunks past the end of the extent repeat the last: what they give is not stored.</summary>
    private Register Source(int i)
    {
        Value line = W.Add(Context.Lower(LineAt), W.Add(_line, i * _lineStep)), chunk = W.Add(W.Multiply(Context.Lower(ColumnAt), Bytes), W.ShiftLeft(_chunk, 4));
        if (DepthLast) line = W.Min(line, W.Subtract(Context.Lower(LineExtent), 1));
        else chunk = W.Min(chunk, W.Subtract(W.Multiply(Context.Lower(ColumnExtent), Bytes), 16));
        Register start = W.Address(_start, line, _lineBytes), variable = W.B64();
        W.Emit("mov.u64", variable, W.Address(start, chunk));
        return variable;
    }

    private void Advance()
    {
        if (terms is not null)
        {
            Register move = terms.Move();
            foreach (Register source in _sources) W.Emit("add.u64", source, source, move);
            return;
        }
        foreach (Register source in _sources)
        {
            if (DepthLast) W.Emit("add.u64", source, source, Length * Bytes);
            else if (_lineBytes.IsConstant) W.Emit("add.u64", source, source, _lineBytes.Constant * Lines);
            else W.Emit("mad.wide.u32", source, _lineBytes, Lines, source);
        }
    }

    /// <summary>16 while more than <paramref name="offset"/> elements are left, else 0: ends are multiples of 16 bytes.</summary>
    private Register ChunkSize(Value left, int offset)
    {
        Register size = W.B32();
        W.Emit("selp.u32", size, 16, 0, W.Compare("gt", left, offset, "s32"));
        return size;
    }
}

/// <summary>Copies element by element, for operands of any alignment; the depth becomes contiguous, and elements may widen on the way.</summary>
internal sealed class ElementCopy(BlockContext context, Statement.Load load, string loop, SharedTile tile, bool depthLast, bool widen) : OperandCopy(context, load, loop, tile, depthLast)
{
    private int _tileOffset;

    public override bool LeavesDepthLast => true;

    public override void Prepare(int tileOffset) => _tileOffset = tileOffset;

    public override void Copy(Value stage, Value depth, Register? predicate)
    {
        Context.Bind(Loop, depth);
        W.Comment($"tile {Load.Tile}: {Lines}x{Length} elements, one by one");
        Register index = W.Variable(Context.Thread);
        Value lineStart = Context.Lower(LineAt), columnStart = Context.Lower(ColumnAt);
        Value lines = Context.Lower(LineExtent), length = Context.Lower(ColumnExtent);
        Register start = Load.At.Count == 3 ? Context.Begin(Buffer, Load.At[0]) : Context.Base(Load.Buffer);
        Register @base = W.InRegister(W.Add(W.Add(Context.Shared, _tileOffset), stage));
        W.For("copy", index, Lines * Length, Context.Threads, () =>
        {
            Value line = W.Divide(index, Length), column = W.Modulo(index, Length);
            Value globalLine = W.Add(lineStart, line), globalColumn = W.Add(columnStart, column);
            Register inside = W.Both(W.Compare("lt", globalLine, lines), W.Compare("lt", globalColumn, length));
            int bytes = Elements.Bytes(Buffer.Element);
            Register target = W.InRegister(W.Add(@base, Destination(DepthLast ? line : column, DepthLast ? column : line)));
            Register row = W.Address(start, globalLine, W.Multiply(Context.LineStride(Buffer), bytes));
            Register source = W.Address(row, globalColumn, bytes);
            if (widen) CopyWide(inside, source, target);
            else CopyBits(inside, source, target, bytes);
        });
    }

    private void CopyWide(Register inside, Register source, Register target)
    {
        bool isFloat = Elements.IsFloat(Context.Tile(Load.Tile).Element);
        Register value = isFloat ? W.F32() : W.B32();
        W.Emit(isFloat ? "mov.f32" : "mov.u32", value, isFloat ? "0f00000000" : "0");
        W.If(inside, () =>
        {
            Register loaded = Elements.Load(W, "global.nc", Buffer.Element, WarpBuilder.At(source));
            Register converted = isFloat ? Elements.ToSingle(W, loaded) : loaded;
            W.Emit(isFloat ? "mov.f32" : "mov.u32", value, converted);
        });
        W.Emit("st.shared.b32", WarpBuilder.At(target), value);
    }

    private void CopyBits(Register inside, Register source, Register target, int bytes)
    {
        Register value = W.Variable(0);
        W.Guarded(inside, () => W.Emit($"ld.global.nc.{(bytes == 4 ? "u32" : bytes == 2 ? "u16" : "u8")}", value, WarpBuilder.At(source)));
        Elements.StoreBits(W, "shared", bytes, WarpBuilder.At(target), value);
    }

    private Value Destination(Value line, Value column)
    {
        int bytes = widen ? 4 : Elements.Bytes(Buffer.Element);
        if (Tile.Swizzle == Swizzle.None) return W.Add(W.Multiply(line, Tile.Pitch), W.Multiply(column, bytes));
        Value at = W.Multiply(column, bytes);
        return W.Add(Tile.Offset(W, line, W.ShiftRight(at, 4)), W.And(at, 15));
    }
}
