namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// How many blocks a kernel asks a multiprocessor to hold at a time (<c>.minnctapersm</c>). The assembler takes the number as a promise: a thread gets its share of the registers and no more, and what does not fit goes to memory. Asked
/// for nothing, it chooses a number of its own, and spills a few registers for it; asked for more than the registers leave room for, it spills, too, because it moves loads ahead until the share is full. So that every kernel asks, and for
/// as many blocks as leave each thread <see cref="Room"/> registers beside those that live at once.
/// </summary>
internal static class Occupancy
{
    /// <summary>
    /// Registers that a thread's share has beside what lives at once, for what the assembler moves ahead of its use. Found with NVIDIA's assembler on drawn kernels: 64 spill nothing, 32 spill two in a thousand; registers in use differ by
    /// less than one in a hundred, since the share is a limit and not a goal (docs/gpu.md has the counts).
    /// </summary>
    public const int Room = 64;

    /// <summary>What registers are handed out in, to a thread.</summary>
    private const int Granularity = 8;

    /// <summary>Threads and blocks that a multiprocessor holds at most.</summary>
    private const int MaxThreads = 2048, MaxBlocks = 32;

    /// <summary>Shared memory that a multiprocessor keeps for itself, for each block.</summary>
    private const int ReservedBytes = 1024;

    /// <summary>The blocks to ask for: at least one, and no more than registers, threads and shared memory have room for.</summary>
    /// <param name="live">Registers of a thread that live at once.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="sharedBytes">Shared memory of a block.</param>
    /// <param name="target">The target.</param>
    public static int Blocks(int live, int threads, int sharedBytes, PtxTarget target)
    {
        int registers = RoundUp(Math.Min(target.MaxRegisters, live + Room)), byRegisters = target.RegisterFile / (threads * registers);
        int byShared = (target.MaxSharedBytes + ReservedBytes) / (sharedBytes + ReservedBytes);
        return Math.Max(1, Math.Min(Math.Min(MaxBlocks, MaxThreads / threads), Math.Min(byRegisters, byShared)));
    }

    /// <summary>The registers that a thread may have where so many blocks are to fit; 0 blocks ask for nothing.</summary>
    public static int Share(int threads, int blocks, PtxTarget target) => Math.Min(target.MaxRegisters, target.RegisterFile / (threads * Math.Max(1, blocks)) / Granularity * Granularity);

    private static int RoundUp(int registers) => (registers + Granularity - 1) / Granularity * Granularity;
}
