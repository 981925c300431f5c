using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ilgpu;

/// <summary>Where one element of a tile of Y stands: indices of the tile's origin and the coordinate of the element, along both dimensions.</summary>
internal sealed record Place(Index Row, string RowAt, Index Column, string ColumnAt)
{
    /// <summary>What a tile's begin stands for in a buffer with an order of its own.</summary>
    public (string Buffer, Index At, string Text)[] Others { get; init; } = [];

    /// <summary>The element's coordinate where a tile begins at an index of a buffer; null where that has nothing to do with it.</summary>
    public string? Find(string buffer, Index index) =>
        index.Equals(Row) ? RowAt : index.Equals(Column) ? ColumnAt : Others.FirstOrDefault(other => other.Buffer == buffer && other.At.Equals(index)).Text;
}

/// <summary>
/// Loads, maps and zips on one element of a tile. A load stands where its tile is used: inputs do not change.
/// </summary>
/// <param name="method">The method that is written to.</param>
/// <param name="place">The element.</param>
/// <param name="hasLocals">Tiles that nobody set get a local of their own; else they stand as expressions where they are used.</param>
/// <param name="inside">A test that the element lies inside of what may end before it, for loads and stores that clip; null where no test is needed, or was made.</param>
internal sealed class ChainText(MethodText method, Place place, bool hasLocals, string? inside = null)
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _declared = new(StringComparer.Ordinal);

    /// <summary>A local that holds the element of a tile.</summary>
    public void Set(string tile, string local)
    {
        _values[tile] = local;
        _declared.Add(tile);
    }

    /// <summary>The element of a tile as C#.</summary>
    public string this[string tile] => _values[tile];

    /// <summary>Whether the elements are those of tiles that begin here.</summary>
    public bool IsAt(Index column) => place.Column.Equals(column);

    /// <summary>The same with an element of another tile: what stands in locals by now is known there.</summary>
    public ChainText Within(Place other, string? test)
    {
        var chain = new ChainText(method, other, hasLocals, test);
        foreach (KeyValuePair<string, string> value in _values) chain._values[value.Key] = value.Value;
        chain._declared.UnionWith(_declared);
        return chain;
    }

    /// <summary>A statement on the element as C#; null where nothing is to be done yet.</summary>
    public string? Run(Statement statement)
    {
        switch (statement)
        {
            case Statement.Load load:
                _values[load.Tile] = Load(load);
                return null;
            case Statement.Gather gather:
                _values[gather.Tile] = method.Read(method.Scope.Buffer(gather.Buffer), _values[gather.Coordinates]);
                return null;
            case Statement.Scatter scatter:
                BufferDecl scattered = method.Scope.Buffer(scatter.Buffer);
                return $"{method.Element(scattered, _values[scatter.Coordinates])} = {ElementText.Narrow(method.Scope.Functions, scattered.Element, _values[scatter.Tile])};";
            case Statement.Fill fill:
                return Assign(fill.Tile, ElementText.Constant(ElementOf(fill.Tile), fill.Value));
            case Statement.Iota iota:
                return Assign(iota.Tile, method.Scope.Tile(iota.Tile).Size == 1 ? method.Text(iota.Start) : place.ColumnAt);
            case Statement.Select select:
                return Assign(select.Tile, $"{_values[select.Condition]} > 0 ? {_values[select.Left]} : {_values[select.Right]}");
            case Statement.Map map:
                return Assign(map.Tile, Map(map));
            case Statement.Zip zip:
                return Zip(zip);
            case Statement.Store store:
                BufferDecl buffer = method.Scope.Buffer(store.Buffer);
                string test = inside is null || store.Clip == Clip.None ? "" : $"if ({inside}) ";
                return $"{test}{method.Element(buffer, At(store.Buffer, store.At))} = {ElementText.Narrow(method.Scope.Functions, buffer.Element, _values[store.Tile])};";
            default:
                throw new NotSupportedException($"{statement.GetType().Name} is not a statement on elements.");
        }
    }

    /// <summary>The element of a vector, or of a matrix of Y's shape, that belongs to this one: where a tile begins at the origin of Y's, its element stands at that of Y's.</summary>
    private string Load(Statement.Load load)
    {
        string read = method.Read(method.Scope.Buffer(load.Buffer), At(load.Buffer, load.At));
        return inside is null || load.Clip == Clip.None ? read : $"({inside} ? {read} : {ElementText.Zero(ElementOf(load.Tile))})";
    }

    /// <summary>A load into a local, where it stands; 0 where a test fails.</summary>
    public string Take(Statement.Load load, string? test)
    {
        string read = method.Read(method.Scope.Buffer(load.Buffer), At(load.Buffer, load.At));
        bool isDeclared = _declared.Contains(load.Tile);
        string local = isDeclared ? _values[load.Tile] : KernelScope.ShortName(load.Tile);
        Set(load.Tile, local);
        return $"{(isDeclared ? "" : ElementText.Register(ElementOf(load.Tile)) + " ")}{local} = {(test is null ? read : $"{test} ? {read} : {ElementText.Zero(ElementOf(load.Tile))}")};";
    }

    private string[] At(string buffer, EquatableArray<Index> at) => [.. at.Select(index => place.Find(buffer, index) ?? method.Text(index))];

    private ElementType ElementOf(string tile) => method.Scope.Tile(tile).Element;

    private bool IsFloat(string tile) => ElementText.IsFloat(ElementOf(tile));

    private string Map(Statement.Map map)
    {
        string x = _values[map.Source];
        if (!IsFloat(map.Tile) && !IsFloat(map.Source)) return map.Op switch
        {
            MapOp.Copy => x,
            MapOp.Relu => $"{x} < 0 ? 0 : {x}",
            _ => throw new NotSupportedException($"The portable backend has no {map.Op} of integers."),
        };
        return map.Op switch
        {
            MapOp.Copy when IsFloat(map.Tile) => hasLocals || IsFloat(map.Source) ? x : $"(float){x}",
            MapOp.RoundSaturate => method.Scope.Functions.Call("RoundSaturate", x, Range(ElementOf(map.Tile))),
            MapOp.Negate => $"-{Operand(map.Source)}",
            // A NaN stays one.
            MapOp.Relu => $"{x} < 0f ? 0f : {x}",
            MapOp.Scale => $"{Operand(map.Source)} * {ElementText.Constant(ElementType.F32, map.Argument)}",
            MapOp.Offset => $"{Operand(map.Source)} + {ElementText.Constant(ElementType.F32, map.Argument)}",
            MapOp.Reciprocal => $"1f / {x}",
            MapOp.ReciprocalSqrt => $"1f / MathF.Sqrt({x})",
            MapOp.Exp or MapOp.Sigmoid or MapOp.Silu or MapOp.Gelu or MapOp.GeluTanh => method.Scope.Functions.Call(map.Op.ToString(), x),
            _ => throw new NotSupportedException($"The portable backend has no {map.Op}."),
        };
    }

    private static string Range(ElementType element) => element switch
    {
        ElementType.S8 => "-128, 127",
        ElementType.U8 => "0, 255",
        _ => throw new NotSupportedException($"Nothing is requantised to {element}."),
    };

    private string? Zip(Statement.Zip zip)
    {
        if (zip.Op == ZipOp.Max && IsFloat(zip.Tile)) return Assign(zip.Tile, method.Scope.Functions.Call("Max", _values[zip.Left], _values[zip.Right]));
        string symbol = zip.Op switch
        {
            ZipOp.Add => "+",
            ZipOp.Subtract => "-",
            ZipOp.Multiply => "*",
            ZipOp.Divide when IsFloat(zip.Tile) => "/",
            _ => throw new NotSupportedException($"The portable backend has no {zip.Op}."),
        };
        // Integers wrap, whatever the project says of overflow.
        if (!IsFloat(zip.Tile)) return Assign(zip.Tile, $"unchecked({_values[zip.Left]} {symbol} {_values[zip.Right]})");
        if (zip.Left == zip.Tile && _declared.Contains(zip.Tile)) return $"{_values[zip.Tile]} {symbol}= {_values[zip.Right]};";
        return Assign(zip.Tile, $"{Operand(zip.Left)} {symbol} {Operand(zip.Right)}");
    }

    /// <summary>A value inside of an expression: it may be one itself.</summary>
    private string Operand(string tile) => !hasLocals && _values[tile].Contains(' ') ? $"({_values[tile]})" : _values[tile];

    private string? Assign(string tile, string value)
    {
        if (!hasLocals && !_declared.Contains(tile))
        {
            _values[tile] = value;
            return null;
        }
        string local = _declared.Contains(tile) ? _values[tile] : KernelScope.ShortName(tile);
        string type = _declared.Add(tile) ? ElementText.Register(ElementOf(tile)) + " " : "";
        _values[tile] = local;
        return value == local ? null : $"{type}{local} = {value};";
    }
}
