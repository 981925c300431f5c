namespace Intarsia.PtxEmulator.Parsing;

/// <summary>Operands of one instruction.</summary>
internal sealed class OperandParser(TokenReader tokens)
{
    public List<Operand> Operands(Scope scope)
    {
        var operands = new List<Operand>();
        if (tokens.Current.Is(";")) return operands;
        do operands.Add(Operand(scope));
        while (tokens.TakeIf(","));
        return operands;
    }

    private Operand Operand(Scope scope)
    {
        Token at = tokens.Current;
        if (at.Is("[")) return Address(scope);
        if (at.Is("{")) return Vector(scope);
        Operand first = Simple(scope);
        return tokens.TakeIf("|") ? new PairOperand(at, first, Simple(scope)) : first;
    }

    private Operand Simple(Scope scope)
    {
        Token at = tokens.Current;
        if (tokens.TakeIf("!"))
            return Simple(scope) is RegisterOperand { Register.Bits: 1 } predicate ? predicate with { Not = true } : throw tokens.Error(at, "'!'", "it can only stand before a predicate register");
        if (tokens.TakeIf("-")) return Negated(at, scope);
        if (at.Kind == TokenKind.Number)
        {
            (ImmediateKind kind, ulong bits) = Numbers.Parse(tokens.Take()) ?? throw tokens.Error(at, $"{at}", "a number was expected");
            return new ImmediateOperand(at, kind, bits);
        }
        if (at.Kind != TokenKind.Word) throw tokens.Error(at, $"{at}", "an operand was expected");
        tokens.Take();
        return Named(at, scope);
    }

    private Operand Negated(Token at, Scope scope) => Simple(scope) switch
    {
        ImmediateOperand { Kind: ImmediateKind.Integer } integer => integer with { Bits = (ulong)-(long)integer.Bits },
        ImmediateOperand { Kind: ImmediateKind.Double } number => number with { Bits = number.Bits ^ 1UL << 63 },
        _ => throw tokens.Error(at, "'-'", "it can only stand before a number in decimal or hexadecimal form"),
    };

    private Operand Named(Token at, Scope scope)
    {
        if (at.Text == "_") return new SinkOperand(at);
        if (scope.FindRegister(at.Text) is { } register) return new RegisterOperand(at, register);
        if (scope.FindVariable(at.Text) is { } variable)
        {
            long offset = 0;
            if (tokens.TakeIf("+")) offset = tokens.ExpectInteger("an offset");
            return new VariableOperand(at, variable, offset);
        }
        if (at.Text == "WARP_SZ") return new ImmediateOperand(at, ImmediateKind.Integer, 32);
        if (at.Text[0] == '%')
        {
            string name = at.Text[1..];
            if (tokens.Current.Kind == TokenKind.DotWord) name += "." + tokens.Take().Text;
            return new SpecialOperand(at, name);
        }
        return new LabelOperand(at, at.Text, scope);
    }

    private VectorOperand Vector(Scope scope)
    {
        Token at = tokens.Expect("{", "at a vector");
        var elements = new List<Operand>();
        do elements.Add(Simple(scope));
        while (tokens.TakeIf(","));
        tokens.Expect("}", "after the elements of a vector");
        return new VectorOperand(at, elements);
    }

    private AddressOperand Address(Scope scope)
    {
        Token at = tokens.Expect("[", "at an address");
        Operand origin = Simple(scope);
        long offset = 0;
        if (origin is VariableOperand variable)
        {
            offset = variable.Offset;
            origin = variable with { Offset = 0 };
        }
        while (!tokens.Current.Is("]") && !tokens.Current.Is(","))
        {
            bool negative = tokens.TakeIf("-");
            if (!negative) tokens.Expect("+", "in an address");
            long value = tokens.ExpectInteger("an offset");
            offset += negative ? -value : value;
        }
        IReadOnlyList<Operand>? coordinates = null;
        if (tokens.TakeIf(",")) coordinates = Vector(scope).Elements;
        tokens.Expect("]", "after an address");
        return new AddressOperand(at, origin, offset, coordinates);
    }
}
