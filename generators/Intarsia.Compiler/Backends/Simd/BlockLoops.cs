using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>The innermost loops: over the depth of a dense contraction, and over the non-zeros of a sparse one.</summary>
internal sealed partial class BlockLowering
{
    /// <summary>
    /// A loop over depth steps. Each operand gets a running reference, so that every address within an unrolled body is that reference and a constant; broadcasts are written
    /// beside their use, because the JIT keeps the order it is given and a tile's worth of them would spill.
    /// </summary>
    private void LowerSteps(Statement.For loop)
    {
        if (loop.Begin is not Index.Const { Value: 0 }) throw new InvalidOperationException("A step loop begins at 0.");
        Statement.Contract contract = loop.Body.OfType<Statement.Contract>().Single();
        Statement.Load loadA = loop.Body.OfType<Statement.Load>().Single(l => l.Tile == contract.A), loadB = loop.Body.OfType<Statement.Load>().Single(l => l.Tile == contract.B);
        TileDecl tileA = _tiles[contract.A];
        int unroll = _isa.Lanes > 1 ? loop.Unroll : 1;

        string count = Text(loop.End);
        (Index bStep, string[] b) = Running(loadB, loop.Variable, rows: 1);
        (Index aStep, string[] a) = Running(loadA, loop.Variable, rows: tileA.Shape[0]);
        bool constantB = bStep is Index.Const;

        void Advance(int steps)
        {
            foreach (string reference in a) _code.Line($"{reference} = ref Unsafe.Add(ref {reference}, {Text(aStep * steps)});");
            if (constantB) _code.Line($"{b[0]} = ref Unsafe.Add(ref {b[0]}, {Text(bStep * steps)});");
        }
        void Body(int u)
        {
            Multiply(contract, loadB, constantB ? At(b[0], (int)((Index.Const)bStep).Value * u) : b[0], row => At(a[row], u * (int)((Index.Const)aStep).Value), u, second: false);
            if (!constantB) _code.Line($"{b[0]} = ref Unsafe.Add(ref {b[0]}, {Text(bStep)});");
        }

        string turns = Unique("n");
        _code.Line($"nint {turns} = {count};");
        if ((loadB.Clip & Clip.Columns) == 0)
        {
            Turns();
            return;
        }

        // Whole panels do not pay for masks.
        using (_code.Block($"if (valid >= {Number(_tiles[contract.B].Shape[_tiles[contract.B].Shape.Count - 1])})"))
        {
            loadB = loadB with { Clip = Clip.None };
            Turns();
        }
        loadB = loadB with { Clip = Clip.Columns };
        using (_code.Block("else"))
        {
            Scoped(() =>
            {
                if (_buffers[loadB.Buffer].Element == _tiles[loadB.Tile].Element) DeclareMasks(Vectors(_tiles[contract.Accumulator]), "valid");
                Turns();
            });
        }

        void Turns()
        {
            if (unroll > 1)
            {
                using (_code.Block($"for (; {turns} >= {Number(unroll)}; {turns} -= {Number(unroll)})"))
                {
                    Scoped(() =>
                    {
                        for (int u = 0; u < unroll; u++) Body(u);
                    });
                    Advance(unroll);
                }
            }
            using (_code.Block($"for (; {turns} > 0; {turns}--)"))
            {
                Scoped(() => Body(0));
                Advance(1);
            }
        }
    }

    /// <summary>References that run along a loop, one per row, and what they advance by in a turn.</summary>
    private (Index Step, string[] References) Running(Statement.Load load, string variable, int rows) => Running(load.Buffer, Offset(Use(load.Buffer), load.At), variable, rows);

    private (Index Step, string[] References) Running(string name, Index offset, string variable, int rows)
    {
        BufferDecl buffer = Use(name);
        (Index step, Index rest) = IndexText.Split(offset, variable)
            ?? throw new InvalidOperationException($"The address of {name} is not linear in {variable}.");
        var references = new string[rows];
        for (int row = 0; row < rows; row++)
        {
            references[row] = Unique(rows == 1 ? name + "At" : $"{name}{Number(row)}At");
            _code.Line($"ref {VectorIsa.ElementName(buffer.Element)} {references[row]} = ref Unsafe.Add(ref {buffer.Name}, {Text(rest + (row == 0 ? 0 : row * RowStride(buffer)))});");
        }
        return (step, references);
    }

