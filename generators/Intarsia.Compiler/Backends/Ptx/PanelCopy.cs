using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Copies a tile that lies in one piece in memory, as prepared weights do: one source address for each thread, which moves on by the length of a piece. The tile covers every dimension of its
/// buffer but the first two, the panel and the depth step; nothing lies past an end, since preparation has padded it.
/// </summary>
internal sealed class PanelCopy : OperandCopy
{
    private readonly int _bytes;
    private readonly int _chunk;
    private Register _source;
    private Register _destination;

    /// <param name="context">The block.</param>
    /// <param name="load">The load.</param>
    /// <param name="loop">The variable of the loop over the depth.</param>
    /// <param name="tile">The tile in shared memory, as long as the piece.</param>
    public PanelCopy(BlockContext context, Statement.Load load, string loop, SharedTile tile)
        : base(context, load, loop, tile, depthLast: true)
    {
        _bytes = tile.Bytes;
        int each = _bytes / context.Threads;
        _chunk = Math.Min(16, each);
        if (_bytes % context.Threads != 0 || each % _chunk != 0 || _chunk is not (4 or 8 or 16))
            throw new InvalidOperationException($"A piece of {_bytes} bytes does not divide among {context.Threads} threads.");
        if (load.At[1] != Step(load, loop)) throw new NotSupportedException($"The loop over '{loop}' does not step through '{load.Buffer}' piece by piece: {load.At[1]}.");
    }

    public override bool LeavesDepthLast => true;

    public override bool IsAsync => true;

    private int Count => _bytes / _chunk / Context.Threads;

    public override void Prepare(int tileOffset)
    {
        W.Comment($"tile {Load.Tile}: a piece of {_bytes} bytes, {Count} chunk{(Count == 1 ? "" : "s")} of {_chunk} bytes for each thread");
        Value panelBytes = W.Multiply(Context.Lower(Buffer.Shape[1]), _bytes);
        Register panel = W.Address(Context.Base(Load.Buffer), Context.Lower(Load.At[0]), panelBytes);
        _source = W.B64();
        W.Emit("mov.u64", _source, W.Address(panel, Chunk, _chunk));
        _destination = W.InRegister(W.Add(W.Add(Context.Shared, tileOffset), Destination()));
    }

    public override void Copy(Value stage, Value depth, Register? predicate)
    {
        Register destination = W.InRegister(W.Add(_destination, stage));
        W.Guarded(predicate, () =>
        {
            for (int i = 0; i < Count; i++)
            {
                int offset = i * WarpBytes;
                W.Emit(_chunk == 16 ? "cp.async.cg.shared.global" : "cp.async.ca.shared.global", WarpBuilder.At(destination, offset), WarpBuilder.At(_source, offset), _chunk);
            }
        });
        W.Emit("add.u64", _source, _source, _bytes);
    }

    /// <summary>Bytes that a warp copies with one instruction.</summary>
    private int WarpBytes => 32 * _chunk;

    /// <summary>The first chunk of a thread. Each warp copies one part of the piece, so that its chunks are near enough to be constant offsets of one address (12 bits with a sign, says the assembler).</summary>
    private Value Chunk => W.Add(W.Multiply(Context.Warp, 32 * Count), Context.Lane);

    /// <summary>Where it goes; the others follow at the same distance as in memory, since the swizzle repeats in between.</summary>
    private Value Destination()
    {
        if (Tile.Swizzle == Swizzle.None) return W.Multiply(Chunk, _chunk);
        if (_chunk != 16 || WarpBytes % (Tile.LineBytes * Tile.Period) != 0) throw new InvalidOperationException($"Lines of {Tile.LineBytes} bytes cannot be swizzled by warps that copy {WarpBytes} bytes.");
        return Tile.Offset(W, W.Divide(Chunk, Tile.ChunksPerLine), W.Modulo(Chunk, Tile.ChunksPerLine));
    }

    private static Index Step(Statement.Load load, string loop) => load.At[1] is Index.Binary { Op: IndexOp.FloorDivide, Right: Index.Const step } ? Index.FloorDiv(loop, step) : loop;
}
