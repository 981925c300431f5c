using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Decoding;

/// <summary>One decoded instruction: what the warp's loop needs before and after <see cref="Operation"/> runs.</summary>
internal sealed class Instruction
{
    public required int Index { get; init; }

    public required int Line { get; init; }

    /// <summary>Opcode with modifiers.</summary>
    public required string Opcode { get; init; }

    /// <summary>The statement on one line.</summary>
    public required string Text { get; init; }

    /// <summary>Word of the guard predicate in the register file, or −1.</summary>
    public int GuardRow { get; init; } = -1;

    public bool GuardNegated { get; init; }

    /// <summary>Ordinals of the registers that are read; the guard is the first of them.</summary>
    public required int[] Reads { get; init; }

    /// <summary>Ordinals of the registers that are written.</summary>
    public required int[] Writes { get; init; }

    public required Operation Operation { get; init; }

    /// <summary>Whether every live lane of the warp has to execute it together (<c>.aligned</c>).</summary>
    public bool Aligned { get; init; }
}
