namespace Intarsia.PtxEmulator;

/// <summary>How a <see cref="PtxMachine"/> runs kernels.</summary>
public sealed record PtxMachineOptions
{
    /// <summary>Bytes of dynamic shared memory that a block may ask for, less what it has statically; 227 KiB as on devices of compute capability 9.0.</summary>
    public int MaxDynamicShared { get; init; } = 232448;

    /// <summary>Ends a launch at its first finding. Results are then incomplete.</summary>
    public bool StopAtFirstFinding { get; init; }

    /// <summary>Blocks that run at the same time, each on a thread of its own; results do not depend on it, except through atomics on floating-point numbers.</summary>
    public int ParallelBlocks { get; init; } = 2;

    /// <summary>Counts what loads of global memory read (<see cref="LaunchReport.GlobalReads"/>), which takes time.</summary>
    public bool CountGlobalReads { get; init; }

    /// <summary>Findings whose text is kept.</summary>
    public int MaxFindings { get; init; } = 64;

    /// <summary>Warp instructions of one block after which, if nothing has been stored or signalled meanwhile, the block counts as deadlocked.</summary>
    public long MaxIdleInstructions { get; init; } = 100_000_000;
}
