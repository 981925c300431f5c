namespace Intarsia.PtxEmulator.TensorCores;

/// <summary>
/// The forms of mma and mma.sp that there are (PTX ISA 9.1, 9.7.14.5.14 and 9.7.14.6.3), without m8n8k4, binary64 and the eight-bit floats, which no kernel here uses.
/// </summary>
internal static class MmaForms
{
    /// <summary>Reads the whole dotted opcode.</summary>
    /// <exception cref="NotSupportedException">It is not one of these forms. The message names what is wrong in it.</exception>
    public static MmaInstruction Parse(string opcode)
    {
        string[] parts = opcode.Split('.');
        int at = 0;
        bool Take(string part)
        {
            if (at >= parts.Length || parts[at] != part) return false;
            at++;
            return true;
        }
        void Expect(string part)
        {
            if (!Take(part)) throw Refuse(opcode, $"'.{part}' is expected where '{(at < parts.Length ? parts[at] : "the end")}' stands");
        }
        MmaElement Element(string operand) => at < parts.Length && MmaElements.Parse(parts[at++]) is { } element ? element : throw Refuse(opcode, $"the type of {operand} is not one the emulator knows");

        Expect("mma");
        bool ordered = Take("sp::ordered_metadata"), sparse = ordered || Take("sp");
        Expect("sync");
        Expect("aligned");
        MmaShape shape = at < parts.Length && ParseShape(parts[at++]) is { } known ? known : throw Refuse(opcode, "the shape is not of the form mMnNkK");
        Expect("row");
        Expect("col");
        bool saturate = Take("satfinite");
        MmaElement d = Element("D"), a = Element("A"), b = Element("B"), c = Element("C");
        BitOp operation = Take("and") ? BitOp.AndPopc : Take("xor") ? BitOp.XorPopc : BitOp.None;
        if (operation != BitOp.None) Expect("popc");
        if (at != parts.Length) throw Refuse(opcode, $"'.{parts[at]}' is left over");

        var instruction = new MmaInstruction(shape, a, b, c, d, sparse, saturate, operation, ordered);
        return Fault(instruction) is { } fault ? throw Refuse(opcode, fault) : instruction;
    }

    /// <summary>A shape qualifier such as <c>m16n8k32</c>, or null.</summary>
    public static MmaShape? ParseShape(string text)
    {
        int n = text.IndexOf('n'), k = text.IndexOf('k');
        if (text.Length < 6 || text[0] != 'm' || n < 0 || k < n) return null;
        return int.TryParse(text.AsSpan(1, n - 1), out int m) && int.TryParse(text.AsSpan(n + 1, k - n - 1), out int columns) && int.TryParse(text.AsSpan(k + 1), out int depth)
            ? new MmaShape(m, columns, depth) : null;
    }

    /// <summary>The exception for an opcode, which it quotes.</summary>
    public static NotSupportedException Refuse(string opcode, string fault) => new($"'{opcode}' is not a form that the emulator has: {fault}.");

    // What is wrong with a form, or null. Depths are those of the syntax sections; a sparse A takes twice the depth for the same registers.
    private static string? Fault(MmaInstruction mma)
    {
        (MmaElement a, MmaElement b) = (mma.A, mma.B);
        bool eightBits = a is MmaElement.S8 or MmaElement.U8, fourBits = a is MmaElement.S4 or MmaElement.U4;
        bool integers = eightBits || fourBits;
        if (integers ? a.Bits() != b.Bits() || b is MmaElement.B1 : a != b) return "A and B do not go together";
        if (mma.Saturate && !integers) return "'.satfinite' is for integers";
        if ((mma.BitOp != BitOp.None) != (a == MmaElement.B1)) return "'.and.popc' or '.xor.popc' goes with '.b1', and with nothing else";
        MmaElement accumulator = mma.D;
        if (accumulator != mma.C) return "C and D have different types";
        bool accumulates = a switch
        {
            MmaElement.F16 => accumulator is MmaElement.F16 or MmaElement.F32,
            MmaElement.BF16 or MmaElement.TF32 => accumulator == MmaElement.F32,
            MmaElement.F32 or MmaElement.S32 => false,
            _ => accumulator == MmaElement.S32,
        };
        if (!accumulates) return "these elements do not accumulate in that type";
        (int m, int n, int k) = (mma.Shape.M, mma.Shape.N, mma.Shape.K);
        bool shaped = n == 8 && (mma.Sparse
            ? m == 16 && a switch
            {
                MmaElement.F16 or MmaElement.BF16 => k is 16 or 32,
                MmaElement.TF32 => k is 8 or 16,
                MmaElement.S8 or MmaElement.U8 => k is 32 or 64,
                MmaElement.S4 or MmaElement.U4 => k is 64 or 128,
                _ => false,
            }
            : m switch
            {
                16 => a switch
                {
                    MmaElement.F16 or MmaElement.BF16 => k is 8 or 16,
                    MmaElement.TF32 => k is 4 or 8,
                    MmaElement.S8 or MmaElement.U8 => k is 16 or 32,
                    MmaElement.S4 or MmaElement.U4 => k is 32 or 64,
                    _ => k is 128 or 256,
                },
                8 => a switch
                {
                    MmaElement.S8 or MmaElement.U8 => k == 16,
                    MmaElement.S4 or MmaElement.U4 => k == 32,
                    MmaElement.B1 => k == 128,
                    _ => false,
                },
                _ => false,
            });
        return shaped ? null : $"there is no shape {mma.Shape} for these elements";
    }
}
