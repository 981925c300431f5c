using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Text;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>
/// Lowers what stands around the blocks of a program, the loops over panels, tokens and depth, to one C# method per tier that calls tile methods. Constants of the kernel are
/// folded here.
/// </summary>
internal sealed class DriverLowering
{
    private readonly TileProgram _program;
    private readonly Dictionary<string, BufferDecl> _buffers;
    private readonly Dictionary<string, LoweredBlock> _blocks = new(StringComparer.Ordinal);
    private readonly CodeWriter _code;
    private readonly bool _isStaged;

    private DriverLowering(KernelPlan plan, CodeWriter code)
    {
        _program = plan.Program;
        _buffers = plan.Program.Buffers.ToDictionary(b => b.Name, StringComparer.Ordinal);
        _code = code;
        _isStaged = plan.Stages.Count > 1;
    }

    /// <summary>Writes the statements of the plan's program; returns the tile methods they call.</summary>
    public static IEnumerable<TileMethod> Write(KernelPlan plan, CodeWriter code)
    {
        var lowering = new DriverLowering(plan, code);
        foreach (BufferDecl buffer in plan.Program.Buffers.Where(b => b.Role == BufferRole.Scratch))
            code.Line($"ref {VectorIsa.ElementName(buffer.Element)} {buffer.Name} = ref {WorkingMemory.Rent(plan.Program, buffer, IndexText.Print)};");
        if (!Spreading.IsThreaded(plan))
            foreach (Statement.Spread spread in plan.Spreads) code.Line($"nint {spread.First} = 0, {spread.Last} = {IndexText.Print(spread.Extent)};");
        lowering.WriteAll(plan.Program.Body);
        return lowering._blocks.Values.Select(b => b.Method);
    }

    private void WriteAll(IEnumerable<Statement> statements)
    {
        foreach (Statement statement in statements) Write(statement);
    }

    private void Write(Statement statement)
    {
        switch (statement)
        {
            case Statement.Let s:
                _code.Line($"nint {s.Variable} = {IndexText.Print(s.Value)};");
                break;
            case Statement.For s:
                string increment = s.Step is Index.Const { Value: 1 } ? s.Variable + "++" : $"{s.Variable} += {IndexText.Print(s.Step)}";
                using (_code.Block($"for (nint {s.Variable} = {IndexText.Print(s.Begin)}; {s.Variable} < {IndexText.Print(s.End)}; {increment})")) WriteAll(s.Body);
                break;
            case Statement.If s:
                using (_code.Block($"if ({IndexText.Print(s.Condition.Left)} {IndexText.Symbol(s.Condition.Relation)} {IndexText.Print(s.Condition.Right)})")) WriteAll(s.Then);
                if (s.Else.Count > 0)
                    using (_code.Block("else")) WriteAll(s.Else);
                break;
            case Statement.Spread s:
                // Its bounds are parameters: the runtime decides how it is cut. Of several stages a call runs one, or, on one thread, all.
                if (!_isStaged) WriteAll(s.Body);
                else using (_code.Block($"if ({s.First} < {s.Last})")) WriteAll(s.Body);
                break;
            case Statement.Phase s:
                _code.Line($"// {s.Name}");
                using (_code.Block()) WriteAll(s.Body);
                break;
            case Statement.Relayout s:
                WriteRelayout(s);
                break;
            case Statement.SumRuns s:
                BufferDecl sums = _buffers[s.Destination], source = _buffers[s.Source];
                _code.Line($"Relayout.SumRuns(ref {s.Destination}, {IndexText.Print(BlockLowering.DenseStride(sums, 0))}, ref {s.Source}, {IndexText.Print(BlockLowering.DenseStride(source, 0))}, {IndexText.Print(s.Rows)}, {IndexText.Print(s.Columns)}, {IndexText.Print(s.Length)}, {s.Factor.ToString(System.Globalization.CultureInfo.InvariantCulture)});");
                break;
            case Statement.ListNonZeros s:
                _code.Line($"Relayout.ListNonZeros(ref {s.Destination}, ref Unsafe.Add(ref {s.Source}, {IndexText.Print(OffsetOf(_buffers[s.Source], s.At))}), {IndexText.Print(s.Count)});");
                break;
            case Statement.SignedSums s:
                if (s.Bits != 4) throw new InvalidOperationException($"The SIMD backend sums runs of four activations, not of {s.Bits}.");
                _code.Line($"Relayout.SignedSums(ref {s.Destination}, {(s.High is null ? "" : $"ref {s.High}, ")}{IndexText.Print(BlockLowering.DenseStride(_buffers[s.Destination], 0))}, ref {s.Source}, {IndexText.Print(BlockLowering.DenseStride(_buffers[s.Source], 0))}, {IndexText.Print(s.Rows)}, {IndexText.Print(s.Columns)}, {IndexText.Print(s.Length)}, {IndexText.Print(s.Runs)});");
                break;
            case Statement.SplitPlanes s:
                if (s.Saturates != (_buffers[s.Source].Element == ElementType.U8)) throw new InvalidOperationException("The SIMD backend saturates codes of bytes, and no others.");
                string kind = s.Saturates ? "" : s.AreSigns ? ", true" : ", false";
                _code.Line($"Relayout.SplitPlanes({At(_buffers[s.Destination], s.DestinationAt ?? default)}, {IndexText.Print(BlockLowering.DenseStride(_buffers[s.Destination], 0))}, ref {s.Source}, {IndexText.Print(BlockLowering.DenseStride(_buffers[s.Source], 0))}, {IndexText.Print(s.Rows)}, {IndexText.Print(s.Columns)}, {s.Planes.ToString(System.Globalization.CultureInfo.InvariantCulture)}{kind});");
                break;
            case Statement.SumPlanes s:
                _code.Line($"Relayout.SumPlanes(ref {s.Destination}, {IndexText.Print(BlockLowering.DenseStride(_buffers[s.Destination], 0))}, {At(_buffers[s.Source], new Index[] { s.SourceRow, 0 })}, {IndexText.Print(BlockLowering.DenseStride(_buffers[s.Source], 0))}, {IndexText.Print(s.Rows)}, {IndexText.Print(s.Columns)}, {s.Planes.ToString(System.Globalization.CultureInfo.InvariantCulture)}, {(s.AreSigns ? "true" : "false")});");
                break;
            case Statement.Block s:
                WriteCall(s);
                break;
            default:
                throw new InvalidOperationException($"The SIMD backend cannot lower {statement.GetType().Name} outside a block.");
        }
    }

