using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>The innermost loop over entries that are multiplied four at a time.</summary>
internal sealed partial class BlockLowering
{
    /// <summary>acc[row][j] += a[row] · b[j], where the vectors b are the rows that four entries name, interleaved. A vector of each row is used up before the next one is loaded.</summary>
    private void LowerInterleaved(Statement.For loop, InterleavedRows turn)
    {
        BufferDecl x = Use(turn.Rows.Buffer);
        int height = _tiles[turn.Contract.Accumulator].Shape[0], bytes = _isa.Bits / 8;
        string turns = Unique("n"), origin = Unique("origin"), element = VectorIsa.ElementName(x.Element), type = _isa.Type(ElementType.S32);
        _code.Line($"nint {turns} = {Text(loop.End)} - {Text(loop.Begin)};");
        (Index coordinatesStep, string coordinates) = First(turn.Coordinates);
        (Index weightsStep, string weights) = First(turn.Weights);
        _code.Line($"ref {element} {origin} = ref Unsafe.Add(ref {x.Name}, {Text(turn.Rows.At[0])});");
        using (_code.Block($"for (; {turns} > 0; {turns}--)"))
        {
            for (int i = 0; i < InterleavedRows.Count; i++) _code.Line($"ref {element} row{Number(i)} = ref Unsafe.Add(ref {origin}, {At(coordinates, i)} * {Text(Stride(x, 0))});");
            for (int part = 0; part < turn.Parts; part++)
            {
                string Name(string name) => name + (part == 0 ? "" : "s" + Number(part));
                void Unpack(string to, string instruction, string left, string right) => _code.Line($"{type} {Name(to)} = {_isa.Helpers}.{instruction}({left}, {right});");
                string Row(int i) => _isa.LoadPairs($"row{Number(i)}", part * bytes);
                foreach (int i in new[] { 0, 2 })
                {
                    _code.Line($"{type} {Name($"x{Number(i)}")} = {Row(i)}, {Name($"x{Number(i + 1)}")} = {Row(i + 1)};");
                    Unpack($"low{Number(i)}", "UnpackLow8", Name($"x{Number(i)}"), Name($"x{Number(i + 1)}"));
                    Unpack($"high{Number(i)}", "UnpackHigh8", Name($"x{Number(i)}"), Name($"x{Number(i + 1)}"));
                }
                Unpack("b0", "UnpackLow16", Name("low0"), Name("low2"));
                Unpack("b1", "UnpackHigh16", Name("low0"), Name("low2"));
                Unpack("b2", "UnpackLow16", Name("high0"), Name("high2"));
                Unpack("b3", "UnpackHigh16", Name("high0"), Name("high2"));
                for (int row = 0; row < height; row++)
                {
                    // Behind the rows of X, which need the registers before.
                    if (part == 0) _code.Line($"{type} a{Number(row)} = {_isa.Broadcast($"Pair.Read(ref {At(weights, row * InterleavedRows.Count)})")};");
                    for (int j = 0; j < InterleavedRows.Count; j++)
                    {
                        string sum = Local(turn.Contract.Accumulator, row, part * InterleavedRows.Count + j);
                        _code.Line($"{sum} = {_isa.Contract(turn.Contract.Via, sum, $"a{Number(row)}", Name($"b{Number(j)}"), unsignedA: false)};");
                    }
                }
            }
            _code.Line($"{coordinates} = ref Unsafe.Add(ref {coordinates}, {Text(coordinatesStep)});");
            _code.Line($"{weights} = ref Unsafe.Add(ref {weights}, {Text(weightsStep)});");
        }

        (Index Step, string Reference) First(Statement.Load load)
        {
            BufferDecl buffer = Use(load.Buffer);
            (Index step, Index rest) = IndexText.Split(Offset(buffer, load.At), loop.Variable) ?? throw new InvalidOperationException($"The address of {load.Buffer} is not linear in {loop.Variable}.");
            string reference = Unique(load.Buffer + "At");
            _code.Line($"ref {VectorIsa.ElementName(buffer.Element)} {reference} = ref Unsafe.Add(ref {buffer.Name}, {Text(rest + step * loop.Begin)});");
            return (step, reference);
        }
    }
}
