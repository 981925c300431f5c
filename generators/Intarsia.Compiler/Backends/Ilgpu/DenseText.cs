using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ilgpu;

/// <summary>A dense contraction: the group copies a tile of each factor to shared memory, and each thread multiplies its rows with its columns.</summary>
internal sealed class DenseText(KernelScope scope, MethodText kernel, Statement.Block block) : BlockText(scope, kernel, block)
{
    /// <summary>Threads side by side along the columns of the tile: what they store lies beside each other.</summary>
    private const int Across = 16;

    /// <summary>Elements of a factor that are read in one line of text.</summary>
    private const int ReadsPerLine = 4;

    private int Threads => Block.Warps!.Threads;

    private int Down => Threads / Across;

    private Statement.For Outer => Body.OfType<Statement.For>().Single();

    /// <summary>The loop over the terms of a batch, around the one over the depth; null where there is none.</summary>
    private Statement.For? Terms => Outer.Body.Count == 1 && Outer.Body[0] is Statement.For ? Outer : null;

    private Statement.For Loop => Terms is { } terms ? (Statement.For)terms.Body[0] : Outer;

    private Statement.Contract Contract => Loop.Body.OfType<Statement.Contract>().Single();

    private EquatableArray<int> Shape => Scope.Tile(Contract.Accumulator).Shape;

    public override string Summary => $"A group of {Threads} threads computes {Shape[0]}x{Shape[1]} elements of Y: each thread {Rows.Count} rows, {Rows.Step} apart, by {Columns.Count} columns, {Columns.Step} apart.";

    protected override IReadOnlyList<Statement> Body => Block.Body;

    protected override Spread Rows => new("outer", Down, Shape[0] / Down);

    protected override Spread Columns => new("lane", Across, Shape[1] / Across);

    public override FinishText Write()
    {
        Scope.Enter(Loop);
        Code.Line("int thread = Group.IdxX;");
        Code.Line($"int down = thread / {Across}, across = thread % {Across};");
        Code.Line($"int {Rows.Begin} = {Kernel.Text(Store.At[0])} + down, {Columns.Begin} = {Kernel.Text(Store.At[1])} + across;");
        Code.Line().Line("// Tiles of both factors, a word of padding behind each line: neighbours begin in different banks.");
        foreach (string tile in new[] { Contract.A, Contract.B }) Allocate(Scope.Tile(tile));
        Code.Line();
        WriteAccumulators();
        Code.Line();
        if (Terms is { } terms) WriteTerms(terms);
        else WriteLoop();
        Statement[] rest = [.. Body.SkipWhile(statement => statement != Outer).Skip(1)];
        foreach (Statement.If flush in rest.OfType<Statement.If>().Where(IsFlush)) WriteFlush(flush);
        Code.Line();
        return WriteFinish(rest.Where(statement => statement is not Statement.If condition || !IsFlush(condition)));
    }

    /// <summary>Whether a condition is about the sums of a scale group, which end there; else it is a part of the chain.</summary>
    private static bool IsFlush(Statement.If statement) => statement.Then.Any(inner => inner is Statement.Fill);

    private void WriteTerms(Statement.For terms)
    {
        string term = terms.Variable;
        using (Code.Block($"for (int {term} = {Kernel.Text(terms.Begin)}; {term} < {Kernel.Text(terms.End)}; {term} += {Kernel.Text(terms.Step)})"))
        {
            // A run of terms may be longer than an index.
            foreach (Statement.Load load in Loop.Body.OfType<Statement.Load>())
                Code.Line($"long {Begin(load)} = {(load.At[0] is Index.Binary { Op: IndexOp.Multiply } product ? $"(long){Kernel.Text(product.Left)} * {Kernel.Factor(product.Right)}" : Kernel.Text(load.At[0]))};");
            WriteLoop();
        }
    }

    private static string Begin(Statement.Load load) => load.Tile + "Begin";

    private void WriteLoop()
    {
        string k = Loop.Variable;
        using (Code.Block($"for (int {k} = {Kernel.Text(Loop.Begin)}; {k} < {Kernel.Text(Loop.End)}; {k} += {Kernel.Text(Loop.Step)})"))
        {
            foreach (Statement.Load load in Loop.Body.OfType<Statement.Load>()) WriteCopy(load);
            Code.Line("Group.Barrier();");
            using (Code.Block($"for (int d = 0; d < {Scope.Tile(Contract.A).Shape[Contract.TransposedA ? 0 : 1]}; d++)"))
            {
                ReadFactor("a", Contract.A, depthLast: !Contract.TransposedA, "down", Rows);
                ReadFactor("b", Contract.B, depthLast: Contract.TransposedB, "across", Columns);
                WriteProducts(Contract.Accumulator);
            }
            Code.Line("Group.Barrier();");
            foreach (Statement.If flush in Loop.Body.OfType<Statement.If>()) WriteFlush(flush);
        }
    }

    private void Allocate(TileDecl tile)
    {
        string type = ElementText.Register(tile.Element);
        Code.Line($"ArrayView<{type}> {tile.Name} = SharedMemory.Allocate<{type}>({tile.Shape[0] * Pitch(tile)});");
    }

    /// <summary>Copies a tile of a factor, widened; what lies outside is 0.</summary>
    private void WriteCopy(Statement.Load load)
    {
        TileDecl tile = Scope.Tile(load.Tile);
        BufferDecl buffer = Scope.Buffer(load.Buffer);
        int width = tile.Shape[1];
        using (Code.Block($"for (int i = thread; i < {tile.Size}; i += {Threads})"))
        {
            int last = load.At.Count - 1;
            Code.Line($"int line = {Kernel.Text(load.At[last - 1])} + i / {width}, at = {Kernel.Text(load.At[last])} + i % {width};");
            string[] inside = [.. new[] { Kernel.Test("line", "<", buffer.Shape[last - 1], load.At[last - 1], tile.Shape[0]), Kernel.Test("at", "<", buffer.Shape[last], load.At[last], width) }.OfType<string>()];
            string read = last == 1 ? Kernel.Read(buffer, "line", "at") : Kernel.Read(buffer, Begin(load), "line", "at");
            if (inside.Length > 0) read = $"{string.Join(" && ", inside)} ? {read} : {ElementText.Zero(tile.Element)}";
            Code.Line($"{tile.Name}[i / {width} * {Pitch(tile)} + i % {width}] = {read};");
        }
    }

    /// <summary>The elements of a factor that this thread needs at depth <c>d</c>.</summary>
    private void ReadFactor(string name, string tile, bool depthLast, string place, Spread spread)
    {
        TileDecl declaration = Scope.Tile(tile);
        string pitch = MethodText.Number(Pitch(declaration));
        string[] reads = [.. Enumerable.Range(0, spread.Count).Select(i => $"{name}{i} = {tile}[{(depthLast ? Line(i) + " * " + pitch + " + d" : "d * " + pitch + " + " + Spread.Plus(place, i * spread.Step))}]")];
        for (int i = 0; i < reads.Length; i += ReadsPerLine) Code.Line($"{ElementText.Register(declaration.Element)} {string.Join(", ", reads.Skip(i).Take(ReadsPerLine))};");

        string Line(int i) => i == 0 ? place : $"({Spread.Plus(place, i * spread.Step)})";
    }

    private static int Pitch(TileDecl tile) => tile.Shape[1] + 1;
}
