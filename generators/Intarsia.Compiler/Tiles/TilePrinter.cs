using System.Globalization;
using System.Text;

namespace Intarsia.Compiler.Tiles;

/// <summary>Prints tile programs as readable, deterministic text: what stands at the head of a generated file.</summary>
public static class TilePrinter
{
    public static string Print(TileProgram program)
    {
        var text = new StringBuilder();
        text.Append("program ").Append(program.Name).Append(" for ").Append(program.Target).Append('\n');
        PrintDeclarations(text, program, 0);
        PrintAll(text, program.Body, 0);
        return text.ToString();
    }

    private static void PrintDeclarations(StringBuilder text, TileProgram program, int depth)
    {
        string indent = new(' ', depth * 2);
        if (program.Sizes.Count > 0) text.Append(indent).Append("sizes   ").Append(string.Join(", ", program.Sizes)).Append('\n');
        foreach (BufferDecl buffer in program.Buffers)
        {
            text.Append(indent).Append(Name(buffer.Role).PadRight(8)).Append(buffer.Name).Append(": ").Append(Name(buffer.Element)).Append(Shape(buffer.Shape));
            if (buffer.Strides.Count > 0) text.Append(" strides ").Append(Shape(buffer.Strides));
            if (buffer.Padding > 0) text.Append(" padding ").Append(buffer.Padding);
            if (buffer.LineAlignment > 0) text.Append(" aligned ").Append(buffer.LineAlignment);
            if (buffer.LowBytesAreZero) text.Append(" low bytes zero");
            if (buffer.FixedInner > 0) text.Append(" fixed ").Append(buffer.FixedInner);
            text.Append('\n');
        }
        foreach (TileDecl tile in program.Tiles)
            text.Append(indent).Append("tile    ").Append(tile.Name).Append(": ").Append(Name(tile.Element)).Append('[').Append(string.Join(",", tile.Shape)).Append(']').Append(tile.Level == TileLevel.Register ? "" : " " + Name(tile.Level)).Append('\n');
    }

    /// <summary>One statement with everything inside it.</summary>
    public static string Print(Statement statement)
    {
        var text = new StringBuilder();
        PrintOne(text, statement, 0);
        return text.ToString();
    }

    public static string Print(Index index) => index switch
    {
        Index.Const c => c.Value.ToString(CultureInfo.InvariantCulture),
        Index.Var v => v.Name,
        Index.Read r => r.Buffer + Shape(r.At),
        Index.FromTile t => t.Tile + Shape(t.At),
        Index.Binary { Op: IndexOp.Min } b => $"min({Print(b.Left)}, {Print(b.Right)})",
        Index.Binary { Op: IndexOp.Max } b => $"max({Print(b.Left)}, {Print(b.Right)})",
        Index.Binary b => $"{Operand(b.Left)}{Symbol(b.Op)}{Operand(b.Right)}",
        _ => throw new InvalidOperationException($"Index {index.GetType().Name} has no text."),
    };

    private static string Operand(Index index) => index is Index.Binary { Op: not (IndexOp.Min or IndexOp.Max) } ? "(" + Print(index) + ")" : Print(index);

    private static string Symbol(IndexOp op) => op switch
    {
        IndexOp.Add => " + ",
        IndexOp.Subtract => " - ",
        IndexOp.Multiply => "*",
        IndexOp.FloorDivide => "/",
        _ => "%",
    };

    private static string Shape(IEnumerable<Index> indices) => "[" + string.Join(", ", indices.Select(Print)) + "]";

    private static string Name(ElementType element) => element.ToString().ToLowerInvariant();

    private static void PrintAll(StringBuilder text, IEnumerable<Statement> statements, int depth)
    {
        foreach (Statement statement in statements) PrintOne(text, statement, depth);
    }

