using System.Globalization;
using Intarsia.Compiler.Backends.Native;
using Intarsia.Compiler.Text;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>One parameter of a lowered block.</summary>
internal abstract record BlockParameter
{
    /// <summary>A reference to the first element of a buffer.</summary>
    public sealed record Buffer(string Name, ElementType Element) : BlockParameter;

    /// <summary>Elements between neighbours along a dimension of a buffer.</summary>
    public sealed record Stride(string Of, int Dimension) : BlockParameter;

    /// <summary>An extent of a buffer, for clipping.</summary>
    public sealed record Extent(string Of, int Dimension) : BlockParameter;

    /// <summary>A variable of the driver.</summary>
    public sealed record Variable(string Name) : BlockParameter;
}

/// <summary>A block as a C# method and what its caller must pass.</summary>
internal sealed record LoweredBlock(TileMethod Method, EquatableArray<BlockParameter> Parameters);

/// <summary>
/// Lowers one block to a tile method: register tiles become named vector locals, loads and stores references with constant displacements, contractions rows of multiply-adds in
/// the order the JIT should keep. Everything that differs between kernels (strides, extents, positions) is a parameter, so that kernels share the method.
/// </summary>
internal sealed partial class BlockLowering
{
    private readonly VectorIsa _isa;
    private readonly Dictionary<string, BufferDecl> _buffers;
    private readonly Dictionary<string, TileDecl> _tiles;
    private readonly TileProgram _program;
    private readonly string _suffix;
    private readonly IDictionary<string, LoweredBlock> _lowered;
    private readonly Statement.Block _block;
    private readonly List<BlockParameter> _parameters = [];
    private readonly CodeWriter _code = new(indent: 1);
    private readonly HashSet<string> _declared = [];

    /// <summary>Tiles of coordinates that are all present, and where those that were loaded stand in memory.</summary>
    private readonly HashSet<string> _places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _placesInMemory = new(StringComparer.Ordinal);

    /// <summary>Set while the peeled last iteration of a lane loop is written: how many lanes are left.</summary>
    private string? _partial;
    private bool _inLanes;

    private BlockLowering(TileProgram program, Statement.Block block, string suffix, IDictionary<string, LoweredBlock> lowered)
    {
        _program = program;
        _suffix = suffix;
        _lowered = lowered;
        _block = block;
        _isa = new VectorIsa(block.VectorBits);
        _buffers = program.Buffers.ToDictionary(b => b.Name, StringComparer.Ordinal);
        _tiles = program.Tiles.ToDictionary(t => t.Name, StringComparer.Ordinal);
    }

    /// <summary>Lowers a block, and the blocks it calls first.</summary>
    public static LoweredBlock Lower(TileProgram program, Statement.Block block, string suffix, IDictionary<string, LoweredBlock> lowered)
    {
        if (lowered.TryGetValue(block.Name, out LoweredBlock? known)) return known;
        LoweredBlock result = block.IsNative ? NativeMethods.Lower(program, block, MethodName(block, "n")) : new BlockLowering(program, block, suffix, lowered).Lower();
        lowered.Add(block.Name, result);
        return result;
    }

