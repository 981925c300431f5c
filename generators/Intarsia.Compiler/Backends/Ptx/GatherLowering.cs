using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Lowers a block whose warps each take a segment of sparse weights: lanes lie along the columns of the gathered rows, a stride of entries is one load of indices, and the indices of the
/// next stride are on their way while this one is multiplied. Every warp finishes for itself.
/// </summary>
internal sealed class GatherLowering(BlockContext context, Statement.Block block)
{
    private WarpBuilder W => context.W;

    /// <summary>See <see cref="WarpProgram.LoadsAhead"/>.</summary>
    public int LoadsAhead { get; private set; }

    /// <summary>Whether the warps of a block take iterations of their own.</summary>
    public static bool Lowers(Statement.Block block) => block.Body.Count == 1 && block.Body[0] is Statement.For { Parallel: true };

    public void Write()
    {
        Statement.For warps = (Statement.For)block.Body.Single();
        Register segment = W.InRegister(W.Add(context.Lower(warps.Begin), context.Warp));
        context.Bind(warps.Variable, segment);
        W.Comment("a segment for each warp");
        W.If(W.Compare("lt", segment, context.Lower(warps.End)), () => WriteSegment(warps.Body.ToArray()));
    }

    private void WriteSegment(Statement[] body)
    {
        context.BindLets(body);
        Statement.For loop = body.OfType<Statement.For>().Single();
        Statement.Contract contract = loop.Body.OfType<Statement.Contract>().Single();
        Statement.Gather gather = loop.Body.OfType<Statement.Gather>().Single();
        Statement.Load values = loop.Body.OfType<Statement.Load>().Single(load => load.Tile == (contract.A == gather.Tile ? contract.B : contract.A));
        Statement.Load indices = loop.Body.OfType<Statement.Load>().Single(load => load.Tile == gather.Coordinates);

        bool skipsPadding = Elements.IsFloat(context.Tile(gather.Tile).Element);
        var rows = new GatheredRows(context, gather, skipsPadding);
        var products = new GatherProducts(context, contract, rows, values, rowsFirst: contract.B == gather.Tile);
        LoadsAhead = products.LoadsAhead;
        rows.Prepare();
        Dictionary<string, Element[]> tiles = body.OfType<Statement.Fill>().ToDictionary(fill => fill.Tile, fill => products.NewTile(context.Tile(fill.Tile).Element));
        WriteLoop(loop, indices, rows, products, tiles);

        int after = Array.IndexOf(body, loop) + 1;
        string result = body.OfType<Statement.Fill>().First().Tile;
        new Tail(context, body.Skip(after).ToArray(), byWarp: true).Write(result, tiles[result]);
    }

    private void WriteLoop(Statement.For loop, Statement.Load indices, GatheredRows rows, GatherProducts products, Dictionary<string, Element[]> tiles)
    {
        Register position = W.Variable(context.Lower(loop.Begin));
        Value end = context.Lower(loop.End);
        var flush = new GroupFlush(context, tiles);
        Statement.If? ends = loop.Body.OfType<Statement.If>().SingleOrDefault();
        if (ends is not null) flush.Prepare(ends);
        Register[] next = W.B32(rows.Entries);
        W.Comment($"indices of {rows.Entries} entries");
        LoadIndices(indices, loop.Variable, position, end, next);
        W.For("entries", position, end, loop.Step is Index.Const step ? step.Value : throw new InvalidOperationException("A stride of entries is constant."), () =>
        {
            context.Bind(loop.Variable, position);
            rows.Load(next);
            W.Comment("indices of the next stride");
            LoadIndices(indices, loop.Variable, W.Add(position, rows.Entries), end, next);
            context.Bind(loop.Variable, position);
            products.Add(tiles);
            if (ends is not null) flush.Write(ends);
        });
    }

    /// <summary>Loads the indices at a position that may lie past the end: what a register held stays there then.</summary>
    private void LoadIndices(Statement.Load load, string variable, Value position, Value end, Register[] target)
    {
        context.Bind(variable, position);
        Register exists = W.Compare("lt", position, end), address = W.Address(context.Base(load.Buffer), context.Lower(load.At[0]), 4);
        W.Guarded(exists, () => W.Emit("ld.global.nc.v4.u32", WarpBuilder.Vector(target), WarpBuilder.At(address)));
    }
}
