using Intarsia.Compiler.Backends.Simd;
using Intarsia.Compiler.Text;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ilgpu;

/// <summary>What follows the contraction: a method for one element of Y, the chain and the store, and one that calls it for the elements that a thread holds of a row.</summary>
internal sealed class FinishText
{
    private readonly MethodText _element;
    private readonly Spread _columns;
    private readonly string _type;
    private readonly string _name;

    /// <param name="scope">The kernel.</param>
    /// <param name="tile">The accumulators.</param>
    /// <param name="columns">Columns that a thread holds.</param>
    /// <param name="statements">The chain; a store is the last of them.</param>
    public FinishText(KernelScope scope, string tile, Spread columns, Statement[] statements)
    {
        (_element, _columns) = (scope.NewMethod(), columns);
        (_type, _name) = (ElementText.Register(scope.Tile(tile).Element), KernelScope.ShortName(tile));
        EquatableArray<int> shape = scope.Tile(tile).Shape;
        var store = (Statement.Store)statements[statements.Length - 1];
        BufferDecl output = scope.Buffer(store.Buffer);
        string[] outside = [.. new[] { _element.Test("outer", ">=", output.Shape[0], store.At[0], shape[0]), _element.Test("lane", ">=", output.Shape[1], store.At[1], shape[1]) }.OfType<string>()];
        if (outside.Length > 0) _element.Code.Line($"if ({string.Join(" || ", outside)}) return;");
        var chain = new ChainText(_element, new Place(store.At[0], "outer", store.At[1], "lane"), hasLocals: true);
        chain.Set(tile, _name);
        foreach (Statement statement in statements) Run(chain, statement);
    }

    private void Run(ChainText chain, Statement statement)
    {
        if (statement is Statement.If { Condition: var condition } where)
        {
            using (_element.Code.Block($"if ({_element.Text(condition.Left)} {IndexText.Symbol(condition.Relation)} {_element.Text(condition.Right)})"))
                foreach (Statement inner in where.Then) Run(chain, inner);
        }
        else if (chain.Run(statement) is { } line)
        {
            _element.Code.Line(line);
        }
    }

    /// <summary>Finishes the sums of a row.</summary>
    public string Call(MethodText caller, string outer, string lane, IEnumerable<string> sums) =>
        $"{(_columns.Count == 1 ? "Finish" : "FinishRow")}({string.Join(", ", caller.Pass(_element).Concat([outer, lane]).Concat(sums))});";

    public void Write(CodeWriter code)
    {
        if (_columns.Count > 1) WriteRow(code);
        code.Line().Line("/// <summary>What follows the contraction, for one element of Y.</summary>");
        code.Line($"private static void Finish({Declarations([$"{_type} {_name}"])})");
        _element.WriteBody(code);
    }

    private void WriteRow(CodeWriter code)
    {
        string[] sums = [.. Enumerable.Range(0, _columns.Count).Select(i => _name + MethodText.Number(i))];
        code.Line().Line("/// <summary>The elements that a thread holds of one row.</summary>");
        code.Line($"private static void FinishRow({Declarations(sums.Select(sum => $"{_type} {sum}"))})");
        using (code.Block())
        {
            for (int i = 0; i < sums.Length; i++)
                code.Line($"Finish({string.Join(", ", _element.Parameters.Select(parameter => parameter.Name).Concat(["outer", Spread.Plus("lane", i * _columns.Step), sums[i]]))});");
        }
    }

    private string Declarations(IEnumerable<string> sums) => string.Join(", ", _element.Parameters.Select(parameter => parameter.Declaration).Concat(["int outer", "int lane"]).Concat(sums));
}
