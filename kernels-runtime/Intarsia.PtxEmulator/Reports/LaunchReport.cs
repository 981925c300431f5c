namespace Intarsia.PtxEmulator;

/// <summary>Transactions of one instruction that accesses shared memory, over the whole launch.</summary>
/// <param name="Line">Line of the PTX text.</param>
/// <param name="Instruction">The statement.</param>
/// <param name="Executions">How often a warp executed it.</param>
/// <param name="Transactions">Passes that the 32 banks needed.</param>
/// <param name="Conflicts">Passes beyond those needed without conflicts.</param>
public sealed record SharedAccess(int Line, string Instruction, long Executions, long Transactions, long Conflicts);

/// <summary>What the loads of a launch read of one allocation of global memory, asynchronous copies left out.</summary>
/// <param name="Allocation">Its name.</param>
/// <param name="Bytes">Bytes that warps asked for: of one instruction each once, however many lanes want it.</param>
/// <param name="Distinct">Bytes that were asked for at all: what has to come from memory if caches keep everything.</param>
public sealed record GlobalRead(string Allocation, long Bytes, long Distinct);

/// <summary>What a launch did and what was wrong with it.</summary>
public sealed class LaunchReport
{
    internal LaunchReport(string entry, IReadOnlyList<Finding> findings, long findingCount, IReadOnlyDictionary<string, long> instructionCounts, IReadOnlyList<SharedAccess> sharedAccesses, IReadOnlyList<GlobalRead> globalReads)
    {
        Entry = entry;
        Findings = findings;
        FindingCount = findingCount;
        InstructionCounts = instructionCounts;
        SharedAccesses = sharedAccesses;
        GlobalReads = globalReads;
        WarpInstructions = instructionCounts.Values.Sum();
        SharedTransactions = sharedAccesses.Sum(access => access.Transactions);
        SharedBankConflicts = sharedAccesses.Sum(access => access.Conflicts);
    }

    /// <summary>Name of the kernel.</summary>
    public string Entry { get; }

    /// <summary>The findings that were kept; see <see cref="PtxMachineOptions.MaxFindings"/>.</summary>
    public IReadOnlyList<Finding> Findings { get; }

    /// <summary>All findings, also those that were not kept.</summary>
    public long FindingCount { get; }

    /// <summary>Whether there are no findings.</summary>
    public bool IsClean => FindingCount == 0;

    /// <summary>How often a warp executed each opcode, by its full text, e.g. <c>ld.global.v4.b32</c>. Instructions whose guard is false in all lanes count.</summary>
    public IReadOnlyDictionary<string, long> InstructionCounts { get; }

    /// <summary>The sum of <see cref="InstructionCounts"/>.</summary>
    public long WarpInstructions { get; }

    /// <summary>Passes through the banks of shared memory.</summary>
    public long SharedTransactions { get; }

    /// <summary>Passes beyond those that accesses without bank conflicts would have needed.</summary>
    public long SharedBankConflicts { get; }

    /// <summary>The transactions by instruction, in the order of the text.</summary>
    public IReadOnlyList<SharedAccess> SharedAccesses { get; }

    /// <summary>What loads read, by allocation, in the order of their names; empty without <see cref="PtxMachineOptions.CountGlobalReads"/>.</summary>
    public IReadOnlyList<GlobalRead> GlobalReads { get; }

    /// <summary>Executions of all instructions whose opcode begins with a text, e.g. <c>mma.sync</c>.</summary>
    public long CountOf(string opcodePrefix) => InstructionCounts.Where(pair => pair.Key.StartsWith(opcodePrefix, StringComparison.Ordinal)).Sum(pair => pair.Value);

    /// <summary>Does nothing if the launch was clean.</summary>
    /// <exception cref="PtxLaunchException">It was not; the message holds every finding.</exception>
    public void ThrowIfAny()
    {
        if (!IsClean) throw new PtxLaunchException(this);
    }

    /// <inheritdoc/>
    public override string ToString() => IsClean ? $"{Entry}: clean, {WarpInstructions} warp instructions, {SharedBankConflicts} bank conflicts" : new PtxLaunchException(this).Message;
}
