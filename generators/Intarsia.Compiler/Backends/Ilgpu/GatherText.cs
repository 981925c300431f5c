using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ilgpu;

/// <summary>
/// Weights as a stream of vectors, each of which names the row of X that it multiplies: some neighbouring threads work on one segment of the stream, each on columns of its own. They read the same index and
/// the same weights, and neighbouring elements of X. Segments differ in length, so that there is no barrier.
/// </summary>
internal sealed class GatherText(KernelScope scope, MethodText kernel, Statement.Block block) : BlockText(scope, kernel, block)
{
    /// <summary>Weights that are read in one line of text.</summary>
    private const int ReadsPerLine = 4;

    private Statement.For Segment => Block.Body.OfType<Statement.For>().Single();

    private Statement.For Loop => Body.OfType<Statement.For>().Single();

    private Statement.Contract Contract => Loop.Body.OfType<Statement.Contract>().Single();

    private Statement.Gather Gathered => Loop.Body.OfType<Statement.Gather>().Single();

    private Statement.Load Weights => Load(RowsFirst ? Contract.A : Contract.B);

    /// <summary>The tile of Y is rows of weights by columns; else the other way round.</summary>
    private bool RowsFirst => Contract.B == Gathered.Tile;

    private int Stride => Scope.Tile(Gathered.Tile).Shape[0];

    private int Vector => Scope.Tile(Weights.Tile).Shape[0];

    /// <summary>Threads of a segment.</summary>
    private int Across => Block.Warps!.Threads / Block.Warps.Rows;

    private Spread OfWeights => new(Kernel.Text(Store.At[RowsFirst ? 0 : 1]), 1, Vector);

    private Spread OfX => new("column", Across, Scope.Tile(Gathered.Tile).Shape[1] / Across);

    public override string Summary =>
        $"A group of {Block.Warps!.Threads} threads works on {Block.Warps.Rows} segments of {Vector}x1 vectors: {Across} threads on each, of which each computes {OfX.Count} column{(OfX.Count == 1 ? "" : "s")}{(OfX.Count == 1 ? "" : $", {OfX.Step} apart")}.";

    protected override IReadOnlyList<Statement> Body => Segment.Body;

    protected override Spread Rows => RowsFirst ? OfWeights : OfX;

    protected override Spread Columns => RowsFirst ? OfX : OfWeights;

    /// <summary>Whether a block is one of gathered rows.</summary>
    public static bool Serves(Statement.Block block) =>
        block.Body.OfType<Statement.For>().SelectMany(segment => segment.Body).OfType<Statement.For>().SelectMany(loop => loop.Body).OfType<Statement.Gather>().Any();

    public override FinishText Write()
    {
        Code.Line("int thread = Group.IdxX;");
        Code.Line($"int {Segment.Variable} = {Kernel.Text(Segment.Begin)} + thread / {Across};");
        Code.Line($"if ({Segment.Variable} >= {Kernel.Text(Segment.End)}) return;");
        foreach (Statement.Let let in Body.OfType<Statement.Let>()) Code.Line($"int {let.Variable} = {Kernel.Text(let.Value)};");
        Code.Line($"int {OfX.Begin} = {Kernel.Text(Gathered.At[0])} + thread % {Across};").Line();
        WriteAccumulators();
        Code.Line();
        WriteLoop();
        Code.Line();
        return WriteFinish(Body.SkipWhile(statement => statement != Loop).Skip(1));
    }

    private void WriteLoop()
    {
        string p = Loop.Variable;
        using (Code.Block($"for (int {p} = {Kernel.Text(Loop.Begin)}; {p} < {Kernel.Text(Loop.End)}; {p} += {Kernel.Text(Loop.Step)})"))
        {
            using (Code.Block($"for (int e = 0; e < {Stride}; e++)"))
            {
                Statement.Load indices = Load(Gathered.Coordinates);
                Code.Line($"int at = {Kernel.Read(Scope.Buffer(indices.Buffer), Kernel.Text(indices.At[0]) + " + e")};");
                Code.Line("// Padding names no row, and nothing is read for it.");
                Code.Line("if (at < 0) continue;");
                ReadWeights(RowsFirst ? "a" : "b");
                ReadX(RowsFirst ? "b" : "a");
                WriteProducts(Contract.Accumulator);
            }
            foreach (Statement.If flush in Loop.Body.OfType<Statement.If>()) WriteFlush(flush);
        }
    }

    /// <summary>The entry's vector of weights.</summary>
    private void ReadWeights(string name)
    {
        BufferDecl buffer = Scope.Buffer(Weights.Buffer);
        string[] reads = [.. Enumerable.Range(0, Vector).Select(v => $"{name}{v} = {Kernel.Read(buffer, Kernel.Text(Weights.At[0]), MethodText.Number(v), "e")}")];
        for (int i = 0; i < reads.Length; i += ReadsPerLine) Code.Line($"{ElementText.Register(buffer.Element)} {string.Join(", ", reads.Skip(i).Take(ReadsPerLine))};");
    }

    /// <summary>This thread's elements of the row of X that the entry names.</summary>
    private void ReadX(string name)
    {
        BufferDecl buffer = Scope.Buffer(Gathered.Buffer);
        string type = ElementText.Register(buffer.Element);
        for (int i = 0; i < OfX.Count; i++)
        {
            string column = OfX.At(i), read = Kernel.Read(buffer, "at", column);
            if (Kernel.Test(column, "<", buffer.Shape[1], Gathered.At[0], Scope.Tile(Gathered.Tile).Shape[1]) is { } inside) read = $"{inside} ? {read} : {ElementText.Zero(buffer.Element)}";
            Code.Line($"{type} {name}{i} = {read};");
        }
    }

    private Statement.Load Load(string tile) => Loop.Body.OfType<Statement.Load>().Single(load => load.Tile == tile);
}