    private LoweredBlock Lower()
    {
        // Accumulators are declared ahead: they are initialised on either side of a branch. Those of dot products live no longer than their loop.
        FindDots(_block.Body);
        foreach (string tile in Accumulators(_block.Body).Where(tile => !_dots.Contains(tile)).Distinct(StringComparer.Ordinal))
        {
            TileDecl decl = _tiles[tile];
            for (int row = 0; row < decl.Shape[0]; row++)
                _code.Line($"{_isa.Type(decl.Element)} {string.Join(", ", Enumerable.Range(0, Vectors(decl)).Select(j => Local(tile, row, j)))};");
            _declared.Add(tile);
        }
        _places.UnionWith(PresentPlaces(_block.Body));
        bool clips = DeclareValid(_block.Body);
        int masks = _block.Body.SelectMany(Contractions).DefaultIfEmpty().Max(c => c is null ? 0 : Vectors(_tiles[c.Accumulator]));
        if (clips && HasRoomFor(masks) && (_isa.Bits == 512 || MasksInnerLoads(_block.Body))) DeclareMasks(masks, "valid");
        LowerAll(_block.Body);

        string name = MethodName(_block, _suffix);
        var method = new CodeWriter();
        method.Line("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        method.Line($"internal static void {name}({string.Join(", ", _parameters.Select(Declaration))})");
        method.Line("{");
        return new LoweredBlock(new TileMethod(name, method.ToString() + _code + "}\n"), _parameters.ToArray());
    }

    private static string MethodName(Statement.Block block, string suffix) => $"{block.Name}_{suffix}{(block.VectorBits > 32 ? Number(block.VectorBits) : "")}";

    /// <summary>A parameter of a tile method.</summary>
    public static string Declaration(BlockParameter parameter) =>
        parameter is BlockParameter.Buffer b ? $"ref {VectorIsa.ElementName(b.Element)} {b.Name}" : $"nint {ParameterName(parameter)}";

    /// <summary>Its name.</summary>
    public static string ParameterName(BlockParameter parameter) => parameter switch
    {
        BlockParameter.Buffer b => b.Name,
        BlockParameter.Stride s => StrideName(s.Of, s.Dimension),
        BlockParameter.Extent e => ExtentName(e.Of, e.Dimension),
        BlockParameter.Variable v => v.Name,
        _ => throw new InvalidOperationException(),
    };

    private static IEnumerable<string> Accumulators(IEnumerable<Statement> statements) => statements.SelectMany(s => s switch
    {
        Statement.For f => Accumulators(f.Body),
        Statement.ForNonZero f => Accumulators(f.Body),
        Statement.If f => Accumulators(f.Then).Concat(Accumulators(f.Else)),
        Statement.Contract c => [c.Accumulator],
        Statement.Fill f => [f.Tile],
        _ => [],
    });

    private static IEnumerable<string> PresentPlaces(IEnumerable<Statement> statements) => statements.SelectMany(s => s switch
    {
        Statement.For f => PresentPlaces(f.Body),
        Statement.If f => PresentPlaces(f.Then).Concat(PresentPlaces(f.Else)),
        Statement.Gather { IsPresent: true } g => [g.Coordinates],
        Statement.Scatter scattered => [scattered.Coordinates],
        Statement.ScatterAdd added => [added.Coordinates],
        _ => [],
    });

    private void LowerAll(IEnumerable<Statement> statements)
    {
        Statement[] all = [.. statements];
        for (int i = 0; i < all.Length; i++)
        {
            // A scalar for one product is broadcast there: the JIT folds it into the instruction.
            if (all[i] is Statement.Load load && i + 1 < all.Length && all[i + 1] is Statement.Contract contract && contract.A == load.Tile && _tiles[load.Tile].Size == 1)
            {
                LowerProduct(load, contract);
                i++;
            }
            else
            {
                Lower(all[i]);
            }
        }
    }

    private void Lower(Statement statement)
    {
        switch (statement)
        {
            case Statement.Let s:
                _code.Line($"nint {s.Variable} = {Text(s.Value)};");
                _bound.Add(s.Variable);
                break;
            case Statement.If s:
                using (_code.Block($"if ({Text(s.Condition.Left)} {IndexText.Symbol(s.Condition.Relation)} {Text(s.Condition.Right)})")) ScopedTiles(() => LowerAll(s.Then));
                if (s.Else.Count > 0)
                    using (_code.Block("else")) ScopedTiles(() => LowerAll(s.Else));
                break;
            case Statement.For { Lanes: true } s when DotsOf(s) is { } dots:
                LowerDots(s, dots);
                break;
            case Statement.For { Lanes: true } s:
                LowerLanes(s);
                break;
            case Statement.For s when s.Body.Any(b => b is Statement.Contract { Via: ContractVia.BitPlanes }):
                LowerBitPlanes(s);
                break;
            case Statement.For s when s.Body.Any(b => b is Statement.Contract { Via: ContractVia.Table }):
                LowerTables(s);
                break;
            case Statement.For s when InterleavedRows.Of(s, _tiles, _isa.Lanes) is { } turn:
                LowerInterleaved(s, turn);
                break;
            case Statement.For s when HasPlaces(s) && !s.Body.Any(b => b is Statement.Store):
                LowerPlacedVectors(s);
                break;
            case Statement.For s when HasFields(s):
                LowerFields(s);
                break;
            case Statement.For s when s.Body.Any(b => b is Statement.Contract) && !s.Body.Any(b => b is Statement.Store):
                LowerSteps(s);
                break;
            case Statement.For s:
                _bound.Add(s.Variable);
                using (_code.Block($"for (nint {s.Variable} = {Text(s.Begin)}; {s.Variable} < {Text(s.End)}; {Increment(s.Variable, s.Step)})")) ScopedTiles(() => LowerAll(s.Body));
                break;
            case Statement.ForNonZero s:
                LowerNonZeros(s);
                break;
            case Statement.Block s:
                LowerCall(s);
                break;
            case Statement.Fill { Value: 0 } s when _dots.Contains(s.Tile):
                break;
            case Statement.Fill { Value: 0 } s when _declared.Contains(s.Tile):
                for (int row = 0; row < _tiles[s.Tile].Shape[0]; row++)
                    _code.Line($"{string.Join(" = ", Enumerable.Range(0, Vectors(_tiles[s.Tile])).Select(j => Local(s.Tile, row, j)))} = {_isa.Zero(_tiles[s.Tile].Element)};");
                break;
            case Statement.Fill s:
                ForEachVector(s.Tile, (row, j) => Assign(s.Tile, row, j, s.Value == 0 ? _isa.Zero(_tiles[s.Tile].Element) : _isa.Broadcast(VectorIsa.Constant(s.Value))));
                break;
            case Statement.Iota s:
                if (_tiles[s.Tile].Shape[0] != 1 || s.Axis != 1) throw new InvalidOperationException("The SIMD backend counts along lanes only.");
                ForEachVector(s.Tile, (row, j) => Assign(s.Tile, row, j, _isa.Count(Text(s.Start + j * _isa.Lanes), IsBroadcast(_tiles[s.Tile]))));
                break;
            case Statement.Select s:
                ForEachVector(s.Tile, (row, j) => Assign(s.Tile, row, j, _isa.Select(_tiles[s.Condition].Element, Operand(s.Condition, row, j), Operand(s.Left, row, j), Operand(s.Right, row, j))));
                break;
            case Statement.Reduce s:
                LowerReduce(s);
                break;
            case Statement.Load s when _places.Contains(s.Tile):
                string places = Unique(s.Tile.Substring(0, s.Tile.LastIndexOf('_')) + "At");
                BufferDecl named = Use(s.Buffer);
                _code.Line($"ref {VectorIsa.ElementName(named.Element)} {places} = ref {Element(named, s.At, 0)};");
                _placesInMemory[s.Tile] = places;
                break;
            case Statement.Contract s when _tiles[s.A].Size == 1:
                LowerProduct(s, Operand(s.A, 0, 0), 32);
                break;
            case Statement.Load s when _gathered.TryGetValue(s.Tile, out string? gathered):
                LowerCoordinates(s, gathered);
                break;
            case Statement.Store s when _dots.Contains(s.Tile):
                StoreDots(s);
                break;
            case Statement.Gather { Count: not null } s:
                LowerPlacedGather(s);
                break;
            case Statement.Gather s:
                LowerGather(s);
                break;
            case Statement.Scatter s:
                LowerScatter(s);
                break;
            case Statement.ScatterAdd s:
                LowerScatterAdd(s);
                break;
            case Statement.Load s:
                LowerLoad(s);
                break;
            case Statement.Store s:
                LowerStore(s);
                break;
            case Statement.Map { Op: MapOp.RoundSaturate } s:
                // Rounding happens in the store, which knows the element it stores; until then the tile is the float it came from.
                ForEachVector(s.Tile, (row, j) => Assign(s.Tile, row, j, Local(s.Source, row, j)));
                break;
            case Statement.Map s:
                ForEachVector(s.Tile, (row, j) => Assign(s.Tile, row, j, _isa.Map(s.Op, _tiles[s.Source].Element, _tiles[s.Tile].Element, Local(s.Source, row, j), s.Argument)));
                break;
            case Statement.Zip s:
                ForEachVector(s.Tile, (row, j) => Assign(s.Tile, row, j, _isa.Zip(s.Op, Operand(s.Left, row, j), Operand(s.Right, row, j))));
                break;
            default:
                throw new InvalidOperationException($"The SIMD backend cannot lower {statement.GetType().Name} inside a block.");
        }
    }

    /// <summary>A block within a block: a call that hands its parameters on.</summary>
    private void LowerCall(Statement.Block inner)
    {
        LoweredBlock block = Lower(_program, inner, _suffix, _lowered);
        IEnumerable<string> arguments = block.Parameters.Select(parameter => parameter switch
        {
            BlockParameter.Buffer b => "ref " + Use(b.Name).Name,
            BlockParameter.Stride s => Text(Stride(_buffers[s.Of], s.Dimension)),
            BlockParameter.Extent e => ExtentOf(_buffers[e.Of], e.Dimension),
            BlockParameter.Variable v => Text(v.Name),
            _ => throw new InvalidOperationException(),
        }).ToArray();
        _code.Line($"{block.Method.Name}({string.Join(", ", arguments)});");
    }

    private readonly HashSet<string> _bound = [];

    private static string Increment(string variable, Index step) => step is Index.Const { Value: 1 } ? variable + "++" : $"{variable} += {IndexText.Print(step)}";

    /// <summary>A loop over lanes: whole vectors, then one partial vector under a mask.</summary>
    private void LowerLanes(Statement.For loop)
    {
        string v = loop.Variable, end = Text(loop.End), step = IndexText.Print(loop.Step);
        if (loop.Tail)
        {
            string begin = Text(loop.Begin);
            _bound.Add(v);
            using (_code.Block($"if ({begin} < {end})"))
            {
                _code.Line($"nint {v} = {begin};");
                LowerPartial(loop);
            }
            return;
        }
        _bound.Add(v);
        _inLanes = true;
        _code.Line($"nint {v} = {Text(loop.Begin)};");
        using (_code.Block($"for (; {v} + {step} <= {end}; {v} += {step})")) Scoped(() => LowerAll(loop.Body));
        _inLanes = false;
        if (_isa.Lanes == 1) return;
        using (_code.Block($"if ({v} < {end})")) LowerPartial(loop);
    }

    /// <summary>The partial iteration of a lane loop.</summary>
    private void LowerPartial(Statement.For loop)
    {
        _code.Line($"nint left = {Text(loop.End)} - {loop.Variable};");
        _code.Line($"{_isa.MaskType} mask = {_isa.Mask("left")};");
        _inLanes = true;
        _partial = "left";
        Scoped(() => LowerAll(loop.Body));
        _partial = null;
        _inLanes = false;
    }

    /// <summary>The vectors of the source among themselves, then the lanes of what is left. Not in ascending order: the bounds of floats allow it, and integers do not notice.</summary>
    private void LowerReduce(Statement.Reduce reduce)
    {
        TileDecl source = _tiles[reduce.Source], tile = _tiles[reduce.Tile];
        if (source.Shape[0] != 1 || reduce.Axis != 1 || source.Element != ElementType.F32) throw new InvalidOperationException("The SIMD backend reduces binary32 along lanes only.");
        string[] vectors = [.. Enumerable.Range(0, Vectors(source)).Select(j => Local(reduce.Source, 0, j))];
        while (vectors.Length > 1)
            vectors = [.. Enumerable.Range(0, (vectors.Length + 1) / 2).Select(i => 2 * i + 1 < vectors.Length ? _isa.Combine(reduce.Op, vectors[2 * i], vectors[2 * i + 1]) : vectors[2 * i])];
        string value = _isa.Broadcast(_isa.Reduce(reduce.Op, vectors[0]));
        Assign(reduce.Tile, 0, 0, reduce.Accumulate ? _isa.Combine(reduce.Op, Local(reduce.Tile, 0, 0), value) : value);
    }

    /// <summary>Writes a body whose locals end with it.</summary>
    private void Scoped(Action body)
    {
        string[] before = [.. _declared];
        body();
        _declared.Clear();
        _declared.UnionWith(before);
    }

    /// <summary>Writes a body whose tiles end with it. Other names stay taken: C# lets no scope reuse one of a scope around it.</summary>
    private void ScopedTiles(Action body)
    {
        string[] before = [.. _declared];
        body();
        _declared.RemoveWhere(name => !name.StartsWith("local ", StringComparison.Ordinal));
        _declared.UnionWith(before);
    }

    private void LowerLoad(Statement.Load load)
    {
        TileDecl tile = _tiles[load.Tile];
        BufferDecl buffer = Use(load.Buffer);
        if (IsBroadcast(tile))
        {
            for (int row = 0; row < tile.Shape[0]; row++)
                Assign(load.Tile, row, 0, _isa.Broadcast(buffer.Element == tile.Element ? Element(buffer, load.At, row) : VectorIsa.One.LoadConverted(buffer.Element, tile.Element, Element(buffer, load.At, row), "1")));
            return;
        }
        string[] rows = RowReferences(buffer, load.At, tile);
        if (buffer.Element != tile.Element)
        {
            ForEachVector(load.Tile, (row, j) => Assign(load.Tile, row, j, _isa.LoadConverted(buffer.Element, tile.Element, At(rows[row], j * _isa.Lanes), _partial ?? Number(_isa.Lanes))));
            return;
        }
        void Vectors(string? mask) =>
            ForEachVector(load.Tile, (row, j) => Assign(load.Tile, row, j, mask is null ? _isa.Load(rows[row], j * _isa.Lanes, tile.Element) : _isa.LoadMasked(At(rows[row], j * _isa.Lanes), MaskOf(mask, j))));
        Clipped((load.Clip & Clip.Columns) != 0, tile, Vectors);
    }

    private void LowerStore(Statement.Store store)
    {
        TileDecl tile = _tiles[store.Tile];
        BufferDecl buffer = Use(store.Buffer);
        if ((store.Clip & Clip.Rows) != 0) throw new InvalidOperationException("The SIMD backend clips lanes only; a planner pads rows.");
        // A number of a whole line, the same in every lane: one of them is stored. On the scalar tier any tile of one lane is the general case.
        if (IsBroadcast(tile) && _isa.Lanes > 1)
        {
            if (store.Clip != Clip.None) throw new InvalidOperationException("A broadcast is stored whole.");
            for (int row = 0; row < tile.Shape[0]; row++) _code.Line($"{Element(buffer, store.At, row)} = {_isa.First(Local(store.Tile, row, 0))};");
            return;
        }
        string[] rows = RowReferences(buffer, store.At, tile);
        if (IsConverted(buffer.Element))
        {
            ForEachVector(store.Tile, (row, j) => _code.Line(_isa.StoreConverted(buffer.Element, Local(store.Tile, row, j), At(rows[row], j * _isa.Lanes), _partial ?? Number(_isa.Lanes))));
            return;
        }
        void Vectors(string? mask) =>
            ForEachVector(store.Tile, (row, j) => _code.Line(mask is null
                ? _isa.Store(Local(store.Tile, row, j), rows[row], j * _isa.Lanes)
                : _isa.StoreMasked(Local(store.Tile, row, j), At(rows[row], j * _isa.Lanes), MaskOf(mask, j))));
        Clipped((store.Clip & Clip.Columns) != 0, tile, Vectors);
    }

    /// <summary>Elements that a store makes of the 32-bit lanes that tiles of them live in.</summary>
    private static bool IsConverted(ElementType element) => element is ElementType.F16 or ElementType.BF16 or ElementType.S8 or ElementType.U8;

    /// <summary>Writes the vectors of a tile plainly, under the mask of a lane loop's last turn, or under masks of their own where lanes are left over.</summary>
    private void Clipped(bool clip, TileDecl tile, Action<string?> vectors)
    {
        if (!clip || _inLanes)
        {
            vectors(clip && _partial is not null ? "mask" : null);
            return;
        }

        // 512-bit masks are as good as free where they have registers of their own. Narrower masked stores are not, on many a machine.
        if (_isa.Bits == 512 && HasRoomFor(Vectors(tile)))
        {
            DeclareMasks(Vectors(tile), "valid");
            vectors("m");
            return;
        }
        using (_code.Block($"if (valid >= {Number(tile.Shape[tile.Shape.Count - 1])})")) vectors(null);
        using (_code.Block("else"))
        {
            Scoped(() =>
            {
                DeclareMasks(Vectors(tile), "valid");
                vectors("m");
            });
        }
    }

    private static string MaskOf(string mask, int j) => mask == "m" ? "m" + Number(j) : mask;

    /// <summary>A reference to the first element of each row of a tile; a tile of one vector a row needs no name for it.</summary>
    private string[] RowReferences(BufferDecl buffer, EquatableArray<Index> at, TileDecl tile)
    {
        var rows = new string[tile.Shape[0]];
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row] = Element(buffer, at, row);
            if (Vectors(tile) == 1) continue;
            string name = Unique($"{buffer.Name}Row{Number(row)}");
            _code.Line($"ref {VectorIsa.ElementName(buffer.Element)} {name} = ref {rows[row]};");
            rows[row] = name;
        }
        return rows;
    }

    /// <summary>Every clipped tile of a block outside lane loops stands at the same lane of buffers with the same extent; how many lanes lie inside is computed once.</summary>
    private bool DeclareValid(IEnumerable<Statement> statements)
    {
        foreach (Statement statement in statements)
        {
            bool found = statement switch
            {
                Statement.For { Lanes: false } f => DeclareValid(f.Body),
                Statement.ForNonZero f => DeclareValid(f.Body),
                Statement.If f => DeclareValid(f.Then) || DeclareValid(f.Else),
                Statement.Load { Clip: not Clip.None, Until: null } l when (l.Clip & Clip.Columns) != 0 => Valid(l.Buffer, l.At),
                Statement.Store { Clip: not Clip.None, Until: null } w when (w.Clip & Clip.Columns) != 0 => Valid(w.Buffer, w.At),
                _ => false,
            };
            if (found) return true;
        }
        return false;

        bool Valid(string name, EquatableArray<Index> at)
        {
            BufferDecl buffer = Use(name);
            int last = buffer.Shape.Count - 1;
            _code.Line($"nint valid = {ExtentOf(buffer, last)} - {Text(at[last])};");
            return true;
        }
    }

    /// <summary>Whether an innermost loop loads under a mask; the masks are then made once, ahead of it.</summary>
    private static bool MasksInnerLoads(IEnumerable<Statement> statements) => statements.Any(s => s switch
    {
        Statement.For { Lanes: false } f => f.Body.Any(b => b is Statement.Contract) && f.Body.Any(b => b is Statement.Load { Clip: not Clip.None }) || MasksInnerLoads(f.Body),
        Statement.ForNonZero f => f.Body.Any(b => b is Statement.Load { Clip: not Clip.None }),
        _ => false,
    });

    private static IEnumerable<Statement.Contract> Contractions(Statement statement) => statement switch
    {
        Statement.Contract c => [c],
        Statement.For f => f.Body.SelectMany(Contractions),
        Statement.ForNonZero f => f.Body.SelectMany(Contractions),
        _ => [],
    };

    /// <summary>
    /// Whether masks keep registers of their own beside the accumulators, a row of vectors and what is broadcast. Where they would not, an accumulator would be spilled in every
    /// step of the depth; masks are then made where lanes are left over. Streams of non-zeros have no loop without masks beside the one with them, and keep theirs.
    /// </summary>
    private bool HasRoomFor(int masks)
    {
        if (HasStreams(_block.Body)) return true;
        int accumulators = _block.Body.SelectMany(Contractions).Select(c => c.Accumulator).Distinct(StringComparer.Ordinal)
            .Sum(tile => _tiles[tile].Shape[0] * Vectors(_tiles[tile]) * (_tiles[tile].Element == ElementType.S64 ? 2 : 1));
        return accumulators + 2 * masks + 1 <= _isa.Registers;
    }

    private static bool HasStreams(IEnumerable<Statement> statements) => statements.Any(s => s is Statement.ForNonZero || s is Statement.For f && HasStreams(f.Body));

    private void DeclareMasks(int vectors, string count)
    {
        for (int j = 0; j < vectors; j++)
            if (_declared.Add("mask " + Number(j))) _code.Line($"{_isa.MaskType} m{Number(j)} = {_isa.Mask(j == 0 ? count : $"{count} - {Number(j * _isa.Lanes)}")};");
    }

    private void Assign(string tile, int row, int j, string value) =>
        _code.Line($"{(_declared.Contains(tile) || !_declared.Add(Local(tile, row, j)) ? "" : _isa.Type(StorageElement(_tiles[tile].Element)) + " ")}{Local(tile, row, j)} = {value};");

    /// <summary>8-bit tiles live as the float they are rounded from until they are stored.</summary>
    private static ElementType StorageElement(ElementType element) => element is ElementType.S8 or ElementType.U8 ? ElementType.F32 : element;

    private string Operand(string tile, int row, int j)
    {
        TileDecl decl = _tiles[tile];
        return Local(tile, decl.Shape[0] == 1 ? 0 : row, IsBroadcast(decl) ? 0 : j);
    }

    private void ForEachVector(string tile, Action<int, int> action)
    {
        TileDecl decl = _tiles[tile];
        for (int row = 0; row < decl.Shape[0]; row++)
            for (int j = 0; j < Vectors(decl); j++) action(row, j);
    }

    /// <summary>A column of scalars, each spread over a vector where it is used.</summary>
    private bool IsBroadcast(TileDecl tile) => tile.Shape[tile.Shape.Count - 1] == 1 && (_isa.Lanes > 1 || tile.Name.EndsWith("x1", StringComparison.Ordinal));

    private int Vectors(TileDecl tile) => IsBroadcast(tile) ? 1 : Math.Max(1, tile.Shape[tile.Shape.Count - 1] / _isa.Lanes);

    /// <summary>The local of one vector: the tile's name up to its shape, row and vector.</summary>
    private string Local(string tile, int row, int j)
    {
        string prefix = tile.Substring(0, tile.LastIndexOf('_'));
        TileDecl decl = _tiles[tile];
        return decl.Shape[0] == 1 && Vectors(decl) == 1 ? prefix : $"{prefix}{Number(row)}_{Number(j)}";
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
