namespace Intarsia.PtxEmulator.Parsing;

/// <summary>Declarations of shared variables and of parameters.</summary>
internal static class VariableParser
{
    /// <summary>What follows <c>.shared</c>, e.g. <c>.align 128 .b8 tile[4096];</c>. An array without a length is the dynamic shared memory.</summary>
    public static Variable Shared(TokenReader tokens)
    {
        (string _, int elementBytes, int alignment, Token name) = Head(tokens);
        long elements = 1;
        bool unsized = false;
        while (tokens.TakeIf("["))
        {
            if (tokens.Current.Is("]")) unsized = true;
            else elements *= tokens.ExpectInt32("a length");
            tokens.Expect("]", "after a length");
        }
        tokens.Expect(";", "after a variable; shared memory has no initial value");
        long bytes = unsized ? 0 : elements * elementBytes;
        if (bytes > 1 << 20) throw tokens.Error(name, $"{bytes} bytes of shared memory", "no device has that much");
        return new Variable(name.Text, StateSpace.Shared, (int)bytes, alignment);
    }

    /// <summary>What follows <c>.param</c>, e.g. <c>.u64 y</c> or <c>.align 64 .b8 map[128]</c>.</summary>
    public static PtxParameter Parameter(TokenReader tokens, ref int offset)
    {
        (string type, int elementBytes, int alignment, Token name) = Head(tokens);
        long elements = 1;
        while (tokens.TakeIf("["))
        {
            elements *= tokens.ExpectInt32("a length");
            tokens.Expect("]", "after a length");
        }
        offset = (offset + alignment - 1) / alignment * alignment;
        long size = elements * elementBytes;
        if (offset + size > 32764) throw tokens.Error(name, $"{offset + size} bytes of parameters", "an entry can have 32764");
        var parameter = new PtxParameter(name.Text, type, (int)size, alignment, offset);
        offset += parameter.Size;
        return parameter;
    }

    private static (string Type, int Bytes, int Alignment, Token Name) Head(TokenReader tokens)
    {
        int alignment = 0;
        string? type = null;
        while (tokens.Current.Kind == TokenKind.DotWord)
        {
            Token word = tokens.Take();
            if (word.Text == "align")
            {
                alignment = tokens.ExpectInt32("an alignment");
                if (!int.IsPow2(alignment)) throw tokens.Error(word, $"alignment {alignment}", "a power of two was expected");
            }
            else if (word.Text is "ptr" or "global" or "shared" or "const" or "generic")
            {
                // Says where a pointer parameter points, which is checked at each access anyway.
            }
            else if (PtxTypes.Bits(word.Text) >= 8 && type is null) type = word.Text;
            else throw tokens.Error(word, $"{word}", "a type was expected");
        }
        Token name = tokens.Expect(TokenKind.Word, "a name");
        if (type is null) throw tokens.Error(name, $"'{name.Text}' without a type", "a type such as .b8 stands before the name");
        int bytes = PtxTypes.Bits(type) / 8;
        return (type, bytes, Math.Max(alignment, bytes), name);
    }
}
