using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// The places of a 2:4 sparse factor on their way to the tensor cores of a warp group: one bulk copy brings those of a stage (PTX ISA section 9.7.9.25.4, cp.async.bulk), in the order in which lanes load
/// them, and each lane of a warp takes a word for 16 rows and 64 elements of depth into a register (section 9.7.15.6.1).
/// </summary>
/// <param name="program">The program.</param>
/// <param name="factor">What makes the factor.</param>
/// <param name="offset">Where the places begin in a stage.</param>
internal sealed class BulkPlaces(TileProgram program, SparseFactor factor, int offset)
{
    private const int WordBytes = 4 * 32;

    private readonly TileDecl _factor = program.Tiles.Single(tile => tile.Name == factor.Expand.Tile);
    private readonly BufferDecl _buffer = program.Buffers.Single(buffer => buffer.Name == factor.Places.Buffer);
    private Register _address;

    /// <summary>Bytes of one stage: four places to a byte.</summary>
    public int Bytes => program.Tiles.Single(tile => tile.Name == factor.Places.Tile).Size / 4;

    private int Words => _factor.Shape[1] / SparseMmaPlaces.WordDepth;

    /// <summary>Starts the copy of one stage. The loop variable is bound; one thread runs this.</summary>
    /// <param name="context">The block.</param>
    /// <param name="stage">Address of the stage.</param>
    /// <param name="barrier">Address of the barrier that it completes on.</param>
    public void Copy(BlockContext context, Register stage, Register barrier)
    {
        WarpBuilder w = context.W;
        Value piece = w.Add(w.Multiply(context.Lower(factor.Places.At[0]), context.Lower(_buffer.Shape[1])), context.Lower(factor.Places.At[1]));
        Register target = w.InRegister(w.Add(stage, offset)), source = w.Address(context.Base(_buffer.Name), piece, Bytes);
        w.Emit("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes", WarpBuilder.At(target), WarpBuilder.At(source), Bytes, WarpBuilder.At(barrier));
    }

    /// <summary>Computes where this lane's words begin in the first stage.</summary>
    public void Prepare(BlockContext context)
    {
        WarpBuilder w = context.W;
        factor.Check(context);
        if (context.Warps.Rows * 16 != _factor.Shape[0]) throw new InvalidOperationException($"A factor of {_factor.Shape[0]} rows does not give 16 to each of {context.Warps.Rows} warps.");
        // Warps are numbered group by group, four down; groups side by side share their rows.
        Value row = w.Add(w.Multiply(w.Divide(w.ShiftRight(context.Warp, 2), context.Warps.Columns), 4), w.And(context.Warp, 3));
        _address = w.InRegister(w.Add(w.Add(context.Shared, offset), w.Add(w.Multiply(row, Words * WordBytes), w.ShiftLeft(context.Lane, 2))));
    }

    /// <summary>Loads this lane's words of a stage, one for every 64 elements of depth.</summary>
    /// <param name="context">The block.</param>
    /// <param name="slot">Byte offset of the stage.</param>
    public Register[] Load(BlockContext context, Register slot)
    {
        WarpBuilder w = context.W;
        Register[] words = w.B32(Words);
        Register address = w.InRegister(w.Add(_address, slot));
        for (int word = 0; word < words.Length; word++) w.Emit("ld.shared.b32", words[word], WarpBuilder.At(address, word * WordBytes));
        return words;
    }
}
