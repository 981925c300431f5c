using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Contraction on sparse tensor cores: of the first factor two of four elements are stored, mma.sp skips the others (PTX ISA section 9.7.14.6). A register holds the places of 16 rows and 64
/// elements of depth, spread over the warp; a lane loads those of all its tiles at once.
/// </summary>
internal sealed class SparseMmaContraction(BlockContext context, Statement.Contract contract) : MmaContraction(context, contract)
{
    private Register _address;
    private Register _stage;
    private Register[] _places = [];

    /// <summary>Bytes of the places of all tiles of a warp.</summary>
    private int WordBytes => 32 * 4 * TilesDown;

    /// <summary>Computes where this lane's places begin in a stage.</summary>
    public void PreparePlaces(int offset)
    {
        int words = Context.Tile(Contract.A).Shape[1] / SparseMmaPlaces.WordDepth;
        Value warpRow = W.Divide(Context.Warp, Context.Warps.Columns);
        Value start = W.Add(W.Multiply(warpRow, words * WordBytes), W.Multiply(Context.Lane, 4 * TilesDown));
        _address = W.InRegister(W.Add(W.Add(Context.Shared, offset), start));
    }

    /// <summary>
    /// Sixteen-bit lines along the columns are padded instead of swizzled: a wide fragment is one chunk of 32 lines, and without a swizzle one address serves for all chunks.
    /// </summary>
    public override SharedTile TileOf(Statement.Load load, bool isFirst, bool depthLast)
    {
        SharedTile tile = base.TileOf(load, isFirst, depthLast);
        return depthLast || Mma.B is ElementType.S8 or ElementType.U8 ? tile : tile with { Swizzle = Swizzle.None, Padding = 16 };
    }

    public override void ContractStage(Value stage, Element[] accumulators)
    {
        _stage = W.InRegister(W.Add(_address, stage));
        base.ContractStage(stage, accumulators);
    }

    protected override void BeginStep(int step)
    {
        if (step * Mma.Depth % SparseMmaPlaces.WordDepth == 0) LoadPlaces(step * Mma.Depth / SparseMmaPlaces.WordDepth);
    }

    protected override void Multiply(int step, int row, string sum, string a, string b) =>
        // The selector: which lanes of each four hold the places of this depth.
        W.Emit(Mma.Opcode, sum, a, b, sum, _places[row], step * Mma.Depth % SparseMmaPlaces.WordDepth / Mma.Depth);

    private void LoadPlaces(int word)
    {
        _places = W.B32(TilesDown);
        string at = WarpBuilder.At(_stage, word * WordBytes);
        if (TilesDown == 1) W.Emit("ld.shared.b32", _places[0], at);
        else W.Emit($"ld.shared.v{TilesDown}.b32", WarpBuilder.Vector(_places), at);
    }
}
