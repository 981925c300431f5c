using System.Text.RegularExpressions;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// The registers that a thread of a kernel needs at once: the widest set of virtual registers that are live together, by the usual backward analysis of what is read later (Aho et al., Compilers, 9.2.5). An assembler
/// that orders instructions as they stand needs no fewer; what it folds into addresses it saves, what it moves ahead of its use it adds.
/// </summary>
internal static class RegisterPressure
{
    private static readonly Regex Names = new(@"%([phrfd])(\d+)", RegexOptions.CultureInvariant);

    /// <summary>Opcodes whose first operand is no result.</summary>
    private static readonly string[] WithoutResult = ["st.", "red.", "bra", "bar.", "barrier.", "cp.", "ret", "fence", "membar", "prefetch", "mbarrier.init", "mbarrier.inval", "setmaxnreg", "wgmma.fence", "wgmma.commit", "wgmma.wait", ".pragma", "trap", "exit", "nanosleep"];

    /// <summary>
    /// The registers that an assembler is expected to give each thread. Warp groups that hand registers over begin with equal shares; anything else takes what lives at once and what the loads take that are moved ahead, but never more than
    /// the share of its blocks. The tests hold NVIDIA's assembler to it (docs/gpu.md has the margins).
    /// </summary>
    public static int Predict(WarpProgram program)
    {
        int share = Occupancy.Share(program.Threads, program.MinBlocks, program.Target);
        if (program.Body.Any(op => op is WarpOp.Instruction { Opcode: var opcode } && opcode.StartsWith("setmaxnreg", StringComparison.Ordinal))) return share;
        return Math.Min(share, (program.Live > 0 ? program.Live : Of(program)) + program.LoadsAhead);
    }

    /// <summary>Registers of 32 bits, those of 64 counted twice and predicates, which have a file of their own, not at all.</summary>
    public static int Of(WarpProgram program)
    {
        Line[] lines = [.. program.Body.Where(op => op is not WarpOp.Comment).Select(Read)];
        var targets = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < lines.Length; i++)
            if (lines[i].Label is { } label) targets.Add(label, i);

        int[] offsets = new int[program.Registers.Count + 1];
        for (int kind = 0; kind < program.Registers.Count; kind++) offsets[kind + 1] = offsets[kind] + program.Registers[kind] + 1;
        int words = (offsets[offsets.Length - 1] + 63) / 64;
        var live = new ulong[lines.Length + 1][];
        for (int i = 0; i <= lines.Length; i++) live[i] = new ulong[words];

        // Loops are few and shallow: sweeps from the end until nothing is added.
        var now = new ulong[words];
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int i = lines.Length - 1; i >= 0; i--)
            {
                Line line = lines[i];
                Array.Clear(now, 0, words);
                if (line.FallsThrough) Merge(now, live[i + 1]);
                if (line.Target is { } target) Merge(now, live[targets[target]]);
                if (!line.IsGuarded)
                    foreach (Register written in line.Written) now[Bit(written) / 64] &= ~(1ul << Bit(written) % 64);
                foreach (Register read in line.Read) now[Bit(read) / 64] |= 1ul << Bit(read) % 64;
                changed |= Merge(live[i], now);
            }
        }

        var width = new int[offsets[offsets.Length - 1]];
        for (int kind = 0; kind < program.Registers.Count; kind++)
            for (int number = offsets[kind]; number < offsets[kind + 1]; number++) width[number] = (RegisterKind)kind switch { RegisterKind.Predicate => 0, RegisterKind.B64 => 2, _ => 1 };
        int most = 0;
        for (int i = 0; i < lines.Length; i++)
        {
            // What an instruction writes it needs a place for, read later or not.
            Array.Copy(live[i + 1], now, words);
            foreach (Register written in lines[i].Written) now[Bit(written) / 64] |= 1ul << Bit(written) % 64;
            most = Math.Max(most, Math.Max(Width(now), Width(live[i])));
        }
        return most;

        int Bit(Register register) => offsets[(int)register.Kind] + register.Number;

        int Width(ulong[] set)
        {
            int sum = 0;
            for (int word = 0; word < words; word++)
                for (ulong bits = set[word]; bits != 0; bits &= bits - 1) sum += width[64 * word + TrailingZeros(bits)];
            return sum;
        }
    }

    private static int TrailingZeros(ulong bits)
    {
        int count = 0;
        for (; (bits & 0xFF) == 0; bits >>= 8) count += 8;
        for (; (bits & 1) == 0; bits >>= 1) count++;
        return count;
    }

    private static bool Merge(ulong[] into, ulong[] from)
    {
        bool changed = false;
        for (int word = 0; word < into.Length; word++)
        {
            ulong merged = into[word] | from[word];
            changed |= merged != into[word];
            into[word] = merged;
        }
        return changed;
    }

    private static Line Read(WarpOp op)
    {
        if (op is WarpOp.Label label) return new Line([], []) { Label = label.Name };
        var instruction = (WarpOp.Instruction)op;
        bool isBranch = instruction.Opcode.StartsWith("bra", StringComparison.Ordinal), isEnd = instruction.Opcode is "ret" or "exit" or "trap";
        (string first, string rest) = FirstOperand(instruction.Operands);
        if (WithoutResult.Any(opcode => instruction.Opcode.StartsWith(opcode, StringComparison.Ordinal))) (first, rest) = ("", instruction.Operands);
        // Warp groups add to the accumulators that they name.
        bool accumulates = instruction.Opcode.StartsWith("wgmma.mma_async", StringComparison.Ordinal);
        // An address is read, even where it stands first.
        Register[] written = first.Contains('[') ? [] : Registers(first);
        return new Line(written, [.. Registers(rest), .. Registers(instruction.Guard), .. written.Length == 0 || accumulates ? Registers(first) : []])
        {
            IsGuarded = instruction.Guard.Length > 0,
            Target = isBranch ? instruction.Operands.Trim() : null,
            FallsThrough = !(isBranch || isEnd) || instruction.Guard.Length > 0,
        };
    }

    /// <summary>The first operand, a vector of registers included, and what follows.</summary>
    private static (string First, string Others) FirstOperand(string operands)
    {
        int depth = 0;
        for (int i = 0; i < operands.Length; i++)
        {
            if (operands[i] is '{' or '[') depth++;
            if (operands[i] is '}' or ']') depth--;
            if (operands[i] == ',' && depth == 0) return (operands.Substring(0, i), operands.Substring(i));
        }
        return (operands, "");
    }

    private static Register[] Registers(string text) =>
        [.. Names.Matches(text).Cast<Match>().Select(name => new Register((RegisterKind)"phrfd".IndexOf(name.Groups[1].Value[0]), int.Parse(name.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture)))];

    /// <summary>A line as the analysis sees it.</summary>
    private sealed record Line(Register[] Written, Register[] Read)
    {
        public string? Label { get; init; }

        public string? Target { get; init; }

        public bool IsGuarded { get; init; }

        public bool FallsThrough { get; init; } = true;
    }
}