    private static void PrintOne(StringBuilder text, Statement statement, int depth)
    {
        void Line(string line) => text.Append(' ', depth * 2).Append(line).Append('\n');
        switch (statement)
        {
            case Statement.For s:
                Line($"for {s.Variable} in {Print(s.Begin)} .. {Print(s.End)} step {Print(s.Step)}{(s.Unroll > 1 ? $" unroll {s.Unroll}" : "")}{(s.Lanes ? " lanes" : "")}{(s.Tail ? " tail" : "")}{(s.Parallel ? " parallel" : "")}{(s.Stages > 1 ? $" stages {s.Stages}" : "")}{(s.Split > 1 ? $" split {s.Split}" : "")}");
                PrintAll(text, s.Body, depth + 1);
                break;
            case Statement.ForNonZero s:
                Line($"for non-zero {s.Position} -> {s.Coordinate} in {Print(s.Source)}{(s.Unroll > 1 ? $" unroll {s.Unroll}" : "")}");
                PrintAll(text, s.Body, depth + 1);
                break;
            case Statement.If s:
                Line($"if {Print(s.Condition.Left)} {Symbol(s.Condition.Relation)} {Print(s.Condition.Right)}");
                PrintAll(text, s.Then, depth + 1);
                if (s.Else.Count > 0)
                {
                    Line("else");
                    PrintAll(text, s.Else, depth + 1);
                }
                break;
            case Statement.Block s:
                Line($"block {s.Name}{(s.Warps is { } warps ? $" of {warps} warps" : "")}{(s.Arguments.Count > 0 ? $" with {string.Join(", ", s.Arguments.Select(a => $"{a.Formal} = {a.Actual}"))}" : "")}");
                PrintAll(text, s.Body, depth + 1);
                break;
            case Statement.Phase s:
                Line($"phase {s.Name}");
                PrintAll(text, s.Body, depth + 1);
                break;
            case Statement.Spread s:
                Line($"spread {s.First} .. {s.Last} over {Print(s.Extent)} grain {s.Grain.ToString(CultureInfo.InvariantCulture)}{(s.Overhead > 0 ? $" overhead {s.Overhead.ToString(CultureInfo.InvariantCulture)}%" : "")}{(s.Most > 0 ? $" threads {s.Most.ToString(CultureInfo.InvariantCulture)}" : "")}{(s.Work is Index.Const { Value: 0 } ? "" : $" work {Print(s.Work)}")}");
                PrintAll(text, s.Body, depth + 1);
                break;
            case Statement.Parts s:
                Line("parts");
                foreach (TileProgram part in s.Programs)
                {
                    Line($"  part {part.Name}");
                    PrintDeclarations(text, part, depth + 2);
                    PrintAll(text, part.Body, depth + 2);
                }
                break;
            default:
                Line(Simple(statement));
                break;
        }
    }

