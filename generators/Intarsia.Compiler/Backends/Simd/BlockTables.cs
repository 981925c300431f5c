using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>The innermost loop over codes that name sums of activations.</summary>
internal sealed partial class BlockLowering
{
    /// <summary>
    /// A step of the depth in a turn: lanes of 32 bits hold eight codes of four bits, the first four in the low halves of their bytes, of which a shift brings one to the lower end; a permutation of the sixteen sums of its four activations, which a vector or two hold, makes it the sum
    /// that is added. So a weight of one bit costs a quarter of a shift, of a permutation and of an addition, and columns share the shift.
    /// </summary>
    private void LowerTables(Statement.For loop)
    {
        Statement.Contract contract = loop.Body.OfType<Statement.Contract>().Single();
        Statement.Transpose fields = loop.Body.OfType<Statement.Transpose>().Single(t => t.Tile == contract.B);
        Statement.Load loadTable = loop.Body.OfType<Statement.Load>().Single(l => l.Tile == contract.A), loadCodes = loop.Body.OfType<Statement.Load>().Single(l => l.Tile == fields.Source);
        TileDecl acc = _tiles[contract.Accumulator], codes = _tiles[contract.B], table = _tiles[contract.A];
        int runs = codes.Shape[1], entries = table.Shape[2], height = acc.Shape[0], vectors = Vectors(acc), bytes = _isa.Bits / 8;
        if (!contract.TransposedB || contract.Times != 1 || runs != 8 || entries != 16 || !fields.Axes.SequenceEqual([0, 2, 1])) throw new InvalidOperationException($"The SIMD backend looks up eight codes of four bits a lane, not {runs} among {entries} sums.");

        string turns = Unique("n"), w = Unique("wAt"), element = VectorIsa.ElementName(table.Element);
        _code.Line($"nint {turns} = {Text(loop.End - loop.Begin)};");
        _code.Line($"ref byte {w} = ref Unsafe.Add(ref {Use(loadCodes.Buffer).Name}, {Text(Index.FloorDiv(First(loadCodes), 2))});");
        string[] tables = [.. Enumerable.Range(0, height).Select(row => Unique($"t{Number(row)}At"))];
        for (int row = 0; row < height; row++)
            _code.Line($"ref {element} {tables[row]} = ref Unsafe.Add(ref {Use(loadTable.Buffer).Name}, {Text(First(loadTable) + (row == 0 ? 0 : row * Stride(_buffers[loadTable.Buffer], 0)))});");
        using (_code.Block($"for (; {turns} > 0; {turns}--)"))
        {
            for (int j = 0; j < vectors; j++) _code.Line($"{_isa.Type(ElementType.S32)} q{Number(j)} = {_isa.LoadPairs(w, j * bytes)};");
            for (int run = 0; run < runs; run++)
            {
                for (int j = 0; j < vectors; j++)
                {
                    string index = run == 0 ? $"q{Number(j)}" : $"i{Number(run)}_{Number(j)}";
                    if (run > 0) _code.Line($"{_isa.Type(ElementType.S32)} {index} = q{Number(j)} >>> {Number(8 * (run % 4) + 4 * (run / 4))};");
                    for (int row = 0; row < height; row++) _code.Line($"{Local(contract.Accumulator, row, j)} += {_isa.Helpers}.LookUp(ref {At(tables[row], run * entries)}, {index});");
                }
            }
            _code.Line($"{w} = ref Unsafe.Add(ref {w}, {Number(vectors * bytes)});");
            foreach (string reference in tables) _code.Line($"{reference} = ref Unsafe.Add(ref {reference}, {Number(runs * entries)});");
        }

        // Where the first turn loads from.
        Index First(Statement.Load load)
        {
            (Index step, Index rest) = IndexText.Split(Offset(Use(load.Buffer), load.At), loop.Variable) ?? throw new InvalidOperationException($"The address of {load.Buffer} is not linear in {loop.Variable}.");
            return rest + loop.Begin * step;
        }
    }
}
