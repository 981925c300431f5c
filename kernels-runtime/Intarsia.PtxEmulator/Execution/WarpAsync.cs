using Intarsia.PtxEmulator.Decoding;

namespace Intarsia.PtxEmulator.Execution;

/// <summary>Registers that an asynchronous multiplication still uses, and those touched since the last <c>wgmma.fence</c>.</summary>
internal sealed partial class Warp
{
    private readonly bool[] _touched;
    private readonly int[] _inFlight;
    private int _registersInFlight;

    /// <summary>Whether the register was written by an ordinary instruction after the last wgmma.fence.</summary>
    public bool IsTouched(int register) => _touched[register];

    public void FenceRegisters() => Array.Clear(_touched);

    public void BeginUse(ReadOnlySpan<int> registers)
    {
        foreach (int register in registers) _inFlight[register]++;
        _registersInFlight += registers.Length;
    }

    public void EndUse(ReadOnlySpan<int> registers)
    {
        foreach (int register in registers) _inFlight[register]--;
        _registersInFlight -= registers.Length;
    }

    private void ResetAsyncRegisters()
    {
        Array.Clear(_touched);
        Array.Clear(_inFlight);
        _registersInFlight = 0;
    }

    private void CheckInFlight(Instruction instruction, uint mask)
    {
        if (instruction.Operation.UsesRegistersInFlight) return;
        foreach (int register in instruction.Reads.Concat(instruction.Writes))
        {
            if (_inFlight[register] == 0) continue;
            Report(FindingKind.AsyncMisuse, mask, $"register '{_program.RegisterNames[register]}' is used while an asynchronous multiplication that has not been waited for uses it");
            return;
        }
    }
}