    private string Unique(string name)
    {
        string unique = name;
        for (int i = 2; !_declared.Add("local " + unique); i++) unique = name + Number(i);
        return unique;
    }

    private static string At(string reference, int offset) => offset == 0 ? reference : $"Unsafe.Add(ref {reference}, {Number(offset)})";

    /// <summary>acc[row][j] += a[row] · b[j], the vectors of b first, then row by row.</summary>
    private void Multiply(Statement.Contract contract, Statement.Load load, string b, Func<int, string> a, int u, bool second)
    {
        TileDecl acc = _tiles[contract.Accumulator], tileA = _tiles[contract.A];
        bool pairs = contract.Via is ContractVia.Dot2 or ContractVia.Dot4 or ContractVia.Dot4Signed;
        int step = contract.Via switch { ContractVia.Dot2 => 2, ContractVia.Dot4 or ContractVia.Dot4Signed => 4, _ => 1 };
        bool unsignedA = tileA.Element == ElementType.U8;
        int bits = acc.Element == ElementType.S64 ? 64 : tileA.Element == ElementType.S16 ? 16 : 32;
        int height = acc.Shape[0], vectors = Vectors(acc);
        Clip clip = load.Clip;
        ElementType from = _buffers[load.Buffer].Element, to = _tiles[load.Tile].Element;
        for (int j = 0; j < vectors; j++)
        {
            int offset = j * _isa.Lanes * step;
            string value = pairs ? _isa.LoadPairs(b, offset) : from != to ? _isa.LoadConverted(from, to, At(b, offset), Left(clip, j)) : (clip & Clip.Columns) != 0 ? _isa.LoadMasked(At(b, offset), "m" + Number(j)) : _isa.Load(b, offset);
            _code.Line($"{_isa.Type(pairs || contract.Via == ContractVia.IntegerMultiplyAdd ? ElementType.S32 : acc.Element)} b{Number(u)}_{Number(j)} = {value};");
        }
        for (int row = 0; row < height; row++)
        {
            string scalar = pairs ? $"Pair.Read(ref {a(row)})" : Scalar(contract, a(row));
            _code.Line($"{_isa.Type(pairs || tileA.Element != ElementType.F32 ? ElementType.S32 : ElementType.F32)} a{Number(u)}_{Number(row)} = {_isa.Broadcast(scalar)};");
            for (int j = 0; j < vectors; j++)
            {
                string target = Local(contract.Accumulator, row, j) + (second ? "s" : "");
                _code.Line($"{target} = {_isa.Contract(contract.Via, target, $"a{Number(u)}_{Number(row)}", $"b{Number(u)}_{Number(j)}", unsignedA, bits)};");
            }
        }
    }

    /// <summary>Lanes of a vector of a tile that lie inside, where loads convert what they read: such loads count lanes instead of masking them.</summary>
    private string Left(Clip clip, int j) =>
        (clip & Clip.Columns) == 0 ? Number(_isa.Lanes) : j == 0 ? "valid" : $"Math.Max(valid - {Number(j * _isa.Lanes)}, 0)";

    /// <summary>The broadcast factor of single products: 16-bit integers in the lower half of a lane.</summary>
    private string Scalar(Statement.Contract contract, string element) =>
        contract.Via == ContractVia.IntegerMultiplyAdd && _tiles[contract.A].Element == ElementType.S16 ? $"Pair.Low(ref {element})" : element;

    /// <summary>A product that stands alone: one scalar of memory with the vectors of a tile.</summary>
    private void LowerProduct(Statement.Load scalar, Statement.Contract contract)
    {
        if (contract.Via is not (ContractVia.Fma or ContractVia.IntegerMultiplyAdd)) throw new InvalidOperationException($"The SIMD backend multiplies single scalars by tiles one product at a time, not by {contract.Via}.");
        TileDecl acc = _tiles[contract.Accumulator], factor = _tiles[contract.A];
        int bits = acc.Element == ElementType.S64 ? 64 : factor.Element == ElementType.S32 ? 32 : 16;
        LowerProduct(contract, _isa.Broadcast(Scalar(contract, Element(Use(scalar.Buffer), scalar.At, 0))), bits);
    }

    /// <summary>A product of a scalar that stands in every lane with the vectors of a tile.</summary>
    private void LowerProduct(Statement.Contract contract, string a, int bits)
    {
        if (_tiles[contract.Accumulator].Shape[0] != 1) throw new InvalidOperationException("A single scalar is multiplied by one row.");
        ForEachVector(contract.Accumulator, (row, j) =>
            Assign(contract.Accumulator, row, j, _isa.Contract(contract.Via, Local(contract.Accumulator, row, j), a, Local(contract.B, 0, j), unsignedA: false, bits)));
    }

