using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Intarsia.PtxEmulator.Decoding;

namespace Intarsia.PtxEmulator.Execution;

internal enum TurnEnd { Finished, Waiting, Budget }

/// <summary>
/// Thirty-two lanes with their registers. Registers lie as [register][lane], so that an operation is a loop over contiguous values; the control of lanes that have parted is in the other half of this class.
/// </summary>
internal sealed unsafe partial class Warp : IDisposable
{
    private readonly KernelProgram _program;
    private readonly uint* _written;

    public Warp(Block block, KernelProgram program, int index)
    {
        Block = block;
        Index = index;
        _program = program;
        Registers = (uint*)NativeMemory.AlignedAlloc((nuint)Math.Max(program.FileTemplate.Length, 8) * 4, 64);
        _written = (uint*)NativeMemory.AlignedAlloc((nuint)Math.Max(program.RegisterCount, 8) * 4, 64);
        _touched = new bool[program.RegisterCount];
        _inFlight = new int[program.RegisterCount];
        Async = new AsyncCopies(this);
        Stores = new BulkStores(this);
    }

    /// <summary>The register file; operations hold offsets of rows in it.</summary>
    public uint* Registers { get; }

    public Block Block { get; }

    public int Index { get; }

    /// <summary>Lanes that exist and have not exited.</summary>
    public uint Live { get; private set; }

    /// <summary>The instruction that is being executed.</summary>
    public Instruction Instruction { get; private set; } = null!;

    /// <summary>The warp's <c>cp.async</c> copies that have not landed.</summary>
    public AsyncCopies Async { get; }

    /// <summary>The warp's bulk copies out of shared memory.</summary>
    public BulkStores Stores { get; }

    /// <summary>Prepares the warp for the first instruction of a block.</summary>
    public void Start(uint lanes, BlockCoordinates coordinates)
    {
        fixed (uint* template = _program.FileTemplate) Buffer.MemoryCopy(template, Registers, _program.FileTemplate.Length * 4L, _program.FileTemplate.Length * 4L);
        NativeMemory.Clear(_written, (nuint)_program.RegisterCount * 4);
        foreach ((SpecialRegister register, int row) in _program.Specials) coordinates.Fill(register, Index, new Span<uint>(Registers + row, 32));
        Live = lanes;
        Async.Clear();
        Stores.Clear();
        ResetAsyncRegisters();
        StartPaths(lanes);
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(Registers);
        NativeMemory.AlignedFree(_written);
    }

    /// <summary>Runs until the warp has to wait or has used its budget of instructions.</summary>
    public TurnEnd Run(int budget)
    {
        UnblockPaths();
        Instruction[] code = _program.Code;
        long[] counts = Block.Counts;
        WarpPath? path = NextPath();
        for (; path is not null; budget--)
        {
            if (path.Pc == path.Reconvergence)
            {
                EndPath(path);
                path = NextPath();
                continue;
            }
            if (budget <= 0) return TurnEnd.Budget;
            Instruction instruction = code[path.Pc];
            Instruction = instruction;
            Path = path;
            uint mask = path.Mask;
            if (instruction.GuardRow >= 0)
            {
                uint guard = Registers[instruction.GuardRow];
                mask &= instruction.GuardNegated ? ~guard : guard;
                // Lanes whose guard was never written: the guard is the first register read.
                if ((_written[instruction.Reads[0]] & path.Mask) != path.Mask) ReportUninitialised(path.Mask, instruction.Reads[0]);
            }
            if (mask == 0)
            {
                counts[path.Pc++]++;
                continue;
            }
            if (instruction.Aligned && mask != Live && !path.MayRunApart)
            {
                path = Park(path, mask);
                continue;
            }
            CheckRead(instruction.Reads, mask);
            if (_registersInFlight > 0) CheckInFlight(instruction, mask);
            Step step = instruction.Operation.Execute(this, mask);
            if (step == Step.Retry)
            {
                path.State = PathState.Blocked;
                path = NextPath();
                continue;
            }
            counts[instruction.Index]++;
            foreach (int register in instruction.Writes)
            {
                _written[register] |= mask;
                _touched[register] = true;
            }
            path.MayRunApart = false;
            if (step == Step.Next) path.Pc++;
            else if (step == Step.Jump) path = NextPath();
            else
            {
                path.Pc++;
                path.State = PathState.Blocked;
                path = NextPath();
            }
        }
        return Live == 0 ? TurnEnd.Finished : TurnEnd.Waiting;
    }

    public void Report(FindingKind kind, uint lanes, string detail) => Block.Findings.Report(kind, this, lanes, detail);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CheckRead(int[] reads, uint mask)
    {
        foreach (int register in reads)
        {
            if ((_written[register] & mask) != mask) ReportUninitialised(mask, register);
        }
    }

    /// <summary>For registers that an instruction reads only sometimes.</summary>
    public void CheckInitialised(int[] registers) => CheckRead(registers, Live);

    public void MarkInitialised(int[] registers)
    {
        foreach (int register in registers) _written[register] = uint.MaxValue;
    }

    private void ReportUninitialised(uint mask, int register)
    {
        uint lanes = mask & ~_written[register];
        Report(FindingKind.UninitialisedRegister, lanes, $"register '{_program.RegisterNames[register]}' is read in {BitOperations.PopCount(lanes)} lane(s) that never wrote it (mask 0x{lanes:x8})");
        _written[register] |= lanes;
    }
}
