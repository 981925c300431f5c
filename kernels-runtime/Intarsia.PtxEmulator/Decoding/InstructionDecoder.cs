using Intarsia.PtxEmulator.Operations;
using Intarsia.PtxEmulator.Parsing;

namespace Intarsia.PtxEmulator.Decoding;

/// <summary>
/// One instruction while it is decoded: modifiers are taken one by one, and any that is left over at the end is an error; operands are resolved to rows, with their widths checked against the instruction's type
/// as an assembler does.
/// </summary>
internal sealed class InstructionDecoder(InstructionSyntax syntax, RegisterLayout layout, Func<Token, string, string, PtxParseException> error, int instructionCount)
{
    private readonly List<string> _modifiers = [.. syntax.Modifiers];
    private readonly HashSet<int> _reads = [];
    private readonly HashSet<int> _writes = [];

    public InstructionSyntax Syntax => syntax;

    public int Count => syntax.Operands.Count;

    public int[] Reads => [.. _reads];

    public int[] Writes => [.. _writes];

    public bool Take(string modifier) => _modifiers.Remove(modifier);

    public string? TakeAny(params ReadOnlySpan<string> choices)
    {
        foreach (string choice in choices)
        {
            if (_modifiers.Remove(choice)) return choice;
        }
        return null;
    }

    /// <summary>The first modifier that is left, if it is one of these. For instructions in which order tells modifiers apart.</summary>
    public string? TakeFirst(Func<string, bool> matches)
    {
        if (_modifiers.Count == 0 || !matches(_modifiers[0])) return null;
        string first = _modifiers[0];
        _modifiers.RemoveAt(0);
        return first;
    }

    public string TakeOne(string what, params ReadOnlySpan<string> choices)
        => TakeAny(choices) ?? throw Error($"'{syntax.FullOpcode}'", $"{what} is one of {string.Join(", ", choices.ToArray().Select(choice => "." + choice))}");

    /// <summary>The last modifier, which is the type of the instruction.</summary>
    public string TakeType()
    {
        if (_modifiers.Count > 0 && PtxTypes.Bits(_modifiers[^1]) > 0)
        {
            string type = _modifiers[^1];
            _modifiers.RemoveAt(_modifiers.Count - 1);
            return type;
        }
        throw Error($"'{syntax.FullOpcode}'", "the last modifier must be a type");
    }

    public void TakeAll() => _modifiers.Clear();

    public void Expect(int from, int to)
    {
        if (Count < from || Count > to) throw Error($"{Count} operands of '{syntax.FullOpcode}'", from == to ? $"it takes {from}" : $"it takes {from} to {to}");
    }

    public void Finish()
    {
        if (_modifiers.Count > 0) throw Error($"'.{_modifiers[0]}' of '{syntax.FullOpcode}'", "the emulator has no such form of this instruction");
    }

    /// <summary>The row of a source of this width.</summary>
    public int Source(int index, int bits) => Source(Operand(index), bits);

    public int Source(Operand operand, int bits, bool mayBeWider = false)
    {
        switch (operand)
        {
            case RegisterOperand { Not: false } register when register.Register.Bits == bits || (mayBeWider && register.Register.Bits > bits && bits > 1):
                return Read(register.Register);
            case ImmediateOperand immediate:
                return layout.Constant(bits, Bits(immediate, bits));
            case SpecialOperand special when SpecialRegisters.Find(special.Name) is { } found:
                if (bits == 32 || (mayBeWider && bits < 32)) return layout.Special(found);
                throw error(operand.At, $"%{special.Name}, of 32 bits", $"a source of {bits} bits was expected");
            case SpecialOperand special:
                throw error(operand.At, $"'%{special.Name}'", "it is neither declared nor a special register that is emulated");
            case VariableOperand { Variable.Space: StateSpace.Shared } variable when bits >= 32:
                return layout.Constant(bits, (ulong)(variable.Variable.Address + variable.Offset));
            case RegisterOperand { Not: false } register:
                throw error(operand.At, $"register '{register.Register.Name}' of type .{register.Register.Type}", $"a source of {Width(bits)} was expected");
            default:
                throw error(operand.At, $"{operand.At}", $"a source of {Width(bits)} was expected");
        }
    }

    /// <summary>The row of a destination of this width.</summary>
    public int Destination(int index, int bits, bool mayBeWider = false) => Destination(Operand(index), bits, mayBeWider);

    public int Destination(Operand operand, int bits, bool mayBeWider = false)
    {
        if (operand is SinkOperand) return layout.Row(new Register("_", bits == 1 ? "pred" : bits == 64 ? "b64" : "b32"));
        if (operand is not RegisterOperand { Not: false } register) throw error(operand.At, $"{operand.At}", $"a register of {Width(bits)} was expected");
        if (register.Register.Bits != bits && !(mayBeWider && register.Register.Bits > bits && bits > 1))
            throw error(operand.At, $"register '{register.Register.Name}' of type .{register.Register.Type}", $"a register of {Width(bits)} was expected");
        int row = layout.Row(register.Register);
        _writes.Add(register.Register.Ordinal);
        return row;
    }

