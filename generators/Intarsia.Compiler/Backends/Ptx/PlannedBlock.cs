using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>What one block of a kernel is expected to take of a multiprocessor. The tests hold NVIDIA's assembler, and what the launch asks for, to it (docs/gpu.md has the margins).</summary>
/// <param name="Threads">Threads of the block.</param>
/// <param name="Registers">Registers of 32 bits of each thread, within a margin.</param>
/// <param name="SharedBytes">Shared memory of the block in bytes, to the byte, as the tile program has it.</param>
/// <param name="BlocksPerMultiprocessor">Blocks that the text asks a multiprocessor to hold at a time, at least.</param>
public sealed record PlannedBlock(int Threads, int Registers, int SharedBytes, int BlocksPerMultiprocessor)
{
    /// <summary>The block of a program.</summary>
    /// <param name="program">The tile program, which says what stands in shared memory.</param>
    /// <param name="warps">What it was lowered to, which says what lives in registers.</param>
    internal static PlannedBlock Of(TileProgram program, WarpProgram warps) => new(warps.Threads, RegisterPressure.Predict(warps), SharedBudget.Bytes(program), warps.MinBlocks);
}
