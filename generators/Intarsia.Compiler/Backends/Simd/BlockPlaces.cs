using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>
/// Single elements at places that stand in memory, as many as a lane loop has left. Vectors are turned into elements, and elements into vectors, by way of a line of them: processors have no instruction for elements of less than 32 bits,
/// and one that scatters does no more than one element in a cycle either.
/// </summary>
internal sealed partial class BlockLowering
{
    private void LowerScatter(Statement.Scatter scatter)
    {
        (BufferDecl buffer, string places) = PlacesOf(scatter.Buffer, scatter.Coordinates, scatter.At, _tiles[scatter.Tile]);
        string value = Local(scatter.Tile, 0, 0);
        string StoreAt(string reference) => IsConverted(buffer.Element) ? _isa.StoreConverted(buffer.Element, value, reference, Number(_isa.Lanes)) : _isa.Store(value, reference, 0);
        if (_isa.Lanes == 1)
        {
            _code.Line(StoreAt($"Unsafe.Add(ref {buffer.Name}, {places})"));
            return;
        }
        string line = Unique(buffer.Name + "Line");
        _code.Line($"Unsafe.SkipInit(out ElementLine<{VectorIsa.ElementName(buffer.Element)}> {line});");
        _code.Line(StoreAt($"{line}.First"));
        _code.Line($"{line}.Scatter(ref {buffer.Name}, ref {places}, {_partial ?? Number(_isa.Lanes)});");
    }

    private void LowerPlacedGather(Statement.Gather gather)
    {
        TileDecl tile = _tiles[gather.Tile];
        (BufferDecl buffer, string places) = PlacesOf(gather.Buffer, gather.Coordinates, gather.At, tile);
        string LoadFrom(string reference) => buffer.Element == tile.Element ? _isa.Load(reference, 0, tile.Element) : _isa.LoadConverted(buffer.Element, tile.Element, reference, Number(_isa.Lanes));
        if (_isa.Lanes == 1)
        {
            Assign(gather.Tile, 0, 0, LoadFrom($"Unsafe.Add(ref {buffer.Name}, {places})"));
            return;
        }
        string line = Unique(buffer.Name + "Line");
        _code.Line($"ElementLine<{VectorIsa.ElementName(buffer.Element)}> {line} = default;");
        _code.Line($"{line}.Gather(ref {buffer.Name}, ref {places}, {_partial ?? Number(_isa.Lanes)});");
        Assign(gather.Tile, 0, 0, LoadFrom($"{line}.First"));
    }

    private (BufferDecl Buffer, string Places) PlacesOf(string name, string coordinates, EquatableArray<Tiles.Index> at, TileDecl tile)
    {
        BufferDecl buffer = Use(name);
        if (!_inLanes || at.Count > 0 || buffer.Shape.Count != 1 || tile.Shape[0] != 1 || Vectors(tile) != 1 || !_placesInMemory.TryGetValue(coordinates, out string? places))
            throw new InvalidOperationException("The SIMD backend takes places for the single elements of one vector of a lane loop, from memory.");
        return (buffer, places);
    }
}
