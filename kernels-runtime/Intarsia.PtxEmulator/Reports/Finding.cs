namespace Intarsia.PtxEmulator;

/// <summary>One thing that is wrong with a launch.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Message">The whole story: block, threads, instruction with its line, address, what was found and what was expected.</param>
/// <param name="Line">Line of the PTX text, from 1.</param>
/// <param name="Instruction">The statement at that line.</param>
/// <param name="Block">Coordinates of the block.</param>
/// <param name="Thread">Coordinates of the first thread concerned.</param>
public sealed record Finding(FindingKind Kind, string Message, int Line, string Instruction, Dim3 Block, Dim3 Thread)
{
    /// <inheritdoc/>
    public override string ToString() => Message;
}
