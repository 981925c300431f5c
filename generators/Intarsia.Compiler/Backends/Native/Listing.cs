using Iced.Intel;

namespace Intarsia.Compiler.Backends.Native;

/// <summary>Machine code read back, instruction by instruction.</summary>
internal static class Listing
{
    public static CodeLine[] Of(byte[] code)
    {
        var formatter = new IntelFormatter();
        formatter.Options.FirstOperandCharIndex = 0;
        formatter.Options.SpaceAfterOperandSeparator = true;
        formatter.Options.HexPrefix = "0x";
        formatter.Options.HexSuffix = null;
        formatter.Options.ShowBranchSize = false;
        var lines = new List<CodeLine>();
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(code));
        var output = new StringOutput();
        while (decoder.IP < (ulong)code.Length)
        {
            int offset = (int)decoder.IP;
            decoder.Decode(out Instruction instruction);
            if (instruction.IsInvalid) throw new InvalidOperationException($"The bytes at {offset} of the machine code are no instruction.");
            formatter.Format(instruction, output);
            lines.Add(new CodeLine(offset, code.Skip(offset).Take(instruction.Length).ToArray(), output.ToStringAndReset()));
        }
        return [.. lines];
    }
}
