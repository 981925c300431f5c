using Intarsia.Compiler.Tiles;

namespace Intarsia.Verification.Interpreter;

/// <summary>Statements that put the elements of a tile elsewhere.</summary>
internal sealed partial class Machine
{
    private void Permute(Statement.Permute s)
    {
        TileData source = ReadTile(s.Source).Snapshot(), tile = Tile(s.Tile);
        if (s.Order.Count != tile.Size) throw Fail($"{s.Order.Count} positions do not fill tile '{tile.Name}' of {tile.Size} elements.");
        for (int i = 0; i < tile.Size; i++)
        {
            int from = s.Order[i];
            if (from < -1 || from >= source.Size) throw Fail($"Position {from} lies outside tile '{source.Name}' of {source.Size} elements.");
            if (from < 0) Zero(tile, i);
            else Move(source, from, tile, i);
        }
        WriteTile(s.Tile);
    }

    private void Transpose(Statement.Transpose s)
    {
        TileData source = ReadTile(s.Source).Snapshot(), tile = Tile(s.Tile);
        int rank = source.Shape.Length;
        if (!s.Axes.Order().SequenceEqual(Enumerable.Range(0, rank))) throw Fail($"[{string.Join(",", s.Axes)}] does not name each dimension of '{source.Name}' {source.ShapeText} once.");
        if (tile.Size != source.Size) throw Fail($"The {source.Size} elements of '{source.Name}' do not fill tile '{tile.Name}' of {tile.Size} elements.");
        var strides = new int[rank];
        for (int d = rank - 1, stride = 1; d >= 0; stride *= source.Shape[d--]) strides[d] = stride;
        var at = new int[rank];
        for (int i = 0; i < tile.Size; i++)
        {
            int from = 0;
            for (int d = 0; d < rank; d++) from += at[d] * strides[s.Axes[d]];
            Move(source, from, tile, i);
            for (int d = rank - 1; d >= 0 && ++at[d] == source.Shape[s.Axes[d]]; d--) at[d] = 0;
        }
        WriteTile(s.Tile);
    }

    private void Expand(Statement.Expand s)
    {
        TileData values = ReadTile(s.Values), places = ReadTile(s.Places), tile = Tile(s.Tile);
        int length = tile.Shape[^1], stored = values.Shape[^1], group = s.Group;
        int rank = values.Shape.Length;
        if (!places.IsInteger || places.Shape.Length != rank || places.Shape[^1] != stored || Enumerable.Range(0, rank).Any(d => places.Shape[d] != values.Shape[d] && places.Shape[d] != 1))
            throw Fail($"The places '{places.Name}' {places.ShapeText} of {places.Element} do not stand beside '{values.Name}' {values.ShapeText}.");
        if (group < 1 || length % group != 0 || stored * group % length != 0 || tile.Size / length != values.Size / stored)
            throw Fail($"'{values.Name}' {values.ShapeText} does not expand to '{tile.Name}' {tile.ShapeText} in groups of {group}.");
        int kept = stored * group / length;
        for (int i = 0; i < tile.Size; i++) Zero(tile, i);
        var present = new bool[tile.Size];
        for (int i = 0; i < values.Size; i++)
        {
            int at = 0;
            for (int d = rank - 1, rest = i, stride = 1; d >= 0; rest /= values.Shape[d], stride *= places.Shape[d--])
                if (places.Shape[d] > 1) at += rest % values.Shape[d] * stride;
            long place = places.Integers![at];
            if (place < 0 || place >= group || (i % kept != 0 && place <= places.Integers[at - 1]))
                throw Fail($"Place {place} (element {at} of '{places.Name}') is none of {group}, or not behind the one before it.");
            Move(values, i, tile, i / kept * group + (int)place);
            present[i / kept * group + (int)place] = true;
        }
        WriteTile(s.Tile);
        tile.IsPresent = present;
    }
}
