using System.Numerics;
using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator;

/// <summary>Thrown to end a launch at its first finding.</summary>
internal sealed class LaunchStoppedException : Exception;

/// <summary>Collects the findings of one launch. Of the same kind at the same instruction only the first few are kept, so that one mistake in a loop does not hide another.</summary>
internal sealed class FindingLog(PtxMachineOptions options)
{
    private const int KeptPerInstruction = 4;
    private readonly List<Finding> _kept = [];
    private readonly Dictionary<(FindingKind, int), int> _perInstruction = [];
    private readonly Lock _lock = new();

    public long Count { get; private set; }

    public IReadOnlyList<Finding> Kept => _kept;

    /// <param name="kind">What it is about.</param>
    /// <param name="warp">The warp that executes the instruction.</param>
    /// <param name="lanes">The lanes concerned; empty if it is the warp.</param>
    /// <param name="detail">Address, what was found, what was expected.</param>
    public void Report(FindingKind kind, Warp warp, uint lanes, string detail)
    {
        Instruction instruction = warp.Instruction;
        BlockCoordinates coordinates = warp.Block.Coordinates;
        int lane = lanes == 0 ? 0 : BitOperations.TrailingZeroCount(lanes);
        Dim3 thread = coordinates.Thread(warp.Index, lane);
        int others = Math.Max(0, BitOperations.PopCount(lanes) - 1);
        string who = lanes == 0 ? $"warp {warp.Index}" : $"thread {thread} (warp {warp.Index}, lane {lane}){(others > 0 ? $" and {others} more" : "")}";
        string message = $"{kind}: block {coordinates.Block}, {who}, line {instruction.Line} '{instruction.Text}': {detail}.";
        lock (_lock)
        {
            Count++;
            int seen = _perInstruction.GetValueOrDefault((kind, instruction.Index));
            _perInstruction[(kind, instruction.Index)] = seen + 1;
            if (seen < KeptPerInstruction && _kept.Count < options.MaxFindings) _kept.Add(new Finding(kind, message, instruction.Line, instruction.Text, coordinates.Block, thread));
        }
        if (options.StopAtFirstFinding) throw new LaunchStoppedException();
    }
}
