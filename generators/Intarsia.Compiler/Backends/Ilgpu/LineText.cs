using Intarsia.Compiler.Text;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ilgpu;

/// <summary>A block without a contraction: the group goes over one line, an element to each thread at a time, and adds up through shared memory, in a fixed order.</summary>
internal sealed class LineText(KernelScope scope, MethodText kernel, Statement.Block block)
{
    /// <summary>Threads that combine what the others hold.</summary>
    private const int Combining = 16;

    private int Threads => block.Warps!.Threads;

    private CodeWriter Code => kernel.Code;

    /// <summary>What the kernel does, in words.</summary>
    public string Summary => $"A group of {Threads} threads takes {(HasReduction(block.Body) ? "a line" : "a part of a line")}, an element to each at a time.";

    /// <summary>Whether a block is of this kind.</summary>
    public static bool Serves(Statement.Block block) => !Contracts(block.Body);

    public void Write()
    {
        Code.Line("int thread = Group.IdxX;");
        if (HasReduction(block.Body)) Code.Line($"ArrayView<float> shared = SharedMemory.Allocate<float>({Threads + Combining});");
        Write(block.Body, new ChainText(kernel, new Place("e", "e", "", ""), hasLocals: true));
    }

    private static bool Contracts(IEnumerable<Statement> statements) => statements.Any(statement => statement is Statement.Contract || statement is Statement.For loop && Contracts(loop.Body));

    private static bool HasReduction(IEnumerable<Statement> statements) => statements.Any(statement => statement is Statement.Reduce);

    private void Write(IEnumerable<Statement> statements, ChainText chain)
    {
        foreach (Statement statement in statements)
        {
            switch (statement)
            {
                case Statement.Let let:
                    Code.Line($"int {let.Variable} = {kernel.Text(let.Value)};");
                    break;
                case Statement.For loop:
                    scope.Enter(loop);
                    using (Code.Block($"for (int {loop.Variable} = {kernel.Text(loop.Begin)}; {loop.Variable} < {kernel.Text(loop.End)}; {loop.Variable} += {kernel.Text(loop.Step)})")) Write(loop.Body, chain);
                    break;
                case Statement.Reduce reduce:
                    string function = reduce.Op switch { ReduceOp.Sum => "GroupSum", ReduceOp.Max => "GroupMax", _ => throw new NotSupportedException($"The portable backend has no reduction by {reduce.Op}.") };
                    string total = KernelScope.ShortName(reduce.Tile);
                    Code.Line($"float {total} = {scope.Functions.Call(function, "shared", "thread", MethodText.Number(Threads), chain[reduce.Source])};");
                    chain.Set(reduce.Tile, total);
                    break;
                case Statement.Load load when scope.Tile(load.Tile).Size > 1:
                    // The first load of a part names the thread's place in it.
                    if (!chain.IsAt(load.At[load.At.Count - 1])) chain = Within(chain, load);
                    chain.Run(load);
                    break;
                default:
                    if (chain.Run(statement) is { } line) Code.Line(line);
                    break;
            }
        }
    }

    /// <summary>The thread's element of a part of the line.</summary>
    private ChainText Within(ChainText chain, Statement.Load load)
    {
        Index at = load.At[load.At.Count - 1];
        BufferDecl buffer = scope.Buffer(load.Buffer);
        string place = kernel.Text(at) + "At";
        Code.Line($"int {place} = {kernel.Text(at)} + thread;");
        return chain.Within(new Place("e", "e", at, place), kernel.Test(place, "<", buffer.Shape[buffer.Shape.Count - 1], at, scope.Tile(load.Tile).Size));
    }
}
