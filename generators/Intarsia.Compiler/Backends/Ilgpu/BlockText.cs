using Intarsia.Compiler.Backends.Simd;
using Intarsia.Compiler.Text;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ilgpu;

/// <summary>Coordinates in Y that a thread holds along one dimension of the tile: some, a step apart.</summary>
/// <param name="Begin">The local that holds the first.</param>
/// <param name="Step">The distance.</param>
/// <param name="Count">Their number.</param>
internal sealed record Spread(string Begin, int Step, int Count)
{
    public string At(int i) => Plus(Begin, i * Step);

    public static string Plus(string name, int offset) => offset == 0 ? name : $"{name} + {MethodText.Number(offset)}";
}

/// <summary>
/// A block of the program as the body of a kernel. Each thread holds its part of the accumulators in locals: some rows and some columns of the tile.
/// </summary>
internal abstract class BlockText(KernelScope scope, MethodText kernel, Statement.Block block)
{
    private string[] _accumulators = [];

    /// <summary>What the kernel does, in words.</summary>
    public abstract string Summary { get; }

    protected KernelScope Scope => scope;

    protected MethodText Kernel => kernel;

    protected CodeWriter Code => kernel.Code;

    protected Statement.Block Block => block;

    /// <summary>The statements between the contraction's begin and Y: fills, the loop, scale groups, the chain, the store.</summary>
    protected abstract IReadOnlyList<Statement> Body { get; }

    protected Statement.Store Store => (Statement.Store)Body[Body.Count - 1];

    /// <summary>Rows of the tile that a thread holds.</summary>
    protected abstract Spread Rows { get; }

    /// <summary>Columns of the tile that a thread holds.</summary>
    protected abstract Spread Columns { get; }

    /// <summary>Writes the body. Returns what follows the contraction, to be called for each sum; null where the body has that, too.</summary>
    public abstract FinishText? Write();

    /// <summary>The locals of the accumulators, zero.</summary>
    protected void WriteAccumulators()
    {
        _accumulators = [.. Body.OfType<Statement.Fill>().Select(fill => fill.Tile)];
        foreach (string tile in _accumulators)
        {
            string type = ElementText.Register(scope.Tile(tile).Element);
            for (int row = 0; row < Rows.Count; row++) Code.Line($"{type} {string.Join(", ", Locals(tile, row).Select(local => local + " = 0"))};");
        }
    }

    /// <summary>acc += a·b for every pair of a row and a column of this thread.</summary>
    protected void WriteProducts(string accumulator)
    {
        // The product of two 16-bit integers may have 32 bits, and no sign.
        string wide = scope.Tile(accumulator).Element == ElementType.S64 ? "(long)" : "";
        if (ElementText.IsFloat(scope.Tile(accumulator).Element))
        {
            WriteRows();
            return;
        }
        // Sums wrap, whatever the project says of overflow.
        using (Code.Block("unchecked")) WriteRows();

        void WriteRows()
        {
            for (int row = 0; row < Rows.Count; row++) Code.Line(string.Join(" ", Locals(accumulator, row).Select((sum, column) => $"{sum} += {wide}a{row} * b{column};")));
        }
    }

    /// <summary>What is done to the sums of a scale group where it ends.</summary>
    protected void WriteFlush(Statement.If flush)
    {
        string? header = $"if ({kernel.Text(flush.Condition.Left)} {IndexText.Symbol(flush.Condition.Relation)} {kernel.Text(flush.Condition.Right)})";
        if (flush.Condition is { Left: Index.Const left, Right: Index.Const right })
        {
            if (flush.Condition.Relation == Relation.Equal != (left.Value == right.Value)) return;
            header = null;
        }
        using (Code.Block(header)) WriteGroup(flush.Then);
    }

    /// <summary>Calls what follows the contraction, for every row of this thread.</summary>
    protected FinishText WriteFinish(IEnumerable<Statement> chain)
    {
        var finish = new FinishText(scope, _accumulators[0], Columns, [.. chain]);
        for (int row = 0; row < Rows.Count; row++) Code.Line(finish.Call(kernel, Rows.At(row), Columns.Begin, Locals(_accumulators[0], row)));
        return finish;
    }

    private IEnumerable<string> Locals(string tile, int row) => Enumerable.Range(0, Columns.Count).Select(column => Local(tile, row, column));

    protected static string Local(string tile, int row, int column) => $"{KernelScope.ShortName(tile)}{row}_{column}";

    private void WriteGroup(IEnumerable<Statement> statements)
    {
        Statement.Load load = statements.OfType<Statement.Load>().Single();
        TileDecl tile = scope.Tile(load.Tile);
        bool alongRows = tile.Shape[0] > 1;
        Spread spread = tile.Size == 1 ? new Spread("0", 0, 1) : alongRows ? Rows : Columns;
        for (int i = 0; i < spread.Count; i++) Code.Line($"float {load.Tile}{i} = {ReadScale(load, alongRows ? Store.At[0] : Store.At[1], spread, i)};");
        for (int row = 0; row < Rows.Count; row++)
        {
            ChainText[] elements = [.. Enumerable.Range(0, Columns.Count).Select(column => Element(row, column))];
            foreach (Statement statement in statements.Where(statement => statement != load))
            {
                string line = string.Join(" ", elements.Select(element => element.Run(statement)).OfType<string>());
                if (line.Length > 0) Code.Line(line);
            }
        }

        ChainText Element(int row, int column)
        {
            var element = new ChainText(kernel, new Place(Store.At[0], Rows.At(row), Store.At[1], Columns.At(column)), hasLocals: false);
            foreach (string name in _accumulators) element.Set(name, Local(name, row, column));
            element.Set(load.Tile, load.Tile + MethodText.Number(tile.Size == 1 ? 0 : alongRows ? row : column));
            return element;
        }
    }

    /// <summary>One scale; 0 past the end of the extent, for sums that are not stored.</summary>
    private string ReadScale(Statement.Load load, Index origin, Spread spread, int i)
    {
        BufferDecl buffer = scope.Buffer(load.Buffer);
        string place = spread.At(i), at = load.At[1].Equals(origin) ? place : MethodText.Number(i * spread.Step);
        string read = kernel.Read(buffer, kernel.Text(load.At[0]), at);
        return load.Clip == Clip.None || kernel.Test(place, "<", buffer.Shape[1], origin, scope.Tile(load.Tile).Size) is not { } test ? read : $"{test} ? {read} : 0f";
    }
}
