using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ilgpu;

/// <summary>
/// Dot products on a pattern: some neighbouring threads take the entries of one stride, each with all rows of its vector group. They read the same elements of those rows, and each a row of its own that the
/// pattern names. Nothing is shared, so that there is no barrier.
/// </summary>
internal sealed class SampledText(KernelScope scope, MethodText kernel, Statement.Block block) : BlockText(scope, kernel, block)
{
    private Statement.For Warps => Block.Body.OfType<Statement.For>().Single();

    private Statement.For Entries => Warps.Body.OfType<Statement.For>().Single();

    private Statement.For Depth => Entries.Body.OfType<Statement.For>().Single();

    private Statement.Gather Gathered => Depth.Body.OfType<Statement.Gather>().Single();

    private Statement.Contract Contract => Depth.Body.OfType<Statement.Contract>().Single();

    private Statement.Load Indices => Entries.Body.OfType<Statement.Load>().First(load => load.Tile == Gathered.Coordinates);

    /// <summary>What writes the values to places that a pattern lists; null where they stand beside each other.</summary>
    private Statement.Scatter? Scatter => Body[Body.Count - 1] as Statement.Scatter;

    /// <summary>Rows of the group that are written, where some may be missing.</summary>
    private Index? RowsLeft => Scatter is { } scatter ? scatter.Lines : Store.RowsLeft;

    private Statement.Load Factors => Depth.Body.OfType<Statement.Load>().Single(load => load.Tile == Contract.B);

    /// <summary>Entries of a stride: a thread for each.</summary>
    private int Stride => Scope.Tile(Gathered.Coordinates).Size;

    private int Vector => Scope.Tile(Factors.Tile).Shape[0];

    public override string Summary => $"A group of {Block.Warps!.Threads} threads works on {Block.Warps.Threads / Stride} strides of {Stride} entries: a thread on each entry, with {Vector} row{(Vector == 1 ? "" : "s")}.";

    protected override IReadOnlyList<Statement> Body => Entries.Body;

    /// <summary>The accumulators are entries by rows of the vector group.</summary>
    protected override Spread Rows => new("entry", 1, 1);

    protected override Spread Columns => new(Kernel.Text(Factors.At[0]), 1, Vector);

    /// <summary>Whether a block samples: it gathers at every step of the depth, inside of a loop over entries.</summary>
    public static bool Serves(Statement.Block block) => block.Body.OfType<Statement.For>().SelectMany(warps => warps.Body).OfType<Statement.For>()
        .SelectMany(entries => entries.Body).OfType<Statement.For>().SelectMany(depth => depth.Body).OfType<Statement.Gather>().Any();

    public override FinishText? Write()
    {
        Code.Line("int thread = Group.IdxX;");
        Code.Line($"int {Warps.Variable} = {Kernel.Text(Warps.Begin)} + thread / {Stride} * {Kernel.Text(Warps.Step)};");
        Code.Line($"if ({Warps.Variable} >= {Kernel.Text(Warps.End)}) return;");
        foreach (Statement.Let let in Warps.Body.OfType<Statement.Let>()) Code.Line($"int {let.Variable} = {Kernel.Text(let.Value)};");
        string p = Entries.Variable;
        using (Code.Block($"for (int {p} = {Kernel.Text(Entries.Begin)}; {p} < {Kernel.Text(Entries.End)}; {p} += {Kernel.Text(Entries.Step)})"))
        {
            Code.Line($"int entry = {p} + thread % {Stride};");
            Code.Line($"if (entry >= {Kernel.Text(Indices.Until!)}) return;");
            Code.Line($"int at = {Kernel.Read(Scope.Buffer(Indices.Buffer), "entry")};");
            WriteAccumulators();
            WriteDepth();
            for (int row = 0; row < Vector; row++) WriteFinish(row);
        }
        return null;
    }

    private void WriteDepth()
    {
        BufferDecl gathered = Scope.Buffer(Gathered.Buffer), factors = Scope.Buffer(Factors.Buffer);
        using (Code.Block($"for (int k = 0; k < {Kernel.Text(Depth.End)}; k++)"))
        {
            Code.Line($"{ElementText.Register(gathered.Element)} a0 = {Kernel.Read(gathered, "at", "k")};");
            for (int row = 0; row < Vector; row++)
            {
                // Rows that the group has not repeat its first one: their sums are not stored.
                string line = row == 0 ? Columns.Begin : RowsLeft is { } present ? $"{Columns.Begin} + ({row} < {Kernel.Text(present)} ? {row} : 0)" : Columns.At(row);
                Code.Line($"{ElementText.Register(factors.Element)} b{row} = {Kernel.Read(factors, line, "k")};");
            }
            WriteProducts(Contract.Accumulator);
        }
    }

    /// <summary>The chain of one row, and where its value is stored.</summary>
    private void WriteFinish(int row)
    {
        string? header = row > 0 && RowsLeft is { } present ? $"if ({row} < {Kernel.Text(present)})" : null;
        Statement[] chain = Body.SkipWhile(statement => statement != Depth).Skip(1).ToArray();
        var turn = (Statement.Transpose)chain[0];
        using (Code.Block(header))
        {
            var element = new ChainText(Kernel, PlaceOf(row), hasLocals: true);
            element.Set(turn.Tile, Local(Contract.Accumulator, 0, row));
            foreach (Statement statement in chain.Skip(1))
                if (element.Run(statement) is { } line) Code.Line(line);
        }
    }

    /// <summary>Where a value of the stride stands: its coordinates in the result, and in the values.</summary>
    private Place PlaceOf(int row)
    {
        var place = new Place(Factors.At[0], Columns.At(row), Indices.At[0], "entry");
        if (Scatter is { } scatter)
        {
            // The list has a line for each row of the group.
            Statement.Load places = Body.OfType<Statement.Load>().Single(load => load.Tile == scatter.Coordinates);
            return place with { Others = [(places.Buffer, places.At[0], MethodText.Number(row))] };
        }
        EquatableArray<Index> at = Store.At;
        if (at.Count == 1) return place;
        // A stride begins at a multiple of its length; a block of several has their own places.
        bool isStride = Scope.Buffer(Store.Buffer).Shape[2] is Index.Const length && length.Value == Stride;
        string line = at[1] is Index.Const { Value: 0 } ? MethodText.Number(row) : $"{Kernel.Text(at[1])} + {MethodText.Number(row)}", entry = isStride ? $"thread % {Stride}" : $"{Kernel.Text(at[2])} + thread % {Stride}";
        return place with { Others = [(Store.Buffer, at[1], line), (Store.Buffer, at[2], entry)] };
    }
}
