using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>What the tile of a thread block takes of a multiprocessor, for blocks on tensor cores. Rules hold a user's tile against it.</summary>
internal static class BlockBudget
{
    /// <summary>Registers beside accumulators and fragments: addresses, loop counters, masks. Measured with NVIDIA's assembler on dense kernels, rounded up.</summary>
    private const int Addresses = 60;

    /// <summary>Words behind each line of the tile that the epilogue stages; see the backend's tail.</summary>
    private const int StagingPadding = 32;

    /// <summary>Two barriers of 8 bytes to a stage.</summary>
    private const int BarrierBytes = 16;

    /// <summary>Shared memory that one block may ask for.</summary>
    public static int MaxSharedBytes(Device device) => (device == Device.Sm90A ? 227 : 163) * 1024;

    /// <summary>Registers that a contracting thread may have: all that the instruction set names, or what two warp groups are given beside the one that copies.</summary>
    public static int MaxRegisters(BlockShape shape, Device device) => device == Device.Sm90A && shape.Warps.Count == 8 ? 232 : 255;

    /// <summary>The stages, or the tile of accumulators where that takes more: the epilogue goes through the same memory.</summary>
    public static int SharedBytes(BlockShape shape, Contraction contraction, Device device)
    {
        int stages = shape.Stages * (shape.Height + shape.Width) * shape.Depth * contraction.XBytes, staging = shape.Height * (4 * shape.Width + StagingPadding);
        return Math.Max(stages, staging) + (device == Device.Sm90A ? shape.Stages * BarrierBytes : 0);
    }

    /// <summary>Accumulators of one thread: with scale groups, sums of the group and of all.</summary>
    public static int Accumulators(BlockShape shape, bool hasGroups) => shape.Height * shape.Width / shape.Warps.Threads * (hasGroups ? 2 : 1);

    /// <summary>Registers of one thread that hold fragments of both factors: four for 16 rows of a warp's share, two for 8 columns. Warp groups read both from shared memory.</summary>
    public static int Fragments(BlockShape shape, Device device) => device == Device.Sm90A ? 0 : shape.Height / shape.Warps.Rows / 4 + shape.Width / shape.Warps.Columns / 4;

    /// <summary>Registers of one thread, estimated.</summary>
    public static int Registers(BlockShape shape, Device device, bool hasGroups) => Accumulators(shape, hasGroups) + Fragments(shape, device) + Addresses;
}
