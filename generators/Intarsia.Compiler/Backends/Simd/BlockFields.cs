using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>The innermost loop over weights that stand several to a byte.</summary>
internal sealed partial class BlockLowering
{
    /// <summary>Bytes that the weights are asked for ahead of their use: they are read once, from memory.</summary>
    private const int PrefetchBytes = 2048;

    /// <summary>Sums that a tile of few rows divides the dot products of a chunk among, so that none waits for the one before.</summary>
    private const int ChainsOfFields = 4;

    /// <summary>Where the first turn of a chunk loads from.</summary>
    private Index StartOf(Statement.Load load, Statement.For loop) => (IndexText.Split(Offset(Use(load.Buffer), load.At), loop.Variable)
        ?? throw new InvalidOperationException($"The address of {load.Buffer} is not linear in {loop.Variable}.")).Constant;

    private static bool HasFields(Statement.For loop) => loop.Body.Any(s => s is Statement.Transpose) && loop.Body.Any(s => s is Statement.Contract);

    /// <summary>
    /// A chunk of the depth, unrolled: a vector of bytes, its fields one after the other, each against the activations of its four depths. Pairs of products are summed in 16 bits over the
    /// whole chunk, which the planner has proved to fit, and widened at its end. Dot products of four are summed where they are; those of few rows in several sums of the chunk's own, because in one each
    /// would wait for the one before.
    /// </summary>
    private void LowerFields(Statement.For loop)
    {
        Statement.Contract contract = loop.Body.OfType<Statement.Contract>().Single();
        if (contract.Via == ContractVia.Fma)
        {
            LowerCodes(loop, contract);
            return;
        }
        Statement.Transpose transpose = loop.Body.OfType<Statement.Transpose>().Single();
        Statement.Gather? lookup = loop.Body.OfType<Statement.Gather>().SingleOrDefault();
        Statement.Load loadA = loop.Body.OfType<Statement.Load>().Single(l => l.Tile == contract.A), loadB = loop.Body.OfType<Statement.Load>().Single(l => l.Tile == transpose.Source);
        if (loop is not { Begin: Index.Const { Value: 0 }, End: Index.Const turns }) throw new InvalidOperationException("The turns of a chunk are a constant.");
        TileDecl packed = _tiles[transpose.Source], acc = _tiles[contract.Accumulator];
        int fields = packed.Shape[2], height = acc.Shape[0], depth = 4 * fields;
        bool narrow = contract.Via == ContractVia.Dot4Narrow, unsignedA = _tiles[contract.A].Element == ElementType.U8;

        Index Start(Statement.Load load) => StartOf(load, loop);
        string w = Unique("wAt");
        _code.Line($"ref byte {w} = ref Unsafe.Add(ref {loadB.Buffer}, {Text(Index.FloorDiv(Start(loadB), fields))});");
        string[] a = new string[height];
        for (int row = 0; row < height; row++)
        {
            a[row] = Unique($"a{Number(row)}At");
            _code.Line($"ref {VectorIsa.ElementName(_buffers[loadA.Buffer].Element)} {a[row]} = ref Unsafe.Add(ref {loadA.Buffer}, {Text(Start(loadA) + (row == 0 ? 0 : row * RowStride(_buffers[loadA.Buffer])))});");
        }
        string table = "";
        if (lookup is not null)
        {
            table = Unique("table");
            _code.Line($"{_isa.Type(ElementType.U8)} {table} = {_isa.LoadTable(Use(lookup.Buffer).Name, _buffers[lookup.Buffer].Element)};");
        }
        bool each = narrow && contract.Pairs == 1;
        int chains = narrow || acc.Element != ElementType.S32 ? 1 : Math.Min(ChainsOfFields / height, (int)turns.Value * fields);
        string[] sums = [.. Enumerable.Range(0, height).Select(row => narrow && !each ? Unique($"pairs{Number(row)}") : Local(contract.Accumulator, row, 0))];
        string[][] parts = [.. Enumerable.Range(0, chains < 2 ? 0 : height).Select(row => Enumerable.Range(0, chains).Select(chain => Unique($"chain{Number(row)}_{Number(chain)}")).ToArray())];
        for (int turn = 0; turn < turns.Value; turn++)
        {
            int bytes = _isa.Bits / 8;
            string q = $"q{Number(turn)}";
            _code.Line($"{_isa.Helpers}.Prefetch(ref {w}, {Number(turn * bytes + PrefetchBytes)});");
            _code.Line($"{_isa.Type(ElementType.U8)} {q} = {_isa.Load(w, turn * bytes)};");
            for (int field = 0; field < fields; field++)
            {
                string b = $"b{Number(turn)}_{Number(field)}";
                _code.Line($"{_isa.Type(ElementType.S32)} {b} = {(table.Length > 0 ? _isa.LookUp(table, q, field, 8 / fields) : _isa.Field(packed.Element, q, field))};");
                for (int row = 0; row < height; row++)
                {
                    string broadcast = _isa.Broadcast($"Pair.Read(ref {At(a[row], turn * depth + 4 * field)})");
                    if (parts.Length > 0)
                    {
                        int product = turn * fields + field;
                        string part = parts[row][product % chains], type = _isa.Type(ElementType.S32);
                        _code.Line($"{(product < chains ? $"{type} " : "")}{part} = {_isa.Contract(contract.Via, product < chains ? $"{type}.Zero" : part, broadcast, b, unsignedA)};");
                    }
                    else if (!narrow) _code.Line($"{sums[row]} = {_isa.Contract(contract.Via, sums[row], broadcast, b, unsignedA)};");
                    else if (each) _code.Line($"{sums[row]} += {_isa.Helpers}.SumPairs({_isa.Helpers}.DotPairs({(unsignedA ? $"{broadcast}, {b}" : $"{b}, {broadcast}")}));");
                    else _code.Line($"{(turn + field == 0 ? $"{_isa.Type(ElementType.S16)} {sums[row]} =" : $"{sums[row]} +=")} {_isa.Helpers}.DotPairs({(unsignedA ? $"{broadcast}, {b}" : $"{b}, {broadcast}")});");
                }
            }
        }
        for (int row = 0; row < parts.Length; row++) _code.Line($"{sums[row]} += {string.Join(" + ", parts[row])};");
        if (!narrow || each) return;
        for (int row = 0; row < height; row++) _code.Line($"{Local(contract.Accumulator, row, 0)} += {_isa.Helpers}.SumPairs({sums[row]});");
    }
}
