using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;
using Intarsia.PtxEmulator.Parsing;

namespace Intarsia.PtxEmulator.Operations;

/// <summary>The address operand of an instruction: a row and a constant.</summary>
internal readonly unsafe struct AddressSource
{
    private readonly int _row;
    private readonly bool _wide;
    private readonly long _offset;

    private AddressSource(int row, bool wide, long offset)
    {
        _row = row;
        _wide = wide;
        _offset = offset;
    }

    public static AddressSource Decode(InstructionDecoder decode, AddressOperand address, StateSpace space)
    {
        if (address.Coordinates is not null) throw decode.Error(address, "an address without coordinates was expected");
        switch (address.Base)
        {
            case VariableOperand { Variable.Space: StateSpace.Shared } variable when space == StateSpace.Shared:
                return new AddressSource(decode.Constant(32, (ulong)variable.Variable.Address), false, address.Offset);
            case ImmediateOperand immediate:
                return new AddressSource(decode.Constant(64, immediate.Bits), true, address.Offset);
            case RegisterOperand { Register.Bits: 64 } register:
                return new AddressSource(decode.Source(register, 64), true, address.Offset);
            case RegisterOperand { Register.Bits: 32 } register when space == StateSpace.Shared:
                return new AddressSource(decode.Source(register, 32), false, address.Offset);
            default:
                throw decode.Error(address.Base, space == StateSpace.Shared ? "a shared address is a variable or a register of 32 or 64 bits" : "an address is a register of 64 bits");
        }
    }

    public void Global(Warp warp, ulong* to)
    {
        ulong* from = (ulong*)(warp.Registers + _row);
        ulong offset = (ulong)_offset;
        for (int lane = 0; lane < 32; lane++) to[lane] = from[lane] + offset;
    }

    public void Shared(Warp warp, uint* to)
    {
        uint* from = warp.Registers + _row;
        uint offset = (uint)_offset;
        if (!_wide)
        {
            for (int lane = 0; lane < 32; lane++) to[lane] = from[lane] + offset;
            return;
        }
        // A 64-bit register holds either an address in shared memory or, by mistake, a generic one, which then lies beyond every bound.
        for (int lane = 0; lane < 32; lane++)
        {
            ulong address = ((ulong*)from)[lane] + (ulong)_offset;
            to[lane] = address > uint.MaxValue ? uint.MaxValue : (uint)address;
        }
    }

    /// <summary>The address in one lane, for instructions that one thread executes.</summary>
    public uint SharedAt(Warp warp, int lane)
    {
        uint* addresses = stackalloc uint[32];
        Shared(warp, addresses);
        return addresses[lane];
    }

    public ulong GlobalAt(Warp warp, int lane) => ((ulong*)(warp.Registers + _row))[lane] + (ulong)_offset;
}
