using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>The weights of a stride on their way into shared memory: V lines of 32 bytes that lie behind one another, a chunk of 16 bytes for each of the first threads.</summary>
internal sealed class StrideCopy(BlockContext context, Statement.For loop, Statement.Load values, SharedTile tile) : StageCopy(context, tile)
{
    private Register _source;
    private Register _destination;
    private Register? _takesPart;

    public override bool IsAsync => true;

    private int Chunks => Tile.Lines * Tile.ChunksPerLine;

    public override void Prepare(int tileOffset)
    {
        W.Comment($"tile {values.Tile}: {Tile.Lines} lines of {Tile.LineBytes} bytes");
        if (Chunks > Context.Threads) throw new InvalidOperationException($"{Chunks} chunks are more than {Context.Threads} threads.");
        _takesPart = Chunks == Context.Threads ? null : W.Compare("lt", Context.Thread, Chunks);
        _source = W.Address(Context.Base(values.Buffer), Context.Thread, 16);
        Value line = W.Divide(Context.Thread, Tile.ChunksPerLine), chunk = W.Modulo(Context.Thread, Tile.ChunksPerLine);
        _destination = W.InRegister(W.Add(W.Add(Context.Shared, tileOffset), Tile.Offset(W, line, chunk)));
    }

    public override void Copy(Value stage, Value position, Register? predicate)
    {
        Context.Bind(loop.Variable, position);
        Register source = W.Address(_source, Context.Lower(values.At[0]), Tile.Lines * Tile.LineBytes), destination = W.InRegister(W.Add(_destination, stage));
        Register? copies = predicate is { } p && _takesPart is { } t ? W.Both(p, t) : predicate ?? _takesPart;
        W.Guarded(copies, () => W.Emit("cp.async.cg.shared.global", WarpBuilder.At(destination), WarpBuilder.At(source), 16));
    }
}
