namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// One factor of a contraction of bits on its way from shared memory into registers. Fragments of bits are those of bytes with eight bits for each (PTX ISA, matrix fragments for mma.m16n8k256 and m16n8k32): lane 4g + t holds of line g the
/// words t and t + 4 of eight, which are 256 bits of depth; a first factor has the same of line g + 8 between them. So ldmatrix reads them: four matrices of eight lines of 16 bytes, which are a tile of a first factor, or two of a second.
/// </summary>
/// <param name="context">The block.</param>
/// <param name="tile">The tile in shared memory, the lines of one plane behind those of the other.</param>
/// <param name="planes">Planes.</param>
/// <param name="isFirst">The first factor, tiles of 16 rows; else the second, of 8 columns.</param>
internal sealed class BitFactor(BlockContext context, SharedTile tile, int planes, bool isFirst)
{
    /// <summary>Words of depth that an instruction takes of a line.</summary>
    public const int Words = MmaRow.DepthBytes / 4;

    private Register[] _addresses = [];
    private Register[] _selected = [];

    private WarpBuilder W => context.W;

    public int Planes => planes;

    /// <summary>Depth steps of a stage.</summary>
    public int Steps => tile.LineBytes / MmaRow.DepthBytes;

    public void Prepare(int tileOffset, Value origin)
    {
        Value lane = context.Lane, start = W.Add(context.Shared, tileOffset);
        Value line = isFirst ? W.And(lane, 15) : W.Or(W.And(lane, 7), W.ShiftLeft(W.ShiftRight(lane, 4), 3)), part = isFirst ? W.ShiftRight(lane, 4) : W.And(W.ShiftRight(lane, 3), 1);
        _addresses = [.. Enumerable.Range(0, Steps).Select(step => W.InRegister(W.Add(start, tile.Offset(W, W.Add(origin, line), W.Add(part, step * MmaRow.DepthBytes / 16)))))];
    }

    public void Select(Value stage) => _selected = stage.Is(0) ? _addresses : [.. _addresses.Select(address => W.InRegister(W.Add(address, stage)))];

    /// <summary>The fragments of tiles from one on, <c>[tile][plane]</c>: of one tile of a first factor, of two of a second.</summary>
    public Register[][][] Load(int step, int at)
    {
        Register[][] loaded = [.. Enumerable.Range(0, planes).Select(plane =>
        {
            Register[] fragment = W.B32(4);
            W.Emit("ldmatrix.sync.aligned.m8n8.x4.shared.b16", WarpBuilder.Vector(fragment), WarpBuilder.At(_selected[step], (plane * (tile.Lines / planes) + (isFirst ? 16 : 8) * at) * tile.Pitch));
            return fragment;
        })];
        return isFirst ? [loaded] : [[.. loaded.Select(fragment => new[] { fragment[0], fragment[1] })], [.. loaded.Select(fragment => new[] { fragment[2], fragment[3] })]];
    }
}
