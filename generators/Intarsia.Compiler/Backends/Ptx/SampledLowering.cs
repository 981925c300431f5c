using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Lowers a block whose warps take dot products of gathered rows with the rows of a vector group. Lane 4g + t reads the chunk t of each step of rows g and g + 8: the fragments of a tensor-core
/// instruction, whose depth may stand in any order as long as both factors have it in the same. Everything stays in the registers of a warp until it is stored.
/// </summary>
internal sealed class SampledLowering(BlockContext context, Statement.Block block)
{
    private WarpBuilder W => context.W;

    /// <summary>See <see cref="WarpProgram.LoadsAhead"/>.</summary>
    public int LoadsAhead { get; private set; }

    /// <summary>Whether a block samples: it gathers at every step of the depth.</summary>
    public static bool Lowers(Statement.Block block) => Depth(block) is not null;

    public void Write()
    {
        Statement.For warps = (Statement.For)block.Body.Single();
        Register variable = W.InRegister(W.Add(context.Lower(warps.Begin), W.Multiply(context.Warp, context.Lower(warps.Step))));
        context.Bind(warps.Variable, variable);
        W.If(W.Compare("lt", variable, context.Lower(warps.End)), () => WriteWarp(warps.Body.ToArray()));
    }

    private static Statement.For? Depth(Statement.Block block) => block.Body.OfType<Statement.For>().SelectMany(warps => warps.Body).OfType<Statement.For>()
        .SelectMany(entries => entries.Body).OfType<Statement.For>().FirstOrDefault(loop => loop.Body.OfType<Statement.Gather>().Any());

    private void WriteWarp(Statement[] body)
    {
        context.BindLets(body);
        Statement.For entries = body.OfType<Statement.For>().Single(), depth = Depth(block)!;
        var products = new SampledProducts(context, entries, depth);
        LoadsAhead = products.LoadsAhead;
        products.Prepare();
        Register position = W.Variable(context.Lower(entries.Begin));
        context.Bind(entries.Variable, position);
        W.For("entries", position, context.Lower(entries.End), context.Lower(entries.Step), () =>
        {
            products.Write();
            Statement[] rest = entries.Body.SkipWhile(statement => statement != depth).Skip(1).ToArray();
            // The accumulators are entries by rows, what follows them rows by entries.
            string start = rest[0] is Statement.Transpose turn ? turn.Tile : throw new InvalidOperationException("Dot products are turned before the chain.");
            new Tail(context, rest.Skip(1).ToArray()).WriteInPlace(start, products.Elements, products.Owner);
        });
    }
}