    /// <summary>
    /// A loop over the entries of a segment, two in a turn. Few accumulators would wait for the latency of the multiply-add, so that the second entry of a turn has a set of
    /// its own, added at the end; the sum is reassociated, which the float bound allows and integers do not notice.
    /// </summary>
    private void LowerNonZeros(Statement.ForNonZero loop)
    {
        if (LowerVisits(loop)) return;
        if (loop.Source is not NonZeros.Operand source) throw new InvalidOperationException($"The SIMD backend cannot visit {loop.Source.GetType().Name} non-zeros.");
        Statement.Contract contract = loop.Body.OfType<Statement.Contract>().Single();
        Statement.Load loadA = loop.Body.OfType<Statement.Load>().Single(l => l.Tile == contract.A), loadB = loop.Body.OfType<Statement.Load>().Single(l => l.Tile == contract.B);
        TileDecl acc = _tiles[contract.Accumulator];
        int accumulators = acc.Shape[0] * Vectors(acc);
        int unroll = _isa.Lanes > 1 ? 2 : 1;
        bool split = unroll > 1 && accumulators <= (_isa.Bits == 512 ? 12 : 5);

        string begin = Unique("begin"), turns = Unique("n"), index = Unique("index");
        Use(source.Indices);
        _code.Line($"nint {begin} = {Text(source.Begin)};");
        _code.Line($"nint {turns} = {Text(source.End)} - {begin};");
        _code.Line($"ref int {index} = ref Unsafe.Add(ref {source.Indices}, {begin});");
        BufferDecl bufferA = Use(loadA.Buffer), bufferB = Use(loadB.Buffer);
        (Index aStep, Index aRest) = IndexText.Split(Offset(bufferA, loadA.At), loop.Position) ?? throw new InvalidOperationException($"The address of {loadA.Buffer} is not linear in {loop.Position}.");
        (Index bStep, Index bRest) = IndexText.Split(Offset(bufferB, loadB.At), loop.Coordinate) ?? throw new InvalidOperationException($"The address of {loadB.Buffer} is not linear in {loop.Coordinate}.");
        int width = (int)((Index.Const)aStep).Value;
        string value = Unique("value"), origin = Unique("origin");
        _code.Line($"ref {VectorIsa.ElementName(bufferA.Element)} {value} = ref Unsafe.Add(ref {bufferA.Name}, {begin} * {Text(aStep)}{(aRest is Index.Const { Value: 0 } ? "" : " + " + Text(aRest))});");
        _code.Line($"ref {VectorIsa.ElementName(bufferB.Element)} {origin} = ref Unsafe.Add(ref {bufferB.Name}, {Text(bRest)});");
        if (split)
            ForEachVector(contract.Accumulator, (row, j) => _code.Line($"{_isa.Type(acc.Element)} {Local(contract.Accumulator, row, j)}s = {_isa.Zero(acc.Element)};"));

        void Entry(int u)
        {
            _code.Line($"ref {VectorIsa.ElementName(bufferB.Element)} row{Number(u)} = ref Unsafe.Add(ref {origin}, {At(index, u)} * {Text(bStep)});");
            Multiply(contract, loadB, $"row{Number(u)}", row => At(value, u * width + row), u, second: split && u == 1);
        }
        void Advance(int entries)
        {
            _code.Line($"{index} = ref Unsafe.Add(ref {index}, {Number(entries)});");
            _code.Line($"{value} = ref Unsafe.Add(ref {value}, {Number(entries * width)});");
        }
        if (unroll > 1)
        {
            using (_code.Block($"for (; {turns} >= {Number(unroll)}; {turns} -= {Number(unroll)})"))
            {
                for (int u = 0; u < unroll; u++) Entry(u);
                Advance(unroll);
            }
        }
        using (_code.Block(unroll == 2 ? $"if ({turns} > 0)" : $"for (; {turns} > 0; {turns}--)"))
        {
            Entry(0);
            if (unroll != 2) Advance(1);
        }
        if (split)
            ForEachVector(contract.Accumulator, (row, j) => _code.Line($"{Local(contract.Accumulator, row, j)} += {Local(contract.Accumulator, row, j)}s;"));
    }
}
