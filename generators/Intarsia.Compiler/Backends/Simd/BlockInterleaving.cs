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
                int vectors = 0;
                string Vector(string name, string value)
                {
                    if (part > 0) name += "s" + Number(part);
                    _code.Line($"{type} {name} = {value};");
                    return name;
                }
                string[] columns = InterleavedRows.Unpacked(
                    i => Vector($"x{Number(i)}", _isa.LoadPairs($"row{Number(i)}", part * bytes)), (how, left, right) => Vector($"b{Number(vectors++)}", $"{_isa.Helpers}.Unpack{how}({left}, {right})"));
                for (int row = 0; row < height; row++)
                {
                    // Behind the rows of X, which need the registers before.
                    if (part == 0) _code.Line($"{type} a{Number(row)} = {_isa.Broadcast($"Pair.Read(ref {At(weights, row * InterleavedRows.Count)})")};");
                    for (int j = 0; j < columns.Length; j++)
                    {
                        string sum = Local(turn.Contract.Accumulator, row, part * columns.Length + j);
                        _code.Line($"{sum} = {_isa.Contract(turn.Contract.Via, sum, $"a{Number(row)}", columns[j], unsignedA: false)};");
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
