using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>
/// Dot products of rows with gathered rows, lanes along the depth: each accumulator is a vector of partial sums, and the lanes of four neighbours are added up together at the end (those of 64 bits one by one). The sum is
/// reassociated, which the float bound allows and integers do not notice.
/// </summary>
internal sealed partial class BlockLowering
{
    /// <summary>Accumulators of dot products that are added up together, and stored as one vector.</summary>
    private const int Together = 4;

    /// <summary>The accumulators of dot products.</summary>
    private readonly HashSet<string> _dots = [];

    /// <summary>Tiles of coordinates, and the buffer whose rows they name.</summary>
    private readonly Dictionary<string, string> _gathered = new(StringComparer.Ordinal);

    private static Statement.Contract? DotsOf(Statement.For loop) =>
        loop.Body.OfType<Statement.Contract>().FirstOrDefault() is { TransposedB: true } contract && loop.Body.OfType<Statement.Gather>().Any(gather => gather.Tile == contract.B) ? contract : null;

    private void FindDots(IEnumerable<Statement> statements)
    {
        foreach (Statement.For loop in statements.OfType<Statement.For>())
        {
            if (loop.Lanes && DotsOf(loop) is { } contract)
            {
                _dots.Add(contract.Accumulator);
                Statement.Gather gather = loop.Body.OfType<Statement.Gather>().Single();
                _gathered[gather.Coordinates] = gather.Buffer;
            }
            FindDots(loop.Body);
        }
    }

    /// <summary>Coordinates as references to the rows they name; those past the end name the first row, whatever stands there.</summary>
    private void LowerCoordinates(Statement.Load load, string gathered)
    {
        BufferDecl indices = Use(load.Buffer), rows = Use(gathered);
        if (load.Until is not { } until) throw new InvalidOperationException("The SIMD backend clips coordinates at an end that is given.");
        string at = Unique("at"), end = Text(until);
        _code.Line($"nint {at} = {Text(Offset(indices, load.At))};");
        for (int i = 0; i < _tiles[load.Tile].Shape[0]; i++)
        {
            string position = i == 0 ? at : $"{at} + {Number(i)}";
            string row = i == 0 ? $"(nint)Unsafe.Add(ref {indices.Name}, {position})" : $"({position} < {end} ? (nint)Unsafe.Add(ref {indices.Name}, {position}) : 0)";
            _code.Line($"ref {VectorIsa.ElementName(rows.Element)} {GatheredRow(gathered, i)} = ref Unsafe.Add(ref {gathered}, {row} * {Text(Stride(rows, 0))});");
        }
    }

