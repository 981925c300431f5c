using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Memory;

namespace Intarsia.PtxEmulator.Execution;

/// <summary>One launch: what its blocks share.</summary>
internal sealed class Launch(PtxEntry entry, LaunchConfig config, DeviceMemory memory, DeviceBuffer parameters, PtxMachineOptions options)
{
    private long _nextBlock;

    public PtxEntry Entry => entry;

    public LaunchConfig Config => config;

    public DeviceMemory Memory => memory;

    /// <summary>The parameter space; its address is what taking a parameter's address gives.</summary>
    public DeviceBuffer Parameters => parameters;

    public PtxMachineOptions Options => options;

    public FindingLog Findings { get; } = new(options);

    public LaunchReport Run()
    {
        long blocks = config.Grid.Count;
        int workers = (int)Math.Clamp(Math.Min(options.ParallelBlocks, blocks), 0, Environment.ProcessorCount);
        var places = new Block[workers];
        try
        {
            for (int i = 0; i < workers; i++) places[i] = new Block(this);
            if (workers == 1) RunBlocks(places[0]);
            else if (workers > 1) Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, i => RunBlocks(places[i]));
            return Report(places);
        }
        finally
        {
            foreach (Block? place in places) place?.Dispose();
        }
    }

    private void RunBlocks(Block place)
    {
        try
        {
            for (long next = Interlocked.Increment(ref _nextBlock) - 1; next < config.Grid.Count; next = Interlocked.Increment(ref _nextBlock) - 1)
            {
                if (options.StopAtFirstFinding && Findings.Count > 0) return;
                Dim3 grid = config.Grid;
                place.Run(new Dim3((int)(next % grid.X), (int)(next / grid.X % grid.Y), (int)(next / ((long)grid.X * grid.Y))));
            }
        }
        catch (LaunchStoppedException)
        {
            // The finding is in the log; that is all that was asked for.
        }
    }

    private LaunchReport Report(Block[] places)
    {
        Instruction[] code = entry.Program.Code;
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var accesses = new List<SharedAccess>();
        for (int i = 0; i < code.Length; i++)
        {
            long executions = places.Sum(place => place.Counts[i]);
            if (executions == 0) continue;
            counts[code[i].Opcode] = counts.GetValueOrDefault(code[i].Opcode) + executions;
            long transactions = places.Sum(place => place.Transactions[i]);
            if (transactions > 0) accesses.Add(new SharedAccess(code[i].Line, code[i].Text, executions, transactions, places.Sum(place => place.Conflicts[i])));
        }
        return new LaunchReport(entry.Name, Findings.Kept, Findings.Count, counts, accesses, ReadCounter.Sum(places.Select(place => place.Reads).OfType<ReadCounter>()));
    }
}
