using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>Loops over non-zeros that do more with each than add a product to registers: columns whose activation is not zero, and the entries of one, each of which has an accumulator of its own in memory.</summary>
internal sealed partial class BlockLowering
{
    /// <summary>Writes such a loop; false where the loop is one over the entries of a row.</summary>
    private bool LowerVisits(Statement.ForNonZero loop)
    {
        switch (loop.Source)
        {
            case NonZeros.RelativeOperand source:
                LowerRelative(loop, source);
                return true;
            case NonZeros.Operand source when !loop.Body.Any(statement => statement is Statement.Contract):
                Use(source.Indices);
                _bound.Add(loop.Position);
                _bound.Add(loop.Coordinate);
                string end = Unique("end");
                _code.Line($"nint {end} = {Text(source.End)};");
                using (_code.Block($"for (nint {loop.Position} = {Text(source.Begin)}; {loop.Position} < {end}; {loop.Position}++)"))
                {
                    _code.Line($"nint {loop.Coordinate} = Unsafe.Add(ref {source.Indices}, {loop.Position});");
                    _code.Line($"if ({loop.Coordinate} < 0) continue;");
                    ScopedTiles(() => LowerAll(loop.Body));
                }
                return true;
            default:
                return false;
        }
    }

    /// <summary>The coordinate is a running sum, a cycle from entry to entry; the branch on a gap that is no entry is all but never taken.</summary>
    private void LowerRelative(Statement.ForNonZero loop, NonZeros.RelativeOperand source)
    {
        Use(source.Gaps);
        _bound.Add(loop.Position);
        _bound.Add(loop.Coordinate);
        string end = Unique("end"), gap = Unique("gap");
        _code.Line($"nint {end} = {Text(source.End)}, {loop.Coordinate} = -1;");
        using (_code.Block($"for (nint {loop.Position} = {Text(source.Begin)}; {loop.Position} < {end}; {loop.Position}++)"))
        {
            _code.Line($"nint {gap} = Unsafe.Add(ref {source.Gaps}, {loop.Position});");
            _code.Line($"{loop.Coordinate} += {gap} + 1;");
            if (source.Skip > 0)
                using (_code.Block($"if ({gap} == {Number(source.Skip)})"))
                {
                    _code.Line($"{loop.Coordinate}--;");
                    _code.Line("continue;");
                }
            ScopedTiles(() => LowerAll(loop.Body));
        }
    }

    /// <summary>Adds the rows of a tile to the lines of a buffer that places in memory name, whole vectors, one row after the other.</summary>
    private void LowerScatterAdd(Statement.ScatterAdd scatter)
    {
        TileDecl tile = _tiles[scatter.Tile];
        BufferDecl buffer = Use(scatter.Buffer);
        if (scatter.Clip != Clip.None || buffer.Element != tile.Element || buffer.Shape.Count != 2) throw new InvalidOperationException("The SIMD backend adds whole vectors to the lines of a matrix of their element.");
        for (int row = 0; row < tile.Shape[0]; row++)
        {
            string line = Unique($"{buffer.Name}Row{Number(row)}");
            _code.Line($"ref {VectorIsa.ElementName(buffer.Element)} {line} = ref Unsafe.Add(ref {buffer.Name}, {At(_placesInMemory[scatter.Coordinates], row)} * {Text(Stride(buffer, 0))}{(scatter.At[0] is Index.Const { Value: 0 } ? "" : " + " + Text(scatter.At[0]))});");
            for (int j = 0; j < Vectors(tile); j++)
                _code.Line(_isa.Store($"({_isa.Load(line, j * _isa.Lanes, buffer.Element)} + {Local(scatter.Tile, row, j)})", line, j * _isa.Lanes));
        }
    }
}
