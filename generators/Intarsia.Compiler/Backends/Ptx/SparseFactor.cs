using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>The statements that make a 2:4 sparse factor: values and places come from memory, the places are put in order, both are expanded. Tensor cores take what comes from memory.</summary>
/// <param name="Values">The load of the values.</param>
/// <param name="Places">The load of their places.</param>
/// <param name="Order">Brings the places into the order of the values.</param>
/// <param name="Expand">Makes the factor.</param>
internal sealed record SparseFactor(Statement.Load Values, Statement.Load Places, Statement.Transpose Order, Statement.Expand Expand)
{
    /// <summary>Finds the statements behind a factor in the body of a loop.</summary>
    public static SparseFactor Of(Statement.For loop, string tile)
    {
        Statement.Expand expand = loop.Body.OfType<Statement.Expand>().Single(e => e.Tile == tile);
        Statement.Transpose order = loop.Body.OfType<Statement.Transpose>().Single(t => t.Tile == expand.Places);
        Statement.Load Load(string name) => loop.Body.OfType<Statement.Load>().Single(load => load.Tile == name);
        return new SparseFactor(Load(expand.Values), Load(order.Source), order, expand);
    }

    /// <summary>Refuses places in any other order than the one that lanes load.</summary>
    public void Check(BlockContext context)
    {
        TileDecl factor = context.Tile(Expand.Tile);
        int[] shape = SparseMmaPlaces.Shape(factor.Element, factor.Shape[0], factor.Shape[1], context.Warps.Rows);
        if (Expand.Group != 4 || !context.Tile(Places.Tile).Shape.SequenceEqual(shape) || !Order.Axes.SequenceEqual(SparseMmaPlaces.Axes(factor.Element)))
            throw new NotSupportedException($"The places of '{factor.Name}' do not stand as the lanes of a warp load them: [{string.Join(",", shape)}], turned by [{string.Join(",", SparseMmaPlaces.Axes(factor.Element))}].");
    }
}
