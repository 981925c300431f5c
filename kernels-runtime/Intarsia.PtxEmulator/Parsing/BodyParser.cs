namespace Intarsia.PtxEmulator.Parsing;

/// <summary>The body of an entry: declarations, labels, scopes and instructions.</summary>
internal sealed class BodyParser(TokenReader tokens, Scope parameters)
{
    private readonly OperandParser _operands = new(tokens);

    public List<InstructionSyntax> Instructions { get; } = [];

    public List<Variable> Shared { get; } = [];

    public int DeclaredRegisters { get; private set; }

    public void Parse()
    {
        tokens.Expect("{", "before the body of an entry");
        Statements(new Scope(parameters));
    }

    private void Statements(Scope scope)
    {
        while (!tokens.TakeIf("}"))
        {
            Token at = tokens.Current;
            if (at.Kind == TokenKind.End) throw tokens.Error(at, "the end of the text", "'}' was expected after the body of an entry");
            if (tokens.TakeIf("{")) Statements(new Scope(scope));
            else if (tokens.TakeIf(";")) { }
            else if (at.Kind == TokenKind.DotWord) Declaration(scope);
            else if (at.Kind == TokenKind.Word && tokens.Following.Is(":")) Label(scope);
            else Instruction(scope);
        }
    }

    private void Declaration(Scope scope)
    {
        Token directive = tokens.Take();
        switch (directive.Text)
        {
            case "reg":
                Registers(scope);
                return;
            case "shared":
                Variable variable = VariableParser.Shared(tokens);
                if (!scope.Declare(variable)) throw tokens.Error(directive, $"'{variable.Name}' a second time", "a name can be declared once in a scope");
                Shared.Add(variable);
                return;
            case "pragma":
                do tokens.Expect(TokenKind.String, "a pragma");
                while (tokens.TakeIf(","));
                tokens.Expect(";", "after a pragma");
                return;
            default:
                throw tokens.Error(directive, $"{directive}", "in a body .reg, .shared and .pragma are understood");
        }
    }

    private void Registers(Scope scope)
    {
        Token type = tokens.Expect(TokenKind.DotWord, "the type of a register");
        if (PtxTypes.Bits(type.Text) is 0 or 128) throw tokens.Error(type, $"registers of type {type}", "pred and types of 8 to 64 bits are understood");
        do
        {
            Token name = tokens.Expect(TokenKind.Word, "the name of a register");
            if (!tokens.TakeIf("<"))
            {
                Declare(scope, name, name.Text, type.Text);
                continue;
            }
            int count = tokens.ExpectInt32("a number of registers");
            tokens.Expect(">", "after a number of registers");
            if (count > 1 << 20) throw tokens.Error(name, $"{count} registers", "that is more than the emulator has");
            for (int i = 0; i < count; i++) Declare(scope, name, name.Text + i.ToString(System.Globalization.CultureInfo.InvariantCulture), type.Text);
        }
        while (tokens.TakeIf(","));
        tokens.Expect(";", "after registers");
    }

    private void Declare(Scope scope, Token at, string name, string type)
    {
        if (!scope.Declare(new Register(name, type))) throw tokens.Error(at, $"'{name}' a second time", "a name can be declared once in a scope");
        if (type != "pred") DeclaredRegisters++;
    }

    private void Label(Scope scope)
    {
        Token label = tokens.Take();
        tokens.Take();
        if (!scope.DeclareLabel(label.Text, Instructions.Count)) throw tokens.Error(label, $"label '{label.Text}' a second time", "a name can be declared once in a scope");
    }

    private void Instruction(Scope scope)
    {
        int start = tokens.Position;
        Token at = tokens.Current;
        RegisterOperand? guard = tokens.TakeIf("@") ? Guard(scope) : null;
        Token opcode = tokens.Expect(TokenKind.Word, "an instruction");
        var modifiers = new List<string>();
        while (tokens.Current.Kind == TokenKind.DotWord) modifiers.Add(tokens.Take().Text);
        List<Operand> operands = _operands.Operands(scope);
        tokens.Expect(";", $"after '{opcode.Text}' and its operands");
        Instructions.Add(new InstructionSyntax(at, guard, opcode.Text, modifiers, operands, tokens.TextSince(start)));
    }

    private RegisterOperand Guard(Scope scope)
    {
        bool not = tokens.TakeIf("!");
        Token name = tokens.Expect(TokenKind.Word, "a predicate register");
        return scope.FindRegister(name.Text) is { Bits: 1 } register
            ? new RegisterOperand(name, register, not)
            : throw tokens.Error(name, $"'{name.Text}'", "a predicate register was expected after '@'");
    }
}
