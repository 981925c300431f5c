using System.Globalization;
using System.Text;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>Prints warp programs as PTX: deterministic, one instruction to a line.</summary>
internal static class PtxPrinter
{
    /// <summary>Alignment of dynamic shared memory: swizzled tiles of bulk copies repeat every 1024 bytes.</summary>
    public const int SharedAlignment = 1024;

    /// <summary>The module of one entry.</summary>
    public static string Print(WarpProgram program, IEnumerable<string> header)
    {
        var text = new StringBuilder();
        foreach (string line in header) text.Append("// ").Append(line).Append('\n');
        text.Append(".version ").Append(program.Target.Version).Append('\n');
        text.Append(".target ").Append(program.Target.Name).Append('\n');
        text.Append(".address_size 64\n\n");
        if (program.SharedBytes > 0) text.Append(".extern .shared .align ").Append(Number(SharedAlignment)).Append(" .b8 shared_memory[];\n\n");
        text.Append(".visible .entry ").Append(program.Entry).Append("(\n");
        text.Append(string.Join(",\n", program.Parameters.Select(p => "    " + Declare(p)))).Append(")\n");
        text.Append(".maxntid ").Append(Number(program.Threads)).Append(", 1, 1\n");
        if (program.MinBlocks > 0) text.Append(".minnctapersm ").Append(Number(program.MinBlocks)).Append('\n');
        text.Append("{\n");
        for (int kind = 0; kind < program.Registers.Count; kind++)
        {
            if (program.Registers[kind] == 0) continue;
            text.Append("    .reg ").Append(Register.Types[kind]).Append(' ').Append(Register.Prefix((RegisterKind)kind)).Append('<').Append(Number(program.Registers[kind] + 1)).Append(">;\n");
        }
        foreach (WarpOp op in program.Body) Print(text, op);
        return text.Append("}\n").ToString();
    }

    private static void Print(StringBuilder text, WarpOp op)
    {
        switch (op)
        {
            case WarpOp.Comment comment:
                text.Append("    // ").Append(comment.Text).Append('\n');
                break;
            case WarpOp.Label label:
                text.Append(label.Name).Append(":\n");
                break;
            case WarpOp.Instruction i:
                text.Append("    ");
                if (i.Guard.Length > 0) text.Append('@').Append(i.Guard).Append(' ');
                text.Append(i.Opcode);
                if (i.Operands.Length > 0) text.Append(' ').Append(i.Operands);
                text.Append(";\n");
                break;
        }
    }

    private static string Declare(PtxParameter parameter) => parameter.Kind switch
    {
        PtxParameterKind.Address => $".param .u64 {parameter.Name}",
        PtxParameterKind.Size => $".param .u32 {parameter.Name}",
        PtxParameterKind.Single => $".param .f32 {parameter.Name}",
        _ => $".param .align 64 .b8 {parameter.Name}[128]",
    };

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
