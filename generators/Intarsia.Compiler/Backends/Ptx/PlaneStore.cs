using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// The end of an epilogue whose codes lie in planes of bits (APNN-TC; Feng et al., SC'21, section 4): 32 neighbouring lanes hold the codes of 32 neighbouring rows of one token, so that the lanes whose code has a bit (vote.sync.ballot, PTX
/// ISA section 9.7.13.10) are the word of its plane. Words of the planes lie beside each other, and as many lanes store one each. All lanes of a warp vote: those whose row the buffer has not with code 0, which is what the words end in.
/// </summary>
/// <param name="context">The block.</param>
/// <param name="statements">The chain, and the packing: codes that are masked by their row, and a pack and a store for each plane.</param>
/// <param name="mask">Where the mask begins among them.</param>
internal sealed class PlaneStore(BlockContext context, Statement[] statements, int mask)
{
    private readonly Statement.Store[] _stores = [.. statements.OfType<Statement.Store>()];
    private Register[] _isPlane = [];
    private Register _stored;

    private WarpBuilder W => context.W;

    private BufferDecl Output => context.Buffer(_stores[0].Buffer);

    private Statement.Select Mask => statements.OfType<Statement.Select>().Single();

    /// <summary>The tile of codes.</summary>
    public string Codes => Mask.Tile;

    /// <summary>What comes before the mask.</summary>
    public IEnumerable<Statement> Chain => statements.Take(mask);

    /// <summary>The end of an epilogue that packs bits; null for all others.</summary>
    public static PlaneStore? Of(BlockContext context, Statement[] statements) =>
        statements.OfType<Statement.Pack>().Any() ? new PlaneStore(context, statements, Array.FindIndex(statements, statement => statement is Statement.Iota)) : null;

    /// <summary>Which plane's word a lane stores, the same throughout.</summary>
    public void Prepare()
    {
        _isPlane = [.. Enumerable.Range(1, _stores.Length - 1).Select(plane => W.Compare("eq", context.Lane, plane))];
        _stored = W.Compare("lt", context.Lane, _stores.Length);
    }

    /// <summary>Packs what the lanes of a warp hold, and stores it.</summary>
    /// <param name="row">The token of the tile, which the lanes of a warp share.</param>
    /// <param name="column">The row of the tile, one lane's behind the other's.</param>
    /// <param name="code">Writes what makes the code of this lane, for the lanes that have one.</param>
    public void Write(Value row, Value column, Func<Register> code)
    {
        // Below zero for rows that the buffer has.
        Value place = W.Add(context.Lower(((Statement.Iota)statements[mask]).Start), column), token = W.Add(context.Lower(_stores[0].At[0]), row);
        Register isToken = W.Compare("lt", token, context.Lower(Output.Shape[0])), codes = W.Variable(0);
        W.If(W.Both(W.Compare("lt", place, 0, "s32"), isToken), () => W.Emit("mov.u32", codes, code()));
        Register word = W.B32();
        for (int plane = 0; plane < _stores.Length; plane++)
        {
            Register packed = plane == 0 ? word : W.B32();
            W.Emit("vote.sync.ballot.b32", packed, W.Compare("ne", W.And(codes, 1 << plane), 0), "0xFFFFFFFF");
            if (plane > 0) W.Emit("selp.b32", word, packed, word, _isPlane[plane - 1]);
        }
        Value at = W.Add(context.Lower(_stores[0].At[1]), W.Divide(column, Statement.SplitPlanes.WordBits));
        W.If(W.Both(W.Both(isToken, W.Compare("lt", at, context.Lower(Output.Shape[1]))), _stored), () =>
        {
            Register line = W.Address(context.Base(Output.Name), token, W.Multiply(context.Lower(Output.Strides[0]), sizeof(int)));
            W.Emit("st.global.u32", WarpBuilder.At(W.Address(line, W.Add(W.Multiply(at, _stores.Length), context.Lane), sizeof(int))), word);
        });
    }
}
