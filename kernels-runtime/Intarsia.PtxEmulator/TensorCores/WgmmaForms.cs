namespace Intarsia.PtxEmulator.TensorCores;

/// <summary>The forms of wgmma.mma_async and wgmma.mma_async.sp that there are (PTX ISA 9.1, 9.7.15.2, 9.7.15.5.2 and 9.7.15.6.3), without eight-bit floats and single bits, which no kernel here uses.</summary>
internal static class WgmmaForms
{
    /// <summary>Reads the whole dotted opcode.</summary>
    /// <exception cref="NotSupportedException">It is not one of these forms. The message names what is wrong in it.</exception>
    public static WgmmaInstruction Parse(string opcode)
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
            if (!Take(part)) throw MmaForms.Refuse(opcode, $"'.{part}' is expected where '{(at < parts.Length ? parts[at] : "the end")}' stands");
        }
        MmaElement Element(string operand) => at < parts.Length && MmaElements.Parse(parts[at++]) is { } element ? element : throw MmaForms.Refuse(opcode, $"the type of {operand} is not one the emulator knows");

        Expect("wgmma");
        Expect("mma_async");
        bool sparse = Take("sp");
        Expect("sync");
        Expect("aligned");
        MmaShape shape = at < parts.Length && MmaForms.ParseShape(parts[at++]) is { } known ? known : throw MmaForms.Refuse(opcode, "the shape is not of the form mMnNkK");
        // The syntax of the ISA has .satfinite here, its examples have it at the end, and the assembler takes it there.
        bool saturate = Take("satfinite");
        MmaElement d = Element("D"), a = Element("A"), b = Element("B");
        saturate = Take("satfinite") || saturate;
        if (at != parts.Length) throw MmaForms.Refuse(opcode, $"'.{parts[at]}' is left over");
        if (Fault(shape, d, a, b, sparse, saturate) is { } fault) throw MmaForms.Refuse(opcode, fault);
        return new WgmmaInstruction(shape.N, shape.K, d, a, b, sparse, saturate);
    }

    private static string? Fault(MmaShape shape, MmaElement d, MmaElement a, MmaElement b, bool sparse, bool saturate)
    {
        bool integers = a is MmaElement.S8 or MmaElement.U8;
        if (integers ? b is not (MmaElement.S8 or MmaElement.U8) : a != b) return "A and B do not go together";
        if (saturate && !integers) return "'.satfinite' is for integers";
        (int depth, bool accumulates) = a switch
        {
            MmaElement.F16 => (16, d is MmaElement.F16 or MmaElement.F32),
            MmaElement.BF16 => (16, d == MmaElement.F32),
            MmaElement.TF32 => (8, d == MmaElement.F32),
            MmaElement.S8 or MmaElement.U8 => (32, d == MmaElement.S32),
            _ => (0, false),
        };
        if (!accumulates) return "these elements do not accumulate in that type";
        bool columns = shape.N is >= 8 and <= 256 && shape.N % (integers && shape.N > 32 ? 16 : 8) == 0;
        return shape.M == 64 && columns && shape.K == (sparse ? 2 * depth : depth) ? null : $"there is no shape {shape} for these elements";
    }
}