    private void WriteCall(Statement.Block block)
    {
        LoweredBlock lowered = BlockLowering.Lower(_program, block, Suffix(block), _blocks);
        string Actual(string formal) => block.Arguments.FirstOrDefault(a => a.Formal == formal)?.Actual ?? formal;
        IEnumerable<string> arguments = lowered.Parameters.Select(parameter => parameter switch
        {
            BlockParameter.Buffer b => "ref " + Actual(b.Name),
            BlockParameter.Stride s => IndexText.Print(BlockLowering.DenseStride(_buffers[Actual(s.Of)], s.Dimension)),
            BlockParameter.Extent e => IndexText.Print(_buffers[Actual(e.Of)].Shape[e.Dimension]),
            BlockParameter.Variable v => v.Name,
            _ => throw new InvalidOperationException(),
        });
        _code.Line($"TileMethods.{lowered.Method.Name}({string.Join(", ", arguments)});");
    }

    /// <summary>Tile methods are named for their vectors: a tier is no more than that to them. Arm has twice the registers, and tiles of its own.</summary>
    private string Suffix(Statement.Block block) => _program.Target.StartsWith("AdvSimd", StringComparison.Ordinal) ? "arm" : block.VectorBits > 32 ? "v" : "scalar";

    private static Index OffsetOf(BufferDecl buffer, EquatableArray<Index> at)
    {
        Index offset = 0;
        for (int d = 0; d < at.Count; d++) offset += at[d] * BlockLowering.DenseStride(buffer, d);
        return offset;
    }

    private static string At(BufferDecl buffer, EquatableArray<Index> at)
    {
        Index offset = OffsetOf(buffer, at);
        return offset is Index.Const { Value: 0 } ? $"ref {buffer.Name}" : $"ref Unsafe.Add(ref {buffer.Name}, {IndexText.Print(offset)})";
    }

    private void WriteRelayout(Statement.Relayout s)
    {
        BufferDecl to = _buffers[s.Destination], from = _buffers[s.Source];
        (Index rows, Index columns) = s.Transposed ? (s.Columns, s.Rows) : (s.Rows, s.Columns);

        // The destination advances by one row of its matrix, or by one group of interleaved rows.
        Index stride = to.Shape.Count > 2 ? BlockLowering.DenseStride(to, to.Shape.Count - 3) : BlockLowering.DenseStride(to, 0);
        Index sourceStride = BlockLowering.DenseStride(from, from.Shape.Count - 2);
        Index padded = s.PaddedColumns is Index.Const { Value: 0 } ? columns : s.PaddedColumns;
        // Elements of half a byte have no reference of their own: their number follows.
        string name = (s.Regroup > 1 ? "Regroup" : "Copy") + from.Element switch { ElementType.S4 => "Int4", ElementType.U4 => "UInt4", _ => "" } + (s.Offset == 0 ? "" : "Shifted");
        string source = from.Element is ElementType.S4 or ElementType.U4 ? $"ref {from.Name}, {IndexText.Print(OffsetOf(from, s.SourceAt))}" : At(from, s.SourceAt);
        _code.Line($"Relayout.{name}({At(to, s.DestinationAt)}, {IndexText.Print(stride)}, {source}, {IndexText.Print(sourceStride)}, {IndexText.Print(rows)}, {IndexText.Print(columns)}, {(s.Transposed ? "true" : "false")}, {(s.Regroup > 1 ? s.Regroup : s.Interleave)}, {IndexText.Print(padded)});");
    }
}
