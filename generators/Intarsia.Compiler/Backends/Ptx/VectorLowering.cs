using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>Lowers a block that has one segment of sparse vectors for tensor cores: gathered rows and weights go through stages of shared memory, ahead of the contraction.</summary>
internal sealed class VectorLowering(BlockContext context, Statement.Block block)
{
    private WarpBuilder W => context.W;

    /// <summary>See <see cref="WarpProgram.LoadsAhead"/>.</summary>
    public int LoadsAhead { get; private set; }

    /// <summary>Whether a block contracts gathered rows.</summary>
    public static bool Lowers(Statement.Block block) => block.Body.OfType<Statement.For>().SelectMany(loop => loop.Body).OfType<Statement.Gather>().Any(gather => !gather.IsLookup);

    public void Write()
    {
        Statement[] body = block.Body.ToArray();
        context.BindLets(body);
        Statement.For loop = body.OfType<Statement.For>().Single();
        Statement.Contract contract = loop.Body.OfType<Statement.Contract>().Single();
        Statement.Gather gather = loop.Body.OfType<Statement.Gather>().Single();
        bool rowsFirst = contract.B == gather.Tile;
        Statement.Load values = Load(loop, rowsFirst ? contract.A : contract.B), indices = Load(loop, gather.Coordinates);

        TileDecl rows = context.Tile(gather.Tile), weights = context.Tile(values.Tile);
        MmaRow mma = MmaTable.Find(rows.Element, weights.Element, context.Tile(contract.Accumulator).Element, isSparse: false);
        int bytes = Elements.Bytes(rows.Element);
        var gatheredTile = new SharedTile(rows.Shape[0], rows.Shape[1] * bytes, bytes == 1 ? Swizzle.Pairs : Swizzle.Consecutive);
        var weightTile = new SharedTile(weights.Shape[0], weights.Shape[1] * Elements.Bytes(weights.Element), Swizzle.Consecutive);
        bool isAsync = context.Buffer(gather.Buffer).LineAlignment >= 16;
        int stages = isAsync ? loop.Stages : 1;
        LoadsAhead = isAsync ? 0 : ElementGather.LoadsAhead;
        StageCopy gathered = isAsync ? new AsyncGather(context, loop, gather, indices, gatheredTile, stages) : new ElementGather(context, loop, gather, indices, gatheredTile);
        var stride = new StrideCopy(context, loop, values, weightTile);
        var contraction = new VectorContraction(context, gatheredTile, weightTile, mma, rowsFirst);

        var tiles = new Dictionary<string, Element[]>(StringComparer.Ordinal);
        var flush = new GroupFlush(context, tiles);
        Statement.If? ends = loop.Body.OfType<Statement.If>().SingleOrDefault();
        // Fragments of words put a tile's column into the address bit by bit: lines begin at multiples of their length.
        var pipeline = new Pipeline(context, loop, [gathered, stride], stages, alignment: bytes == 4 ? gatheredTile.LineBytes : 1);
        pipeline.Write(
            () =>
            {
                contraction.Prepare(pipeline.OffsetOf(gathered), pipeline.OffsetOf(stride));
                foreach (Statement.Fill fill in body.OfType<Statement.Fill>()) tiles[fill.Tile] = contraction.NewTile(context.Tile(fill.Tile).Element);
                if (ends is not null) flush.Prepare(ends);
            },
            stage => contraction.ContractStage(stage, tiles[contract.Accumulator]),
            () =>
            {
                if (ends is not null) flush.Write(ends);
            });

        string result = body.OfType<Statement.Fill>().First().Tile;
        Element[] sorted = tiles[result].OrderBy(e => e.RowOffset).ThenBy(e => e.ColumnOffset).ToArray();
        new Tail(context, body.Skip(Array.IndexOf(body, loop) + 1).ToArray()).Write(result, sorted, lines: rowsFirst ? contraction.Rows : 0, length: rowsFirst ? 0 : contraction.Rows);
    }

    private static Statement.Load Load(Statement.For loop, string tile) => loop.Body.OfType<Statement.Load>().Single(load => load.Tile == tile);
}
