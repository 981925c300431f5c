namespace Intarsia.PtxEmulator.Parsing;

/// <summary>A register as declared. It gets a row of the register file when an instruction first names it, so that names never used cost nothing.</summary>
internal sealed class Register(string name, string type)
{
    public string Name { get; } = name;

    public string Type { get; } = type;

    /// <summary>1 for a predicate, else the width of the type.</summary>
    public int Bits { get; } = PtxTypes.Bits(type);

    /// <summary>Number of the register among those used, or −1.</summary>
    public int Ordinal { get; set; } = -1;

    /// <summary>Offset of its row in the register file, in 32-bit words.</summary>
    public int Row { get; set; } = -1;

    public override string ToString() => Name;
}

internal enum StateSpace { Generic, Global, Shared, Param, Const, Local }

/// <summary>A variable: of shared memory, of the module, or a parameter.</summary>
internal sealed class Variable(string name, StateSpace space, int size, int alignment)
{
    public string Name { get; } = name;

    public StateSpace Space { get; } = space;

    /// <summary>Bytes; 0 for the unsized array that stands for dynamic shared memory.</summary>
    public int Size { get; } = size;

    public int Alignment { get; } = alignment;

    /// <summary>Address in shared memory, offset in the parameter space, or offset in the module's block of variables.</summary>
    public int Address { get; set; }
}

internal abstract record Operand(Token At);

internal sealed record RegisterOperand(Token At, Register Register, bool Not = false, bool Negative = false) : Operand(At);

internal sealed record SpecialOperand(Token At, string Name) : Operand(At);

internal enum ImmediateKind { Integer, Single, Double }

internal sealed record ImmediateOperand(Token At, ImmediateKind Kind, ulong Bits) : Operand(At);

internal sealed record VariableOperand(Token At, Variable Variable, long Offset) : Operand(At);

internal sealed record LabelOperand(Token At, string Name, Scope Scope) : Operand(At);

internal sealed record SinkOperand(Token At) : Operand(At);

internal sealed record VectorOperand(Token At, IReadOnlyList<Operand> Elements) : Operand(At);

/// <summary>Two destinations, <c>p|q</c>.</summary>
internal sealed record PairOperand(Token At, Operand First, Operand Second) : Operand(At);

/// <summary><c>[base + offset]</c>, or <c>[base, {coordinates}]</c> of a tensor.</summary>
internal sealed record AddressOperand(Token At, Operand Base, long Offset, IReadOnlyList<Operand>? Coordinates = null) : Operand(At);

/// <summary>One instruction as written.</summary>
internal sealed record InstructionSyntax(Token At, RegisterOperand? Guard, string Opcode, IReadOnlyList<string> Modifiers, IReadOnlyList<Operand> Operands, string Text)
{
    /// <summary>The opcode with its modifiers, e.g. <c>ld.global.v4.b32</c>.</summary>
    public string FullOpcode { get; } = Modifiers.Count == 0 ? Opcode : $"{Opcode}.{string.Join('.', Modifiers)}";
}