    public int PredicateRow(RegisterOperand predicate) => Read(predicate.Register);

    /// <summary>A predicate source, which may be negated.</summary>
    public (int Row, bool Not) Predicate(Operand operand) => operand switch
    {
        RegisterOperand { Register.Bits: 1 } register => (Read(register.Register), register.Not),
        ImmediateOperand { Kind: ImmediateKind.Integer } immediate => (layout.Constant(1, immediate.Bits), false),
        _ => throw error(operand.At, $"{operand.At}", "a predicate was expected"),
    };

    public Operand Operand(int index) => index < Count ? syntax.Operands[index] : throw Error($"{Count} operands of '{syntax.FullOpcode}'", $"operand {index + 1} is missing");

    /// <summary>The elements of a vector, or the operand itself as one element.</summary>
    public IReadOnlyList<Operand> Elements(int index) => Operand(index) is VectorOperand vector ? vector.Elements : [Operand(index)];

    public int[] Sources(int index, int bits, int count) => [.. CheckedElements(index, count).Select(element => Source(element, bits))];

    public int[] Destinations(int index, int bits, int count) => [.. CheckedElements(index, count).Select(element => Destination(element, bits))];

    /// <summary>Registers that an instruction uses at its own times, so that the warp's loop must not check or mark them.</summary>
    public WgmmaRegisters Matrix(int index, int count)
    {
        Register[] registers = [.. CheckedElements(index, count).Select(element => element is RegisterOperand { Register.Bits: 32 } register
            ? register.Register
            : throw error(element.At, $"{element.At}", "a register of 32 bits was expected"))];
        return new WgmmaRegisters([.. registers.Select(layout.Row)], [.. registers.Select(register => register.Ordinal)]);
    }

    public long Immediate(int index) => Operand(index) is ImmediateOperand { Kind: ImmediateKind.Integer } immediate
        ? (long)immediate.Bits
        : throw error(Operand(index).At, $"{Operand(index).At}", "an integer constant was expected");

    /// <summary>A constant that counts something.</summary>
    public int Number(int index) => Immediate(index) is >= 0 and <= int.MaxValue and var number ? (int)number : throw error(Operand(index).At, $"{Operand(index).At}", "a number from 0 up was expected");

    public AddressOperand Address(int index) => Operand(index) as AddressOperand ?? throw error(Operand(index).At, $"{Operand(index).At}", "an address in brackets was expected");

    /// <summary>Width of the register or special register, or 0 for a constant.</summary>
    public static int RegisterBits(Operand operand) => operand switch { RegisterOperand register => register.Register.Bits, SpecialOperand => 32, _ => 0 };

    public int Constant(int bits, ulong value) => layout.Constant(bits, value);

    public int LabelTarget(int index)
    {
        if (Operand(index) is not LabelOperand label) throw error(Operand(index).At, $"{Operand(index).At}", "a label was expected");
        int target = label.Scope.FindLabel(label.Name);
        return target is >= 0 && target <= instructionCount ? target : throw error(label.At, $"label '{label.Name}'", "no such label is declared here");
    }

    public PtxParseException Error(string found, string expected) => error(syntax.At, found, expected);

    public PtxParseException Error(Operand operand, string expected) => error(operand.At, $"{operand.At}", expected);

    private IReadOnlyList<Operand> CheckedElements(int index, int count)
    {
        IReadOnlyList<Operand> elements = Elements(index);
        return elements.Count == count ? elements : throw error(Operand(index).At, $"{elements.Count} registers", $"operand {index + 1} of '{syntax.FullOpcode}' has {count}");
    }

    private int Read(Register register)
    {
        int row = layout.Row(register);
        _reads.Add(register.Ordinal);
        return row;
    }

    private ulong Bits(ImmediateOperand immediate, int bits) => immediate.Kind switch
    {
        ImmediateKind.Integer => immediate.Bits,
        ImmediateKind.Single when bits == 32 => immediate.Bits,
        ImmediateKind.Double when bits == 64 => immediate.Bits,
        ImmediateKind.Double when bits == 32 => BitConverter.SingleToUInt32Bits((float)BitConverter.UInt64BitsToDouble(immediate.Bits)),
        _ => throw error(immediate.At, $"{immediate.At}", $"a constant of {Width(bits)} was expected"),
    };

    private static string Width(int bits) => bits == 1 ? "one bit (a predicate)" : $"{bits} bits";
}
