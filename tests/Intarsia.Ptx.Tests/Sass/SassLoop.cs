using System.Globalization;

namespace Intarsia.Ptx.Tests.Sass;

/// <summary>A loop of machine code, with the loops inside it.</summary>
/// <param name="Header">Index of the block that every round begins with.</param>
/// <param name="Blocks">Its blocks, by address.</param>
internal sealed record SassLoop(int Header, IReadOnlyList<SassBlock> Blocks)
{
    public IReadOnlyList<SassInstruction> Instructions { get; } = [.. Blocks.SelectMany(block => block.Instructions)];

    public int MmaCount => Instructions.Count(instruction => instruction.IsMma);

    /// <summary>What a round costs to issue beside its matrix instructions: instructions of the loop, these included, for every 64 of them.</summary>
    public double InstructionsPer64Mma => 64.0 * Instructions.Count / MmaCount;

    /// <summary>How many instructions there are of each opcode with its modifiers, most first.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> Opcodes =>
        [.. Instructions.CountBy(instruction => instruction.Opcode).OrderByDescending(count => count.Value).ThenBy(count => count.Key, StringComparer.Ordinal)];

    /// <summary>How many instructions are of an opcode, with any further modifiers: <c>LDSM</c>, <c>LDSM.16.M88.4</c>.</summary>
    public int Count(string opcode) => Instructions.Count(instruction => Matches(instruction, opcode));

    public bool Contains(SassLoop inner) => Blocks.Any(block => block.Index == inner.Header);

    internal static bool Matches(SassInstruction instruction, string opcode) =>
        instruction.Opcode.StartsWith(opcode, StringComparison.Ordinal) && (instruction.Opcode.Length == opcode.Length || instruction.Opcode[opcode.Length] == '.');

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"loop at {Instructions[0].Address:x4}, {Instructions.Count} instructions: {string.Join(", ", Opcodes.Select(count => $"{count.Value} {count.Key}"))}");
}
