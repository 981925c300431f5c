using System.Globalization;
using System.Text;
using Intarsia.Compiler.Backends.Simd;

namespace Intarsia.Compiler.Backends.Vectors;

/// <summary>A vector program as text, one operation a line.</summary>
internal static class VectorPrinter
{
    public static string Print(VectorProgram program)
    {
        var text = new StringBuilder();
        text.Append(program.Name).Append(": ").Append(Number(program.Bits)).Append(" bits, ")
            .Append(string.Join(", ", program.Parameters.Select(p => $"{p.Register} {p.Name}"))).Append('\n');
        Print(text, program.Body, 1);
        return text.ToString();
    }

    public static string Print(Address address) =>
        "[" + address.Base + (address.Index is null ? "" : $" + {address.Index}*{Number(address.Scale)}") + (address.Displacement == 0 ? "" : $" + {Number(address.Displacement)}") + "]";

    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static void Print(StringBuilder text, IEnumerable<VectorOp> body, int depth)
    {
        void Line(string line) => text.Append(' ', depth * 2).Append(line).Append('\n');
        foreach (VectorOp op in body)
        {
            switch (op)
            {
                case VectorOp.If o:
                    Line($"if {Print(o.Condition)}");
                    Print(text, o.Then, depth + 1);
                    if (o.Else.Count == 0) break;
                    Line("else");
                    Print(text, o.Else, depth + 1);
                    break;
                case VectorOp.Loop o:
                    Line("do");
                    Print(text, o.Body, depth + 1);
                    Line($"while {Print(o.While)}");
                    break;
                default:
                    Line(Print(op));
                    break;
            }
        }
    }

    private static string Print(VectorOp op) => op switch
    {
        VectorOp.Compute { Operation: ScalarOperation.Move } o => $"{o.To} = {o.Left}",
        VectorOp.Compute o => $"{o.To} = {o.Operation.ToString().ToLowerInvariant()} {o.Left}, {o.Right}",
        VectorOp.FirstLanes o => $"{o.To} = first {o.Count}",
        VectorOp.ReadInt32 o => $"{o.To} = read.s32 {o.From}",
        VectorOp.Load o => $"{o.To} = load {o.From}{Under(o.Mask)}",
        VectorOp.Broadcast o => $"{o.To} = broadcast.b{Number(8 * o.LaneBytes)} {o.From}",
        VectorOp.Store o => $"store {o.To}, {o.From}{Under(o.Mask)}",
        VectorOp.Constant o => $"{o.To} = constant 0x{o.Value.ToString("x8", CultureInfo.InvariantCulture)}",
        VectorOp.Prefetch o => $"prefetch.{(o.ForWriting ? "write" : "read")} {o.At}",
        VectorOp.Apply o => $"{o.To} = {o.Instruction.Name} {string.Join(", ", o.From)}{(o.Instruction.HasImmediate ? ", " + Number(o.Immediate) : "")}".TrimEnd(),
        _ => throw new InvalidOperationException($"{op.GetType().Name} has no text."),
    };

    private static string Under(LaneMask? mask) => mask is null ? "" : $" under {mask}";

    private static string Print(ScalarCondition condition) => $"{condition.Left} {IndexText.Symbol(condition.Relation)} {condition.Right}";
}