    private static string Simple(Statement statement) => statement switch
    {
        Statement.Fill s => $"{s.Tile} = {s.Value.ToString("R", CultureInfo.InvariantCulture)}",
        Statement.Load s => $"{s.Tile} = load {s.Buffer}{Shape(s.At)}{(s.Transposed ? " transposed" : "")}{(s.ReadAhead ? " ahead" : "")}{ClipText(s.Clip)}{UntilText(s.Until)}",
        Statement.Gather s => $"{s.Tile} = gather {s.Buffer}[{s.Coordinates}]{Shape(s.At)}{(s.IsPresent ? " present" : "")}{ClipText(s.Clip)}{FirstText(s.Count)}",
        Statement.Iota s => $"{s.Tile} = iota from {Print(s.Start)} axis {s.Axis}",
        Statement.Select s => $"{s.Tile} = {s.Condition} > 0 ? {s.Left} : {s.Right}",
        Statement.Table s => $"{s.Tile} = table of {s.Bits}-bit sums of {s.Source}",
        Statement.Scan s => $"{s.Tile} = {(s.Exclusive ? "exclusive " : "")}scan {Name(s.Op)} {s.Source} axis {s.Axis}",
        Statement.Permute s => $"{s.Tile} = permute {s.Source} by [{List(s.Order)}]",
        Statement.Transpose s => $"{s.Tile} = transpose {s.Source} by [{List(s.Axes)}]",
        Statement.Expand s => $"{s.Tile} = expand {s.Values} at {s.Places} of {s.Group}",
        Statement.Pack s => $"{s.Tile} = pack {s.Source}",
        Statement.ListNonZeros s => $"{s.Destination} = non-zeros of {s.Source}[{string.Join(", ", s.At.Select(Print))}] up to {Print(s.Count)}",
        Statement.SumRuns s => $"{s.Destination} = {s.Factor.ToString(CultureInfo.InvariantCulture)} * sum {s.Source} {Print(s.Rows)}x{Print(s.Columns)} by {Print(s.Length)}",
        Statement.SignedSums s => $"{s.Destination}{(s.High is null ? "" : $", {s.High}")} = {s.Bits.ToString(CultureInfo.InvariantCulture)}-bit sums of {s.Source} {Print(s.Rows)}x{Print(s.Columns)} by {Print(s.Length)} in {Print(s.Runs)} runs",
        Statement.SplitPlanes s => $"{s.Destination}{(s.DestinationAt is { } at ? Shape(at) : "")} = {s.Planes.ToString(CultureInfo.InvariantCulture)} planes of {(s.AreSigns ? "signs" : "bits")} of {s.Source} {Print(s.Rows)}x{Print(s.Columns)}{(s.Saturates ? " saturated" : "")}",
        Statement.SumPlanes s => $"{s.Destination} = sums of {s.Planes.ToString(CultureInfo.InvariantCulture)} planes of {(s.AreSigns ? "signs" : "bits")} of {s.Source} from {Print(s.SourceRow)} {Print(s.Rows)}x{Print(s.Columns)}",
        Statement.Relayout s => $"{s.Destination}{Shape(s.DestinationAt)} = relayout {s.Source}{Shape(s.SourceAt)} {Print(s.Rows)}x{Print(s.Columns)}{(s.Transposed ? " transposed" : "")}{(s.Interleave > 1 ? $" interleave {s.Interleave}" : "")}{(s.Regroup > 1 ? $" regroup {s.Regroup}" : "")}{(s.PaddedColumns is Index.Const { Value: 0 } ? "" : $" padded to {Print(s.PaddedColumns)}")}{(s.Offset != 0 ? " offset " + s.Offset.ToString(CultureInfo.InvariantCulture) : "")}",
        Statement.Rebuild s => $"{s.Tile} = {s.Coefficients} in {s.Basis}",
        Statement.Linear s => $"{s.Tile} = {(s.Right ? $"{s.Source} * {Matrix(s)}^T" : $"{Matrix(s)} * {s.Source}")}",
        Statement.Contract s => $"{s.Accumulator} += {s.A}{(s.TransposedA ? "^T" : "")} * {s.B}{(s.TransposedB ? "^T" : "")} via {s.Via.ToString().ToLowerInvariant()}{(s.FieldsInPlace ? " in place" : "")}{(s.Times == 1 ? "" : $" times {s.Times.ToString(CultureInfo.InvariantCulture)}")}",
        Statement.Map s => $"{s.Tile} = {Name(s.Op)}({s.Source}{(s.Argument != 0 ? ", " + s.Argument.ToString("R", CultureInfo.InvariantCulture) : "")})",
        Statement.Zip s => $"{s.Tile} = {Name(s.Op)}({s.Left}, {s.Right})",
        Statement.Reduce s => $"{s.Tile} = {(s.Accumulate ? $"{s.Tile} with " : "")}reduce {Name(s.Op)} {s.Source} axis {s.Axis}",
        Statement.Carry s => $"carry {string.Join(", ", s.Tiles)}",
        Statement.Random s => $"{s.Tile} = random({Print(s.Seed)}, {Print(s.Counter)})",
        Statement.Store s => $"store {s.Buffer}{Shape(s.At)} = {s.Tile}{(s.Transposed ? " transposed" : "")}{ClipText(s.Clip)}{UntilText(s.Until)}{(s.UntilRow is { } row ? $" rows until {Print(row)}" : "")}",
        Statement.Let s => $"let {s.Variable} = {Print(s.Value)}",
        Statement.Scatter s => $"scatter {s.Buffer}[{s.Coordinates}]{Shape(s.At)} = {s.Tile}{FirstText(s.Count)}{(s.Lines is { } lines ? $" lines until {Print(lines)}" : "")}",
        Statement.ScatterAdd s => $"scatter {s.Buffer}[{s.Coordinates}]{Shape(s.At)} += {s.Tile}{ClipText(s.Clip)}",
        _ => throw new InvalidOperationException($"Statement {statement.GetType().Name} has no text."),
    };

    private static string List(IEnumerable<int> values) => string.Join(",", values.Select(value => value.ToString(CultureInfo.InvariantCulture)));

    private static string Matrix(Statement.Linear s) =>
        "[" + string.Join("; ", Enumerable.Range(0, s.MatrixRows).Select(row => string.Join(" ", Enumerable.Range(0, s.MatrixColumns).Select(column => s.Matrix[row * s.MatrixColumns + column].ToString("R", CultureInfo.InvariantCulture))))) + "]";

    private static string ClipText(Clip clip) => clip == Clip.None ? "" : $" clip {Name(clip)}";

    private static string FirstText(Index? count) => count is null ? "" : $" first {Print(count)}";

    private static string UntilText(Index? until) => until is null ? "" : $" until {Print(until)}";

    private static string Print(NonZeros source) => source switch
    {
        NonZeros.Static s => $"[{List(s.Coordinates)}]",
        NonZeros.Operand s => $"{s.Indices}[{Print(s.Begin)} .. {Print(s.End)}]",
        NonZeros.RelativeOperand s => $"{s.Gaps}[{Print(s.Begin)} .. {Print(s.End)}] relative{(s.Skip > 0 ? $" skip {s.Skip.ToString(CultureInfo.InvariantCulture)}" : "")}",
        NonZeros.Made s => s.Tile,
        _ => throw new InvalidOperationException($"Non-zeros {source.GetType().Name} have no text."),
    };

    private static string Symbol(Relation relation) => relation switch
    {
        Relation.Less => "<",
        Relation.LessOrEqual => "<=",
        Relation.Equal => "==",
        Relation.NotEqual => "!=",
        Relation.GreaterOrEqual => ">=",
        _ => ">",
    };

    private static string Name<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
