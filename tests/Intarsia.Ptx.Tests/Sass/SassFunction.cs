namespace Intarsia.Ptx.Tests.Sass;

/// <summary>Instructions that run from the first to the last, and the blocks that can follow.</summary>
internal sealed record SassBlock(int Index, IReadOnlyList<SassInstruction> Instructions, IReadOnlyList<int> Successors);

/// <summary>A kernel's machine code, with the subroutines that the assembler put behind it.</summary>
internal sealed class SassFunction
{
    private SassFunction(string name, IReadOnlyList<SassInstruction> instructions, IReadOnlyList<SassBlock> blocks, IReadOnlyList<SassLoop> loops) =>
        (Name, Instructions, Blocks, Loops) = (name, instructions, blocks, loops);

    public string Name { get; }

    /// <summary>All instructions, with the padding behind the end.</summary>
    public IReadOnlyList<SassInstruction> Instructions { get; }

    public IReadOnlyList<SassBlock> Blocks { get; }

    /// <summary>The loops that can be reached, by the address of their first instruction.</summary>
    public IReadOnlyList<SassLoop> Loops { get; }

    /// <summary>
    /// The loop that the kernel's time goes to: of the loops with matrix instructions in which no smaller loop holds any, the one with the most. A loop that waits on a
    /// barrier inside it does not make it an outer one. Null for a kernel that has none.
    /// </summary>
    public SassLoop? HotLoop => Loops
        .Where(loop => loop.MmaCount > 0 && !Loops.Any(inner => inner != loop && inner.MmaCount > 0 && loop.Contains(inner)))
        .MaxBy(loop => loop.MmaCount);

    /// <summary>How many instructions are of an opcode, with any further modifiers: <c>LDSM</c>, <c>LDSM.16.M88.4</c>.</summary>
    public int Count(string opcode) => Instructions.Count(instruction => SassLoop.Matches(instruction, opcode));

    /// <param name="name">The section's name.</param>
    /// <param name="instructions">In the order of their addresses.</param>
    /// <param name="labels">The index of the instruction that each label stands before.</param>
    /// <exception cref="NotSupportedException">The code branches through a register, so that its loops cannot be read off.</exception>
    public static SassFunction Build(string name, IReadOnlyList<SassInstruction> instructions, IReadOnlyDictionary<string, int> labels)
    {
        if (instructions.FirstOrDefault(instruction => instruction.IsIndirectBranch) is { } indirect)
            throw new NotSupportedException($"'{name}' branches through a register at {indirect}; loops are found in code with plain branches only.");

        var starts = new SortedSet<int>(labels.Values.Where(index => index < instructions.Count)) { 0 };
        for (int i = 0; i + 1 < instructions.Count; i++)
        {
            if (instructions[i].EndsBlock) starts.Add(i + 1);
        }
        int[] first = [.. starts];
        int BlockAt(int instruction) => Array.BinarySearch(first, instruction);

        var blocks = new List<SassBlock>(first.Length);
        for (int i = 0; i < first.Length; i++)
        {
            int end = i + 1 < first.Length ? first[i + 1] : instructions.Count;
            SassInstruction last = instructions[end - 1];
            var successors = new List<int>(2);
            if (last.IsBranch) successors.Add(BlockAt(labels[last.Label!]));
            if (last.FallsThrough && i + 1 < first.Length && !successors.Contains(i + 1)) successors.Add(i + 1);
            blocks.Add(new(i, [.. instructions.Skip(first[i]).Take(end - first[i])], successors));
        }
        IEnumerable<int> called = instructions.Where(instruction => instruction.IsCall && instruction.Label is { } label && labels.ContainsKey(label))
            .Select(instruction => BlockAt(labels[instruction.Label!]));
        return new(name, instructions, blocks, new ControlFlow(blocks, [0, .. called.Distinct()]).Loops());
    }
}