    private void LowerDots(Statement.For loop, Statement.Contract contract)
    {
        Statement.Load load = loop.Body.OfType<Statement.Load>().Single(l => l.Tile == contract.A);
        Statement.Gather gather = loop.Body.OfType<Statement.Gather>().Single();
        if (gather.At.Count != 1 || gather.At[0] != loop.Variable || loop.Begin is not Index.Const { Value: 0 })
            throw new InvalidOperationException("Dot products run over whole rows.");
        TileDecl acc = _tiles[contract.Accumulator], tileA = _tiles[contract.A];
        (int height, int entries, int step) = (acc.Shape[0], acc.Shape[1], tileA.Shape[1]);
        (_, string[] rows) = Running(load, loop.Variable, height);
        string k = loop.Variable, end = Text(loop.End);
        for (int row = 0; row < height; row++)
            _code.Line($"{_isa.DotType(acc.Element)} {string.Join(", ", Enumerable.Range(0, entries).Select(i => $"{Dot(row, i)} = {(_isa.Lanes > 1 ? _isa.DotType(acc.Element) + ".Zero" : _isa.Zero(acc.Element))}"))};");

        // Lanes of 32 bits are masked as they are loaded, all others counted.
        bool masks = tileA.Element is ElementType.F32 or ElementType.S32;
        string type = _isa.Type(tileA.Element == ElementType.F32 ? ElementType.F32 : ElementType.S32);
        // Signed bytes times signed ones, where there is no instruction for them: b + 128 is unsigned, and 128·Σa is taken away in the end.
        bool shifts = contract.Via == ContractVia.Dot4Signed && !_isa.HasSignedDots;
        if (shifts)
        {
            _code.Line($"{type} shift = {_isa.Broadcast("unchecked((int)0x80808080)")};");
            _code.Line($"{type} {string.Join(", ", Enumerable.Range(0, height).Select(row => $"excess{Number(row)} = {_isa.Zero(ElementType.S32)}"))};");
        }
        string Product(string target, string a, string b) => _isa.Dot(shifts ? ContractVia.Dot4 : contract.Via, acc.Element, target, a, b, unsignedA: tileA.Element == ElementType.U8);
        void Body(string? left)
        {
            string Factor(string tile, BufferDecl buffer, string reference) => !masks || buffer.Element != _tiles[tile].Element
                ? _isa.LoadConverted(buffer.Element, _tiles[tile].Element, $"Unsafe.Add(ref {reference}, {k})", left ?? Number(step))
                : left is null ? _isa.LoadAt(reference, k) : _isa.LoadMasked($"Unsafe.Add(ref {reference}, {k})", "mask");
            // Of the rows of A one vector each stands in a register, and of those of B one at a time.
            for (int row = 0; row < height; row++)
            {
                _code.Line($"{type} a{Number(row)} = {Factor(load.Tile, _buffers[load.Buffer], rows[row])};");
                if (shifts) _code.Line($"excess{Number(row)} = {Product($"excess{Number(row)}", $"a{Number(row)}", "shift")};");
            }
            for (int i = 0; i < entries; i++)
            {
                _code.Line($"{type} b{Number(i)} = {Factor(gather.Tile, _buffers[gather.Buffer], GatheredRow(gather.Buffer, i))}{(shifts ? " ^ shift" : "")};");
                for (int row = 0; row < height; row++) _code.Line($"{Dot(row, i)} = {Product(Dot(row, i), $"a{Number(row)}", $"b{Number(i)}")};");
            }
        }
        if (step > 1)
        {
            // What is not a whole vector comes first: it may call methods, and no accumulator that the loop uses lives across a call then.
            string left = Unique("left");
            _code.Line($"nint {left} = {end} & {Number(step - 1)};");
            using (_code.Block($"if ({left} > 0)"))
            {
                _code.Line($"nint {k} = {end} - {left};");
                if (masks) _code.Line($"{_isa.MaskType} mask = {_isa.Mask(left)};");
                Body(left);
            }
        }
        using (_code.Block($"for (nint {k} = 0; {k} + {Number(step)} <= {end}; {k} += {Number(step)})")) Body(null);
        if (shifts) for (int row = 0; row < height; row++) for (int i = 0; i < entries; i++) _code.Line($"{Dot(row, i)} -= excess{Number(row)};");
        if (acc.Element == ElementType.S64) return;
        for (int row = 0; _isa.Lanes > 1 && row < height; row++)
            for (int i = 0; i < entries; i += Together)
                _code.Line($"Vector128<{VectorIsa.ElementName(acc.Element)}> {Sums(row, i)} = {_isa.Sums(Enumerable.Range(i, Together).Select(entry => Dot(row, entry)))};");
    }

    private void StoreDots(Statement.Store store)
    {
        BufferDecl buffer = Use(store.Buffer);
        TileDecl tile = _tiles[store.Tile];
        for (int row = 0; row < tile.Shape[0]; row++)
        {
            string first = Element(buffer, store.At, row);
            if (_isa.Lanes == 1 || tile.Element == ElementType.S64)
                for (int i = 0; i < tile.Shape[1]; i++) _code.Line($"{At(first, i)} = {_isa.Sum(Dot(row, i))};");
            else
                for (int i = 0; i < tile.Shape[1]; i += Together) _code.Line($"{Sums(row, i)}.StoreUnsafe(ref {At(first, i)});");
        }
    }

    /// <summary>One number for each lane, from the places that the lanes of an integer tile name. Where all are present, they are read from memory one by one as addresses, past the vectors.</summary>
    private void LowerGather(Statement.Gather gather)
    {
        BufferDecl buffer = Use(gather.Buffer);
        if (buffer.Element != ElementType.F32 || gather.At.Any(at => at is not Index.Const { Value: 0 }) || Stride(buffer, 0) is not Index.Const { Value: 1 }) throw new InvalidOperationException("The SIMD backend gathers single binary32 numbers that lie dense, and rows of dot products.");
        if (_placesInMemory.TryGetValue(gather.Coordinates, out string? places))
        {
            ForEachVector(gather.Tile, (row, j) => Assign(gather.Tile, row, j, _isa.GatherAt(buffer.Name, At(places, j * _isa.Lanes))));
            return;
        }

        ForEachVector(gather.Tile, (row, j) => Assign(gather.Tile, row, j, _isa.Gather(buffer.Name, Local(gather.Coordinates, row, j))));
    }

    private static string GatheredRow(string buffer, int i) => $"{buffer}Row{Number(i)}";

    private static string Dot(int row, int i) => $"dot{Number(row)}_{Number(i)}";

    private static string Sums(int row, int i) => $"sums{Number(row)}_{Number(i)}";
}
