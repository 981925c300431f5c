using Intarsia.Compiler.Text;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ilgpu;

/// <summary>
/// A block of phases whose parallel loops are dealt to the threads of a group: an iteration is one thread's, with its tiles of one element in locals. What iterations leave for those of later phases stands in shared memory, behind a
/// barrier; loops around phases are the same for all threads.
/// </summary>
internal sealed class TaskText(KernelScope scope, MethodText kernel, Statement.Block block)
{
    private bool _isFirst = true;

    private CodeWriter Code => kernel.Code;

    /// <summary>What the kernel does, in words.</summary>
    public string Summary => $"A group of {block.Warps!.Threads} threads takes a part of Y through {Phases(block.Body)} phases, with shared memory between them.";

    /// <summary>Whether a block is of this kind.</summary>
    public static bool Serves(Statement.Block block) => block.Body.OfType<Statement.Phase>().Any();

    /// <param name="working">Working memory of the group.</param>
    public void Write(IEnumerable<BufferDecl> working)
    {
        Code.Line("int thread = Group.IdxX;");
        foreach (BufferDecl buffer in working)
            Code.Line($"ArrayView<{ElementText.Register(buffer.Element)}> {buffer.Name} = SharedMemory.Allocate<{ElementText.Register(buffer.Element)}>({MethodText.Number(buffer.Shape.Aggregate(1, (product, extent) => product * (int)((Index.Const)extent).Value))});");
        WritePhases(block.Body);
    }

    private static int Phases(IEnumerable<Statement> statements) => statements.Sum(statement => statement is Statement.Phase ? 1 : statement is Statement.For loop ? Phases(loop.Body) : 0);

    private void WritePhases(IEnumerable<Statement> statements)
    {
        foreach (Statement statement in statements)
        {
            switch (statement)
            {
                case Statement.Phase phase:
                    // The first phase is in no loop: no way leads back to it.
                    if (!_isFirst) Code.Line("Group.Barrier();");
                    _isFirst = false;
                    Code.Line($"// {phase.Name}");
                    var tasks = (Statement.For)phase.Body.Single();
                    using (Code.Block($"for (int {tasks.Variable} = thread; {tasks.Variable} < {kernel.Text(tasks.End)}; {tasks.Variable} += {MethodText.Number(block.Warps!.Threads)})"))
                        Write(tasks.Body, new ChainText(kernel, Nowhere, hasLocals: true));
                    break;
                case Statement.For loop:
                    using (Code.Block(Header(loop))) WritePhases(loop.Body);
                    break;
                default:
                    WriteLet((Statement.Let)statement);
                    break;
            }
        }
    }

    private static Place Nowhere => new("e", "e", "", "");

    private string Header(Statement.For loop)
    {
        string i = loop.Variable;
        return $"for (int {i} = {kernel.Text(loop.Begin)}; {i} < {kernel.Text(loop.End)}; {(loop.Step is Index.Const { Value: 1 } ? i + "++" : $"{i} += {kernel.Text(loop.Step)}")})";
    }

    private void Write(IEnumerable<Statement> statements, ChainText chain)
    {
        foreach (Statement statement in statements)
        {
            switch (statement)
            {
                case Statement.Let let:
                    WriteLet(let);
                    break;
                case Statement.If { Else.Count: 0, Condition: { Relation: Relation.Less } condition } choice:
                    // What is declared inside is not known behind it.
                    using (Code.Block($"if ({kernel.Text(condition.Left)} < {kernel.Text(condition.Right)})")) Write(choice.Then, chain.Within(Nowhere, null));
                    break;
                case Statement.For loop:
                    using (Code.Block(Header(loop))) Write(loop.Body, chain.Within(Nowhere, null));
                    break;
                case Statement.ForNonZero { Source: NonZeros.Operand source } entries:
                    string at = entries.Position;
                    using (Code.Block($"for (int {at} = {kernel.Text(source.Begin)}, {at}End = {kernel.Text(source.End)}; {at} < {at}End; {at}++)"))
                    {
                        Code.Line($"int {entries.Coordinate} = {kernel.Text(new Index.Read(source.Indices, new Index[] { at }))};");
                        Write(entries.Body, chain.Within(Nowhere, null));
                    }
                    break;
                case Statement.Load load:
                    // The memory it comes from may have changed when the tile is used.
                    Code.Line(chain.Take(load, Test(load)));
                    break;
                case Statement.Contract { Via: ContractVia.Fma } contract:
                    Code.Line($"{chain[contract.Accumulator]} += {chain[contract.A]} * {chain[contract.B]};");
                    break;
                case Statement.Contract { Via: ContractVia.IntegerMultiplyAdd } contract:
                    // Sums wrap, whatever the project says of overflow.
                    Code.Line($"{chain[contract.Accumulator]} = unchecked({chain[contract.Accumulator]} + {chain[contract.A]} * {chain[contract.B]});");
                    break;
                default:
                    if (chain.Run(statement) is { } line) Code.Line(line);
                    break;
            }
        }
    }

    private void WriteLet(Statement.Let let) => Code.Line($"int {let.Variable} = {kernel.Text(let.Value)};");

    /// <summary>Whether rows of a tile may lie past the end of the buffer. Those along its columns do not: such tasks are left out as a whole.</summary>
    private string? Test(Statement.Load load)
    {
        BufferDecl buffer = scope.Buffer(load.Buffer);
        return (load.Clip & Clip.Rows) == 0 ? null : $"{kernel.Text(load.At[0])} < {kernel.Text(buffer.Shape[0])}";
    }
}
