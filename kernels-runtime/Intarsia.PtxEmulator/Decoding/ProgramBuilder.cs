using Intarsia.PtxEmulator.Execution;
using Intarsia.PtxEmulator.Operations;
using Intarsia.PtxEmulator.Parsing;

namespace Intarsia.PtxEmulator.Decoding;

/// <summary>Turns the instructions of one entry into a program.</summary>
internal sealed class ProgramBuilder(TokenReader tokens, SharedLayout shared)
{
    private readonly RegisterLayout _layout = new();

    public KernelProgram Build(IReadOnlyList<InstructionSyntax> body)
    {
        var code = new Instruction[body.Count + 1];
        for (int i = 0; i < body.Count; i++) code[i] = Decode(body[i], i, body.Count);
        // Control may run off the last instruction, which ends the thread as ret does.
        code[^1] = new Instruction { Index = body.Count, Line = body.Count == 0 ? 0 : body[^1].At.Line, Opcode = "ret", Text = "(end of the entry)", Reads = [], Writes = [], Operation = new Exit() };
        ControlFlow.SetReconvergence(code);
        return new KernelProgram { Code = code, Shared = shared, FileTemplate = _layout.FileTemplate(), RegisterNames = _layout.Names(), Specials = _layout.Specials() };
    }

    private Instruction Decode(InstructionSyntax syntax, int index, int count)
    {
        var decode = new InstructionDecoder(syntax, _layout, (at, found, expected) => new PtxParseException(at.Line, at.Column, found, expected, syntax.Text), count);
        int guardRow = -1;
        if (syntax.Guard is { } guard) guardRow = decode.PredicateRow(guard);
        if (!InstructionTable.TryFind(syntax.Opcode, out Func<InstructionDecoder, Operation>? build))
            throw tokens.Error(syntax.At, $"instruction '{syntax.FullOpcode}'", "the emulator does not have it; docs/ptx-emulator.md lists what it has");
        Operation operation = build(decode);
        decode.Finish();
        return new Instruction
        {
            Index = index,
            Line = syntax.At.Line,
            Opcode = syntax.FullOpcode,
            Text = syntax.Text,
            GuardRow = guardRow,
            GuardNegated = syntax.Guard?.Not ?? false,
            Reads = decode.Reads,
            Writes = decode.Writes,
            Operation = operation,
            Aligned = operation.IsAligned,
        };
    }
}
